/** Bounded concurrency: how many items of a chunk are under way at once. */

/** Calls `work` for every entry, at most `limit` at once, in order of start; stops starting when `mayStart` says no. */
export async function runBounded<Entry>(
  entries: readonly Entry[],
  limit: number,
  work: (entry: Entry) => Promise<void>,
  mayStart: () => boolean = () => true,
): Promise<void> {
  let next = 0;
  async function workThrough(): Promise<void> {
    while (next < entries.length && mayStart()) {
      const entry = entries[next] as Entry;
      next += 1;
      await work(entry);
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, workThrough));
}

/** Rejects with the result of `onTimeout` when `work` has not ended after `timeoutMs`; its signal is aborted then. */
export async function runWithTimeout<Result>(
  timeoutMs: number | null,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result> | Result,
  onTimeout: () => Error,
): Promise<Result> {
  if (timeoutMs === null) return await work(outer);
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = onTimeout();
      controller.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(AbortSignal.any([outer, controller.signal])), late]);
  } finally {
    clearTimeout(timer);
  }
}
