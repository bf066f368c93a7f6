/** `status` of a flusso that nobody reads to its end: what needs a look, and the rest when it is asked for. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import { openJournal } from "../../stores/sqlite/store.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";

let world: InstallationWorld;
const runs = new Map<string, string>();
beforeAll(async () => {
  world = await makeInstallationWorld();
  mkdirSync(world.dataFolder, { recursive: true, mode: 0o700 });
  const journal = openJournal(join(world.dataFolder, "postino.sqlite"), systemClock);
  for (const [name, total, everyNth] of [
    ["small", 50, 10],
    ["large", 51, 10],
    ["bad", 1_200, 10],
    ["good", 60, 1_000],
  ] as const) {
    const run = await journal.createRun({
      pipeline: "send",
      ente: "prova",
      trigger: "manual",
      input: null,
      params: {},
      spec: JSON.stringify({ ente: "prova", steps: [], settings: {} }),
    });
    runs.set(name, run.id);
    const rejected = { code: "X", note: "Manca il CAP.", hint: null };
    await journal.addItems(
      run.id,
      Array.from({ length: total }, (_, n) => ({
        key: `V${n + 1}`,
        data: {},
        sourceDigest: "d",
        ...((n + 1) % everyNth === 0 ? { rejected } : { state: "done" as const }),
      })),
    );
  }
  await journal.close();
});
afterAll(() => world.close());

test.each([
  ["small", [], 50, null, false],
  ["large", [], 5, null, true],
  ["large", ["--all"], 51, null, false],
  ["bad", [], 50, "… e altri 70 da guardare.", true],
  ["bad", ["--all"], 1_200, null, false],
  ["good", [], 0, null, true],
] as const)("%s %p shows %i verbali", async (name, flags, rows, more, isShort) => {
  const id = runs.get(name) ?? "";

  const { stdout, stderr } = await world.postino(["status", id, ...flags]);

  const lines = stdout.split("\n");
  expect(stderr).toBe("");
  expect(lines.filter((line) => /^V\d+ /.test(line))).toHaveLength(rows);
  expect(lines.filter((line) => line.startsWith("… e altri"))).toEqual(more === null ? [] : [more]);
  expect(stdout.includes(`postino status ${id} --all`)).toBe(isShort);
});

test("the document has every verbale, whatever is shown", async () => {
  const { stdout } = await world.postino(["status", runs.get("bad") ?? "", "--json"]);

  expect((JSON.parse(stdout) as { items: unknown[] }).items).toHaveLength(1_200);
});
