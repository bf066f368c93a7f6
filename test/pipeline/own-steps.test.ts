/** The worked examples of the guide to own steps: each is type-checked outside of the repository as an editor does, and run. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../engine/host/clock.ts";
import { requireRow } from "../../engine/host/errors.ts";
import { runOnItem } from "../../engine/step/step.ts";
import { readConfig } from "../../server/config.ts";
import { beginStep } from "../../server/ente/new-step.ts";
import { openInstallation } from "../../server/installation.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { readRepositoryFile, repositoryFolder } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-own-steps-"));
const steps = join(folder, "passi");
let registry: StepRegistry;
let service: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  mkdirSync(steps);
  const page = readRepositoryFile("docs/it/passi-propri.md");
  for (const [, code = "", name = ""] of page.matchAll(
    /^```[tj]s\n(\/\*\* passi\/([\w.-]+):[\s\S]*?)^```/gm,
  ))
    writeFileSync(join(steps, name), code);
  await beginStep("controlla-anno", {
    folder: steps,
    environment: { POSTINO_PIPELINES: join(folder, "pipelines") },
  });
  const { registry: found } = await openInstallation(readConfig({ POSTINO_STEPS: steps }));
  registry = found;
  service = Bun.serve({
    port: 0,
    fetch(request) {
      const status = { AA: 200, NO: 404, KO: 503, XX: 400, PR: 403 }[request.url.slice(-2)] ?? 500;
      return new Response("", { status });
    },
  });
});

afterAll(async () => {
  await service.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a step of the page on one verbale. */
function run(name: string, config: object, verbale: object, key = "A/1"): Promise<object> {
  const { step } = requireRow(registry.get(name), name);
  const context = {
    config,
    clock: systemClock,
    signal: AbortSignal.timeout(10_000),
    idempotencyKey: () => "k".repeat(64),
  };
  return runOnItem(step, { key, round: 1, data: { verbale } }, context as never);
}

test("there are five, and one of them is JavaScript", () => {
  expect(
    readdirSync(steps)
      .filter((name) => /\.[jt]s$/.test(name) && !name.endsWith(".d.ts"))
      .toSorted(),
  ).toEqual([
    "cerca-zona.ts",
    "chiedi-parco-veicoli.ts",
    "consegna-al-partner.ts",
    "controlla-anno.ts",
    "controlla-protocollo.js",
    "scrivi-lettera.ts",
  ]);
});

describe("types in the editor, outside of the repository", () => {
  function compile(): { readonly code: number; readonly text: string } {
    const { exitCode, stdout } = Bun.spawnSync(
      [
        process.execPath,
        join(repositoryFolder, "node_modules/.bin/tsc"),
        "-p",
        steps,
        "--types",
        "bun",
      ],
      { cwd: steps },
    );
    return { code: exitCode, text: stdout.toString() };
  }

  test("the examples and the step that was begun are right, and a slip is told in its line", () => {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(repositoryFolder, "node_modules/@types"), join(folder, "node_modules/@types"));
    symlinkSync(
      join(repositoryFolder, "node_modules/bun-types"),
      join(folder, "node_modules/bun-types"),
    );

    const right = compile();
    const file = join(steps, "controlla-anno.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(
      file,
      text
        .replace("verbale.dataViolazione.slice", "verbale.dataViolazzione.slice")
        .replace("{ annoViolazione: anno }", '{ annoViolazione: "2026" }'),
    );
    const wrong = compile();
    writeFileSync(file, text);

    expect(right).toEqual({ code: 0, text: "" });
    expect(wrong.code).not.toBe(0);
    expect(wrong.text).toContain("controlla-anno.ts(2");
    expect(wrong.text).toContain("'dataViolazzione' does not exist");
    expect(wrong.text).toContain("Type 'string' is not assignable to type 'number'");
  });
});

