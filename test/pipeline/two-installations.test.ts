/** Two installations with data of their own run the same verbali of the same ente with the same key at the same time: one notification each. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

setDefaultTimeout(120_000);

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

test("the same verbali from two data folders at once are notified once", async () => {
  world = await makeInstallationWorld();
  const { folder, freshDay, json, report, file } = world;
  // Fewer than the step works on at once: both give out their numbers in the order of the file.
  const input = file("flusso.jsonl", verbaliLines(6, freshDay));
  const from = (name: string) =>
    json(["run", "send", "--ente", "prova", "--input", input, "--wait", "60s", "--json"], {
      env: { POSTINO_DATA: join(folder, name) },
    });

  const [one, two] = await Promise.all([from("data-1"), from("data-2")]);

  const { send, gpd } = report();
  expect(send.accepted).toBe(6);
  expect(send.refused).toBe(0);
  expect(send.requests.map(({ protocol }) => protocol).toSorted()).toEqual([
    "T00001",
    "T00002",
    "T00003",
    "T00004",
    "T00005",
    "T00006",
  ]);
  expect(gpd.positions).toHaveLength(6);
  expect([one.code, two.code]).toEqual([0, 0]);
  const told = (document: typeof one.document) =>
    document.items.map(({ key, state, iun, noticeCodes }) => ({ key, state, iun, noticeCodes }));
  expect(told(one.document)).toEqual(told(two.document));
  expect(one.document.items.every(({ iun }) => iun !== null)).toBe(true);
});
