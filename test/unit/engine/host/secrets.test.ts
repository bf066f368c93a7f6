/** Secrets by name: where they are looked for, what is said when they are missing, and that they reach no log. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedactor, type Redactor } from "../../../../engine/host/redaction.ts";
import { createSecrets, type Secrets } from "../../../../engine/host/secrets.ts";

let base: string;
let redactor: Redactor;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "postino-secrets-"));
  redactor = createRedactor();
  for (const folder of ["own", "demo"]) mkdirSync(join(base, folder));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function secrets(environment: Record<string, string | undefined> = {}): Secrets {
  const folders = [join(base, "own"), join(base, "not-there"), join(base, "demo")];
  return createSecrets({ environment, folders, redactor });
}

function file(folder: string, name: string, content: string): void {
  writeFileSync(join(base, folder, name), content);
}

test("the environment comes first, then the folders in their order", async () => {
  file("own", "SEND_KEY", "of the folder");
  file("demo", "SEND_KEY", "of the demonstration");
  file("demo", "TSA_KEY", "of the demonstration");

  expect(await secrets({ SEND_KEY: "of the environment" }).get("SEND_KEY")).toBe(
    "of the environment",
  );
  expect(await secrets().get("SEND_KEY")).toBe("of the folder");
  expect(await secrets().get("TSA_KEY")).toBe("of the demonstration");
});

test("an empty variable is as good as none", async () => {
  file("own", "SEND_KEY", "of the folder");

  expect(await secrets({ SEND_KEY: "" }).get("SEND_KEY")).toBe("of the folder");
});

test.each([
  ["one line\n", "one line"],
  ["one line\r\n", "one line"],
  ["two\nlines\n\n", "two\nlines\n"],
  [" spaces stay ", " spaces stay "],
])("a file loses its last line break and nothing else: %j", async (content, value) => {
  file("own", "SEND_KEY", content);

  expect(await secrets().get("SEND_KEY")).toBe(value);
});

test("a value that was given out is taken out of every text from then on", async () => {
  file("own", "SEND_KEY", "s3cr3t-value");
  const before = redactor.redactText("s3cr3t-value");

  await secrets().get("SEND_KEY");

  expect(before).toBe("s3cr3t-value");
  expect(redactor.redactText("s3cr3t-value")).toBe("***");
});

test("a secret that is missing blocks, and is named with both places", async () => {
  await expect(secrets().get("SEND_KEY")).rejects.toMatchObject({
    name: "RunBlocked",
    code: "MISSING_SECRET",
    message: "Manca il segreto SEND_KEY.",
    hint: "Impostare la variabile d'ambiente SEND_KEY, oppure creare il file SEND_KEY nella cartella dei segreti.",
  });
  expect(await secrets().has("SEND_KEY")).toBe(false);
  expect(await secrets({ SEND_KEY: "v" }).has("SEND_KEY")).toBe(true);
});

test("a file that cannot be read is not taken for one that is missing", async () => {
  mkdirSync(join(base, "own", "SEND_KEY"));
  file("demo", "SEND_KEY", "of the demonstration");

  await expect(secrets().get("SEND_KEY")).rejects.toMatchObject({
    code: "MISSING_SECRET",
    message: "Il segreto SEND_KEY non si può leggere.",
    hint: "Controllare i permessi del file nella cartella dei segreti.",
  });
});
