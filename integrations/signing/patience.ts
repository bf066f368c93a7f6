/** Waits out a short trouble of a service where all that was done so far would be lost. */
import type { Clock } from "../../engine/host/clock.ts";
import { RetryLater } from "../../engine/host/errors.ts";

// The engine tries again by itself; but then a permission to sign, which is nowhere but in memory, is gone, and whoever asks about a thousand verbali begins with the first.
const waitsMs = [2_000, 5_000, 15_000, 30_000] as const;
const longestMs = 60_000;

/** What `ask` gives; after RetryLater it is asked again up to four times, for as long as the service wishes but a minute at most. */
export async function askPatiently<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  for (const waitMs of waitsMs)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RetryLater) || (error.afterMs ?? 0) > longestMs) throw error;
      await clock.sleep(Math.max(waitMs, error.afterMs ?? 0), signal);
      signal?.throwIfAborted();
    }
  return ask();
}
