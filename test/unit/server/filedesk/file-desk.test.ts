/** Pipelines and enti edited from a page: checked as `check` does, saved whole or not at all, every version kept, and never over somebody else's change. */
import { afterEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../../server/config.ts";
import { openFileDesk } from "../../../../server/filedesk/file-desk.ts";
import type { FileDesk } from "../../../../server/history/edited-files.ts";
import { openInstallation, openWriting } from "../../../../server/installation.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const pipeline = `# Scritta dal CED: non togliere
name: Notifica di prova
steps:
  - uses: load-verbali # dalla cartella di arrivo
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: automatic, signer: comandante }
  - uses: transmit
  - uses: import-iun
`;
const ente = `ente: { codice: prova, nome: Comune di Prova, codiceFiscale: "89999990164" }
send: { baseUrl: "http://127.0.0.1:1/send", apiKey: { secret: PROVA_SEND }, over20Grams: true }
payments:
  baseUrl: http://127.0.0.1:1/gpd
  subscriptionKey: { secret: PROVA_GPD }
  segregationCode: "01"
  iban: IT60X0542811101000000123456
signing: { signers: { comandante: { pkcs12: { file: comandante.p12, password: { secret: DEMO_KEY_PASSWORD } } } } }
render: { prefetto: Prova, giudiceDiPace: Prova }
`;

async function openDesk(): Promise<{
  desk: FileDesk;
  read(name: string): string;
  path(name: string): string;
}> {
  const folder = mkdtempSync(join(tmpdir(), "postino-files-"));
  const pipelines = join(folder, "pipelines");
  mkdirSync(join(pipelines, "enti"), { recursive: true });
  writeFileSync(join(pipelines, "send.yaml"), pipeline);
  writeFileSync(join(pipelines, "enti", "prova.yaml"), ente);
  writeFileSync(join(pipelines, "altro.txt"), "non nostro");
  const config = readConfig({
    POSTINO_DATA: join(folder, "data"),
    POSTINO_PIPELINES: pipelines,
    PROVA_SEND: "a",
    PROVA_GPD: "b",
    DEMO_KEY_PASSWORD: "c",
  });
  const clock = createFakeClock("2026-11-30T08:00:00.000Z");
  const writing = await openWriting(await openInstallation(config, { clock, logLevel: "error" }));
  closers.push(async () => {
    await writing.close();
    rmSync(folder, { recursive: true });
  });
  const path = (name: string): string => join(pipelines, name);
  return { desk: openFileDesk(writing), path, read: (name) => readFileSync(path(name), "utf8") };
}

async function readVersion(desk: FileDesk, name: string): Promise<string> {
  return (await desk.read(name))?.version ?? "";
}

const who = { by: "Ada Bruni", reason: "prova" };

test("pipelines and enti are listed, and nothing else can be opened", async () => {
  const { desk } = await openDesk();

  expect((await desk.list()).map(({ name, kind, ente: of }) => [name, kind, of])).toEqual([
    ["send.yaml", "pipeline", null],
    ["enti/prova.yaml", "ente", "prova"],
  ]);
  for (const name of [
    "altro.txt",
    "../data/postino.sqlite",
    "enti/../send.yaml",
    "/etc/passwd",
    "",
  ])
    expect(await desk.read(name)).toBeNull();
});

test("a text is checked as the file would be, with places in it, also behind letters of two units", async () => {
  const { desk } = await openDesk();
  const text = pipeline
    .replace("Notifica di prova", "Notifica 📮 di prova")
    .replace("uses: render", "uses: rendr");

  const [problem] = await desk.check("send.yaml", text);

  expect(problem?.code).toBe("P004");
  expect(text.slice(problem?.start, problem?.end)).toBe("rendr");
  expect(problem?.message).toContain("render");
});

test("completion and hover are those of the language server", async () => {
  const { desk } = await openDesk();
  const text = pipeline.replace("uses: render\n", "uses: ren\n");
  const at = text.indexOf("uses: ren\n") + "uses: ren".length;

  const { start, end, offers } = await desk.complete("send.yaml", text, at);
  const hovered = await desk.describe("send.yaml", pipeline, pipeline.indexOf("mode:") + 1);

  expect(text.slice(start, end)).toBe("ren");
  expect(offers.map(({ label }) => label)).toContain("render");
  expect(hovered?.text).toContain("mode");
});

test("a preview says what differs and whom it touches, and writes nothing", async () => {
  const { desk, read } = await openDesk();

  const preview = await desk.preview(
    "send.yaml",
    pipeline.replace("Notifica di prova", "Notifica"),
  );

  expect(preview?.diff.filter(({ kind }) => kind !== "same" && kind !== "gap")).toEqual([
    { kind: "removed", text: "name: Notifica di prova" },
    { kind: "added", text: "name: Notifica" },
  ]);
  expect(preview?.impact).toContain("Cambia 1 ente su 1.");
  expect(read("send.yaml")).toBe(pipeline);
});

test("a save keeps comments, mode and every version, with who and why", async () => {
  const { desk, read, path } = await openDesk();
  chmodSync(path("send.yaml"), 0o644);
  const text = pipeline.replace("Notifica di prova", "Notifica");

  const saved = await desk.save({
    name: "send.yaml",
    text: text.replaceAll("\n", "\r\n"),
    version: await readVersion(desk, "send.yaml"),
    ...who,
  });

  expect(saved.status).toBe("saved");
  expect(read("send.yaml")).toBe(text);
  expect(statSync(path("send.yaml")).mode & 0o777).toBe(0o644);
  expect(
    (await desk.listVersions("send.yaml")).map(({ by, reason, text: of }) => [by, reason, of]),
  ).toEqual([
    ["Ada Bruni", "prova", text],
    ["", "", pipeline],
  ]);
});

test("a file that keeps CRLF keeps it", async () => {
  const { desk, read, path } = await openDesk();
  writeFileSync(path("send.yaml"), pipeline.replaceAll("\n", "\r\n"));

  await desk.save({
    name: "send.yaml",
    text: pipeline.replace("Notifica di prova", "Notifica"),
    version: await readVersion(desk, "send.yaml"),
    ...who,
  });

  expect(read("send.yaml")).toBe(
    pipeline.replace("Notifica di prova", "Notifica").replaceAll("\n", "\r\n"),
  );
});

test("what was changed elsewhere meanwhile is not written over, and is a version of its own afterwards", async () => {
  const { desk, read, path } = await openDesk();
  const version = await readVersion(desk, "send.yaml");
  const theirs = pipeline.replace("prova", "altri");
  writeFileSync(path("send.yaml"), theirs);

  const refused = await desk.save({
    name: "send.yaml",
    text: `${pipeline}# mio\n`,
    version,
    ...who,
  });
  expect(refused.status).toBe("conflict");
  expect(read("send.yaml")).toBe(theirs);
  const again = await desk.save({
    name: "send.yaml",
    text: `${theirs}# mio\n`,
    version: await readVersion(desk, "send.yaml"),
    ...who,
  });

  expect(again.status).toBe("saved");
  expect((await desk.listVersions("send.yaml")).map(({ by, text }) => [by, text])).toEqual([
    ["Ada Bruni", `${theirs}# mio\n`],
    ["", theirs],
  ]);
});

