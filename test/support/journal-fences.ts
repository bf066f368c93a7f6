/** What every journal must refuse, whatever stores it: the writes of a process, or of a drive of a run, that another one has taken the place of. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Intent, ItemRow, Move } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import type { JournalPlace } from "./journal-suite.ts";

/** A place where a second process can take the journal from one that still believes to have it. */
export interface ContestedPlace extends JournalPlace {
  /** Opens it for writing as if the holder were dead, which it is not. */
  overtake(clock: FakeClock): Promise<Journal>;
}

let place: ContestedPlace;
let clock: FakeClock;
let opened: Journal[];

/** Declares the tests for one store. */
export function testFences(name: string, makePlace: () => Promise<ContestedPlace>): void {
  describe(`${name}: fences`, () => {
    beforeEach(async () => {
      place = await makePlace();
      clock = createFakeClock("2026-11-23T06:30:00Z");
      opened = [];
    });
    afterEach(async () => {
      for (const journal of opened) await journal.close();
      await place.remove();
    });
    testTaken();
    testDrives();
    testLines();
  });
}

async function open(): Promise<Journal> {
  const journal = await place.open(clock);
  opened.push(journal);
  return journal;
}

async function overtake(): Promise<Journal> {
  const journal = await place.overtake(clock);
  opened.push(journal);
  return journal;
}

async function makeRun(journal: Journal, keys: readonly string[]) {
  const run = await journal.createRun({
    pipeline: "prova",
    ente: "prova",
    trigger: "manual",
    input: null,
    params: {},
    spec: "{}",
  });
  await journal.addItems(
    run.id,
    keys.map((key) => ({ key, data: {}, sourceDigest: key })),
  );
  return { run: run.id, items: await journal.listItems(run.id, { limit: 100 }) };
}

