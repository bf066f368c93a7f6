/** How many calls an API key may make, in token buckets or sliding windows; clients take their turn before each call. */
import type { Clock } from "./clock.ts";
import { RetryLater } from "./errors.ts";

export interface Rate {
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** Most tokens that can be saved up. */
  readonly burst: number;
}

/** At most so many calls in any stretch of time of this length: what a gateway counts that looks back from each call. */
export interface SlidingWindow {
  readonly calls: number;
  readonly windowMs: number;
}

export interface Limiter {
  /**
   * Resolves when `count` calls of the bucket are ours, in the order of the calls; rejects when `signal` aborts, and with
   * RetryLater `KEY_PAUSED` when a pause lasts longer than anybody waits. A bucket is asked with one rate, or one window, always.
   */
  take(
    bucket: string,
    rate: Rate | SlidingWindow,
    count?: number,
    signal?: AbortSignal,
  ): Promise<void>;
  /** The other side said 429: nobody takes from the bucket for `ms`, not even who waits already. */
  pause(bucket: string, ms: number): void;
  /**
   * A call that was let go at `takenAt` has its answer: in a window it counts from now on, for nobody knows when in between the
   * other side counted it. Without effect on a token bucket.
   */
  settle(bucket: string, takenAt: number): void;
}

export interface LimiterOptions {
  /** Until when this process waits for what is not due yet, milliseconds since the epoch; default: for ever. */
  readonly waitsUntil?: () => number;
}

/** A pause that is over so soon is waited for in any case. */
const shortPauseMs = 5_000;

/** Fractions of a token that arithmetic loses. */
const rounding = 1e-9;

interface Bucket {
  tokens: number;
  /** When the calls of a window were let go, oldest first. */
  readonly recent: number[];
  /** When `tokens` was right, milliseconds since the epoch. */
  at: number;
  /** Nobody takes before. */
  pausedUntil: number;
  /** Resolves when the last caller in line has taken its tokens or gone away. */
  tail: Promise<void>;
}

/** Buckets of this process: enough while one process owns the journal. */
export function createLimiter(
  clock: Clock,
  { waitsUntil = () => Number.POSITIVE_INFINITY }: LimiterOptions = {},
): Limiter {
  const buckets = new Map<string, Bucket>();

  function openBucket(name: string): Bucket {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    // Full, whatever its size turns out to be.
    const tokens = Number.POSITIVE_INFINITY;
    const bucket = {
      tokens,
      recent: [],
      at: clock.now(),
      pausedUntil: 0,
      tail: Promise.resolve(),
    };
    buckets.set(name, bucket);
    return bucket;
  }

  return {
    async take(name, rate, count = 1, signal) {
      const bucket = openBucket(name);
      const before = bucket.tail;
      const turn = Promise.withResolvers<void>();
      // Who goes away out of line lets nobody pass before the turn comes.
      bucket.tail = before.then(() => turn.promise);
      try {
        await waitOrAbort(before, signal);
        await takeNow(clock, bucket, { rate, count, signal, waitsUntil });
      } finally {
        turn.resolve();
      }
    },
    pause(name, ms) {
      const bucket = openBucket(name);
      bucket.pausedUntil = Math.max(bucket.pausedUntil, clock.now() + ms);
    },
    settle(name, takenAt) {
      const { recent } = openBucket(name);
      const index = recent.findLastIndex((at) => at <= takenAt);
      if (index < 0) return;
      recent.splice(index, 1);
      recent.push(clock.now());
    },
  };
}

interface Wanted {
  readonly rate: Rate | SlidingWindow;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
  readonly waitsUntil: () => number;
}

/** For the first in line: sleeps until its calls may go, and takes them. */
async function takeNow(clock: Clock, bucket: Bucket, wanted: Wanted): Promise<void> {
  const { rate, count, signal, waitsUntil } = wanted;
  for (;;) {
    signal?.throwIfAborted();
    const now = clock.now();
    const pauseMs = bucket.pausedUntil - now;
    if (pauseMs > shortPauseMs && bucket.pausedUntil > waitsUntil())
      throw new RetryLater("Il servizio ha chiesto di rallentare: la chiamata non è partita.", {
        code: "KEY_PAUSED",
        effect: "none",
        afterMs: pauseMs,
      });
    const ownMs =
      "calls" in rate
        ? computeWindowWait(bucket, rate, { count, now })
        : computeTokenWait(bucket, rate, { count, now });
    const waitMs = Math.ceil(Math.max(pauseMs, ownMs));
    if (waitMs <= 0) break;
    await clock.sleep(waitMs, signal);
  }
  if (!("calls" in rate)) bucket.tokens -= count;
  else for (let taken = 0; taken < count; taken += 1) bucket.recent.push(clock.now());
}

interface Asked {
  readonly count: number;
  readonly now: number;
}

function computeTokenWait(bucket: Bucket, rate: Rate, { count, now }: Asked): number {
  refill(bucket, rate, now);
  // More than the bucket holds is taken from a full one, and owed.
  const missing = Math.min(count, rate.burst) - bucket.tokens;
  return missing > rounding ? (missing / rate.perSecond) * 1000 : 0;
}

/** Until so many of the last calls are out of the window that these fit in; more than a window holds wait for an empty one. */
function computeWindowWait(
  { recent }: Bucket,
  { calls, windowMs }: SlidingWindow,
  { count, now }: Asked,
): number {
  // A clock that was set back: what was let go last counts as of now, no later.
  const aheadMs = Math.max(0, (recent.at(-1) ?? now) - now);
  if (aheadMs > 0) for (const [index, at] of recent.entries()) recent[index] = at - aheadMs;
  while ((recent[0] ?? now) <= now - windowMs) recent.shift();
  const last = recent[Math.min(recent.length, recent.length + count - calls) - 1];
  return last === undefined ? 0 : last + windowMs - now;
}

function refill(bucket: Bucket, { perSecond, burst }: Rate, now: number): void {
  // A clock that was set back gives nothing until it has caught up.
  const passedMs = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perSecond);
  bucket.at = Math.max(bucket.at, now);
}

function waitOrAbort(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return before;
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      signal.removeEventListener("abort", go);
      resolve();
    };
    signal.addEventListener("abort", go, { once: true });
    void before.then(go);
  });
}
