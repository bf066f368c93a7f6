/** The counts of a run's steps without what earlier rounds left in them. */
import type { RunCounts, StepCount } from "../../engine/journal/journal.ts";

type Counted = Pick<StepCount, "done" | "rejected" | "failed">;

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
