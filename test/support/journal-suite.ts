/** What every journal must keep, whatever stores it: the suite that each implementation passes. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Clock } from "../../engine/host/clock.ts";
import type { Hint } from "../../engine/host/hint.ts";
import type {
  AttemptOutcome,
  AttemptRow,
  Intent,
  ItemFilter,
  ItemRow,
  Move,
  RunAttempt,
} from "../../engine/journal/items.ts";
import type { Journal, JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

/** An empty place where a store keeps one journal. */
export interface JournalPlace {
  /** For writing. Rejects with `JOURNAL_IN_USE` while it is held. */
  open(clock: Clock): Promise<Journal>;
  /** For reading beside the writer, over a connection of its own; `null` when nothing was written yet. */
  openReader(): Promise<JournalReader | null>;
  remove(): Promise<void>;
}

let place: JournalPlace;
let clock: FakeClock;
let journal: Journal | null;

/** Declares the tests for one store. */
export function testJournal(
  name: string,
  makePlace: () => Promise<JournalPlace>,
  findsInside = true,
): void {
  describe(name, () => {
    beforeEach(async () => {
      place = await makePlace();
      clock = createFakeClock("2026-11-23T06:30:00Z");
      journal = null;
    });
    afterEach(async () => {
      await close();
      await place.remove();
    });
    for (const declare of parts) declare();
    testRecords(findsInside);
  });
}

async function open(): Promise<Journal> {
  journal = await place.open(clock);
  return journal;
}

async function close(): Promise<void> {
  await journal?.close();
  journal = null;
}

async function runWith(
  into: Journal,
  keys: readonly string[],
  ente = "prova",
): Promise<{ readonly run: Run; readonly items: readonly ItemRow[] }> {
  const run = await into.createRun({
    pipeline: "prova",
    ente,
    trigger: "manual",
    input: null,
    params: { lotto: "2026-A" },
    spec: `{"ente":"${ente}"}`,
  });
  await into.addItems(
    run.id,
    keys.map((key) => ({ key, data: { row: key }, sourceDigest: `digest-${key}` })),
  );
  return { run, items: await into.listItems(run.id, { limit: 1_000 }) };
}

function itemAt(items: readonly ItemRow[], index: number): ItemRow {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

function move(item: ItemRow, changes: Partial<Move> = {}): Move {
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

function effectId(item: ItemRow, round = 1) {
  return { key: `send-${item.key}-${round}`, step: "send", itemKey: item.key, round };
}

function intent(item: ItemRow, changes: Partial<Intent> = {}): Intent {
  return {
    itemId: item.id,
    from: "pending",
    since: 1_000,
    stepId: "send",
    number: 1,
    effect: effectId(item),
    sourceDigest: item.sourceDigest,
    fingerprint: item.sourceDigest,
    seals: true,
    holds: [],
    ...changes,
  };
}

async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function event(name: string, subject: string, data: Record<string, unknown> = {}) {
  return { event: name, subject, data };
}

const parts = [
  testGroupCommit,
  testMoves,
  testRunAttempts,
  testEffects,
  testRounds,
  testCounters,
  testRuns,
  testHints,
  testOneWriter,
  testReading,
  testStreams,
  testSchedules,
];

function testGroupCommit(): void {
  describe("group commit", () => {
    test("several callers in one commit all resolve after it is on disk", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
      const commits: string[] = [];
      writer.onChange((runId) => commits.push(runId));
      const reader = await place.openReader();

      const seen = await Promise.all(
        items.map(async (item) => {
          await writer.record(run.id, { moves: [move(item)] });
          const durable = await reader?.readRun(run.id);
          return durable?.counts.done;
        }),
      );

      await reader?.close();
      expect(seen).toEqual([3, 3, 3]);
      expect(commits).toEqual([run.id]);
      expect((await writer.readRun(run.id))?.counts).toMatchObject({
        total: 3,
        pending: 0,
        done: 3,
      });
    });

    test("runs that share a commit are counted each for itself and each told", async () => {
      const writer = await open();
      const one = await runWith(writer, ["v1", "v2"]);
      const two = await runWith(writer, ["v3"]);
      const told: string[] = [];
      writer.onChange((runId) => told.push(runId));

      await Promise.all([
        writer.record(one.run.id, {
          moves: [move(itemAt(one.items, 0), { counted: { stepId: "a", as: "done" } })],
        }),
        writer.record(two.run.id, {
          moves: [
            move(itemAt(two.items, 0), {
              to: "rejected",
              code: "BAD_CAP",
              note: "CAP errato.",
              counted: { stepId: "a", as: "rejected" },
            }),
          ],
        }),
      ]);

      expect(told).toEqual([one.run.id, two.run.id]);
      expect(await writer.readRun(one.run.id)).toMatchObject({
        counts: { total: 2, pending: 1, done: 1, rejected: 0 },
        firstCode: null,
      });
      expect(await writer.readRun(two.run.id)).toMatchObject({
        counts: { total: 1, pending: 0, done: 0, rejected: 1 },
        firstCode: "BAD_CAP",
        firstNote: "CAP errato.",
      });
      expect(await writer.listStepCounts(two.run.id)).toMatchObject([
        { step: "a", done: 0, rejected: 1, failed: 0 },
      ]);
    });

    test("a move that does not fit is rejected alone, whole, and what was recorded beside it stands", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2"]);
      const [good, bad] = [itemAt(items, 0), itemAt(items, 1)];

      const results = await Promise.allSettled([
        writer.record(run.id, { moves: [move(good)] }),
        writer.record(run.id, { moves: [move(bad), move(good, { from: "waiting" })] }),
      ]);

      expect(results).toEqual([
        { status: "fulfilled", value: undefined },
        {
          status: "rejected",
          reason: new Error(`no row: move item ${good.id} from waiting to done`),
        },
      ]);
      expect(await writer.listItems(run.id, { limit: 9 })).toMatchObject([
        { id: good.id, state: "done" },
        { id: bad.id, state: "pending" },
      ]);
      expect((await writer.readRun(run.id))?.counts).toMatchObject({ pending: 1, done: 1 });
    });

    test("after a failed group the next one is written", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);
      await Promise.allSettled([
        writer.record(run.id, { moves: [move(item, { from: "waiting" })] }),
      ]);

      await writer.record(run.id, { moves: [move(item)] });

      expect((await writer.readRun(run.id))?.counts.done).toBe(1);
    });

    test("a change of the run is not durable before what was recorded ahead of it", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);

      const recorded = writer.record(run.id, { moves: [move(itemAt(items, 0))] });
      await writer.patchRun(run.id, { state: "completed" });

      const reader = await place.openReader();
      const durable = await reader?.readRun(run.id);
      await reader?.close();
      expect(durable).toMatchObject({ state: "completed", counts: { done: 1 } });
      await recorded;
    });

    test("what is queued when the journal is closed is written first", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);

      const recorded = writer.record(run.id, { moves: [move(itemAt(items, 0))] });
      await close();
      await recorded;

      expect((await (await open()).readRun(run.id))?.counts.done).toBe(1);
    });

    test("a run that does not exist cannot be recorded", async () => {
      const writer = await open();

      await expect(writer.record("20261123-0009", { moves: [] })).rejects.toThrow(
        "no row: run 20261123-0009",
      );
    });
  });
}

