/** The step of README.md from a folder outside the repository: what it and its field are called reaches the operator. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { readRepositoryFile } from "../support/repository.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let runId: string;
let steps: string;
beforeAll(async () => {
  world = await makeInstallationWorld();
  steps = join(world.folder, "passi");
  mkdirSync(steps);
  const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readRepositoryFile("README.md")) ?? [];
  writeFileSync(join(steps, "riconosci-ciclomotori.ts"), example);
  writeFileSync(join(steps, "pesa-verbale.ts"), untitled);
  writeFileSync(
    join(world.pipelinesFolder, "proprio.yaml"),
    `name: Con passi propri
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: riconosci-ciclomotori
  - uses: pesa-verbale
`,
  );
  const input = world.file("proprio.jsonl", verbaliLines(1, world.freshDay, 1));
  const { code, document } = await world.json(
    ["run", "proprio", "--ente", "prova", "--input", input, "--json"],
    { env: { POSTINO_STEPS: steps } },
  );
  expect(code).toBe(0);
  runId = document.run.id;
});
afterAll(async () => {
  await world.close();
});

/** No title of its own, and inside its field: an object with a title, one without, a literal and a field without. */
const untitled = `import { pureStep, Type } from "postino";
export default pureStep({
  summary: "Pesa la busta",
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ verbale: Type.Object({ numero: Type.String() }) }),
  adds: Type.Object({
    busta: Type.Object({
      scaglione: Type.Union([Type.Literal("A", { title: "fino a 20 g" }), Type.Literal("B")], { title: "Scaglione" }),
      tariffaCents: Type.Integer({ title: "Tariffa" }),
      formato: Type.Object({ lato: Type.Integer({ title: "Lato lungo" }) }),
      timbro: Type.Object({ data: Type.String({ title: "Data del timbro" }) }, { title: "Timbro" }),
      sigla: Type.String(),
    }, { title: "Busta" }),
  }),
  examples: ["{}"],
  run: () => ({ busta: { scaglione: "A", tariffaCents: 123, formato: { lato: 229 }, timbro: { data: "2026-11-23" }, sigla: "Q7" } }),
});
`;

interface Pages {
  readonly run: string;
  readonly item: string;
  readonly csv: string;
}

/** The pages of the run as text, from a server with these folders of steps. */
async function readPages(stepFolders: string): Promise<Pages> {
  const server = world.start(["serve", "--port", "0", "--no-scheduler"], {
    env: { POSTINO_STEPS: stepFolders },
  });
  await server.until("Pannello: http://");
  const { url } = JSON.parse(
    readFileSync(join(world.dataFolder, "postino.sqlite.owner.json"), "utf8"),
  ) as { url: string };
  const read = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
  const run = await read(`/flussi/${runId}`);
  const [, link = ""] = /href="(\/flussi\/[^"]+\/verbali\/[^"]+)"/.exec(run) ?? [];
  const pages = { run, item: await read(link), csv: await read(`/api/runs/${runId}.csv`) };
  server.kill("SIGTERM");
  await server.ended;
  return { run: toPlainText(pages.run), item: toPlainText(pages.item), csv: pages.csv };
}

function toPlainText(html: string): string {
  return html.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
}

test("titles of own steps and of their fields stand on the page of the run, of the verbale and in steps", async () => {
  const env = { POSTINO_STEPS: steps };

  const { run, item } = await readPages(steps);
  const listed = await world.postino(["steps"], { env });
  const one = await world.postino(["steps", "riconosci-ciclomotori"], { env });

  expect(run).toContain("Lettura del flusso 1 di 1");
  expect(run).toContain("Ciclomotori 1 di 1");
  expect(run).toContain("Pesa la busta 1 di 1");
  expect(item).toContain("Altri dati Veicolo a due ruote no");
  expect(item).toMatch(
    /Busta Scaglione fino a 20 g Tariffa 1,23\s€ Lato lungo 229 sigla Q7 Timbro Data del timbro 23\/11\/2026/,
  );
  expect(listed.stdout).toMatch(/^riconosci-ciclomotori +Ciclomotori +item +pure +Riconosce/m);
  expect(listed.stdout).toMatch(/^validate +Controlli +item/m);
  expect(one.stdout).toContain("Per gli operatori: Ciclomotori.\n");
  expect(one.stdout).toContain("Aggiunge: ciclomotore (Veicolo a due ruote).");
});

test("steps of a stored run that are no longer installed, and their fields, go by their names", async () => {
  const { run, item } = await readPages("");

  expect(run).toContain("riconosci-ciclomotori 1 di 1");
  expect(run).toContain("pesa-verbale 1 di 1");
  expect(item).toContain("Altri dati ciclomotore no");
  expect(item).toContain("busta scaglione A");
});
