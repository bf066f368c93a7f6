/** A clock that stands still until a test moves it. */
import type { Clock } from "../../engine/host/clock.ts";

export interface FakeClock extends Clock {
  /** Moves time forward; sleepers wake in the order in which they are due, each seeing its own instant as now. */
  advance(ms: number): Promise<void>;
  /** Moves time to `now` at once, backwards too, as when a machine's clock is set; sleepers that are due wake afterwards. */
  jump(now: number | string): Promise<void>;
  /** How many sleep at this moment: a test may assert that none is left. */
  readonly sleepers: number;
  /** When the next sleeper is due; `null` when nobody sleeps. */
  readonly nextWake: number | null;
  /** Resolves once at least `count` sleep (default 1): what runs has come to rest. */
  untilAsleep(count?: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** `start`: milliseconds since the epoch or an ISO 8601 string. */
export function createFakeClock(start: number | string): FakeClock {
  let now = instantOf(start);
  let order = 0;
  const sleepers = new Set<Sleeper>();

  function next(): Sleeper | null {
    let first: Sleeper | null = null;
    for (const sleeper of sleepers)
      if (
        first === null ||
        sleeper.at < first.at ||
        (sleeper.at === first.at && sleeper.order < first.order)
      )
        first = sleeper;
    return first;
  }

  async function wakeUntil(target: number): Promise<void> {
    await turn();
    for (let sleeper = next(); sleeper !== null && sleeper.at <= target; sleeper = next()) {
      now = Math.max(now, sleeper.at);
      sleeper.wake();
      await turn();
    }
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        order += 1;
        const sleeper: Sleeper = { at: now + Math.max(0, ms), order, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      });
    },
    async advance(ms) {
      const target = now + ms;
      await wakeUntil(target);
      now = Math.max(now, target);
    },
    async jump(to) {
      now = instantOf(to);
      await wakeUntil(now);
    },
    get sleepers() {
      return sleepers.size;
    },
    get nextWake() {
      return next()?.at ?? null;
    },
    async untilAsleep(count = 1) {
      while (sleepers.size < count) await turn();
    },
  };
}

function instantOf(value: number | string): number {
  const ms = typeof value === "number" ? value : Date.parse(value);
  if (Number.isNaN(ms)) throw new Error(`not an instant: ${value}`);
  return ms;
}

/** Lets everything that can run now run: all microtasks, and what they queue. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