test("of two saves of the same page one is written", async () => {
  const { desk, read } = await openDesk();
  const version = await readVersion(desk, "send.yaml");
  const save = (mark: string) =>
    desk.save({ name: "send.yaml", text: `${pipeline}# ${mark}\n`, version, ...who });

  const results = await Promise.all([save("uno"), save("due")]);

  expect(results.map(({ status }) => status)).toEqual(["saved", "conflict"]);
  expect(read("send.yaml")).toBe(`${pipeline}# uno\n`);
});

test.each([
  ["nothing changed", "send.yaml", pipeline, "Nulla è cambiato."],
  [
    "a file with errors",
    "send.yaml",
    pipeline.replace("uses: render", "uses: rendr"),
    "Il file ha un errore: nessun flusso partirebbe.",
  ],
  [
    "a secret's value, however it is forced",
    "enti/prova.yaml",
    ente.replace("{ secret: PROVA_SEND }", "6f1e2a9c-1b1d-4c2e-9a44-0f7f1c9d2b11"),
    "Nel testo sta il valore di un segreto: ci va solo il nome ({ secret: NOME }).",
  ],
  ["a file that is not ours", "../x.yaml", pipeline, "Questo file non c'è."],
])("is refused: %s", async (what, name, text, reason) => {
  const { desk } = await openDesk();
  const isForced = what.includes("secret");

  const result = await desk.save({
    name,
    text,
    version: await readVersion(desk, name),
    isForced,
    ...who,
  });

  expect(result).toEqual({ status: "refused", reason });
  expect(await desk.listVersions(name)).toEqual([]);
});

test("a file with errors is saved where somebody insists", async () => {
  const { desk, read } = await openDesk();
  const text = pipeline.replace("uses: render", "uses: rendr");

  const result = await desk.save({
    name: "send.yaml",
    text,
    version: await readVersion(desk, "send.yaml"),
    isForced: true,
    ...who,
  });

  expect(result.status).toBe("saved");
  expect(read("send.yaml")).toBe(text);
});
