/** Token buckets: how many calls a second an API key may make; clients take a token before each call. */
import type { Clock } from "./clock.ts";

export interface Rate {
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** Most tokens that can be saved up. */
  readonly burst: number;
}

export interface Limiter {
  /** Resolves when `count` tokens of the bucket are ours; rejects only when `signal` aborts. */
  take(bucket: string, rate: Rate, count?: number, signal?: AbortSignal): Promise<void>;
  /** The other side said 429: nobody takes from the bucket for `ms`. */
  pause(bucket: string, ms: number): void;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Buckets of this process: enough while one process owns the journal. */
export function createLimiter(clock: Clock): Limiter {
  const buckets = new Map<string, Bucket>();

  function bucketOf(name: string, rate: Rate): Bucket {
    let bucket = buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: rate.burst, at: clock.now() };
      buckets.set(name, bucket);
    }
    return bucket;
  }

  return {
    async take(name, rate, count = 1, signal) {
      const bucket = bucketOf(name, rate);
      const now = clock.now();
      if (now > bucket.at) {
        bucket.tokens = Math.min(
          rate.burst,
          bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond,
        );
        bucket.at = now;
      }
      // The tokens are taken at once, so that callers queue up in the order in which they came.
      bucket.tokens -= count;
      const waitMs =
        Math.max(0, bucket.at - now) + Math.max(0, (-bucket.tokens / rate.perSecond) * 1000);
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal?.aborted) {
        bucket.tokens += count;
        throw signal.reason;
      }
    },
    pause(name, ms) {
      const bucket = buckets.get(name);
      if (bucket !== undefined) bucket.at = Math.max(bucket.at, clock.now() + ms);
    },
  };
}
