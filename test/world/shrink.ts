/** Looks for fewer faults that still break the same promise: what a developer reads first. */
import type { SeedResult } from "./run-seed.ts";

export interface Shrunk {
  readonly result: SeedResult;
  /** The faults that are enough. */
  readonly faults: readonly string[];
  /** How many runs it took. */
  readonly runs: number;
}

/** `play` plays the seed with these faults and no others. At most `mostRuns` are played. */
export async function shrink(
  first: SeedResult,
  play: (only: ReadonlySet<string>) => Promise<SeedResult>,
  mostRuns: number,
): Promise<Shrunk> {
  let faults = first.faults.map(({ id }) => id);
  let result = first;
  let runs = 0;
  let size = faults.length;
  while (size >= 1 && runs < mostRuns && faults.length > 0) {
    let isShorter = false;
    for (let at = 0; at < faults.length && runs < mostRuns; at += size) {
      const kept = faults.filter((_id, index) => index < at || index >= at + size);
      const tried = await play(new Set(kept));
      runs += 1;
      if (tried.broken?.invariant !== first.broken?.invariant) continue;
      // Some of those that were kept may not have happened any more.
      const happened = new Set(tried.faults.map(({ id }) => id));
      faults = kept.filter((id) => happened.has(id));
      result = tried;
      isShorter = true;
      break;
    }
    if (!isShorter) size = Math.floor(size / 2);
    else size = Math.min(size, faults.length);
  }
  return { result, faults, runs };
}