function testMoves(): void {
  describe("items in some states", () => {
    test("come in file order, page by page, whatever their states", async () => {
      const writer = await open();
      const keys = ["v1", "v2", "v3", "v4", "v5", "v6"];
      const { run, items } = await runWith(writer, keys);
      const to = ["done", "in-doubt", "waiting", "done", "rejected", "in-doubt"] as const;
      await writer.record(run.id, {
        moves: items.map((item, index) => move(item, { to: to[index] ?? "done" })),
      });
      const list = async (filter: Omit<ItemFilter, "limit">, limit = 9): Promise<string[]> =>
        (await writer.listItems(run.id, { ...filter, limit })).map(({ key }) => key);

      expect(await list({ states: ["in-doubt"] })).toEqual(["v2", "v6"]);
      expect(await list({ states: ["in-doubt", "done", "waiting"] })).toEqual([
        "v1",
        "v2",
        "v3",
        "v4",
        "v6",
      ]);
      expect(await list({ states: ["in-doubt", "done"] }, 2)).toEqual(["v1", "v2"]);
      expect(await list({ states: ["in-doubt", "done"], afterId: items[1]?.id ?? 0 }, 2)).toEqual([
        "v4",
        "v6",
      ]);
      expect(await list({ states: [] })).toEqual([]);
    });
  });

  describe("moves", () => {
    test("a move is fenced by the state that the item should leave", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);
      await writer.record(run.id, { moves: [move(item, { to: "waiting", dueAt: 5_000 })] });

      await expect(writer.record(run.id, { moves: [move(item)] })).rejects.toThrow("no row");

      expect(await writer.listItems(run.id, { limit: 1 })).toMatchObject([
        { state: "waiting", dueAt: 5_000 },
      ]);
      expect(await writer.findEarliestDue(run.id, [2])).toBe(5_000);
      expect(await writer.findEarliestDue(run.id, [1])).toBeNull();
    });

    test("the same item twice in one commit moves on from where the first left it", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);

      await Promise.all([
        writer.record(run.id, { moves: [move(item, { to: "waiting", dueAt: 1 })] }),
        writer.record(run.id, { moves: [move(item, { from: "waiting", to: "done" })] }),
      ]);

      expect((await writer.readRun(run.id))?.counts).toMatchObject({
        waiting: 0,
        done: 1,
        pending: 0,
      });
    });

    test("data and round change only when the move names them", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);

      await writer.record(run.id, { moves: [move(item, { to: "pending", note: "n" })] });
      const [kept] = await writer.listItems(run.id, { limit: 1 });
      await writer.record(run.id, {
        moves: [move(item, { data: { row: "v1", iuv: "01" }, round: 2 })],
      });
      const [grown] = await writer.listItems(run.id, { limit: 1 });

      expect(kept).toMatchObject({ data: { row: "v1" }, round: 1, note: "n", step: 2 });
      expect(grown).toMatchObject({ data: { row: "v1", iuv: "01" }, round: 2, state: "done" });
    });

    test("an attempt that was opened by an intent is closed, one without intent is written whole", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2"]);
      const [begun, plain] = [itemAt(items, 0), itemAt(items, 1)];
      const attempt = {
        stepId: "send",
        number: 1,
        outcome: "later",
        code: "TIMEOUT",
        note: null,
      } as const;
      await writer.record(run.id, { intents: [intent(begun)] });
      const opened = await listOpenAttempts(writer, run.id);
      await clock.advance(1_000);

      const asked = {
        service: "SEND",
        operation: "stato della richiesta",
        at: 1_763_879_400_000,
        ms: 812,
        status: null,
        items: 15,
      };
      const calls = { left: 3, calls: [asked] };
      await writer.record(run.id, {
        moves: [
          move(begun, { from: "running", to: "waiting", attempt: { ...attempt, calls } }),
          move(plain, { to: "waiting", attempt }),
        ],
      });

      expect(opened).toMatchObject([
        { itemId: begun.id, step: "send", outcome: null, endedAt: null },
      ]);
      expect(await listOpenAttempts(writer, run.id)).toEqual([]);
      expect(await writer.listAttempts(run.id, "v1")).toEqual([
        {
          itemId: begun.id,
          step: "send",
          number: 1,
          startedAt: "2026-11-23T06:30:00.000Z",
          endedAt: "2026-11-23T06:30:01.000Z",
          outcome: "later",
          code: "TIMEOUT",
          note: null,
          calls: { left: 3, calls: [asked] },
        },
      ]);
      expect(await writer.listAttempts(run.id, "v2")).toMatchObject([
        { startedAt: "2026-11-23T06:30:01.000Z", endedAt: "2026-11-23T06:30:01.000Z", calls: null },
      ]);
    });
  });
}

