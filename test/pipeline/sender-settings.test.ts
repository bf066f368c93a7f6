/** What the ente file has wrong for every verbale stops the run once, and the mended file lets it go on. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
beforeEach(async () => {
  world = await makeInstallationWorld();
});
afterEach(async () => {
  await world.close();
});

test("a taxonomy code that SEND does not have blocks the run before anything is asked, and resume goes on", async () => {
  const file = join(world.pipelinesFolder, "enti", "prova.yaml");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace("send:\n", 'send:\n  taxonomyCode: "010101X"\n'));
  const input = world.file("flusso.jsonl", verbaliLines(3, world.freshDay));

  const blocked = await world.postino(["run", "send", "--ente", "prova", "--input", input]);
  const before = world.report();
  writeFileSync(file, right);
  const runs = await world.postino(["runs", "--json"]);
  const [run] = JSON.parse(runs.stdout).runs as readonly { readonly id: string }[];
  const resumed = await world.json(["resume", run?.id ?? "", "--json"]);

  expect(blocked.code).toBe(5);
  expect(blocked.stdout + blocked.stderr).toContain(
    "Codice tassonomico: non è nell'elenco di SEND del 11/06/2026.",
  );
  expect(blocked.stdout + blocked.stderr).toContain(
    "Correggere il file dell'ente prova. Poi: postino resume",
  );
  expect([before.send.accepted, before.gpd.positions.length]).toEqual([0, 0]);
  expect([resumed.code, resumed.document.run.counts.done]).toEqual([0, 3]);
});
