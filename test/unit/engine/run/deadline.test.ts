/** What a bound on time keeps of the entries that have gone through it: nothing. */
import { expect, test } from "bun:test";
import { iterateWithTimeout, runWithTimeout } from "../../../../engine/run/deadline.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";

const limit = {
  clock: createFakeClock(0),
  timeoutMs: 60_000,
  signal: new AbortController().signal,
  makeError: () => new Error("late"),
};

test("a source with a timeout holds none of the rows that it has given", async () => {
  const given: WeakRef<object>[] = [];
  async function* makeRows(): AsyncGenerator<object> {
    for (let n = 0; n < 500; n += 1) {
      const row = { n };
      given.push(new WeakRef(row));
      yield row;
    }
  }

  let left = 0;
  for await (const _ of iterateWithTimeout(limit, makeRows)) {
    if (given.length < 500) continue;
    Bun.gc(true);
    left = given.filter((row) => row.deref() !== undefined).length;
  }

  expect(given).toHaveLength(500);
  expect(left).toBeLessThan(20);
});

test("what ends in time, or fails, ends as it would without a bound", async () => {
  expect(await runWithTimeout(limit, async () => 7)).toBe(7);
  expect(runWithTimeout(limit, () => Promise.reject(new Error("own")))).rejects.toThrow("own");
});

test("what is asked for after the time is over is late at once", async () => {
  const clock = createFakeClock(0);
  async function* makeRows(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const rows = iterateWithTimeout({ ...limit, clock }, makeRows);
  expect(await rows.next()).toEqual({ done: false, value: 1 });

  await clock.advance(60_000);

  expect(rows.next()).rejects.toThrow("late");
});
