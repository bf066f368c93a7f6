/** How long to wait before the next try: doubling, capped, with jitter so that many items do not come back at once. */
import type { RetryPolicy } from "../../step/resolved-step.ts";

/** Tries after the first that an unexpected failure is worth. */
export const triesOfBug = 2;

/** Milliseconds before try `tries + 1`; `random` in [0, 1). The jitter takes off up to a fifth. */
export function computeBackoffMs(policy: RetryPolicy, tries: number, random: number): number {
  const full = Math.min(policy.maxWaitMs, policy.waitMs * 2 ** Math.max(0, tries - 1));
  return Math.round(full * (1 - random * 0.2));
}
