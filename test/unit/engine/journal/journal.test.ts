/** The embedded journal: what is told as durable is, what fails changes nothing, and one process writes. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import type { Intent, ItemRow, Journal, Move, Run } from "../../../../engine/journal/journal.ts";
import { openJournal, openJournalReader } from "../../../../engine/journal/sqlite/store.ts";
import { readCard, writeCard } from "../../../../engine/journal/sqlite/lease.ts";
import { createFakeClock, type FakeClock } from "../../../support/fake-clock.ts";

let folder: string;
let path: string;
let clock: FakeClock;
let journal: Journal | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-journal-"));
  path = join(folder, "postino.sqlite");
  clock = createFakeClock("2026-11-23T06:30:00Z");
  journal = null;
});
afterEach(async () => {
  await journal?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): Journal {
  journal = openJournal(path, clock);
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

/** The row as another connection sees it, past every cache of the writer. */
function onDisk(sql: string): unknown {
  const db = new Database(path, { readonly: true });
  try {
    return db.query(sql).get();
  } finally {
    db.close();
  }
}

describe("group commit", () => {
  test("several callers in one commit all resolve after it is on disk", async () => {
    const writer = open();
    const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
    const commits: string[] = [];
    writer.onChange((runId) => commits.push(runId));

    const seen = await Promise.all(
      items.map(async (item) => {
        await writer.record(run.id, { moves: [move(item)] });
        return onDisk("SELECT count(*) AS done FROM items WHERE state = 'done'");
      }),
    );

    expect(seen).toEqual([{ done: 3 }, { done: 3 }, { done: 3 }]);
    expect(commits).toEqual([run.id]);
    expect((await writer.readRun(run.id))?.counts).toMatchObject({ total: 3, pending: 0, done: 3 });
  });

  test("runs that share a commit are counted each for itself and each told", async () => {
    const writer = open();
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
    const writer = open();
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
    const writer = open();
    const { run, items } = await runWith(writer, ["v1"]);
    const item = itemAt(items, 0);
    await Promise.allSettled([writer.record(run.id, { moves: [move(item, { from: "waiting" })] })]);

    await writer.record(run.id, { moves: [move(item)] });

    expect((await writer.readRun(run.id))?.counts.done).toBe(1);
  });

  test("a change of the run is not durable before what was recorded ahead of it", async () => {
    const writer = open();
    const { run, items } = await runWith(writer, ["v1"]);

    const recorded = writer.record(run.id, { moves: [move(itemAt(items, 0))] });
    await writer.patchRun(run.id, { state: "completed" });

    expect(onDisk("SELECT state, done FROM runs")).toEqual({ state: "completed", done: 1 });
    await recorded;
  });

  test("what is queued when the journal is closed is written first", async () => {
    const writer = open();
    const { run, items } = await runWith(writer, ["v1"]);

    const recorded = writer.record(run.id, { moves: [move(itemAt(items, 0))] });
    await close();
    await recorded;

    expect((await open().readRun(run.id))?.counts.done).toBe(1);
  });

  test("a run that does not exist cannot be recorded", async () => {
    await expect(open().record("20261123-0009", { moves: [] })).rejects.toThrow(
      "no row: run 20261123-0009",
    );
  });
});

describe("moves", () => {
  test("a move is fenced by the state that the item should leave", async () => {
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const opened = await writer.listOpenAttempts(run.id);
    await clock.advance(1_000);

    await writer.record(run.id, {
      moves: [
        move(begun, { from: "running", to: "waiting", attempt }),
        move(plain, { to: "waiting", attempt }),
      ],
    });

    expect(opened).toMatchObject([
      { itemId: begun.id, step: "send", outcome: null, endedAt: null },
    ]);
    expect(await writer.listOpenAttempts(run.id)).toEqual([]);
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
      },
    ]);
    expect(await writer.listAttempts(run.id, "v2")).toMatchObject([
      { startedAt: "2026-11-23T06:30:01.000Z", endedAt: "2026-11-23T06:30:01.000Z" },
    ]);
  });
});

