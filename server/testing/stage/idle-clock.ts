/** Simulated time that goes on when nobody works: who sleeps is woken as soon as all wait. */
import { type Clock, systemClock } from "../../../engine/host/clock.ts";

export interface IdleClock extends Clock {
  /** Never backwards. */
  moveTo(ms: number): void;
  /** Marks work under way, during which time stands still, until the function that it gives is called. */
  beginWork(): () => void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** So long, in real milliseconds, nothing may have happened before time jumps; what draws on another thread is not seen. */
const quietMs = 8;
/** Before a jump over more than half a minute: it may be somebody's time limit. */
const stillMs = 40;
const longJumpMs = 30_000;

/** Begins at `startMs`; `onMove` is told each new time. */
export function createIdleClock(
  startMs: number,
  onMove: (now: number) => void = () => {},
): IdleClock {
  let now = startMs;
  let working = 0;
  let lastEventAt = performance.now();
  let isWatching = false;
  const sleepers = new Set<Sleeper>();

  function noteEvent(): void {
    lastEventAt = performance.now();
  }

  function moveTo(ms: number): void {
    if (ms <= now) return;
    now = ms;
    onMove(now);
  }

  function beginWork(): () => void {
    working += 1;
    noteEvent();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      working -= 1;
      noteEvent();
    };
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    noteEvent();
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { at: now + Math.max(0, ms), wake };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
      void watch();
    });
  }

  async function watch(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    while (sleepers.size > 0) {
      await systemClock.sleep(2);
      const first = findFirst(sleepers);
      if (first === null || working > 0) continue;
      const needed = first.at - now > longJumpMs ? stillMs : quietMs;
      if (performance.now() - lastEventAt < needed) continue;
      moveTo(first.at);
      noteEvent();
      first.wake();
    }
    isWatching = false;
  }

  return { now: () => now, moveTo, beginWork, sleep };
}

function findFirst(sleepers: Iterable<Sleeper>): Sleeper | null {
  let first: Sleeper | null = null;
  for (const sleeper of sleepers) if (first === null || sleeper.at < first.at) first = sleeper;
  return first;
}
