/** An item as a step sees it, and what is known of it from before. */

/** A verbale while it travels: `key` is unique in the run, `data` only grows. */
export interface Item<Data> {
  readonly key: string;
  /** Grows only when a person asks for another try after a refusal; starts at 1. */
  readonly round: number;
  readonly data: Data;
}

/** What a step did for a verbale in a round. */
export interface EarlierEffect {
  readonly round: number;
  readonly runId: string;
  /** The fields that it added. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An effect, begun or done, that holds a name: what an item uses on the other side and no other item may use. Its fields: what the effects of that item and round added so far, this one and those of other steps. */
export interface Holder extends EarlierEffect {
  readonly itemKey: string;
  /** False: begun, and its end is not known yet. */
  readonly isDone: boolean;
  /**
   * True: a later step rejected the item, so that it holds nothing; unless an effect in between had made it final, which the
   * fields tell.
   */
  readonly isRefused: boolean;
}

/** What a step did for an item, and another has not ended. */
export interface OpenEffect extends EarlierEffect {
  readonly itemKey: string;
  /** When it was done, ISO 8601 UTC. */
  readonly at: string;
}
