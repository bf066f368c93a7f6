/** One entry of `steps:` as a run executes it. */

export interface RetryPolicy {
  /** Tries after the first. */
  readonly times: number;
  readonly waitMs: number;
  readonly maxWaitMs: number;
}

/** One step of a resolved pipeline: nothing is left to be looked up. */
export interface ResolvedStep {
  readonly id: string;
  /** Name of the step in the registry. */
  readonly uses: string;
  /** Typed by the step's config schema, defaults filled in. */
  readonly with: Readonly<Record<string, unknown>>;
  readonly retry: RetryPolicy;
  readonly concurrency: number;
  /** Longest time for one attempt; `null`: no limit of its own. */
  readonly timeoutMs: number | null;
  /** Longest time for the item to get through the step, waits included; `null`: no limit. */
  readonly withinMs: number | null;
  /** The run stops before this step until a person agrees. */
  readonly approval: boolean;
}
