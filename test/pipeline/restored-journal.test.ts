/** The data folder comes back from a copy while SEND and the payment system have gone on: nothing is notified twice, no notified code dies. */
import { afterEach, describe, expect, test } from "bun:test";
import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createFastClock } from "../support/fast-clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

type Verbale = ReturnType<typeof makeVerbale>;

async function makeRestored(options: Parameters<typeof makeInstallationWorld>[0] = {}) {
  const made = await makeInstallationWorld(options);
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
    /** What comes back does not act before a person has it compared. */
    restore: async () => {
      rmSync(made.dataFolder, { recursive: true, force: true });
      cpSync(copy, made.dataFolder, { recursive: true });
      const input = made.file("f.jsonl", JSON.stringify(makeVerbale(91, made.freshDay)));
      const stopped = await made.postino(["run", "send", "--ente", "prova", "--input", input]);
      const [id = ""] = /\d{8}-\d{4}/.exec(stopped.stdout) ?? [];
      const realigned = await made.postino(["realign", "--ente", "prova"]);
      await made.postino(["cancel", id]);
      expect(stopped.stdout + stopped.stderr).toContain("postino realign --ente prova");
      expect([stopped.code, realigned.code]).toEqual([5, 0]);
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
  // Asked once more, GPD says it first: SEND's fee is on the position.
  ["other amounts", otherAmount, ["ALREADY_NOTIFIED_OTHERWISE", "ALREADY_NOTIFIED"]],
  ["another address", otherAddress, ["SENT_OTHER_DOCUMENTS", "ALREADY_NOTIFIED"]],
];

for (const [what, change, codes] of cases)
  test(`the same numbers with ${what}, sent and tried again after the data came back, leave what is notified alone`, async () => {
    const { world: at, run, retry, save, restore, count } = await makeRestored();
    const verbali = [1, 2, 3, 4].map((n) => makeVerbale(n, at.freshDay));
    await run("prima.jsonl", [makeVerbale(90, at.freshDay)]);
    save();
    await run("g.jsonl", verbali);
    await restore();

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
  await restore();

  const { document } = await run("g.jsonl", verbali.map(same));

  expect(document.items.map(({ iun }) => iun)).toEqual(first.document.items.map(({ iun }) => iun));
  expect(count()).toEqual({ notified: 3, VALID: 3 });
});

test.each([
  ["SEND", /\/send\//],
  ["the payment system", /\/gpd\//],
])("the comparison goes on where %s is away for a moment, again and again", async (_, place) => {
  let isShaky = false;
  let asked = 0;
  const {
    world: at,
    run,
    save,
    restore,
    count,
  } = await makeRestored({
    clock: createFastClock(200),
    refuse: ({ url }) => {
      if (!isShaky || !place.test(url)) return null;
      asked += 1;
      return asked % 3 === 1 ? new Response(null, { status: 503 }) : null;
    },
  });
  await run(
    "prima.jsonl",
    [1, 2, 3].map((n) => makeVerbale(n, at.freshDay)),
  );
  save();
  await run("g.jsonl", [makeVerbale(4, at.freshDay)]);

  isShaky = true;
  await restore();

  expect(asked).toBeGreaterThan(3);
  expect(count()).toEqual({ notified: 4, VALID: 4 });
});

test("another number that names a notified position as one to cancel leaves it alone", async () => {
  const { world: at, run, save, restore, count } = await makeRestored();
  await run("prima.jsonl", [makeVerbale(90, at.freshDay)]);
  save();
  await run("g.jsonl", [makeVerbale(1, at.freshDay)]);
  await restore();
  const posizioni = at.report().gpd.positions.map(({ iupd }) => ({ iupd }));

  const { document } = await run("h.jsonl", [makeVerbale(2, at.freshDay, { posizioni })]);

  expect(document.items[0]).toMatchObject({ state: "rejected", code: "POSITION_NOTIFIED" });
  expect(count()).toEqual({ notified: 2, VALID: 2 });
});

describe("a journal that is not as it was left asks before it acts", () => {
  const journal = (folder: string) => join(folder, "postino.sqlite");
  const emptied = (folder: string): void => {
    for (const name of ["", "-wal", "-shm"]) rmSync(`${journal(folder)}${name}`, { force: true });
  };
  type Change = (data: string, copy: string) => void;
  const cases: readonly (readonly [string, Change, number])[] = [
    ["nothing happened", () => {}, 0],
    [
      "the folder was given another name and back",
      (data) => {
        renameSync(data, `${data}-x`);
        renameSync(`${data}-x`, data);
      },
      0,
    ],
    ["the journal was deleted", emptied, 5],
    [
      "the journal alone came back",
      (data, copy) => {
        emptied(data);
        cpSync(journal(copy), journal(data));
      },
      5,
    ],
    [
      "the folder came back",
      (data, copy) => {
        rmSync(data, { recursive: true });
        cpSync(copy, data, { recursive: true });
      },
      5,
    ],
    [
      "the folder came back over itself",
      (data, copy) => cpSync(copy, data, { recursive: true, force: true }),
      5,
    ],
    ["the card was deleted", (data) => rmSync(`${journal(data)}.witness.json`), 5],
    ["all of it was deleted: another installation", (data) => rmSync(data, { recursive: true }), 0],
  ];
  for (const [what, change, code] of cases)
    test(`${what}: exit ${code}, and 0 once it was compared`, async () => {
      const { world: at, run, save } = await makeRestored();
      await run("a.jsonl", [makeVerbale(1, at.freshDay)]);
      save();
      await run("b.jsonl", [makeVerbale(2, at.freshDay)]);

      change(at.dataFolder, `${at.folder}/copia`);
      const first = await run("c.jsonl", [makeVerbale(3, at.freshDay)]);
      await at.postino(["realign", "--ente", "prova"]);
      const second = await run("d.jsonl", [makeVerbale(4, at.freshDay)]);

      expect([first.code, second.code]).toEqual([code, 0]);
    });
});

test("what the journal does not know of a flusso under way is told by the comparison", async () => {
  const { world: at, run } = await makeRestored();
  await run("a.jsonl", [makeVerbale(1, at.freshDay)]);
  const { Database } = await import("bun:sqlite");
  const db = new Database(join(at.dataFolder, "postino.sqlite"));
  db.run("DELETE FROM effects WHERE step IN ('transmit', 'import-iun')");
  db.close();

  const { stdout } = await at.postino(["realign", "--ente", "prova"]);

  expect(stdout).toContain("1 verbale confrontato con SEND.");
  expect(stdout).toMatch(
    /T00001: è su SEND \(IUN [A-Z-]+\d{6}-[A-Z]-1\) e il registro non lo sapeva/,
  );
});
