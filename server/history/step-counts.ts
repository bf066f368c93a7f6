/** How far the items of a run are at each step, without what earlier rounds left in the counts. */
import type { RunCounts, StepCount } from "../../engine/journal/runs.ts";

type Counted = Pick<StepCount, "done" | "rejected" | "failed">;

export interface StepProgress extends Counted {
  /** Id of the step entry. */
  readonly step: string;
  /** Items that can still pass the step: all but those that left before. */
  readonly expected: number;
}

/** One entry for each step, in the order of the pipeline. What the source made is not counted as moves: every item has passed it. */
export function computeProgress(
  steps: readonly string[],
  counts: readonly StepCount[],
  run: RunCounts,
): readonly StepProgress[] {
  const isSourceCounted = counts.some(({ step }) => step === steps[0]);
  let expected = run.total;
  return computeLatestCounts(steps, counts, run).map((count, index) => {
    const isSource = index === 0 && !isSourceCounted;
    const done = isSource ? expected : Math.min(count.done, expected);
    const progress = { ...count, step: steps[index] ?? "", done, expected };
    expected -= count.rejected + count.failed;
    return progress;
  });
}

/**
 * One entry for each step, in the order of the pipeline. The journal counts every pass of an item through a step: an item that
 * was rejected and starts over is counted again. No step has more than the run has now; the furthest rejections are the latest.
 */
export function computeLatestCounts(
  steps: readonly string[],
  counts: readonly StepCount[],
  { total, rejected, failed }: RunCounts,
): readonly Counted[] {
  const byStep = new Map(counts.map((count) => [count.step, count]));
  const left = { rejected, failed };
  const latest = steps.toReversed().map((step): Counted => {
    const count = byStep.get(step);
    const counted = {
      done: Math.min(count?.done ?? 0, total),
      rejected: Math.min(count?.rejected ?? 0, left.rejected),
      failed: Math.min(count?.failed ?? 0, left.failed),
    };
    left.rejected -= counted.rejected;
    left.failed -= counted.failed;
    return counted;
  });
  return latest.toReversed();
}