function testRunAttempts(): void {
  test("the attempts of a run come newest first, by step and by end, page by page; those of another run do not", async () => {
    const writer = await open();
    const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
    const other = await runWith(writer, ["v1"]);
    const attempt = { number: 1, code: null, note: null };
    const tried = (place: number, stepId: string, outcome: AttemptOutcome, from = items) =>
      move(itemAt(from, place), { to: "waiting", attempt: { ...attempt, stepId, outcome } });
    await writer.record(run.id, { moves: [tried(0, "reset", "done"), tried(1, "reset", "later")] });
    await writer.record(other.run.id, { moves: [tried(0, "reset", "done", other.items)] });
    await writer.record(run.id, { moves: [tried(2, "send", "done")] });

    const all = await writer.listRunAttempts(run.id, { limit: 2 });
    const rest = await writer.listRunAttempts(run.id, { limit: 2, beforeId: all[1]?.id ?? 0 });
    const ofStep = await writer.listRunAttempts(run.id, { step: "reset", limit: 9 });
    const ended = await writer.listRunAttempts(run.id, { outcome: "done", limit: 9 });
    const both = await writer.listRunAttempts(run.id, { step: "send", outcome: "later", limit: 9 });

    const name = ({ itemKey, step }: RunAttempt) => `${itemKey} ${step}`;
    expect(all.map(name)).toEqual(["v3 send", "v2 reset"]);
    expect(rest.map(name)).toEqual(["v1 reset"]);
    expect(ofStep.map(name)).toEqual(["v2 reset", "v1 reset"]);
    expect(ended.map(name)).toEqual(["v3 send", "v1 reset"]);
    expect(both).toEqual([]);
  });
}

function testEffects(): void {
  describe("the ledger of effects", () => {
    const ended = (item: ItemRow, state: "done" | "rejected" | "not-done", token: string): Move =>
      move(item, {
        from: "running",
        to: state === "not-done" ? "pending" : "done",
        effect: { id: effectId(item), state, seals: true, fields: { token } },
      });

    test("an intent that ends done keeps its fields, and seals the round", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);

      await writer.record(run.id, { intents: [intent(item)] });
      const begun = (await writer.findEffects(["send-v1-1"])).get("send-v1-1");
      await writer.record(run.id, { moves: [ended(item, "done", "T1")] });
      const done = (await writer.findEffects(["send-v1-1"])).get("send-v1-1");

      expect(begun).toMatchObject({ state: "intent", run: run.id, fields: {}, seals: true });
      expect(done).toMatchObject({ state: "done", fields: { token: "T1" } });
      expect(await writer.findSeal("prova", "v1", 1)).toEqual(done ?? null);
      expect(await writer.findSeal("prova", "v1", 2)).toBeNull();
      expect(await writer.findSeal("altro", "v1", 1)).toBeNull();
      expect(await writer.readRun(run.id)).toMatchObject({
        sealed: 1,
        sealedAt: "2026-11-23T06:30:00.000Z",
      });
    });

    test("done is final: no later intent, refusal or taking back changes it", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);
      await writer.record(run.id, { intents: [intent(item)] });
      await writer.record(run.id, { moves: [ended(item, "done", "T1")] });
      const again = { ...item, state: "done" } as const;

      await expect(
        writer.record(run.id, { intents: [intent(again, { from: "done" })] }),
      ).rejects.toThrow("no row: intend an effect that is done: send of v1");
      for (const state of ["not-done", "rejected", "done"] as const)
        await writer.record(run.id, {
          moves: [{ ...ended(item, state, "T2"), from: "done", to: "done" }],
        });

      expect((await writer.findEffects(["send-v1-1"])).get("send-v1-1")).toMatchObject({
        state: "done",
        fields: { token: "T1" },
      });
    });

    test("what was not done leaves no trace and may be begun again", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const item = itemAt(items, 0);
      await writer.record(run.id, { intents: [intent(item)] });

      await writer.record(run.id, { moves: [ended(item, "not-done", "")] });
      const left = await writer.findEffects(["send-v1-1"]);
      await writer.record(run.id, { intents: [intent(item, { number: 2 })] });

      expect(left.size).toBe(0);
      expect((await writer.findEffects(["send-v1-1"])).get("send-v1-1")?.state).toBe("intent");
    });

    test("a refused effect may be begun again, by another run too", async () => {
      const writer = await open();
      const one = await runWith(writer, ["v1"]);
      const two = await runWith(writer, ["v1"]);
      const [first, second] = [itemAt(one.items, 0), itemAt(two.items, 0)];
      await writer.record(one.run.id, { intents: [intent(first)] });
      await writer.record(one.run.id, { moves: [ended(first, "rejected", "")] });
      const refused = (await writer.findEffects(["send-v1-1"])).get("send-v1-1");

      await writer.record(two.run.id, { intents: [intent(second)] });

      expect(refused).toMatchObject({ state: "rejected", run: one.run.id });
      expect((await writer.findEffects(["send-v1-1"])).get("send-v1-1")).toMatchObject({
        state: "intent",
        run: two.run.id,
      });
    });

    test("open effects are those done at one step and not ended at the other, page by page", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
      for (const item of items) {
        await writer.record(run.id, { intents: [intent(item)] });
        await writer.record(run.id, {
          moves: [{ ...ended(item, "done", item.key), to: "pending" }],
        });
      }
      const known = itemAt(items, 1);
      const iun = { key: "iun-v2-1", step: "import-iun", itemKey: "v2", round: 1 };
      await writer.record(run.id, { intents: [intent(known, { effect: iun, stepId: "iun" })] });
      await writer.record(run.id, {
        moves: [
          move(known, {
            from: "running",
            effect: { id: iun, state: "done", seals: false, fields: { iun: "X" } },
          }),
        ],
      });

      const first = await writer.listOpenEffects("prova", "send", "import-iun", null, 1);
      const second = await writer.listOpenEffects("prova", "send", "import-iun", "v1", 1);
      const third = await writer.listOpenEffects("prova", "send", "import-iun", "v3", 1);

      expect([first, second, third].map((page) => page.map(({ itemKey }) => itemKey))).toEqual([
        ["v1"],
        ["v3"],
        [],
      ]);
    });
  });
}

