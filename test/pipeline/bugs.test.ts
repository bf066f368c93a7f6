/** An exception that nobody foresaw: one report for each cause, without data of persons, and a person who is told to send it. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let reports: string;
let env: Record<string, string>;
beforeAll(async () => {
  world = await makeInstallationWorld();
  reports = join(world.dataFolder, "segnalazioni");
  const folder = join(world.folder, "passi");
  mkdirSync(folder);
  env = { POSTINO_STEPS: folder };
  for (const [name, text] of Object.entries(steps)) {
    writeFileSync(join(folder, `${name}.ts`), text);
    writeFileSync(join(world.pipelinesFolder, `${name}.yaml`), pipelineOf(name));
  }
});
afterEach(() => rmSync(reports, { recursive: true, force: true }));
afterAll(async () => {
  await world.close();
});

const parts = `config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ verbale: Type.Any() }),
  adds: Type.Object({ seen: Type.Boolean() }),
  examples: ["{}"],`;
const fail = `const { cognome, nome, codiceFiscale } = item.data.verbale.destinatario;
    throw new TypeError(\`cannot handle \${cognome} \${nome} (\${codiceFiscale}) of \${item.data.verbale.targa}, ada@example.it\`);`;

/** A technician's own steps, each of another kind, that no one has tried on such data. */
const steps = {
  "difetto-fonte": `import { sourceStep, Type } from "postino";
export default sourceStep({
  summary: "Fonte con un difetto",
  config: Type.Object({}, { additionalProperties: false }),
  adds: Type.Object({ verbale: Type.Any() }),
  examples: ["{}"],
  async *run() {
    throw new TypeError('cannot read "Rossi Mario", mario@example.it, 3331234567');
  },
});
`,
  "difetto-puro": `import { pureStep, Type } from "postino";
export default pureStep({
  summary: "Passo puro con un difetto",
  ${parts}
  run(item) {
    ${fail}
  },
});
`,
  "difetto-effetto": `import { effectStep, Type } from "postino";
export default effectStep({
  summary: "Passo con effetto e con un difetto",
  effect: "keyed",
  ${parts}
  run(item) {
    ${fail}
  },
  reconcile() {
    return { status: "not-done" };
  },
});
`,
  "difetto-gruppo": `import { groupStep, Type } from "postino";
export default groupStep({
  summary: "Passo di gruppo con un difetto",
  effect: "pure",
  ${parts}
  async *run(items) {
    const [item] = items;
    ${fail}
  },
});
`,
} as const;

function pipelineOf(name: string): string {
  const own = `  - uses: ${name}\n    retry: { times: 0, wait: 1ms, maxWait: 1ms }\n`;
  const source = `  - uses: load-verbali\n    with: { pattern: "*.jsonl" }\n`;
  return `name: Difetto\nsteps:\n${name === "difetto-fonte" ? `  - uses: ${name}\n` : `${source}${own}`}`;
}

const verbali = 12;

function runOf(name: string): string[] {
  const input = world.file(`${name}.jsonl`, verbaliLines(verbali, world.freshDay, 1));
  const args = ["run", name, "--ente", "prova", "--wait", "1m"];
  return name === "difetto-fonte" ? args : [...args, "--input", input];
}

function onlyReport(): { readonly path: string; readonly text: string } {
  const names = readdirSync(reports);
  expect(names).toEqual([expect.stringMatching(/^segnalazione-[0-9a-f]{12}\.txt$/)]);
  const path = join(reports, names[0] ?? "");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return { path, text: readFileSync(path, "utf8") };
}

