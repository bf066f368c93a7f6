/** What a later step needs is asked before a position is touched: group, authorities, room on the disk; once it is there, the run goes on. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";
import type { Step } from "../../engine/step/step.ts";
import loadVerbali from "../../steps/load-verbali.ts";
import render from "../../steps/render.ts";
import sign from "../../steps/sign.ts";
import zip from "../../steps/zip.ts";

let world: InstallationWorld;
let enteFile: string;
let plain: string;
let steps: string;
beforeAll(async () => {
  world = await makeInstallationWorld();
  enteFile = join(world.pipelinesFolder, "enti", "prova.yaml");
  plain = readFileSync(enteFile, "utf8");
  steps = join(world.folder, "passi");
  mkdirSync(steps);
  mkdirSync(join(world.pipelinesFolder, "enti", "autorita"));
  writeFileSync(join(steps, "riempi-disco.ts"), greedy);
  writeFileSync(
    join(world.pipelinesFolder, "a-mano.yaml"),
    sendYaml.replace("mode: automatic", "mode: upload"),
  );
  writeFileSync(
    join(world.pipelinesFolder, "tanto.yaml"),
    sendYaml.replace("  - uses: zip\n", "  - uses: zip\n  - uses: riempi-disco\n"),
  );
});
afterAll(async () => {
  await world.close();
});

/** Says of itself that it leaves more than any disk holds. */
const greedy = `import { pureStep, Type } from "postino";
export default pureStep({
  summary: "Riempie il disco",
  config: Type.Object({}, { additionalProperties: false }),
  leavesBytes: 1e17,
  reads: Type.Object({}),
  adds: Type.Object({}),
  examples: ["{}"],
  run: () => ({}),
});
`;

test.each([
  [
    "a group that the ente does not have",
    "send",
    (text: string) => text.replace("  over20Grams", "  group: inesistente\n  over20Grams"),
    "Il gruppo «inesistente» non è fra quelli che la chiave API di questo ente può usare su SEND. Nulla è stato inviato.",
  ],
  [
    "a folder of authorities that holds none",
    "a-mano",
    (text: string) => `${text}  trust: autorita\n`,
    "La cartella autorita non contiene certificati.",
  ],
  [
    "more than the disk holds",
    "tanto",
    (text: string) => text,
    "Per 2 verbali servono circa 250.000.000 GB nella cartella dei dati, e ne restano ",
  ],
] as const)(
  "%s stops the run before a position is opened",
  async (_what, pipeline, change, reason) => {
    writeFileSync(enteFile, change(plain));
    const before = world.report().gpd.positions.length;
    const input = world.file(`${pipeline}.jsonl`, verbaliLines(2, world.freshDay, 1));
    const env = { POSTINO_STEPS: steps };

    const { code, stdout, stderr } = await world.postino(
      ["run", pipeline, "--ente", "prova", "--input", input],
      { env },
    );

    expect(code).toBe(5);
    expect(`${stdout}${stderr}`).toContain(reason);
    expect(world.report().gpd.positions).toHaveLength(before);
  },
);

test("a run that was stopped for its group goes on once the group is right", async () => {
  writeFileSync(enteFile, plain.replace("  over20Grams", "  group: sbagliato\n  over20Grams"));
  const input = world.file("dopo.jsonl", verbaliLines(2, world.freshDay, 11));
  const stopped = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  writeFileSync(enteFile, plain);

  const { document } = await world.json(["resume", stopped.document.run.id, "--json"]);

  expect(stopped.document.run.state).toBe("blocked");
  expect(document.run).toMatchObject({ state: "completed", counts: { total: 2, done: 2 } });
});

test.each([
  ["that does not exist", "  group: inesistente\n  over20Grams"],
  ["that is spelt otherwise", "  group: Verbali\n  over20Grams"],
])(
  "a real SEND, which nobody asks beforehand, refuses one request for a group %s, and no other is made",
  async (_what, setting) => {
    // Not an address of this machine as far as anybody can tell: no rehearsal.
    const real = plain
      .replace(/(send:[^]*?baseUrl: http:\/\/)127\.0\.0\.1/, "$10.0.0.0")
      .replace("  over20Grams", setting);
    writeFileSync(enteFile, `live: true\n${real}`);
    const first = setting.includes("Verbali") ? 41 : 31;
    const input = world.file("reale.jsonl", verbaliLines(6, world.freshDay, first));
    const before = world.report().send;

    const { code, stdout, stderr } = await world.postino(
      ["run", "send", "--ente", "prova", "--input", input],
      { env: { POSTINO_LIVE: "1" } },
    );

    const told = `${stdout}${stderr}`;
    expect(told).toContain("Il gruppo manca, è sospeso o non è fra quelli della chiave API.");
    expect(told).toContain("send.group");
    expect(code).toBe(5);
    const after = world.report().send;
    expect(after.refused - before.refused).toBe(1);
    expect(after.requests).toEqual(before.requests);
    writeFileSync(enteFile, plain);
  },
);

test("the room that is asked for is what the run leaves, not several times as much", async () => {
  writeFileSync(enteFile, plain);
  const before = measureKept(world.dataFolder);
  const input = world.file("sessanta.jsonl", verbaliLines(60, world.freshDay, 101));
  const model = { config: { from: "model" }, services: {} };
  const asked =
    tellLeft(loadVerbali, model) +
    tellLeft(render, model) +
    tellLeft(sign, { config: { mode: "automatic" }, services: { signing: { timestamps: null } } }) +
    tellLeft(zip, { config: { keep: false }, services: {} });

  const { code } = await world.postino(["run", "send", "--ente", "prova", "--input", input]);

  expect(code).toBe(0);
  const left = (measureKept(world.dataFolder) - before) / 60;
  expect(asked).toBe(62_000);
  expect(left).toBeLessThan(asked * 1.25);
  expect(left).toBeGreaterThan(asked / 2);
});

test.each([
  ["PDFs of the gestionale", render, { config: { from: "pdf" }, services: {} }, 138_000],
  ["an archive that is kept", zip, { config: { keep: true }, services: {} }, 160_000],
  [
    "files that are signed elsewhere",
    sign,
    { config: { mode: "upload" }, services: { signing: { timestamps: null } } },
    142_000,
  ],
  [
    "signatures with a time stamp",
    sign,
    { config: { mode: "otp" }, services: { signing: { timestamps: {} } } },
    66_000,
  ],
] as const)("%s need more room", (_what, step, context, bytes) => {
  expect(tellLeft(step, context)).toBe(bytes);
});

function tellLeft({ leavesBytes }: Step, context: object): number {
  return typeof leavesBytes === "number" ? leavesBytes : leavesBytes(context as never);
}

/** Documents and journal: what the simulators keep lies beside them. */
function measureKept(dataFolder: string): number {
  const folder = join(dataFolder, "artifacts");
  let { size } = statSync(join(dataFolder, "postino.sqlite"));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) size += statSync(join(entry.parentPath, entry.name)).size;
  return size;
}
