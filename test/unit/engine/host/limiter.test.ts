/** The token buckets: no more calls a second than the rate allows, first come first served, and silence after a 429. */
import { beforeEach, describe, expect, test } from "bun:test";
import { createLimiter, type Limiter } from "../../../../engine/host/limiter.ts";
import { createFakeClock, type FakeClock } from "../../../support/fake-clock.ts";

const rate = { perSecond: 4, burst: 2 };

let clock: FakeClock;
let limiter: Limiter;
/** `name@milliseconds` of every call that got its token, in order. */
let taken: string[];

beforeEach(() => {
  clock = createFakeClock(0);
  limiter = createLimiter(clock);
  taken = [];
});

async function call(name: string, signal?: AbortSignal): Promise<void> {
  await limiter.take("key", rate, 1, signal);
  taken.push(`${name}@${clock.now()}`);
}

/** Most calls within any window of one second. */
function mostInOneSecond(instants: readonly number[]): number {
  return Math.max(
    ...instants.map((start) => instants.filter((at) => at >= start && at < start + 1000).length),
  );
}

describe("the rate", () => {
  test("what was saved up goes at once, the rest as tokens come back", async () => {
    const all = Array.from({ length: 6 }, (_, index) => call(`c${index}`));

    await clock.advance(1_000);
    await Promise.all(all);

    expect(taken).toEqual(["c0@0", "c1@0", "c2@250", "c3@500", "c4@750", "c5@1000"]);
    expect(clock.sleepers).toBe(0);
  });

  test("in no second are there more calls than rate and burst, whenever they come", async () => {
    const instants: number[] = [];
    const all: Promise<void>[] = [];
    const note = async (): Promise<void> => {
      await limiter.take("key", rate);
      instants.push(clock.now());
    };
    // A crowd, a lull in which tokens are saved up, drops of one, and a crowd again.
    for (const [calls, ms] of [
      [20, 900],
      [0, 4_000],
      [1, 333],
      [1, 10],
      [7, 77],
      [30, 12_000],
    ] as const) {
      for (let call = 0; call < calls; call += 1) all.push(note());
      await clock.advance(ms);
    }
    await clock.advance(10_000);
    await Promise.all(all);

    expect(instants).toHaveLength(59);
    // The two that were saved up, and those of 250, 500 and 750 milliseconds: one below rate and burst.
    expect(mostInOneSecond(instants)).toBe(5);
  });

  test("a rate that does not divide a second is kept over a long time", async () => {
    const all = Array.from({ length: 62 }, () => limiter.take("key", { perSecond: 3, burst: 2 }));
    let left = 62;
    for (const one of all) void one.then(() => (left -= 1));

    await clock.advance(19_990);
    expect(left).toBeGreaterThan(0);
    await clock.advance(70);

    await Promise.all(all);
    expect(left).toBe(0);
  });

  test("several tokens at once count as so many calls", async () => {
    await limiter.take("key", rate, 2);
    const next = call("next");

    await clock.advance(249);
    expect(taken).toEqual([]);
    await clock.advance(1);
    await next;

    expect(taken).toEqual(["next@250"]);
  });

  test("more tokens than the bucket holds are owed afterwards", async () => {
    await limiter.take("key", rate, 4);
    const next = call("next");

    await clock.advance(750);
    await next;

    expect(taken).toEqual(["next@750"]);
  });

  test("each key has a bucket of its own", async () => {
    await limiter.take("one", rate, 2);

    await limiter.take("two", rate, 2);

    expect(clock.now()).toBe(0);
  });

  test("a clock that is set back gives no tokens twice", async () => {
    await clock.jump(10_000);
    await limiter.take("key", rate, 2);
    await clock.jump(0);
    const next = call("next");

    await clock.jump(10_000);
    expect(taken).toEqual([]);
    await clock.advance(250);
    await next;

    expect(taken).toEqual(["next@10250"]);
  });
});