function testRounds(): void {
  describe("rounds", () => {
    test("a round only grows, and items that are read later begin in it", async () => {
      const writer = await open();
      await writer.setRound("prova", "v1", 3);
      await writer.setRound("prova", "v1", 2);

      const { items } = await runWith(writer, ["v1", "v2"]);
      const other = await runWith(writer, ["v1"], "altro");

      expect(items.map(({ key, round }) => [key, round])).toEqual([
        ["v1", 3],
        ["v2", 1],
      ]);
      expect(other.items.map(({ round }) => round)).toEqual([1]);
      expect(await writer.readRounds("prova", ["v1", "v2"])).toEqual(
        new Map([
          ["v1", 3],
          ["v2", 1],
        ]),
      );
    });

    test("the item that begins a round is in it at once, and another run's stays where it was", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1"]);
      const other = await runWith(writer, ["v1"]);

      await writer.setRound("prova", "v1", 2, items[0]?.id);
      await writer.setRound("prova", "v1", 1, items[0]?.id);

      const rounds = async (id: string) =>
        (await writer.listItems(id, { limit: 10 })).map(({ round }) => round);
      expect([await rounds(run.id), await rounds(other.run.id)]).toEqual([[2], [1]]);
    });
  });
}

function testCounters(): void {
  describe("counters", () => {
    test("the same owner gets the same numbers, another one the next", async () => {
      const writer = await open();

      const first = await writer.allocate("iuv", "verbale-1", 2, 100);
      const other = await writer.allocate("iuv", "verbale-2", 1, 100);
      await close();
      const again = await (await open()).allocate("iuv", "verbale-1", 2, 100);

      expect(first).toEqual([100, 101]);
      expect(other).toEqual([102]);
      expect(again).toEqual([100, 101]);
    });

    test("a counter begins no lower than asked, and is raised by a higher start", async () => {
      const writer = await open();

      expect(await writer.allocate("iuv", "a", 1, 10)).toEqual([10]);
      expect(await writer.allocate("iuv", "b", 1, 5)).toEqual([11]);
      expect(await writer.allocate("iuv", "c", 1, 50)).toEqual([50]);
      expect(await writer.allocate("iuv", "d", 1, 10)).toEqual([51]);
      expect(await writer.allocate("other", "a", 1, 1)).toEqual([1]);
    });

    test("an owner that asks for another count than it holds is a bug and takes nothing", async () => {
      const writer = await open();
      await writer.allocate("iuv", "a", 2, 1);

      await expect(writer.allocate("iuv", "a", 3, 1)).rejects.toThrow(
        "counter iuv: this owner holds 2 numbers, not 3",
      );
      expect(await writer.allocate("iuv", "b", 1, 1)).toEqual([3]);
    });
  });
}