describe("what they do", () => {
  test("a zone is looked up; a place without one rejects the verbale, a missing file blocks", async () => {
    const file = join(folder, "zone.sqlite");
    const zone = new Database(file);
    zone.run("CREATE TABLE zone(luogo TEXT, zona TEXT)");
    zone.run("INSERT INTO zone VALUES ('Via Roma', 'Nord')");
    zone.close();

    expect(await run("cerca-zona", { file }, { luogo: "Via Roma" })).toEqual({ zona: "Nord" });
    await expect(run("cerca-zona", { file }, { luogo: "Via Po" })).rejects.toMatchObject({
      name: "ItemRejected",
      code: "LUOGO_SENZA_ZONA",
    });
    await expect(
      run("cerca-zona", { file: join(folder, "no") }, { luogo: "x" }),
    ).rejects.toMatchObject({ name: "RunBlocked", code: "ZONE_ASSENTI" });
  });

  test.each([
    ["AA", { mezzoComunale: true }],
    ["NO", { mezzoComunale: false }],
    ["KO", "RetryLater PARCO_ASSENTE"],
    ["XX", "ItemRejected TARGA_NON_VALIDA"],
    ["PR", "RunBlocked PARCO_RIFIUTA"],
  ])("a service that answers for %s", async (targa, expected) => {
    const ended = await run(
      "chiedi-parco-veicoli",
      { indirizzo: service.url.origin },
      { targa },
    ).catch(({ name, code }: { name: string; code: string }) => `${name} ${code}`);

    expect(ended as unknown).toEqual(expected);
  });

  test("a letter is written from the model, and a number with a slash makes no folder", async () => {
    const modello = join(folder, "lettera.txt");
    writeFileSync(modello, "Verbale {numero}, {luogo}.");
    const cartella = join(folder, "lettere");

    const { lettera } = (await run(
      "scrivi-lettera",
      { modello, cartella },
      { luogo: "Via Roma" },
    )) as { lettera: string };

    expect(lettera).toBe(join(cartella, "A_1.txt"));
    expect(readFileSync(lettera, "utf8")).toBe("Verbale A/1, Via Roma.");
  });

  test("a protocol without its year rejects the verbale", async () => {
    expect(await run("controlla-protocollo", {}, { protocollo: "2026-1" })).toEqual({});
    await expect(run("controlla-protocollo", {}, { protocollo: "1" })).rejects.toMatchObject({
      code: "PROTOCOLLO_SENZA_ANNO_INIZIALE",
    });
  });

  test("a partner gets its file once, and after a crash it is found", async () => {
    const cartella = join(folder, "partner");
    const { step } = requireRow(registry.get("consegna-al-partner"), "step");
    const item = { key: "A1", round: 1, data: { verbale: { targa: "AA000AA" } } };
    const context = { config: { cartella }, idempotencyKey: () => "k".repeat(64) } as never;

    const before = await step.reconcile?.(item, context);
    await run("consegna-al-partner", { cartella }, { targa: "AA000AA" }, "A1");
    const after = await step.reconcile?.(item, context);

    const nome = `${"k".repeat(32)}.json`;
    expect(before).toEqual({ status: "not-done" });
    expect(after).toEqual({ status: "done", fields: { consegnato: nome } });
    expect(readdirSync(cartella)).toEqual([nome]);
  });

  test("a broken file is told with its line, in TypeScript and in JavaScript", async () => {
    const broken = join(folder, "rotti");
    mkdirSync(broken);
    const told: string[] = [];
    for (const [name, code] of [
      ["a.ts", 'import { pureStep } from "postino";\n\nexport default pureStep({ summary: \n'],
      ["b.js", 'import { pureStep } from "postino";\n\nthrow new Error("manca il file");\n'],
      ["c.js", 'import { purestep } from "postino";\nexport default 1;\n'],
    ] as const) {
      writeFileSync(join(broken, name), code);
      await openInstallation(readConfig({ POSTINO_STEPS: broken })).catch(({ message }: Error) =>
        told.push(message),
      );
      rmSync(join(broken, name));
    }

    expect(told[0]).toMatch(/a\.ts" non si può caricare, alla riga [34]: /);
    expect(told[1]).toMatch(/b\.js" non si può caricare, alla riga 3: manca il file/);
    expect(told[2]).toMatch(/c\.js/);
  });
});