describe("the order", () => {
  test("who came first goes first, also when a later one wants less", async () => {
    await limiter.take("key", rate, 2);
    const big = limiter.take("key", rate, 2).then(() => taken.push(`big@${clock.now()}`));
    const small = call("small");

    await clock.advance(750);
    await Promise.all([big, small]);

    expect(taken).toEqual(["big@500", "small@750"]);
  });

  test("one who goes away rejects at once, costs no token and lets nobody pass early", async () => {
    await limiter.take("key", rate, 2);
    const controller = new AbortController();
    const first = call("first");
    const leaving = call("leaving", controller.signal);
    const last = call("last");

    controller.abort(new Error("stopped"));
    await expect(leaving).rejects.toThrow("stopped");
    expect(taken).toEqual([]);
    await clock.advance(500);
    await Promise.all([first, last]);

    expect(taken).toEqual(["first@250", "last@500"]);
    expect(clock.sleepers).toBe(0);
  });

  test("one who sleeps for its token and goes away leaves it to the next", async () => {
    await limiter.take("key", rate, 2);
    const controller = new AbortController();
    const leaving = call("leaving", controller.signal);
    const next = call("next");

    await clock.advance(100);
    controller.abort(new Error("stopped"));
    await expect(leaving).rejects.toThrow("stopped");
    await clock.advance(150);
    await next;

    expect(taken).toEqual(["next@250"]);
  });

  test("who comes with an aborted signal gets nothing", async () => {
    await expect(call("late", AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");

    await limiter.take("key", rate, 2);
    expect(taken).toEqual([]);
  });
});

describe("a pause", () => {
  test("nobody takes before its end, not even who waited already", async () => {
    await limiter.take("key", rate, 2);
    const waiting = call("waiting");
    await clock.advance(100);

    limiter.pause("key", 5_000);
    const later = call("later");
    await clock.advance(4_999);
    expect(taken).toEqual([]);
    await clock.advance(251);
    await Promise.all([waiting, later]);

    // Two tokens came back meanwhile: the bucket is full and not fuller.
    expect(taken).toEqual(["waiting@5100", "later@5100"]);
  });

  test("a shorter pause does not end a longer one", async () => {
    limiter.pause("key", 2_000);
    limiter.pause("key", 500);
    const next = call("next");

    await clock.advance(2_000);
    await next;

    expect(taken).toEqual(["next@2000"]);
  });

  test("a pause of one key leaves the others alone", async () => {
    limiter.pause("other", 60_000);

    await call("mine");

    expect(taken).toEqual(["mine@0"]);
  });
});

describe("a sliding window", () => {
  const window = { calls: 100, windowMs: 10_000 };

  /** Lets so many calls come, and the clock go on; the instants of those that were let go. */
  async function play(
    crowds: readonly (readonly [calls: number, thenMs: number])[],
    own = window,
  ): Promise<readonly number[]> {
    const instants: number[] = [];
    const all: Promise<void>[] = [];
    for (const [calls, thenMs] of crowds) {
      for (let n = 0; n < calls; n += 1)
        all.push(limiter.take("key", own).then(() => void instants.push(clock.now())));
      await clock.advance(thenMs);
    }
    await clock.advance(60_000);
    await Promise.all(all);
    return instants;
  }

  function mostInWindow(instants: readonly number[]): number {
    return Math.max(
      ...instants.map(
        (start) => instants.filter((at) => at >= start && at < start + window.windowMs).length,
      ),
    );
  }

  test("a hundred go at once, the next after ten seconds and no sooner", async () => {
    const instants = await play([[101, 0]]);

    expect(instants.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 0));
    expect(instants[100]).toBe(10_000);
  });

  test("it looks back from each call, not from a multiple of its length", async () => {
    const instants = await play([
      [1, 9_000],
      [99, 1_000],
      // At 10,000 the first is out of the window, and the 99 of second 9 are in it.
      [5, 0],
    ]);

    expect(instants.slice(100)).toEqual([10_000, 19_000, 19_000, 19_000, 19_000]);
  });

  test.each([
    ["a crowd after a crowd", [[250, 0]]],
    [
      "drops, then a crowd",
      [
        [1, 100],
        [1, 100],
        [1, 100],
        [300, 5_000],
        [40, 0],
      ],
    ],
    [
      "a crowd across the end of a window",
      [
        [60, 9_900],
        [140, 200],
        [60, 9_900],
        [60, 0],
      ],
    ],
  ] as const)("%s: never more than the limit in any ten seconds", async (_name, crowds) => {
    const instants = await play(crowds);

    expect(mostInWindow(instants)).toBe(100);
  });

  test("after a 429 nobody goes before its time, and the window holds as well", async () => {
    limiter.pause("key", 15_000);

    const instants = await play([[101, 0]]);

    expect([instants[0], instants[99], instants[100]]).toEqual([15_000, 15_000, 25_000]);
  });

  test("who asks for more than a window holds waits for an empty one", async () => {
    await limiter.take("key", { calls: 2, windowMs: 1_000 });
    const three = limiter.take("key", { calls: 2, windowMs: 1_000 }, 3);
    void three.then(() => taken.push(`three@${clock.now()}`));

    await clock.advance(5_000);

    expect(taken).toEqual(["three@1000"]);
  });

  test.each([
    ["one call", [0], ["next@13000"]],
    ["the second of two that went together", [0, 0], ["next@10000"]],
    ["a call that nobody let go", [-1], ["next@10000"]],
  ] as const)("%s counts from its answer on", async (_what, takenAt, expected) => {
    const own = { calls: takenAt.length, windowMs: 10_000 };
    await limiter.take("key", own, takenAt.length);
    await clock.advance(3_000);
    limiter.settle("key", takenAt.at(-1) ?? 0);
    void limiter.take("key", own).then(() => taken.push(`next@${clock.now()}`));

    await clock.advance(10_000);

    expect(taken).toEqual([...expected]);
  });

  test("a clock that is set back by an hour costs one window at the most", async () => {
    const late = createFakeClock(3_600_000);
    const own = createLimiter(late);
    await own.take("key", { calls: 1, windowMs: 10_000 });
    await late.jump(0);
    const next = own.take("key", { calls: 1, windowMs: 10_000 });
    void next.then(() => taken.push(`next@${late.now()}`));

    await late.advance(10_000);

    expect(taken).toEqual(["next@10000"]);
  });
});

describe("a pause that lasts longer than anybody waits", () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["longer than the wait: nobody sleeps, the caller comes back", 60_000, 20_000, "KEY_PAUSED"],
    ["within the wait: slept through", 60_000, 600_000, "taken"],
    ["no wait at all, a short one: slept through", 4_000, 0, "taken"],
    ["no wait at all, a long one: nobody sleeps", 6_000, 0, "KEY_PAUSED"],
  ];
  for (const [title, pauseMs, waitsMs, outcome] of cases)
    test(title, async () => {
      limiter = createLimiter(clock, { waitsUntil: () => waitsMs });
      limiter.pause("key", pauseMs);

      const told = limiter.take("key", rate).then(
        () => "taken",
        (error: unknown) => error,
      );
      await clock.advance(pauseMs);

      if (outcome === "taken") expect(await told).toBe("taken");
      else expect(await told).toMatchObject({ code: outcome, effect: "none", afterMs: pauseMs });
      expect(clock.sleepers).toBe(0);
    });

  test("those who wait in line already are told when the pause begins", async () => {
    limiter = createLimiter(clock, { waitsUntil: () => 20_000 });
    const told = Array.from({ length: 6 }, () =>
      limiter.take("key", rate).then(
        () => "taken",
        (error: unknown) => (error as { readonly code: string }).code,
      ),
    );
    await clock.advance(100);

    limiter.pause("key", 60_000);
    await clock.advance(1_000);

    expect(await Promise.all(told)).toEqual(["taken", "taken", ...Array(4).fill("KEY_PAUSED")]);
  });
});
