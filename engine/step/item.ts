/** An item as a step sees it, and what is known of it from before. */

/** A verbale while it travels: `key` is unique in the run, `data` only grows. */
export interface Item<Data> {
  readonly key: string;
  /** Grows only when a person asks for another try after a refusal; starts at 1. */
  readonly round: number;
  readonly data: Data;
}

/** What the same step did for the same verbale in earlier rounds, newest last. */
export interface EarlierEffect {
  readonly round: number;
  readonly runId: string;
  /** The fields that the step added then. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An effect, begun or done, that holds a name: what an item uses on the other side and no other item may use. */
export interface Holder {
  readonly itemKey: string;
  readonly round: number;
  readonly runId: string;
  /** False: begun, and its end is not known yet. */
  readonly isDone: boolean;
  /**
   * True: a later step rejected the item, so that it holds nothing; unless an effect in between had made it final, which the
   * fields tell.
   */
  readonly isRefused: boolean;
  /** What the effects of that item and round added so far, this one and those of other steps. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface OpenEffect {
  readonly itemKey: string;
  readonly round: number;
  readonly runId: string;
  /** When it was done, ISO 8601 UTC. */
  readonly at: string;
  /** The fields that the step added. */
  readonly fields: Readonly<Record<string, unknown>>;
}