function testRuns(): void {
  describe("runs", () => {
    test("ids count up by the calendar day in Rome", async () => {
      const writer = await open();
      const { run: first } = await runWith(writer, []);
      const { run: second } = await runWith(writer, []);
      await clock.jump("2026-11-23T23:30:00Z");
      const { run: third } = await runWith(writer, []);

      expect([first.id, second.id, third.id]).toEqual([
        "20261123-0001",
        "20261123-0002",
        "20261124-0001",
      ]);
    });

    test("items of a load that died half way are dropped with their counts", async () => {
      const writer = await open();
      const { run } = await runWith(writer, ["v1"]);
      await writer.addItems(run.id, [
        {
          key: "v2",
          data: {},
          sourceDigest: "",
          rejected: { code: "FLUSSO_ROW", note: "Riga illeggibile.", hint: null },
        },
      ]);
      const half = await writer.readRun(run.id);

      await writer.dropItems(run.id);

      expect(half).toMatchObject({
        counts: { total: 2, pending: 1, rejected: 1 },
        firstCode: "FLUSSO_ROW",
      });
      expect(await writer.readRun(run.id)).toMatchObject({
        counts: { total: 0, pending: 0, rejected: 0 },
        firstCode: null,
        firstNote: null,
      });
      expect(await writer.listItems(run.id, { limit: 9 })).toEqual([]);
    });

    test("the first note stays when later items are rejected", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2"]);
      for (const [index, code] of ["FIRST", "SECOND"].entries())
        await writer.record(run.id, {
          moves: [move(itemAt(items, index), { to: "rejected", code, note: code })],
        });

      expect(await writer.readRun(run.id)).toMatchObject({
        firstCode: "FIRST",
        firstNote: "FIRST",
        counts: { rejected: 2 },
      });
    });

    test("a file of the same name and a question of the same step are replaced", async () => {
      const writer = await open();
      const { run } = await runWith(writer, []);
      const ask = {
        run: run.id,
        step: "sign",
        kind: "otp",
        who: "comandante",
        prompt: "Scrivere l'OTP.",
        problem: null,
        deadline: "2026-11-24T06:30:00.000Z",
      } as const;
      await writer.addFile(run.id, { name: "a.zip", sha256: "11", bytes: 1 });
      await writer.openAsk(ask);

      await writer.addFile(run.id, { name: "a.zip", sha256: "22", bytes: 2 });
      await writer.openAsk({ ...ask, problem: "OTP errato." });

      expect(await writer.listFiles(run.id)).toEqual([{ name: "a.zip", sha256: "22", bytes: 2 }]);
      expect(await writer.listAsks(run.id)).toEqual([
        { ...ask, problem: "OTP errato.", createdAt: "2026-11-23T06:30:00.000Z" },
      ]);
      expect(await writer.listAsks()).toEqual([]);
      await writer.patchRun(run.id, { state: "waiting-for-person" });
      expect((await writer.listAsks()).map(({ step }) => step)).toEqual(["sign"]);
      await writer.closeAsk(run.id, "sign");
      expect(await writer.listAsks(run.id)).toEqual([]);
    });

    test("who gave a go-ahead is kept with the run, and the question is closed", async () => {
      const writer = await open();
      const { run } = await runWith(writer, []);
      await writer.openAsk({
        run: run.id,
        step: "transmit",
        kind: "approval",
        who: "responsabile",
        prompt: "Confermare.",
        problem: null,
        deadline: "2026-11-24T06:30:00.000Z",
      });

      await writer.agree(run.id, "transmit", "Anna Bianchi");

      expect(await writer.listAsks(run.id)).toEqual([]);
      expect(await writer.listApprovals(run.id)).toEqual([
        { step: "transmit", by: "Anna Bianchi", at: "2026-11-23T06:30:00.000Z" },
      ]);
    });

    test("a journal that was written says that it is whole", async () => {
      const writer = await open();
      await runWith(writer, ["v1", "v2"]);

      expect(await writer.checkIntegrity()).toBe("ok");
    });
  });
}

/** Prose is what journals held before hints were data. */
const hints: readonly (readonly [string, Hint])[] = [
  ["prose", "Avviare postino e riprovare."],
  ["prose that begins with a brace", "{nome} va scritto per esteso."],
  ["prose that is JSON", '{"action":"danzare"}'],
  ["data", { action: "resume", only: "rejected", first: "Unire i documenti.", after: "Fine." }],
  ["data without sentences", { action: "list-runs" }],
];

function testHints(): void {
  describe("hints", () => {
    test.each(hints)(
      "%s is read back from run, move and refused row, after a restart too",
      async (_, hint) => {
        const writer = await open();
        const { run, items } = await runWith(writer, ["v1"]);
        const code = "FLUSSO_ROW";
        await writer.addItems(run.id, [
          {
            key: "v2",
            data: {},
            sourceDigest: "",
            rejected: { code, note: "Riga illeggibile.", hint },
          },
        ]);
        await writer.record(run.id, {
          moves: [move(itemAt(items, 0), { to: "rejected", code, note: code, hint })],
        });
        await writer.patchRun(run.id, { state: "blocked", hint });
        const reader = await place.openReader();
        const beside = (await reader?.readRun(run.id))?.hint;
        await reader?.close();
        await close();

        const again = await open();
        const rows = await again.listItems(run.id, { limit: 9 });

        expect(beside).toEqual(hint);
        expect((await again.readRun(run.id))?.hint).toEqual(hint);
        expect(rows.map((row) => [row.key, row.hint])).toEqual([
          ["v1", hint],
          ["v2", hint],
        ]);
      },
    );

    test("a hint that is taken away is none", async () => {
      const writer = await open();
      const { run } = await runWith(writer, []);
      await writer.patchRun(run.id, { state: "blocked", hint: { action: "resume" } });

      await writer.patchRun(run.id, { state: "running", hint: null });

      expect((await writer.readRun(run.id))?.hint).toBeNull();
    });
  });
}

function testOneWriter(): void {
  describe("one writer", () => {
    test("the same process cannot open it twice either, and closing gives it back", async () => {
      await open();

      expect(await rejectionOf(place.open(clock))).toMatchObject({ code: "JOURNAL_IN_USE" });
      await close();
      await open();
    });

    test("a holder with a dashboard is named by its address", async () => {
      const writer = await open();
      await writer.announceDashboard("http://127.0.0.1:8099");

      const error = await rejectionOf(place.open(clock));

      expect(error).toMatchObject({
        code: "JOURNAL_IN_USE",
        hint: "Usare il pannello http://127.0.0.1:8099, oppure fermare quel processo e ripetere il comando.",
      });
    });

    test("who only reads is told whether the journal is held", async () => {
      const writer = await open();
      const { run } = await runWith(writer, []);
      const reader = await place.openReader();

      const whileHeld = await reader?.isHeld();
      await close();
      const atRest = await reader?.isHeld();

      expect([whileHeld, atRest]).toEqual([true, false]);
      expect((await reader?.readRun(run.id))?.id).toBe(run.id);
      await reader?.close();
    });
  });
}

