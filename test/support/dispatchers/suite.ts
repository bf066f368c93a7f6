/** What every dispatcher must keep, whatever hands the chunks out: the suite that each passes. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../../engine/host/clock.ts";
import type { ItemState } from "../../../engine/journal/states.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { Answer } from "../../../engine/step/context.ts";
import { buildEntry, type Line, readLines } from "../hosts/scripted.ts";
import type { DispatchWorld, WalkingHost } from "./world.ts";

type Entry = ReturnType<typeof buildEntry>;

/** One run, with the file that its steps write. */
interface Story {
  readonly id: string;
  readonly file: string;
  drive(options?: Parameters<DispatchWorld["drive"]>[1]): Promise<Run>;
  lines(step?: string): readonly Line[];
  count(state: ItemState): Promise<number>;
  /** What the steps stumbled over is put right; the verdict comes. */
  mark(mark: "mended" | "verdict"): void;
}

const count = 30;
const whole = ["mark", "send", "join", "last"];
/** Enough that a stop finds most of it not begun. */
const many = 120;
const slowSend: readonly (string | Step)[] = [
  ["mark", { slowMs: 0 }],
  "send",
  "join",
  ["last", { slowMs: 0 }],
];

export type DispatcherKind = "embedded" | "queue";

/** Where the two differ by nature, and why; in all else what the one does the other does. */
const differences = {
  answer: {
    what: "who walks a run whose person has just answered",
    embedded: "the process that walks everything",
    queue: "the process that owns the journal, and no worker",
    why: "an answer lives in memory alone: it must not travel through a database",
  },
  death: {
    what: "when the work of a process that died goes on",
    embedded: "when the next one starts: whoever restarts it (systemd), or one that stands by",
    queue: "within 15 seconds, by another worker",
    why: "one computer has nobody else; among several a heartbeat of 10 s tells",
  },
  gate: {
    what: "who takes a run whose steps, or whose key, it does not have",
    embedded:
      "there is one process, with the steps and keys that there are: it goes on, or is blocked with the reason",
    queue: "it stays in the queue for a host that has them",
    why: "only where there are several hosts can another one have them",
  },
  stop: {
    what: "what begins after a stop",
    embedded: "nothing",
    queue: "what workers begin within a second: they look twice in a second",
    why: "who stops and who walks are two processes",
  },
} as const satisfies Readonly<
  Record<string, Readonly<Record<DispatcherKind | "what" | "why", string>>>
>;

let world: DispatchWorld;
let kind: DispatcherKind;
let told = 0;

/** Declares the tests for one dispatcher. `skip`: why there is none here, empty where there is. */
export function testDispatcher(
  name: string,
  own: { readonly kind: DispatcherKind; readonly make: () => Promise<DispatchWorld> },
  skip = "",
): void {
  describe.skipIf(skip !== "")(`${name}${skip}`, () => {
    beforeAll(async () => {
      kind = own.kind;
      world = await own.make();
    });
    afterAll(async () => await world.close());
    beforeEach(async () => await world.fill());
    for (const declare of parts) declare();
  });
}

type Step = readonly [uses: string, settings?: object, entry?: Partial<Entry>];

/** A run of an ente of its own through these steps; every call takes `slowMs`. */
async function tell(
  steps: readonly (string | Step)[],
  options: { readonly count?: number; readonly slowMs?: number; readonly ente?: string } = {},
): Promise<Story> {
  told += 1;
  const { ente = `ente-${told}`, slowMs = 0 } = options;
  const file = join(world.folder, `story-${told}.jsonl`);
  const entries = steps.map((step) => {
    const [uses, settings = {}, entry = {}] = typeof step === "string" ? [step] : step;
    return buildEntry(uses, { file, slowMs, ...settings }, entry);
  });
  const source = buildEntry("rows", { file, count: options.count ?? count });
  const id = await world.create(JSON.stringify({ ente, steps: [source, ...entries] }), ente);
  return {
    id,
    file,
    drive: (driveOptions) => world.drive(id, driveOptions),
    lines: (step) => readLines(file).filter((line) => step === undefined || line.step === step),
    count: async (state) => (await listKeys(id, state)).length,
    mark: (mark) => appendFileSync(`${file}.${mark}`, ""),
  };
}

async function listKeys(run: string, state: ItemState): Promise<readonly string[]> {
  const items = await world.reader.listItems(run, { states: [state], limit: 1_000 });
  return items.map(({ key }) => key);
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await systemClock.sleep(20);
}

