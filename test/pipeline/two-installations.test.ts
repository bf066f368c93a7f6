/** Two installations with data of their own run the same verbali of the same ente with the same key at the same time: one notification each. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

/** More than a step works on at once, so that the two give out their numbers in another order. */
const count = 40;

test("the same verbali from two data folders at once, from both ends, are notified once", async () => {
  world = await makeInstallationWorld();
  const { folder, freshDay, json, report, file } = world;
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify(makeVerbale(n + 1, freshDay)),
  );
  const from = (name: string, order: readonly string[]) => {
    const input = file(`${name}.jsonl`, `${order.join("\n")}\n`);
    return json(["run", "send", "--ente", "prova", "--input", input, "--wait", "10m", "--json"], {
      env: { POSTINO_DATA: join(folder, name) },
    });
  };

  const [one, two] = await Promise.all([from("data-1", lines), from("data-2", lines.toReversed())]);

  const { send, gpd } = report();
  const protocols = send.requests.map(({ protocol }) => protocol);
  expect([send.accepted, send.refused, protocols.length]).toEqual([count, 0, count]);
  expect(new Set(protocols).size).toBe(count);
  expect(gpd.positions.map(({ status }) => status)).toEqual(Array(count).fill("VALID"));
  expect([one.code, two.code]).toEqual([0, 0]);
  const told = (document: typeof one.document) =>
    document.items
      .map(({ key, state, iun, noticeCodes }) => ({ key, state, iun, noticeCodes }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  expect(told(one.document)).toEqual(told(two.document));
  expect(one.document.items.every(({ iun }) => iun !== null)).toBe(true);
});
