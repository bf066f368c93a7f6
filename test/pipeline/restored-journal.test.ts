/** The data folder comes back from a copy while SEND and the payment system have gone on: nothing is notified twice, no notified code dies. */
import { afterEach, expect, test } from "bun:test";
import { cpSync, rmSync } from "node:fs";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

type Verbale = ReturnType<typeof makeVerbale>;

async function makeRestored() {
  const made = await makeInstallationWorld();
  world = made;
  const run = (name: string, verbali: readonly unknown[]) => {
    const input = made.file(name, verbali.map((verbale) => JSON.stringify(verbale)).join("\n"));
    return made.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  };
  const copy = `${made.folder}/copia`;
  const count = (): Record<string, number> => {
    const { send, gpd } = made.report();
    const found: Record<string, number> = { notified: send.accepted };
    for (const { status } of gpd.positions) found[status] = (found[status] ?? 0) + 1;
    return found;
  };
  return {
    world: made,
    run,
    retry: (id: string) => made.json(["resume", id, "--only", "rejected", "--json"]),
    save: () => cpSync(made.dataFolder, copy, { recursive: true }),
    restore: () => {
      rmSync(made.dataFolder, { recursive: true, force: true });
      cpSync(copy, made.dataFolder, { recursive: true });
    },
    count,
  };
}

const otherAmount = (verbale: Verbale): unknown => ({
  ...verbale,
  importoRidottoCents: verbale.importoRidottoCents + 100,
});
const otherAddress = (verbale: Verbale): unknown => ({
  ...verbale,
  destinatario: {
    ...verbale.destinatario,
    indirizzo: { ...verbale.destinatario.indirizzo, via: "Via Corretta" },
  },
});
const same = (verbale: Verbale): unknown => verbale;

const cases: readonly (readonly [string, (verbale: Verbale) => unknown, readonly string[]])[] = [
  ["other amounts", otherAmount, ["ALREADY_NOTIFIED_OTHERWISE"]],
  ["another address", otherAddress, ["SENT_OTHER_DOCUMENTS", "ALREADY_NOTIFIED_OTHERWISE"]],
];

for (const [what, change, codes] of cases)
  test(`the same numbers with ${what}, sent and tried again after the data came back, leave what is notified alone`, async () => {
    const { world: at, run, retry, save, restore, count } = await makeRestored();
    const verbali = [1, 2, 3, 4].map((n) => makeVerbale(n, at.freshDay));
    await run("prima.jsonl", [makeVerbale(90, at.freshDay)]);
    save();
    await run("g.jsonl", verbali);
    restore();

    const told: (string | null)[] = [];
    let { document } = await run("g2.jsonl", verbali.map(change));
    for (let turn = 0; turn < 3; turn += 1) {
      told.push(...document.items.map(({ code }) => code));
      ({ document } = await retry(document.run.id));
    }

    expect([...new Set(told)]).toEqual([...codes]);
    expect(count()).toEqual({ notified: 5, VALID: 5 });
  });

test("the same flusso after the data came back is what SEND has, and says that the signatures differ", async () => {
  const { world: at, run, save, restore, count } = await makeRestored();
  const verbali = [1, 2].map((n) => makeVerbale(n, at.freshDay));
  await run("prima.jsonl", [makeVerbale(90, at.freshDay)]);
  save();
  const first = await run("g.jsonl", verbali);
  restore();

  const { document } = await run("g.jsonl", verbali.map(same));

  expect(document.items.map(({ iun }) => iun)).toEqual(first.document.items.map(({ iun }) => iun));
  expect(count()).toEqual({ notified: 3, VALID: 3 });
});

test("another number that names a notified position as one to cancel leaves it alone", async () => {
  const { world: at, run, save, restore, count } = await makeRestored();
  await run("prima.jsonl", [makeVerbale(90, at.freshDay)]);
  save();
  await run("g.jsonl", [makeVerbale(1, at.freshDay)]);
  restore();
  const posizioni = at.report().gpd.positions.map(({ iupd }) => ({ iupd }));

  const { document } = await run("h.jsonl", [makeVerbale(2, at.freshDay, { posizioni })]);

  expect(document.items[0]).toMatchObject({ state: "rejected", code: "POSITION_NOTIFIED" });
  expect(count()).toEqual({ notified: 2, VALID: 2 });
});