/** A host that has begun to send. */
async function untilSending(story: Story): Promise<WalkingHost> {
  for (;;) {
    const pid = story.lines("send").at(-1)?.pid;
    const host = world.listHosts().find((one) => one.pid === pid);
    if (host !== undefined) return host;
    await systemClock.sleep(20);
  }
}

/** Every item went through every step, and nothing that was recorded was done again. */
async function expectWhole(story: Story, total = count): Promise<void> {
  const run = await world.reader.readRun(story.id);
  expect({ state: run?.state, ...run?.counts }).toEqual({
    state: "completed",
    total,
    pending: 0,
    waiting: 0,
    done: total,
    rejected: 0,
    inDoubt: 0,
    failed: 0,
    cancelled: 0,
  });
  const passed = await world.reader.listStepCounts(story.id);
  const done = passed.map((one) => `${one.step} ${one.done}`);
  expect(done.toSorted()).toEqual(whole.toSorted().map((step) => `${step} ${total}`));
  const sent = story.lines("send").map(({ key }) => key);
  expect([sent.length, new Set(sent).size]).toEqual([total, total]);
  for (const item of await world.reader.listItems(story.id, { limit: 1_000 })) {
    const tries = await world.reader.listAttempts(story.id, item.key);
    const ended = tries.filter(({ outcome }) => outcome === "done").map(({ step }) => step);
    expect(new Set(ended).size).toBe(ended.length);
  }
}

