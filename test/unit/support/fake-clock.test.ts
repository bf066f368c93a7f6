/** Tests of the fake clock: the other tests rely on the order in which it wakes sleepers. */
import { expect, test } from "bun:test";
import { createFakeClock } from "../../support/fake-clock.ts";

test("time stands still until it is moved", async () => {
  const clock = createFakeClock("2026-11-23T08:00:00Z");

  await Promise.resolve();

  expect(clock.now()).toBe(1_795_420_800_000);
});

test("sleepers wake in the order in which they are due, each at its own instant", async () => {
  const clock = createFakeClock(0);
  const woken: string[] = [];
  async function sleeper(name: string, ms: number): Promise<void> {
    await clock.sleep(ms);
    woken.push(`${name}@${clock.now()}`);
  }

  const all = [sleeper("c", 30), sleeper("a", 10), sleeper("b", 20), sleeper("a2", 10)];
  await clock.advance(25);

  expect(woken).toEqual(["a@10", "a2@10", "b@20"]);
  expect(clock.now()).toBe(25);
  expect(clock.nextWake).toBe(30);
  await clock.advance(5);
  await Promise.all(all);
  expect(woken).toEqual(["a@10", "a2@10", "b@20", "c@30"]);
  expect(clock.sleepers).toBe(0);
});

test("a loop that sleeps again wakes as often as the time allows", async () => {
  const clock = createFakeClock(0);
  const ticks: number[] = [];
  const stop = new AbortController();
  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal);
      if (!stop.signal.aborted) ticks.push(clock.now());
    }
  }

  const running = loop();
  await clock.advance(35);
  stop.abort();
  await running;

  expect(ticks).toEqual([10, 20, 30]);
  expect(clock.sleepers).toBe(0);
});

test("a sleep with an aborted signal ends at once", async () => {
  const clock = createFakeClock(0);

  await clock.sleep(1000, AbortSignal.abort());

  expect(clock.now()).toBe(0);
  expect(clock.sleepers).toBe(0);
});

test("a jump backwards wakes nobody, a jump forwards wakes who is due at the new instant", async () => {
  const clock = createFakeClock(100_000);
  const seen: number[] = [];
  const sleeping = clock.sleep(1000).then(() => seen.push(clock.now()));

  await clock.jump(40_000);
  expect(seen).toEqual([]);
  await clock.jump(500_000);
  await sleeping;

  expect(seen).toEqual([500_000]);
});

test("untilAsleep resolves once enough sleepers are at rest", async () => {
  const clock = createFakeClock(0);
  let isReady = false;
  async function worker(): Promise<void> {
    await Promise.resolve();
    isReady = true;
    await clock.sleep(5);
  }

  const working = worker();
  await clock.untilAsleep();

  expect(isReady).toBe(true);
  await clock.advance(5);
  await working;
});
