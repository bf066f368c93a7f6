/** Items of runs in the journal: their rows and attempts, and the moves and intents that change them. */
import type { AttemptCalls } from "../host/calls.ts";
import type { Hint } from "../host/hint.ts";
import type { EffectId } from "./ledger.ts";
import type { ItemState } from "./states.ts";

/** One item of a run. `step` is the index in the resolved pipeline of the step that comes next (or is under way). */
export interface ItemRow {
  /** Unique in the journal, grows in file order: the paging key. */
  readonly id: number;
  readonly key: string;
  readonly round: number;
  readonly state: ItemState;
  readonly step: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** sha256 of what the source gave. */
  readonly sourceDigest: string;
  readonly code: string | null;
  readonly note: string | null;
  readonly hint: Hint | null;
  /** When a waiting item is due, milliseconds since the epoch. */
  readonly dueAt: number | null;
  /** Tries of the current step so far. */
  readonly tries: number;
  /** First try of the current step, milliseconds since the epoch. */
  readonly since: number | null;
  readonly updatedAt: string;
}

export interface AttemptRow {
  readonly itemId: number;
  /** Id of the step entry. */
  readonly step: string;
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `null` = open: the process died, or it is under way. */
  readonly outcome: AttemptOutcome | null;
  readonly code: string | null;
  readonly note: string | null;
  /** What it asked of outside services; `null` = nothing, or it was written before this was kept. */
  readonly calls: AttemptCalls | null;
}

/** An attempt among all those of its run. */
export interface RunAttempt extends AttemptRow {
  /** Grows with time: the paging key. */
  readonly id: number;
  readonly itemKey: string;
}

export interface AttemptFilter {
  /** Only of this step entry. */
  readonly step?: string;
  /** Only with this end. */
  readonly outcome?: AttemptOutcome;
  /** Only those before this one: the next page. */
  readonly beforeId?: number;
  readonly limit: number;
}

export type AttemptOutcome =
  | "done"
  | "rejected"
  | "later"
  | "failed"
  | "not-done"
  | "unknown"
  | "blocked";

/** A person's word on an item in doubt. */
export interface DecisionWord {
  /** `done`: it happened, and must not be done again; `not-done`: it did not; `ask`: the other side is asked once more. */
  readonly word: "done" | "not-done" | "ask";
  /** Who says so, and how they know; as written. */
  readonly by: string;
  readonly reason: string;
  /** What proves it: the token or the IUN that the other side shows; `null` = none given. */
  readonly evidence: string | null;
}

/** The word as the journal keeps it, with the step and the round that it was said of. */
export interface Decision extends DecisionWord {
  readonly itemKey: string;
  /** Index in the resolved pipeline. */
  readonly step: number;
  readonly round: number;
  readonly at: string;
}

export interface NewItem extends Pick<ItemRow, "key" | "data" | "sourceDigest"> {
  /** `done`: no step follows the source. Default `pending`. */
  readonly state?: "pending" | "done";
  /** The row was refused by the source. */
  readonly rejected?: {
    readonly code: string;
    readonly note: string;
    readonly hint: Hint | null;
  };
}

/** An intent: durable before the outside call; its item is `running` from then on. */
export interface Intent {
  readonly itemId: number;
  readonly from: ItemState;
  readonly since: number;
  /** Id of the step entry. */
  readonly stepId: string;
  readonly number: number;
  readonly effect: EffectId;
  readonly sourceDigest: string;
  /** What must be equal for a later run to repeat the result. */
  readonly fingerprint: string;
  readonly seals: boolean;
  /** Names that the effect holds as long as it is begun or done. */
  readonly holds: readonly string[];
}

type Moved = "code" | "note" | "hint" | "dueAt" | "tries" | "since";

/** One move of one item. */
export interface Move extends Pick<ItemRow, Moved> {
  readonly itemId: number;
  readonly itemKey: string;
  readonly from: ItemState;
  readonly to: ItemState;
  /** Index of the step that comes next. */
  readonly step: number;
  /** New round; absent: unchanged. */
  readonly round?: number;
  /** The grown data; absent: unchanged. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Closes the item's open attempt of this step entry, or records a whole attempt when none is open. */
  readonly attempt?: Pick<AttemptRow, "number" | "code" | "note"> & {
    readonly stepId: string;
    readonly outcome: AttemptOutcome;
    /** Default: none. */
    readonly calls?: AttemptCalls;
  };
  /** Ends the effect in the ledger: `done` with its fields, `rejected`, or back to nothing (`not-done`). */
  readonly effect?: {
    readonly id: EffectId;
    readonly state: "done" | "rejected" | "not-done";
    readonly seals: boolean;
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** The person's word that moves it, said of its step and its round. */
  readonly decision?: DecisionWord;
  /** Counts for the step entry: the item passed, was rejected or failed there. */
  readonly counted?: { readonly stepId: string; readonly as: "done" | "rejected" | "failed" };
}

export interface ItemFilter {
  readonly states?: readonly ItemState[];
  /** Only this key. */
  readonly key?: string;
  /** Only these ids. */
  readonly ids?: readonly number[];
  /** Only ids above: the next page. */
  readonly afterId?: number;
  /** Only items at one of these step indexes. */
  readonly steps?: readonly number[];
  /** Only items with this code. */
  readonly code?: string;
  /** Only waiting items that are due by then. */
  readonly dueBy?: number;
  readonly limit: number;
}

export interface ItemCause {
  readonly state: ItemState;
  readonly code: string | null;
  /** Items that it keeps. */
  readonly count: number;
  /** Id of the first of them, in file order. */
  readonly firstId: number;
}

/** Items as they are read; safe beside a writer in another process. */
export interface ItemReader {
  /** In file order. */
  listItems(runId: string, filter: ItemFilter): Promise<readonly ItemRow[]>;
  /** What keeps items of these states where they are, each code once with its first item; the most frequent first. */
  listCauses(runId: string, states: readonly ItemState[]): Promise<readonly ItemCause[]>;
  listAttempts(runId: string, itemKey: string): Promise<readonly AttemptRow[]>;
  /** Of all items of the run, newest first. */
  listRunAttempts(runId: string, filter: AttemptFilter): Promise<readonly RunAttempt[]>;
  /** What people said of items in doubt, oldest first. */
  listDecisions(runId: string): Promise<readonly Decision[]>;
}

/** Items as their one writer moves them. */
export interface JournalItems extends ItemReader {
  addItems(runId: string, items: readonly NewItem[]): Promise<void>;
  /** Drops the items of a load that died half way. */
  dropItems(runId: string): Promise<void>;
  /** Group commit: the moves and intents of several callers become durable together. */
  record(
    runId: string,
    batch: { readonly intents?: readonly Intent[]; readonly moves?: readonly Move[] },
  ): Promise<void>;
  /** When the first item that waits at one of these step indexes is due, milliseconds since the epoch; `null` = none waits. */
  findEarliestDue(runId: string, steps: readonly number[]): Promise<number | null>;
}
