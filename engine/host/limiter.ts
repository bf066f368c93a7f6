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
  /** Default: the buckets of this process. */
  readonly keeper?: BucketKeeper;
}

/** A pause that is over so soon is waited for in any case. */
const shortPauseMs = 5_000;

/** Fractions of a token that arithmetic loses. */
const rounding = 1e-9;

/** What is known of a bucket; instants by the clock of whoever keeps it. */
export interface Bucket {
  tokens: number;
  /** When the calls of a window were let go, oldest first. */
  readonly recent: number[];
  /** When `tokens` was right, milliseconds since the epoch. */
  at: number;
  /** Nobody takes before. */
  pausedUntil: number;
}

/** Where buckets are kept: in this process, or where several hosts share them. */
export interface BucketKeeper {
  /** Changes a bucket while nobody else does; the changes of one caller come about in their order. `now`: by the clock that all who share it go by. */
  change<Result>(
    name: string,
    work: (bucket: Bucket, now: number) => Result,
  ): Result | Promise<Result>;
}

/** Full, whatever its size turns out to be. */
export function buildFullBucket(now: number): Bucket {
  return { tokens: Number.POSITIVE_INFINITY, recent: [], at: now, pausedUntil: 0 };
}

/** Buckets of this process: enough while one process works. */
function keepBuckets(clock: Clock): BucketKeeper {
  const buckets = new Map<string, Bucket>();
  return {
    change(name, work) {
      const bucket = buckets.get(name) ?? buildFullBucket(clock.now());
      buckets.set(name, bucket);
      return work(bucket, clock.now());
    },
  };
}

/** A limiter over the buckets of this process, or of a keeper that several share. */
export function createLimiter(
  clock: Clock,
  { waitsUntil = () => Number.POSITIVE_INFINITY, keeper = keepBuckets(clock) }: LimiterOptions = {},
): Limiter {
  function note(name: string, work: (bucket: Bucket, now: number) => void): void {
    const noted = keeper.change(name, work);
    // A keeper that cannot be reached is met by whoever takes next.
    if (noted instanceof Promise) noted.catch(() => {});
  }

  /** By bucket: resolves when the last caller in line has taken its tokens or gone away. */
  const tails = new Map<string, Promise<void>>();

  return {
    async take(name, rate, count = 1, signal) {
      const before = tails.get(name) ?? Promise.resolve();
      const turn = Promise.withResolvers<void>();
      // Who goes away out of line lets nobody pass before the turn comes.
      tails.set(
        name,
        before.then(() => turn.promise),
      );
      try {
        await waitOrAbort(before, signal);
        await takeNow(clock, keeper, { name, rate, count, signal, waitsUntil });
      } finally {
        turn.resolve();
      }
    },
    pause(name, ms) {
      note(name, (bucket, now) => {
        bucket.pausedUntil = Math.max(bucket.pausedUntil, now + ms);
      });
    },
    settle(name, takenAt) {
      const agoMs = clock.now() - takenAt;
      note(name, ({ recent }, now) => {
        const index = recent.findLastIndex((at) => at <= now - agoMs);
        if (index < 0) return;
        recent.splice(index, 1);
        recent.push(now);
      });
    },
  };
}

interface Wanted {
  readonly name: string;
  readonly rate: Rate | SlidingWindow;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
  readonly waitsUntil: () => number;
}

/** For the first in line: sleeps until its calls may go, and takes them. */
async function takeNow(clock: Clock, keeper: BucketKeeper, wanted: Wanted): Promise<void> {
  const { name, signal, waitsUntil } = wanted;
  for (;;) {
    signal?.throwIfAborted();
    const tried = keeper.change(name, (bucket, now) => tryToTake(bucket, wanted, now));
    const { pauseMs, ownMs } = tried instanceof Promise ? await tried : tried;
    if (pauseMs > shortPauseMs && clock.now() + pauseMs > waitsUntil())
      throw new RetryLater("Il servizio ha chiesto di rallentare: la chiamata non è partita.", {
        code: "KEY_PAUSED",
        effect: "none",
        afterMs: pauseMs,
      });
    const waitMs = Math.ceil(Math.max(pauseMs, ownMs));
    if (waitMs <= 0) return;
    await clock.sleep(waitMs, signal);
  }
}

/** How long the calls must wait; where they need not, they are taken. */
function tryToTake(
  bucket: Bucket,
  { rate, count }: Wanted,
  now: number,
): { readonly pauseMs: number; readonly ownMs: number } {
  const pauseMs = bucket.pausedUntil - now;
  const ownMs =
    "calls" in rate
      ? computeWindowWait(bucket, rate, { count, now })
      : computeTokenWait(bucket, rate, { count, now });
  if (Math.ceil(Math.max(pauseMs, ownMs)) > 0) return { pauseMs, ownMs };
  if (!("calls" in rate)) bucket.tokens -= count;
  else for (let taken = 0; taken < count; taken += 1) bucket.recent.push(now);
  return { pauseMs, ownMs };
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
