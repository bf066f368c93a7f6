/** A bound on the time of one attempt: what hangs is cut off and left behind. */
import type { Clock } from "../host/clock.ts";

export interface TimeLimit {
  readonly clock: Clock;
  /** `null`: no limit. */
  readonly timeoutMs: number | null;
  /** Aborted from outside. */
  readonly signal: AbortSignal;
  /** What the attempt ends with when its time is over. */
  readonly makeError: () => Error;
}

/** What `work` gives; rejects when the time is over, and aborts its signal. */
export async function runWithTimeout<Result>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (limit.timeoutMs === null) return await work(limit.signal);
  const deadline = startDeadline(limit, limit.timeoutMs);
  try {
    return await deadline.race(work(deadline.signal));
  } finally {
    deadline.stop();
  }
}

/** The same for what `work` yields one by one: the time is that of all together. */
export async function* iterateWithTimeout<Entry>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => AsyncIterable<Entry>,
): AsyncGenerator<Entry> {
  if (limit.timeoutMs === null) {
    yield* work(limit.signal);
    return;
  }
  const deadline = startDeadline(limit, limit.timeoutMs);
  const entries = work(deadline.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await deadline.race(entries.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    deadline.stop();
    const ended = entries.return?.();
    // Whatever it still does after its time, nobody waits for it: its fault is the timeout.
    if (deadline.isOver()) ended?.catch(() => {});
    else await ended;
  }
}

interface Deadline {
  /** Aborted when the time is over, and from outside. */
  readonly signal: AbortSignal;
  isOver(): boolean;
  race<Result>(work: Promise<Result>): Promise<Result>;
  stop(): void;
}

function startDeadline({ clock, signal, makeError }: TimeLimit, timeoutMs: number): Deadline {
  const over = new AbortController();
  const stopped = new AbortController();
  // Only what is waited for now: one promise that every entry raced against would hold them all.
  let cutOff: (reason: unknown) => void = () => {};
  async function watch(): Promise<void> {
    await clock.sleep(timeoutMs, stopped.signal);
    // In time: nobody hears of the deadline any more.
    if (stopped.signal.aborted) return;
    over.abort(makeError());
    cutOff(over.signal.reason);
  }
  void watch();
  return {
    signal: AbortSignal.any([signal, over.signal]),
    isOver: () => over.signal.aborted,
    race: (work) =>
      new Promise((resolve, reject) => {
        cutOff = reject;
        if (over.signal.aborted) reject(over.signal.reason);
        work.then(resolve, reject);
      }),
    stop: () => stopped.abort(),
  };
}