function itemAt(items: readonly ItemRow[], index: number): ItemRow {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

function buildMove(item: ItemRow, changes: Partial<Move> = {}): Move {
  return {
    itemId: item.id,
    itemKey: item.key,
    from: "pending",
    to: "done",
    step: 2,
    code: null,
    note: null,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    ...changes,
  };
}

function buildIntent(item: ItemRow, holds: readonly string[] = []): Intent {
  return {
    itemId: item.id,
    from: "pending",
    since: 1_000,
    stepId: "send",
    number: 1,
    effect: { key: `send-${item.key}`, step: "send", itemKey: item.key, round: 1 },
    sourceDigest: item.sourceDigest,
    fingerprint: item.sourceDigest,
    seals: true,
    holds,
  };
}

type Write = (journal: Journal, run: string, item: ItemRow) => Promise<unknown>;

const newRun = {
  pipeline: "prova",
  ente: "prova",
  trigger: "manual",
  input: null,
  params: {},
  spec: "{}",
} as const;

/** All that changes a run or its items. */
const writesOfRun: Readonly<Record<string, Write>> = {
  patchRun: (journal, run) => journal.patchRun(run, { state: "completed" }),
  addFile: (journal, run) => journal.addFile(run, { name: "a", sha256: "s", bytes: 1 }),
  openAsk: (journal, run) =>
    journal.openAsk({
      run,
      step: "sign",
      kind: "otp",
      who: "comandante",
      prompt: "OTP",
      problem: null,
      deadline: "2026-11-24T00:00:00.000Z",
    }),
  closeAsk: (journal, run) => journal.closeAsk(run, "sign"),
  agree: (journal, run) => journal.agree(run, "sign", "Anna"),
  addItems: (journal, run) => journal.addItems(run, [{ key: "z", data: {}, sourceDigest: "z" }]),
  dropItems: (journal, run) => journal.dropItems(run),
  "record a move": (journal, run, item) => journal.record(run, { moves: [buildMove(item)] }),
  "record an intent": (journal, run, item) => journal.record(run, { intents: [buildIntent(item)] }),
};

const writes: Readonly<Record<string, Write>> = {
  ...writesOfRun,
  createRun: (journal) => journal.createRun(newRun),
  beginDrive: (journal, run) => journal.beginDrive(run),
  setRound: (journal) => journal.setRound("prova", "v1", 7),
  allocate: (journal) => journal.allocate("iuv", "v1", 1, 1),
  keepSchedules: (journal) =>
    journal.keepSchedules([{ pipeline: "p", ente: "e", schedule: "{}" }], "2026-11-23"),
  knowSchedule: (journal) => journal.knowSchedule("p", "e", "2026-11-23T06:30:00.000Z"),
  recordDue: (journal) =>
    journal.recordDue({
      pipeline: "p",
      ente: "e",
      dueAt: "2026-11-23T06:30:00.000Z",
      state: "missed",
      run: null,
      reason: null,
      recordedAt: "2026-11-23T06:30:00.000Z",
    }),
  addStreamEvents: (journal) =>
    journal.addStreamEvents("prova", "s", [{ event: "1", subject: "x", data: {} }]),
  writeRecords: (journal) => journal.writeRecords("prova", [{ kind: "k", key: "1", data: {} }]),
};

/** All that a write could have changed. */
async function readAll(journal: Journal, run: string): Promise<unknown> {
  return {
    runs: await journal.listRuns({ limit: 10 }),
    items: await journal.listItems(run, { limit: 10 }),
    attempts: await journal.listAttempts(run, "v1"),
    files: await journal.listFiles(run),
    asks: await journal.listAsks(run),
    approvals: await journal.listApprovals(run),
    effects: [...(await journal.findEffects(["send-v1"]))],
    rounds: [...(await journal.readRounds("prova", ["v1"]))],
    due: await journal.listDue({ limit: 10 }),
    schedules: await journal.listKeptSchedules(),
    event: await journal.readLastStreamEvent("prova", "s"),
    records: await journal.listRecords("prova", "k", { limit: 10 }),
  };
}

function testTaken(): void {
  test.each(Object.entries(writes))(
    "a process that was overtaken is refused %s, and nothing is written",
    async (_, write) => {
      const first = await open();
      const { run, items } = await makeRun(first, ["v1"]);
      const second = await overtake();
      const before = await readAll(second, run);

      const refused = write(first, run, itemAt(items, 0));

      await expect(refused).rejects.toMatchObject({ code: "JOURNAL_TAKEN" });
      expect(await readAll(second, run)).toEqual(before);
      expect(first.taken.aborted).toBe(true);
      await write(second, run, itemAt(items, 0));
    },
  );

  test("asked before a call it says so too, names who has the journal, and goes on reading", async () => {
    const first = await open();
    const { run } = await makeRun(first, ["v1"]);
    await first.assertOwned();
    const isTakenBefore = first.taken.aborted;
    await overtake();

    await expect(first.assertOwned()).rejects.toMatchObject({
      code: "JOURNAL_TAKEN",
      message: expect.stringMatching(
        /^Il registro dei flussi è stato preso in carico da un altro processo \(.*\) mentre questo processo era fermo: questo non scrive e non invia più nulla\.$/,
      ) as unknown,
    });
    expect(isTakenBefore).toBe(false);
    expect(first.taken.reason).toMatchObject({ code: "JOURNAL_TAKEN" });
    expect((await first.readRun(run))?.id).toBe(run);
  });

  test("a drive that the other process has gone on with is refused by both fences, whatever it had read before", async () => {
    const first = await open();
    const { run, items } = await makeRun(first, ["v1"]);
    const old = await first.beginDrive(run);
    await old.record(run, { intents: [buildIntent(itemAt(items, 0))] });
    const second = await overtake();
    const next = await second.beginDrive(run);
    // Both see the item running.
    const [seen] = await old.listItems(run, { limit: 1 });

    const late = old.record(run, {
      moves: [buildMove(itemAt(items, 0), { from: "running", to: "done" })],
    });

    expect(seen?.state).toBe("running");
    await expect(late).rejects.toMatchObject({ code: "JOURNAL_TAKEN" });
    await next.record(run, {
      moves: [buildMove(itemAt(items, 0), { from: "running", to: "pending", step: 1 })],
    });
    expect(await second.listItems(run, { limit: 1 })).toMatchObject([{ state: "pending" }]);
  });

  test("closing it leaves the journal with who took it", async () => {
    const first = await open();
    const { run } = await makeRun(first, ["v1"]);
    const second = await overtake();

    await first.close();
    opened.shift();

    await second.patchRun(run, { state: "completed" });
    await expect(place.open(clock)).rejects.toMatchObject({ code: "JOURNAL_IN_USE" });
  });
}

function testDrives(): void {
  test.each(Object.entries(writesOfRun))(
    "a drive after which another one began is refused %s",
    async (_, write) => {
      const journal = await open();
      const { run, items } = await makeRun(journal, ["v1"]);
      const old = await journal.beginDrive(run);
      const next = await journal.beginDrive(run);
      const before = await readAll(journal, run);

      await expect(write(old, run, itemAt(items, 0))).rejects.toMatchObject({ code: "RUN_TAKEN" });

      expect(await readAll(journal, run)).toEqual(before);
      expect(journal.taken.aborted).toBe(false);
      await write(next, run, itemAt(items, 0));
    },
  );

  test("of two drives whose moves share a commit the old one alone is refused", async () => {
    const journal = await open();
    const { run, items } = await makeRun(journal, ["v1", "v2"]);
    const old = await journal.beginDrive(run);
    const next = await journal.beginDrive(run);

    const ended = await Promise.allSettled([
      old.record(run, { moves: [buildMove(itemAt(items, 0), { to: "rejected" })] }),
      next.record(run, { moves: [buildMove(itemAt(items, 1))] }),
    ]);

    expect(ended.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect((await journal.listItems(run, { limit: 9 })).map(({ state }) => state)).toEqual([
      "pending",
      "done",
    ]);
  });

  test("what a drive recorded before the next one began stands, and drives of other runs mind nothing", async () => {
    const journal = await open();
    const one = await makeRun(journal, ["v1"]);
    const two = await makeRun(journal, ["w1"]);
    const driven = await journal.beginDrive(one.run);
    const other = await journal.beginDrive(two.run);

    const recorded = driven.record(one.run, { moves: [buildMove(itemAt(one.items, 0))] });
    await journal.beginDrive(one.run);
    await recorded;
    await other.record(two.run, { moves: [buildMove(itemAt(two.items, 0))] });

    expect((await journal.readRun(one.run))?.counts.done).toBe(1);
    expect((await journal.readRun(two.run))?.counts.done).toBe(1);
  });
}

function testLines(): void {
  test("of effects that begin at the same moment and want one name exactly one is first, for all of them", async () => {
    const journal = await open();
    const keys = ["v1", "v2", "v3", "v4"];
    const runs = await Promise.all([makeRun(journal, keys), makeRun(journal, ["w1", "w2"])]);
    const begun = runs.flatMap(({ run, items }) => items.map((item) => ({ run, item })));

    const firsts = await Promise.all(
      begun.map(async ({ run, item }) => {
        await journal.record(run, { intents: [buildIntent(item, ["notice code 1"])] });
        const held = await journal.findHolders("prova", ["notice code 1"]);
        return held.get("notice code 1")?.[0]?.itemKey;
      }),
    );

    expect(firsts).toEqual(begun.map(() => "v1"));
    const held = (await journal.findHolders("prova", ["notice code 1"])).get("notice code 1") ?? [];
    expect(held.map(({ itemKey }) => itemKey)).toEqual(["v1", "v2", "v3", "v4", "w1", "w2"]);
  });

  test("who was taken back and begins anew stands behind those that came meanwhile; who only goes on keeps its place", async () => {
    const journal = await open();
    const { run, items } = await makeRun(journal, ["v1", "v2", "v3"]);
    const [v1, v2, v3] = [0, 1, 2].map((index) => itemAt(items, index)) as [
      ItemRow,
      ItemRow,
      ItemRow,
    ];
    const list = async (): Promise<unknown> =>
      (await journal.findHolders("prova", ["n"])).get("n")?.map(({ itemKey }) => itemKey);
    for (const item of [v1, v2, v3])
      await journal.record(run, { intents: [buildIntent(item, ["n"])] });
    await journal.record(run, {
      moves: [
        buildMove(v1, {
          from: "running",
          to: "pending",
          effect: { id: buildIntent(v1).effect, state: "not-done", seals: true, fields: {} },
        }),
        buildMove(v2, { from: "running", to: "pending" }),
      ],
    });
    const meanwhile = await list();

    await journal.record(run, { intents: [buildIntent(v1, ["n"]), buildIntent(v2, ["n"])] });

    expect(meanwhile).toEqual(["v2", "v3"]);
    expect(await list()).toEqual(["v2", "v3", "v1"]);
  });
}
