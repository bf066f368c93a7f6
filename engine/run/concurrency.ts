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
