/** The one clock of a simulated half year: who sleeps moves it, and so does who plays the days. */
import { type Clock, systemClock } from "../../../engine/host/clock.ts";

export interface MovingClock extends Clock {
  /** Never backwards. */
  moveTo(ms: number): void;
}

/** Stands still until somebody sleeps on it or moves it. */
export function createMovingClock(startMs: number): MovingClock {
  let now = startMs;
  const moveTo = (ms: number): void => {
    now = Math.max(now, ms);
  };
  return {
    now: () => now,
    moveTo,
    async sleep(ms, signal) {
      const due = now + ms;
      // Whoever works meanwhile gets on with it.
      await systemClock.sleep(1, signal);
      if (signal?.aborted !== true) moveTo(due);
    },
  };
}