describe("in a step", () => {
  test.each([
    ["difetto-fonte", 5, 0],
    ["difetto-puro", 1, verbali],
    ["difetto-effetto", 1, verbali],
    ["difetto-gruppo", 5, 0],
  ] as const)("%s leaves one report and nothing of anybody in it", async (name, code, failed) => {
    const ended = await world.postino(runOf(name), { env });
    const said = ended.stdout + ended.stderr.replaceAll(/^\{.*\}$/gm, "");
    if (!said.includes("Flusso ")) throw new Error(said);
    const [, id = ""] = /Flusso (\d{8}-\d{4})/.exec(said) ?? [];
    const status = await world.json(["status", id, "--json"]);

    const { path, text } = onlyReport();
    const logged = ended.stderr.match(/^\{.*\}$/gm)?.join("\n") ?? "";
    expect(logged).toContain(path.slice(path.indexOf("segnalazioni")));
    const { destinatario, targa } = makeVerbale(1, world.freshDay);
    expect([ended.code, status.document.run.counts.failed]).toEqual([code, failed]);
    expect(said).not.toContain("Correggere la causa");
    expect(said).toMatch(/Errore imprevisto|fallisce sempre/);
    expect(said).toContain("(TypeError)");
    expect(said).toContain(path.slice(path.indexOf("data/segnalazioni")));
    expect(said).toContain(
      "non contiene dati personali. Riprendere serve solo dopo la correzione:",
    );
    expect(said).not.toContain("difetto del programma");
    expect(text).toContain(`flusso: ${id}\n`);
    expect(text).toContain(`Bun: ${Bun.version}\n`);
    expect(text).toContain(`sistema: ${process.platform} ${process.arch}\n`);
    expect(text).toMatch(/^versione: \d+\.\d+\.\d+$/m);
    expect(text).toMatch(new RegExp(`^  at .*${name}\\.ts:\\d+`, "m"));
    if (name !== "difetto-fonte") expect(text).toContain(`passo: ${name}\n`);
    for (const personal of [
      destinatario.cognome,
      destinatario.nome,
      destinatario.codiceFiscale,
      targa,
      "ada@example.it",
      "Rossi",
      "Mario",
      "mario@example.it",
      "3331234567",
    ]) {
      expect(text).not.toContain(String(personal));
      expect(logged).not.toContain(String(personal));
    }
    // Nothing of the message at all: a step of one's own may say anything in it.
    expect(logged).not.toContain("cannot");
  });

  test("the same cause in another flusso is told by the file that is there", async () => {
    await world.postino(runOf("difetto-puro"), { env });
    const before = onlyReport();
    await world.postino(runOf("difetto-puro"), { env });

    expect(onlyReport()).toEqual(before);
  });

  test("of another cause there is another report", async () => {
    await world.postino(runOf("difetto-puro"), { env });
    await world.postino(runOf("difetto-effetto"), { env });

    expect(readdirSync(reports)).toHaveLength(2);
  });

  test("where no report can be written, the log is what a person sends", async () => {
    mkdirSync(world.dataFolder, { recursive: true });
    writeFileSync(reports, "no folder");

    const ended = await world.postino(runOf("difetto-puro"), { env });

    expect(ended.stdout + ended.stderr).toContain("Inviare all'assistenza il registro (log)");
    expect(existsSync(reports)).toBe(true);
  });
});

describe("in a command", () => {
  test("says what to send and shows no stack", async () => {
    // A folder where the journal should be: nobody foresaw that for a command that only reads.
    const data = join(world.folder, "dati-rotti");
    const secret = "segreto-da-nascondere";
    mkdirSync(join(data, "reference"), { recursive: true });
    mkdirSync(join(data, "postino.sqlite"));
    const ended = await world.postino(["runs"], {
      env: { POSTINO_DATA: data, PROVA_CSC_SECRET: secret },
    });

    const [name = ""] = readdirSync(join(data, "segnalazioni"));
    const text = readFileSync(join(data, "segnalazioni", name), "utf8");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^Errore imprevisto del programma \(\w+\)\.\nChe cosa fare: Inviare all'assistenza il file \S+segnalazioni\/segnalazione-[0-9a-f]{12}\.txt: non contiene dati personali\.\n$/,
    );
    expect(text).toContain("durante: postino runs\n");
    expect(text).not.toContain(secret);
  });
});