describe("the ledger of effects", () => {
  const ended = (item: ItemRow, state: "done" | "rejected" | "not-done", token: string): Move =>
    move(item, {
      from: "running",
      to: state === "not-done" ? "pending" : "done",
      effect: { id: effectId(item), state, seals: true, fields: { token } },
    });

  test("an intent that ends done keeps its fields, and seals the round", async () => {
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
    const { run, items } = await runWith(writer, ["v1", "v2", "v3"]);
    for (const item of items) {
      await writer.record(run.id, { intents: [intent(item)] });
      await writer.record(run.id, { moves: [{ ...ended(item, "done", item.key), to: "pending" }] });
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

describe("rounds", () => {
  test("a round only grows, and items that are read later begin in it", async () => {
    const writer = open();
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
});

describe("counters", () => {
  test("the same owner gets the same numbers, another one the next", async () => {
    const writer = open();

    const first = await writer.allocate("iuv", "verbale-1", 2, 100);
    const other = await writer.allocate("iuv", "verbale-2", 1, 100);
    await close();
    const again = await open().allocate("iuv", "verbale-1", 2, 100);

    expect(first).toEqual([100, 101]);
    expect(other).toEqual([102]);
    expect(again).toEqual([100, 101]);
  });

  test("a counter begins no lower than asked, and is raised by a higher start", async () => {
    const writer = open();

    expect(await writer.allocate("iuv", "a", 1, 10)).toEqual([10]);
    expect(await writer.allocate("iuv", "b", 1, 5)).toEqual([11]);
    expect(await writer.allocate("iuv", "c", 1, 50)).toEqual([50]);
    expect(await writer.allocate("iuv", "d", 1, 10)).toEqual([51]);
    expect(await writer.allocate("other", "a", 1, 1)).toEqual([1]);
  });

  test("an owner that asks for another count than it holds is a bug and takes nothing", async () => {
    const writer = open();
    await writer.allocate("iuv", "a", 2, 1);

    await expect(writer.allocate("iuv", "a", 3, 1)).rejects.toThrow(
      "counter iuv: this owner holds 2 numbers, not 3",
    );
    expect(await writer.allocate("iuv", "b", 1, 1)).toEqual([3]);
  });
});

describe("runs", () => {
  test("ids count up by the calendar day in Rome", async () => {
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
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
    const writer = open();
    await runWith(writer, ["v1", "v2"]);

    expect(await writer.checkIntegrity()).toBe("ok");
  });
});

describe("one writer", () => {
  test("a second process is told who holds the journal, and a killed holder frees it at once", async () => {
    const holder = startProcess("hold");
    const runId = await holder.line();

    const error = thrownBy(() => openJournal(path, clock));
    holder.process.kill("SIGKILL");
    await holder.process.exited;
    const writer = open();

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({
      code: "JOURNAL_IN_USE",
      message: `Il registro dei flussi è già in uso: il processo ${holder.process.pid} (postino hold) ci sta scrivendo.`,
      hint: "Aspettare che finisca, oppure fermarlo, e ripetere il comando.",
    });
    expect(holder.process.signalCode).toBe("SIGKILL");
    // What the killed process was told to be durable is there.
    expect((await writer.listItems(runId, { limit: 9 })).map(({ key }) => key)).toEqual(["v1"]);
    expect(readCard(path)?.pid).toBe(process.pid);
  });

  test("the same process cannot open it twice either, and closing gives it back", async () => {
    open();

    expect(thrownBy(() => openJournal(path, clock))).toMatchObject({ code: "JOURNAL_IN_USE" });
    await close();
    expect(readCard(path)).toBeNull();
    open();
  });

  test("a holder with a dashboard is named by its address", () => {
    open();
    writeCard(path, {
      pid: 4711,
      since: "2026-11-23T06:30:00.000Z",
      command: "serve",
      url: "http://127.0.0.1:8099",
    });

    expect(thrownBy(() => openJournal(path, clock))).toMatchObject({
      message:
        "Il registro dei flussi è già in uso: il processo 4711 (postino serve) ci sta scrivendo.",
      hint: "Usare il pannello http://127.0.0.1:8099, oppure fermare quel processo e ripetere il comando.",
    });
  });

  test("a card that cannot be read does not keep anybody out", () => {
    writeFileSync(`${path}.owner.json`, '{"pid": 47');

    open();

    expect(readCard(path)?.pid).toBe(process.pid);
  });

  test("a folder that cannot be made is told, and leaves no lock", () => {
    writeFileSync(join(folder, "file"), "");

    expect(thrownBy(() => openJournal(join(folder, "file", "x.sqlite"), clock))).toMatchObject({
      code: "DATA_NOT_WRITABLE",
    });
  });
});

describe("reading beside a writer", () => {
  test("there is nothing to read before the first run", () => {
    expect(openJournalReader(path)).toBeNull();
  });

  test("a file that its writer did not live to fill is no journal yet", () => {
    writeFileSync(path, "");

    expect(openJournalReader(path)).toBeNull();
  });

  test("a reader sees what is durable, while the writer goes on", async () => {
    const writer = open();
    const { run, items } = await runWith(writer, ["v1", "v2"]);
    const reader = openJournalReader(path);

    const before = await reader?.readRun(run.id);
    await writer.record(run.id, { moves: [move(itemAt(items, 0))] });
    const after = await reader?.readRun(run.id);
    await reader?.close();

    expect(before?.counts).toMatchObject({ pending: 2, done: 0 });
    expect(after?.counts).toMatchObject({ pending: 1, done: 1 });
  });

  test("a reader cannot write", async () => {
    const writer = open();
    await runWith(writer, []);
    const reader = openJournalReader(path);

    expect(Object.keys(reader ?? {}).toSorted()).toEqual(
      "close listApprovals listAsks listAttempts listDue listFiles listItems listRuns listStepCounts readRun readSpec".split(
        " ",
      ),
    );
    await reader?.close();
  });

  test("a journal that is at rest can be read, also after its writer was killed", async () => {
    const holder = startProcess("hold");
    const runId = await holder.line();
    holder.process.kill("SIGKILL");
    await holder.process.exited;
    const killed = openJournalReader(path);
    const left = await killed?.listItems(runId, { limit: 9 });
    await killed?.close();
    open();
    await close();
    const rested = openJournalReader(path);
    const kept = await rested?.listItems(runId, { limit: 9 });
    await rested?.close();

    expect(left?.map(({ key }) => key)).toEqual(["v1"]);
    expect(kept?.map(({ key }) => key)).toEqual(["v1"]);
  });

  test("a process that reads without pause sees whole snapshots and does not let the log grow", async () => {
    const writer = open();
    const keys = Array.from({ length: 200 }, (_, index) => `v${index}`);
    const { run, items } = await runWith(writer, keys);
    const reader = startProcess("read", run.id);
    await reader.line();
    // 400 commits of 20 kB each: 8 MB, twice the size at which SQLite moves the log into the file.
    const data = { text: "x".repeat(20_000) };

    for (const to of ["pending", "done"] as const)
      for (const item of items) {
        const recorded = writer.record(run.id, { moves: [move(item, { data, to })] });
        // A change of the run commits at once what was recorded before it.
        await writer.patchRun(run.id, { reason: to });
        await recorded;
      }
    const wal = statSync(`${path}-wal`).size;
    await writer.patchRun(run.id, { state: "completed" });
    const lines = await reader.rest();

    expect(await reader.process.exited).toBe(0);
    expect(lines.at(-1)).toBe("completed 200");
    expect(wal).toBeLessThan(8_000_000);
  });
});

describe("versions", () => {
  test("a file of a newer program is refused, by writer and reader, and left as it is", async () => {
    open();
    await close();
    const { user_version: own } = onDisk("PRAGMA user_version") as { user_version: number };
    const newer = new Database(path);
    newer.run("PRAGMA user_version = 4711");
    newer.close();

    for (const openIt of [() => openJournal(path, clock), () => openJournalReader(path)])
      expect(thrownBy(openIt)).toMatchObject({
        code: "JOURNAL_TOO_NEW",
        message: "Il registro dei flussi è stato scritto da una versione più nuova di Postino.",
        hint: "Aggiornare Postino a quella versione.",
      });

    expect(onDisk("PRAGMA user_version")).toEqual({ user_version: 4711 });
    // The refusal gave the lease back.
    const older = new Database(path);
    older.run(`PRAGMA user_version = ${own}`);
    older.close();
    open();
  });

  test("what all steps did with an item is found without reading the other items' effects", () => {
    open();

    const plan = onDisk(
      "EXPLAIN QUERY PLAN SELECT fields FROM effects WHERE ente = 'e' AND item_key = 'v' AND round = 1",
    );

    expect(plan).toMatchObject({
      detail: "SEARCH effects USING INDEX effects_by_item (ente=? AND item_key=?)",
    });
  });

  test("a file that is no database is told as one that cannot be written", () => {
    writeFileSync(path, "this is a text, and long enough to be no header of a database at all\n");

    expect(thrownBy(() => openJournal(path, clock))).toMatchObject({ code: "DATA_NOT_WRITABLE" });
  });

  test("only the owner may read the journal", () => {
    open();

    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Another process over the same file; see test/support/journal-process.ts. */
function startProcess(what: "hold" | "read", runId = "") {
  const script = fileURLToPath(import.meta.resolve("../../../support/journal-process.ts"));
  const process_ = Bun.spawn([process.execPath, script, what, path, runId], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = process_.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  async function more(): Promise<boolean> {
    const { done, value } = await output.read();
    text += value ?? "";
    return !done;
  }
  return {
    process: process_,
    /** Its next line. */
    async line(): Promise<string> {
      while (!text.includes("\n")) if (!(await more())) throw new Error("the process said nothing");
      const [first = ""] = text.split("\n");
      text = text.slice(first.length + 1);
      return first;
    },
    /** All further lines, when it has ended. */
    async rest(): Promise<readonly string[]> {
      while (await more());
      return text.split("\n").slice(0, -1);
    },
  };
}