function testReading(): void {
  describe("reading beside a writer", () => {
    test("there is nothing to read before the first run", async () => {
      expect(await place.openReader()).toBeNull();
    });

    test("a reader sees what is durable, while the writer goes on", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2"]);
      const reader = await place.openReader();

      const before = await reader?.readRun(run.id);
      await writer.record(run.id, { moves: [move(itemAt(items, 0))] });
      const after = await reader?.readRun(run.id);
      await reader?.close();

      expect(before?.counts).toMatchObject({ pending: 2, done: 0 });
      expect(after?.counts).toMatchObject({ pending: 1, done: 1 });
    });

    test("whoever keeps something beside the journal reads every item once, and again when its effect ended", async () => {
      const writer = await open();
      const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
      const reader = await place.openReader();
      if (reader === null) throw new Error("no reader");
      const [first] = items;
      if (first === undefined) throw new Error("no item");
      await writer.record(run.id, { intents: [intent(first)] });

      const one = await reader.listItemChanges(null, 2);
      const two = await reader.listItemChanges(one.mark, 2);
      const none = await reader.listItemChanges(two.mark, 2);
      await writer.record(run.id, {
        moves: [
          move(first, {
            from: "running",
            attempt: { stepId: "send", number: 1, outcome: "done", code: null, note: null },
          }),
        ],
      });
      const ended = await reader.listItemChanges(none.mark, 2);
      const { items: more } = await runWith(writer, ["v4"], "altro");
      const added = await reader.listItemChanges(ended.mark, 2);
      const last = await reader.listItemChanges(added.mark, 2);
      await reader.close();

      const seen = [one, two, none, ended, added, last].map((page) =>
        page.items.map(({ key, ente, run: of }) => [key, ente, of === run.id]),
      );
      expect(seen).toEqual([
        [
          ["v1", "prova", true],
          ["v2", "prova", true],
        ],
        [["v3", "prova", true]],
        [],
        [["v1", "prova", true]],
        [["v4", "altro", false]],
        [],
      ]);
      expect([one, two, none].map(({ isEnd }) => isEnd)).toEqual([false, true, true]);
      expect(added.items[0]?.id).toBe(itemAt(more, 0).id);
    });

    test("equal faults are one cause, the most frequent first, and its items are found by its code", async () => {
      const writer = await open();
      const refuse = (key: string, code: string) => ({
        key,
        data: { key },
        sourceDigest: key,
        rejected: { code, note: `${key} non va.`, hint: null },
      });
      const { run } = await runWith(writer, ["A"]);
      await writer.addItems(run.id, [refuse("B", "CAP"), refuse("C", "PEC"), refuse("D", "PEC")]);
      const [, first, second] = await writer.listItems(run.id, { limit: 9 });

      expect(await writer.listCauses(run.id, ["rejected", "failed"])).toEqual([
        { state: "rejected", code: "PEC", count: 2, firstId: second?.id ?? 0 },
        { state: "rejected", code: "CAP", count: 1, firstId: first?.id ?? 0 },
      ]);
      expect(await writer.listCauses(run.id, ["failed"])).toEqual([]);
      const found = await writer.listItems(run.id, { states: ["rejected"], code: "PEC", limit: 9 });
      expect(found.map(({ key }) => key)).toEqual(["C", "D"]);
    });

    test("a reader cannot write", async () => {
      const writer = await open();
      await runWith(writer, []);
      const reader = await place.openReader();

      expect(Object.keys(reader ?? {}).toSorted()).toEqual(
        "close countRecords findEffects findHolders findSeal isHeld isRefusedAfter listApprovals listAsks listAttempts listCauses listDecisions listDue listEffects listFiles listItemChanges listItems listOpenEffects listRecordChanges listRecordVersions listRecords listRejectedBefore listRunAttempts listRuns listStepCounts readMark readRecords readRounds readRun readSpec".split(
          " ",
        ),
      );
      await reader?.close();
    });
  });
}

function testStreams(): void {
  describe("events of outside streams", () => {
    test("an unknown stream has no last event", async () => {
      const journal = await open();
      expect(await journal.readLastStreamEvent("a", "s")).toBeNull();
    });

    test("the last event of a batch is what may be acknowledged, after a restart too", async () => {
      const journal = await open();
      await journal.addStreamEvents("a", "s", [event("1", "x"), event("2", "y")]);
      await close();
      const reopened = await open();

      expect(await reopened.readLastStreamEvent("a", "s")).toBe("2");
      expect(await reopened.readLastStreamEvent("a", "other")).toBeNull();
      expect(await reopened.readLastStreamEvent("b", "s")).toBeNull();
    });

    test("an event that comes twice is kept once, as it came first", async () => {
      const journal = await open();
      await journal.addStreamEvents("a", "s", [
        event("1", "x", { n: 1 }),
        event("2", "x", { n: 2 }),
      ]);
      await journal.addStreamEvents("a", "s", [
        event("1", "x", { n: 9 }),
        event("3", "x", { n: 3 }),
      ]);

      expect(await journal.readStreamEvents("a", "x")).toEqual([
        { event: "1", subject: "x", data: { n: 1 } },
        { event: "2", subject: "x", data: { n: 2 } },
        { event: "3", subject: "x", data: { n: 3 } },
      ]);
    });

    test("what one ente received is nobody else's", async () => {
      const journal = await open();
      await journal.addStreamEvents("a", "s", [event("1", "x")]);

      expect(await journal.readStreamEvents("b", "x")).toEqual([]);
    });

    test("a batch with an event that cannot be kept keeps none", async () => {
      const journal = await open();
      const unkeepable = { event: "2", subject: null as unknown as string, data: {} };

      const stored = journal.addStreamEvents("a", "s", [event("1", "x"), unkeepable]);

      expect(String(await rejectionOf(stored))).toMatch(/not.null/i);
      expect(await journal.readStreamEvents("a", "x")).toEqual([]);
      expect(await journal.readLastStreamEvent("a", "s")).toBeNull();
    });

    test("after 30 days an event is dropped, save the last one of its stream", async () => {
      const journal = await open();
      await journal.addStreamEvents("a", "s", [event("1", "x"), event("2", "x")]);
      await journal.addStreamEvents("a", "quiet", [event("7", "x")]);
      await journal.addStreamEvents("b", "s", [event("1", "x")]);
      await clock.advance(30 * 86_400_000 + 1);

      await journal.addStreamEvents("a", "s", [event("3", "y")]);

      expect((await journal.readStreamEvents("a", "x")).map((row) => row.event)).toEqual(["7"]);
      expect(await journal.readLastStreamEvent("a", "s")).toBe("3");
      expect(await journal.readLastStreamEvent("a", "quiet")).toBe("7");
      // Another ente's are its own reader's to drop.
      expect(await journal.readStreamEvents("b", "x")).toHaveLength(1);
    });

    test("an event that comes again within its 30 days is no new one", async () => {
      const journal = await open();
      await journal.addStreamEvents("a", "s", [event("1", "x", { n: 1 })]);
      await clock.advance(29 * 86_400_000);

      await journal.addStreamEvents("a", "s", [event("1", "x", { n: 9 })]);

      expect(await journal.readStreamEvents("a", "x")).toEqual([
        { event: "1", subject: "x", data: { n: 1 } },
      ]);
    });
  });
}