/** How often each key was seen. */
function countKeys(lines: readonly Line[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { key } of lines) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function testOrder(): void {
  test("stages come one after the other, and each item takes its steps in their order", async () => {
    const story = await tell(whole, { slowMs: 5 });

    await story.drive();

    await expectWhole(story);
    const order = story.lines().map(({ step, key }) => ({ step, key }));
    const barrier = order.findIndex(({ step }) => step === "join");
    expect(order[barrier]?.key).toBe(String(count));
    const before = new Set(order.slice(0, barrier).map(({ step }) => step));
    const after = new Set(order.slice(barrier + 1).map(({ step }) => step));
    expect([[...before].toSorted(), [...after]]).toEqual([["mark", "rows", "send"], ["last"]]);
    for (const key of await listKeys(story.id, "done"))
      expect(order.filter((one) => one.key === key).map(({ step }) => step)).toEqual([
        "mark",
        "send",
        "last",
      ]);
  });

  test("items go in chunks, in file order, and the last is what is left", async () => {
    const story = await tell(["bulk"], { count: 25 });

    await story.drive();

    const chunks = story.lines("bulk").map(({ key }) => key);
    expect(chunks.toSorted()).toEqual(["v000001 10", "v000011 10", "v000021 5"]);
  });

  test("a small flusso of one ente does not wait for the end of a large one of another", async () => {
    const large = await tell(["mark"], { count: 200, slowMs: 300 });
    const driving = large.drive();
    await until(() => large.lines("mark").length > 0);
    const small = await tell(["mark"], { count: 5, slowMs: 300 });

    await small.drive();
    const left = 200 - large.lines("mark").length;
    await driving;

    expect(left).toBeGreaterThan(0);
    expect([await small.count("done"), await large.count("done")]).toEqual([5, 200]);
  });

  test("who asks what is under way is told of the run while it is, and not after", async () => {
    const story = await tell(["mark"], { slowMs: 50, ente: "chiede" });
    const asked = { pipeline: "prova", ente: "chiede", states: ["running"], limit: 10 } as const;
    const driving = story.drive();
    await until(() => story.lines("mark").length > 0);

    const during = await world.reader.listRuns(asked);
    await driving;
    const after = await world.reader.listRuns(asked);

    expect([during.map(({ id }) => id), after]).toEqual([[story.id], []]);
  });
}

function testWaits(): void {
  test("an item that waits keeps none from going on, and comes back when it is due", async () => {
    const story = await tell([["later", { times: 2, afterMs: 400, ending: "5" }], "last"]);

    const ended = await story.drive();

    expect(ended.state).toBe("completed");
    const tries = countKeys(story.lines("later"));
    const waited = Object.entries(tries).filter(([key]) => key.endsWith("5"));
    expect(waited.map(([, times]) => times)).toEqual([3, 3, 3]);
    expect(Object.values(tries).filter((times) => times === 1).length).toBe(count - 3);
    const at = story.lines("later").filter(({ key }) => key === "v000005");
    for (const [index, line] of at.slice(1).entries())
      expect(line.at - (at[index]?.at ?? 0)).toBeGreaterThanOrEqual(390);
    const passedOn = story.lines("last").findIndex(({ key }) => key.endsWith("5"));
    expect(passedOn).toBe(count - 3);
  });

  test("waits grow where the other side names none, and end after the last try", async () => {
    const retry = { times: 2, waitMs: 300, maxWaitMs: 5_000 };
    const story = await tell([["later", { times: 9, ending: "07" }, { retry }]]);

    const ended = await story.drive();

    expect([ended.state, ended.counts.failed, ended.counts.done]).toEqual(["failed", 1, 29]);
    const at = story.lines("later").flatMap((line) => (line.key === "v000007" ? [line.at] : []));
    expect(at.length).toBe(3);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(240);
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(480);
  });

  test("a verdict that comes late is found without anybody's doing", async () => {
    const story = await tell(
      [["verdict", {}, { retry: { times: 1_000, waitMs: 200, maxWaitMs: 200 } }]],
      {
        count: 12,
      },
    );
    const driving = story.drive();
    await until(() => new Set(story.lines().map(({ key }) => key)).size === 13);

    story.mark("verdict");

    expect((await driving).counts.done).toBe(12);
  });

  test("a go-ahead and a code are asked for once, and reach their step alone", async () => {
    const story = await tell(["mark", "code", ["last", {}, { approval: true }]]);
    const answers: readonly (readonly [string, Answer])[] = [
      ["code", { kind: "otp", otp: "493817" }],
      ["last", { kind: "approval", by: "Ada Fittizia" }],
    ];
    const seen: unknown[] = [];

    let rested = await story.drive();
    for (const [step, answer] of answers) {
      const [ask] = await world.reader.listAsks(story.id);
      seen.push([rested.state, ask?.step, ask?.kind, story.lines("last").length]);
      rested = await story.drive({ answers: new Map([[step, answer]]) });
    }

    expect(seen).toEqual([
      ["waiting-for-person", "code", "otp", 0],
      ["waiting-for-person", "last", "approval", 0],
    ]);
    expect([rested.state, rested.counts.done]).toEqual(["completed", count]);
    expect(story.lines("code").map(({ key }) => key)).toEqual(["493817"]);
    const walker = kind === "queue" ? process.pid : world.listHosts()[0]?.pid;
    const walkers = story.lines("code").map(({ pid }) => pid);
    expect(walkers, differences.answer[kind]).toEqual([walker ?? 0]);
    expect(Object.values(countKeys(story.lines("mark")))).toEqual(Array(count).fill(1));
    const given = await world.reader.listApprovals(story.id);
    expect(given.map(({ step, by }) => [step, by])).toEqual([["last", "Ada Fittizia"]]);
  });
}

function testPeople(): void {
  test("only what failed is taken up again, and the rest is left as it is", async () => {
    const retry = { times: 1, waitMs: 50, maxWaitMs: 50 };
    const story = await tell([
      ["refuse", { ending: "9" }],
      ["fault", { ending: "6" }, { retry }],
    ]);
    const first = await story.drive();
    const passed = countKeys(story.lines("fault"));
    story.mark("mended");

    const taken = await world.reopen(story.id, "failed");
    const second = await story.drive();

    expect([first.counts.failed, first.counts.rejected, first.counts.done]).toEqual([3, 3, 24]);
    expect([taken, second.state, second.counts.done, second.counts.rejected]).toEqual([
      3,
      "completed-with-rejections",
      27,
      3,
    ]);
    const again = countKeys(story.lines("fault"));
    const more = Object.keys(again).filter((key) => again[key] !== passed[key]);
    expect(more.toSorted()).toEqual(["v000006", "v000016", "v000026"]);
  });

  test("what every item would meet stops the run, and a resume takes it up from there", async () => {
    const story = await tell(["mark", "block", "last"], { count: 100 });
    const blocked = await story.drive();
    const called = story.lines("block").length;
    story.mark("mended");

    await world.reopen(story.id);
    const ended = await story.drive();

    expect([blocked.state, blocked.code, blocked.counts.pending]).toEqual([
      "blocked",
      "MISSING_SECRET",
      100,
    ]);
    expect(called).toBeLessThan(100);
    expect([ended.state, ended.counts.done]).toEqual(["completed", 100]);
    expect(Object.values(countKeys(story.lines("mark")))).toEqual(Array(100).fill(1));
  });

  test.each([
    ["of as many items", 30],
    ["of three items, again and again", 3],
  ])("five equal failures in a row, %s, stop the run", async (_, total) => {
    const retry = { times: 9, waitMs: 50, maxWaitMs: 50 };
    const story = await tell([["bug", {}, { retry }]], { count: total });

    const ended = await story.drive();

    expect([ended.state, ended.code]).toEqual(["blocked", "STEP_FAILING"]);
  });

  test("a cancelled run ends what is under way and begins nothing", async () => {
    const story = await tell(slowSend, { slowMs: 240, count: many });
    const stop = new AbortController();
    const driving = story.drive({ stop: stop.signal });
    await untilSending(story);

    stop.abort();
    await driving;
    await world.cancel(story.id);
    const lines = story.lines().length;
    const run = await world.reader.readRun(story.id);
    await systemClock.sleep(300);

    expect([run?.state, run?.counts.cancelled, run?.counts.inDoubt]).toEqual([
      "cancelled",
      many,
      0,
    ]);
    expect(story.lines().length).toBe(lines);
    expect(story.lines("send").length).toBeLessThan(many);
  });

  test("a run that is told to stop ends what is under way, and goes on later from there", async () => {
    const story = await tell(slowSend, { slowMs: 240, count: many });
    const stop = new AbortController();
    const driving = story.drive({ stop: stop.signal });
    await untilSending(story);

    stop.abort();
    const stopped = await driving;
    const [begun, open] = [story.lines("send").length, await story.count("running")];
    await story.drive();

    expect([stopped.counts.done, open]).toEqual([0, 0]);
    expect(begun).toBeLessThan(many);
    await expectWhole(story, many);
  });
}

function testDeaths(): void {
  test("a process that is told to leave finishes what is under way, and the run goes on at once", async () => {
    const story = await tell(whole, { slowMs: 60 });
    const driving = story.drive();
    const leaving = await untilSending(story);
    const at = systemClock.now();

    leaving.leave();
    const code = await leaving.ended;
    const leftMs = systemClock.now() - at;
    await world.fill();
    await driving;

    expect(code).toBe(0);
    expect(leftMs).toBeLessThan(10_000);
    expect(systemClock.now() - at).toBeLessThan(20_000);
    await expectWhole(story);
  }, 60_000);

  test("a process that is killed in the middle of a chunk leaves nothing that is done twice", async () => {
    const story = await tell(whole, { slowMs: 100 });
    const driving = story.drive();
    const killed = await untilSending(story);

    killed.kill();
    await killed.ended;
    await world.fill();
    await driving;

    await expectWhole(story);
  }, 90_000);

  test("a process that stood still while others took its work writes and calls nothing any more", async () => {
    const story = await tell(whole, { slowMs: 200 });
    const driving = story.drive();
    const still = await untilSending(story);
    await still.standStill();
    await world.fill();
    await driving;
    const before = story.lines();

    still.goOn();
    still.leave();

    expect(await still.ended).toBe(0);
    expect(story.lines()).toEqual(before);
    await expectWhole(story);
  }, 90_000);
}

function testShares(): void {
  test("of two flussi that want the same verbali at once each verbale goes out once", async () => {
    const ente = `insieme-${told}`;
    const stories = [
      await tell(["send"], { slowMs: 20, ente }),
      await tell(["send"], { slowMs: 20, ente }),
    ];

    const ended = await Promise.all(stories.map((story) => story.drive()));

    expect(ended.map(({ state }) => state)).toEqual(["completed", "completed"]);
    const sent = stories.flatMap((story) => story.lines("send").map(({ key }) => key));
    expect([sent.length, new Set(sent).size]).toEqual([count, count]);
  }, 90_000);

  test("one rate holds for all processes, rate and burst in no stretch of time exceeded", async () => {
    const rate = { perSecond: 40, burst: 4 };
    const story = await tell([["limited", { rate }, { concurrency: 10 }]], { count: 60 });

    await story.drive();

    const at = story
      .lines("limited")
      .map((line) => line.at)
      .toSorted((a, b) => a - b);
    expect(at.length).toBe(60);
    // Whoever was let go notes it a moment later, which may differ by as much.
    const lateMs = 150;
    for (const [from, begin] of at.entries())
      for (const [index, end] of at.slice(from).entries())
        expect(index + 1).toBeLessThanOrEqual(
          rate.burst + (rate.perSecond * (end - begin + lateMs)) / 1_000,
        );
  });
}

const parts = [testOrder, testWaits, testPeople, testDeaths, testShares];