function testRecords(findsInside: boolean): void {
  describe("records", () => {
    const draft = { kind: "act", key: "K-1", data: { amount: 4200, name: "Ada" } };

    test("a record that is written again as it was has one version, with its first time", async () => {
      const journal = await open();
      await journal.writeRecords("a", [draft]);
      await clock.advance(86_400_000);

      const [again] = await journal.writeRecords("a", [{ ...draft, data: { ...draft.data } }]);

      const first = {
        ...draft,
        subject: "",
        dueAt: null,
        version: 1,
        number: 1,
        at: "2026-11-23T06:30:00.000Z",
      };
      expect(again).toEqual(first);
      expect(await journal.listRecordVersions("a", "act", "K-1")).toEqual([first]);
    });

    test("a change is a version of its own, after a restart too, and the old one stays", async () => {
      const journal = await open();
      await journal.writeRecords("a", [draft]);
      await close();
      const reopened = await open();
      await clock.advance(1_000);
      await reopened.writeRecords("a", [{ ...draft, data: { amount: 4300 } }]);

      const newest = (await reopened.readRecords("a", "act", ["K-1", "K-2"])).get("K-1");
      expect(newest).toMatchObject({ version: 2, number: 2, data: { amount: 4300 } });
      const versions = await reopened.listRecordVersions("a", "act", "K-1");
      expect(versions.map(({ version, data }) => [version, data])).toEqual([
        [1, draft.data],
        [2, { amount: 4300 }],
      ]);
    });

    test("numbers grow over all records, and changes come in their order", async () => {
      const journal = await open();
      await journal.writeRecords("a", [draft, { ...draft, kind: "terms" }]);
      await journal.writeRecords("b", [draft]);
      await journal.writeRecords("a", [{ ...draft, data: { amount: 1 } }]);

      const changes = await journal.listRecordChanges("a", ["act", "terms"], 1, 10);
      expect(changes.map(({ kind, number }) => [kind, number])).toEqual([
        ["terms", 2],
        ["act", 4],
      ]);
      expect(await journal.listRecordChanges("a", ["act"], 0, 1)).toHaveLength(1);
      expect(await journal.listRecordChanges("a", [], 0, 9)).toEqual([]);
    });

    test("a record is found by its subject, and by the time when it is due, the longest due first", async () => {
      const journal = await open();
      const due = (key: string, dueAt: string | null, subject = "V-1") => ({
        ...draft,
        key,
        dueAt,
        subject,
      });
      await journal.writeRecords("a", [
        due("K-1", "2026-11-25T00:00:00.000Z"),
        due("K-2", "2026-11-24T00:00:00.000Z", "V-2"),
        due("K-3", null),
      ]);
      // The same data: no version, but due no more.
      await journal.writeRecords("a", [due("K-1", null, "V-3")]);
      await journal.writeRecords("a", [due("K-4", "2026-11-23T00:00:00.000Z")]);

      const keys = async (filter: object): Promise<readonly string[]> =>
        (await journal.listRecords("a", "act", { limit: 9, ...filter })).map(({ key }) => key);
      expect(await keys({ dueBy: "2026-11-24T00:00:00.000Z" })).toEqual(["K-4", "K-2"]);
      const afterDue = { key: "K-4", dueAt: "2026-11-23T00:00:00.000Z" };
      expect(await keys({ dueBy: "2026-11-24T00:00:00.000Z", afterDue })).toEqual(["K-2"]);
      expect(await keys({ subject: "V-1" })).toEqual(["K-3", "K-4"]);
      expect(await keys({ subject: "V-3" })).toEqual(["K-1"]);
      expect(await keys({ afterKey: "K-2" })).toEqual(["K-3", "K-4"]);
      expect(await keys({ limit: 1 })).toEqual(["K-1"]);
    });

    test("a record is found by parts of its words, whatever signs are in them, and counted by its subject", async () => {
      const journal = await open();
      const waiting = (key: string, subject: string, words: string) => ({
        ...draft,
        key,
        subject,
        words,
      });
      await journal.writeRecords("a", [
        waiting("K-1", "ready", "|av-1|rossi ada|100%_|"),
        waiting("K-2", "ready", "|av-2|rossi bruno|1001|"),
        waiting("K-3", "wrong", "|av-3|verdi ada|a\\b|"),
      ]);
      await journal.writeRecords("b", [waiting("K-1", "ready", "|av-1|rossi ada|")]);

      const keys = async (...words: readonly string[]): Promise<readonly string[]> =>
        (await journal.listRecords("a", "act", { words, limit: 9 })).map(({ key }) => key);
      expect(await keys("rossi")).toEqual(["K-1", "K-2"]);
      expect(await keys("ada", "rossi")).toEqual(["K-1"]);
      expect(await keys("100%")).toEqual(["K-1"]);
      expect(await keys("0_")).toEqual([]);
      // Where it is sealed, a word is found by its beginning.
      expect(await keys("%_|")).toEqual(findsInside ? ["K-1"] : []);
      expect(await keys("oss")).toEqual(findsInside ? ["K-1", "K-2"] : []);
      expect(await keys("ros")).toEqual(["K-1", "K-2"]);
      expect(await keys("a\\b")).toEqual(["K-3"]);
      expect(await keys("'")).toEqual([]);
      expect(Object.fromEntries(await journal.countRecords("a", "act"))).toEqual({
        ready: 2,
        wrong: 1,
      });
      expect(Object.fromEntries(await journal.countRecords("a", "act", ["ada"]))).toEqual({
        ready: 1,
        wrong: 1,
      });
      // The same data under other words: no version.
      const [same] = await journal.writeRecords("a", [waiting("K-1", "ready", "|bianchi|")]);
      expect(same).toMatchObject({ version: 1 });
      expect(await keys("bianchi")).toEqual(["K-1"]);
    });

    test("of two that follow the same version one is kept, and what follows none is kept once", async () => {
      const journal = await open();
      const first = { ...draft, follows: null };
      const [kept] = await journal.writeRecords("a", [first]);
      const number = kept?.number ?? 0;
      const taken = (by: string) => ({ ...draft, data: { by }, follows: number });

      const [one, other] = await Promise.all([
        journal.writeRecords("a", [taken("one")]),
        journal.writeRecords("a", [taken("other")]),
      ]);
      const late = await journal.writeRecords("a", [
        first,
        { ...taken("late"), key: "K-2" },
        { ...draft, key: "K-3", follows: null },
      ]);

      expect(one.length + other.length).toBe(1);
      expect(late.map(({ key }) => key)).toEqual(["K-3"]);
      expect(await journal.listRecordVersions("a", "act", "K-1")).toHaveLength(2);
      expect((await journal.readRecords("a", "act", ["K-2"])).size).toBe(0);
    });

    test("of records that cannot all be kept none is", async () => {
      const journal = await open();
      const circular: Record<string, unknown> = {};
      circular["self"] = circular;

      const written = journal.writeRecords("a", [draft, { ...draft, key: "K-2", data: circular }]);

      await expect(written).rejects.toThrow();
      expect(await journal.listRecords("a", "act", { limit: 9 })).toEqual([]);
    });
  });
}

function testSchedules(): void {
  describe("schedules", () => {
    const tick = {
      pipeline: "prova",
      ente: "prova",
      dueAt: "2026-11-23T06:30:00.000Z",
      state: "run",
      run: "20261123-0001",
      reason: null,
      recordedAt: "2026-11-23T06:30:01.000Z",
    } as const;

    test("every due time has exactly one row, as it came first", async () => {
      const journal = await open();

      const isNew = await journal.recordDue(tick);
      const isNewAgain = await journal.recordDue({ ...tick, state: "skipped", run: null });
      const isNewElsewhere = await journal.recordDue({ ...tick, ente: "altro" });

      expect([isNew, isNewAgain, isNewElsewhere]).toEqual([true, false, true]);
      expect(await journal.listDue({ ente: "prova", limit: 9 })).toEqual([tick]);
    });

    test("a schedule is known since it was first seen, up to its newest tick, after a restart too", async () => {
      const journal = await open();

      const first = await journal.knowSchedule("prova", "prova", "2026-11-23T06:00:00.000Z");
      await journal.recordDue(tick);
      await close();
      const later = await (await open()).knowSchedule("prova", "prova", "2026-11-24T06:00:00.000Z");

      expect(first).toEqual({ since: "2026-11-23T06:00:00.000Z", lastDueAt: null });
      expect(later).toEqual({ since: "2026-11-23T06:00:00.000Z", lastDueAt: tick.dueAt });
    });

    test("schedules are kept as they were last read, those that are gone are forgotten, after a restart too", async () => {
      const journal = await open();
      const [one, two] = ["prova", "altro"].map((ente) => ({
        pipeline: "prova",
        ente,
        schedule: "{}",
      }));
      if (one === undefined || two === undefined) throw new Error("two schedules");
      await journal.knowSchedule("prova", "prova", "2026-11-23T06:00:00.000Z");

      await journal.keepSchedules([one, two], "2026-11-24T06:00:00.000Z");
      await journal.keepSchedules(
        [{ ...one, schedule: '{"cron":"@daily"}' }],
        "2026-11-24T06:00:00.000Z",
      );
      await close();
      const reopened = await open();

      expect(await reopened.listKeptSchedules()).toEqual([
        { pipeline: "prova", ente: "prova", schedule: '{"cron":"@daily"}' },
      ]);
      const { since } = await reopened.knowSchedule("prova", "prova", "2026-11-25T06:00:00.000Z");
      expect(since).toBe("2026-11-23T06:00:00.000Z");
    });
  });
}

/** Attempts of the run that have no outcome yet. */
async function listOpenAttempts(
  reader: JournalReader,
  runId: string,
): Promise<readonly AttemptRow[]> {
  const items = await reader.listItems(runId, { limit: 100 });
  const attempts = await Promise.all(items.map(({ key }) => reader.listAttempts(runId, key)));
  return attempts.flat().filter(({ outcome }) => outcome === null);
}
