/** The database that says what happened: its interface and rows. */
import type { StoredArtifact } from "../host/files.ts";
import type { Holder } from "../step/item.ts";
import type { RunState, ItemState } from "./states.ts";

/** How many items are in which state; `pending` counts the running ones too. */
export interface RunCounts {
  readonly total: number;
  readonly pending: number;
  readonly done: number;
  readonly rejected: number;
  readonly waiting: number;
  readonly inDoubt: number;
  readonly failed: number;
  readonly cancelled: number;
}

export type RunTrigger = "manual" | "schedule" | "dashboard";

/** One row of history. Instants are ISO 8601 UTC; `null` = not yet, or none. */
export interface Run {
  /** Grows with every run: the paging key. */
  readonly seq: number;
  /** What a person types: `20261123-0001`. */
  readonly id: string;
  readonly pipeline: string;
  readonly ente: string;
  readonly state: RunState;
  readonly trigger: RunTrigger;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** When the first item passed the step that seals (transmit), and how many did. */
  readonly sealedAt: string | null;
  readonly sealed: number;
  readonly input: StoredArtifact | null;
  readonly params: Readonly<Record<string, string>>;
  /** All items are in the journal. */
  readonly isLoaded: boolean;
  readonly counts: RunCounts;
  /** Why the run is blocked, waiting or failed; Italian. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly hint: string | null;
  /** The first item that was rejected or failed. */
  readonly firstCode: string | null;
  readonly firstNote: string | null;
}

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
  readonly hint: string | null;
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
}
export type AttemptOutcome =
  | "done"
  | "rejected"
  | "later"
  | "failed"
  | "not-done"
  | "unknown"
  | "blocked";

/** Done, rejected and failed per step entry of a run. */
export interface StepCount {
  readonly step: string;
  readonly done: number;
  readonly rejected: number;
  readonly failed: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

/** A question to a person; the answer is never stored. */
export interface AskRow {
  readonly run: string;
  readonly step: string;
  readonly kind: "otp" | "files" | "approval";
  readonly who: string;
  readonly prompt: string;
  readonly problem: string | null;
  readonly createdAt: string;
  readonly deadline: string;
}

/** A go-ahead that a person gave, as the journal keeps it. */
export interface Approval {
  /** Id of the step that it let begin. */
  readonly step: string;
  /** As the person wrote it. */
  readonly by: string;
  /** Instant. */
  readonly at: string;
}

export interface NewRun {
  readonly pipeline: string;
  readonly ente: string;
  readonly trigger: RunTrigger;
  readonly input: StoredArtifact | null;
  readonly params: Readonly<Record<string, string>>;
  /** The resolved pipeline as JSON: the run is bound to it. */
  readonly spec: string;
}

export interface NewItem {
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sourceDigest: string;
  /** The row was refused by the source. */
  readonly rejected?: {
    readonly code: string;
    readonly note: string;
    readonly hint: string | null;
  };
}

/** What makes an effect the same effect. */
export interface EffectId {
  /** hash(ente, step, item key, round). */
  readonly key: string;
  /** Name of the step (`uses`). */
  readonly step: string;
  readonly itemKey: string;
  readonly round: number;
}

export interface EffectRow extends EffectId {
  readonly run: string;
  /** `intent`: under way or unknown; `rejected`: the other side refused and did nothing. */
  readonly state: "intent" | "done" | "rejected";
  readonly sourceDigest: string;
  readonly fingerprint: string;
  readonly seals: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly at: string;
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

/** One move of one item. */
export interface Move {
  readonly itemId: number;
  readonly from: ItemState;
  readonly to: ItemState;
  /** Index of the step that comes next. */
  readonly step: number;
  /** New round; absent: unchanged. */
  readonly round?: number;
  /** The grown data; absent: unchanged. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly code: string | null;
  readonly note: string | null;
  readonly hint: string | null;
  readonly dueAt: number | null;
  readonly tries: number;
  readonly since: number | null;
  /** Closes the item's open attempt of this step entry, or records a whole attempt when none is open. */
  readonly attempt?: {
    readonly stepId: string;
    readonly number: number;
    readonly outcome: AttemptOutcome;
    readonly code: string | null;
    readonly note: string | null;
  };
  /** Ends the effect in the ledger: `done` with its fields, `rejected`, or back to nothing (`not-done`). */
  readonly effect?: {
    readonly id: EffectId;
    readonly state: "done" | "rejected" | "not-done";
    readonly seals: boolean;
    readonly fields: Readonly<Record<string, unknown>>;
  };
  /** Counts for the step entry: the item passed, was rejected or failed there. */
  readonly counted?: { readonly stepId: string; readonly as: "done" | "rejected" | "failed" };
}

export interface RunPatch {
  readonly state?: RunState;
  readonly startedAt?: string;
  readonly endedAt?: string | null;
  readonly isLoaded?: boolean;
  readonly code?: string | null;
  readonly reason?: string | null;
  readonly hint?: string | null;
  readonly input?: StoredArtifact;
}

export interface RunFilter {
  readonly ente?: string;
  readonly pipeline?: string;
  readonly states?: readonly RunState[];
  /** ISO 8601: created at or after. */
  readonly since?: string;
  /** Only runs with a smaller seq: the next page. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

export interface ItemFilter {
  readonly states?: readonly ItemState[];
  /** Only this key. */
  readonly key?: string;
  /** Only ids above: the next page. */
  readonly afterId?: number;
  /** Only items at one of these step indexes. */
  readonly steps?: readonly number[];
  /** Only waiting items that are due by then. */
  readonly dueBy?: number;
  readonly limit: number;
}

/** One tick of a schedule and what became of it. */
export interface DueRow {
  readonly pipeline: string;
  readonly ente: string;
  /** ISO 8601 UTC. */
  readonly dueAt: string;
  readonly state: "run" | "skipped" | "missed";
  readonly run: string | null;
  /** Italian. */
  readonly reason: string | null;
  readonly recordedAt: string;
}

/** An event of an outside stream, as its reader keeps it. */
export interface StreamEventRow {
  /** The other side's name of the event. */
  readonly event: string;
  /** What the event is about, as the other side names it. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads; safe beside a writer in another process. */
export interface JournalReader {
  readRun(id: string): Promise<Run | null>;
  /** Newest first. */
  listRuns(filter: RunFilter): Promise<readonly Run[]>;
  /** In file order. */
  listItems(runId: string, filter: ItemFilter): Promise<readonly ItemRow[]>;
  listAttempts(runId: string, itemKey: string): Promise<readonly AttemptRow[]>;
  listStepCounts(runId: string): Promise<readonly StepCount[]>;
  /** The resolved pipeline of the run, JSON. */
  readSpec(runId: string): Promise<string>;
  /** Archives and other files of the whole run. */
  listFiles(runId: string): Promise<readonly StoredArtifact[]>;
  /** Open questions of one run; of all runs only where a person is waited for now. */
  listAsks(runId?: string): Promise<readonly AskRow[]>;
  /** Who let the run go on, oldest first. */
  listApprovals(runId: string): Promise<readonly Approval[]>;
  /** Newest first. */
  listDue(filter: {
    readonly pipeline?: string;
    readonly ente?: string;
    readonly limit: number;
  }): Promise<readonly DueRow[]>;
  close(): Promise<void>;
}

/** The one writer. Every promise resolves when what it wrote is durable. */
export interface Journal extends JournalReader {
  createRun(run: NewRun): Promise<Run>;
  patchRun(runId: string, patch: RunPatch): Promise<void>;
  addItems(runId: string, items: readonly NewItem[]): Promise<void>;
  /** Drops the items of a load that died half way. */
  dropItems(runId: string): Promise<void>;
  /** Group commit: the moves and intents of several callers become durable together. */
  record(
    runId: string,
    batch: { readonly intents?: readonly Intent[]; readonly moves?: readonly Move[] },
  ): Promise<void>;
  addFile(runId: string, file: StoredArtifact): Promise<void>;
  openAsk(ask: Omit<AskRow, "createdAt">): Promise<void>;
  closeAsk(runId: string, step: string): Promise<void>;
  /** A person agreed to go on with this step: who it was is kept, the question is closed. */
  agree(runId: string, step: string, by: string): Promise<void>;
  /** When the first item that waits at one of these step indexes is due, milliseconds since the epoch; `null` = none waits. */
  findEarliestDue(runId: string, steps: readonly number[]): Promise<number | null>;
  /** Items of the run whose last attempt has no outcome. */
  listOpenAttempts(runId: string): Promise<readonly AttemptRow[]>;
  /** The ledger: effects of these keys. */
  findEffects(keys: readonly string[]): Promise<ReadonlyMap<string, EffectRow>>;
  /** Effects of one step for one item of the ente, oldest round first. */
  listEffects(ente: string, step: string, itemKey: string): Promise<readonly EffectRow[]>;
  /** Whether a sealing effect of this item and round was begun or done: nothing may be done anew in this round. */
  findSeal(ente: string, itemKey: string, round: number): Promise<EffectRow | null>;
  /** Whether what was sealed came to nothing: a later step of that item and round was refused by the other side. */
  isRefusedAfter(ente: string, seal: EffectRow): Promise<boolean>;
  /** Which effects of the ente hold these names, oldest first, 50 of each at most besides those refused later; names that nobody holds are left out. */
  findHolders(
    ente: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Holder[]>>;
  /** Effects of `doneStep` that are done while `openStep` of the same item and round is not. */
  listOpenEffects(
    ente: string,
    doneStep: string,
    openStep: string,
    afterKey: string | null,
    limit: number,
  ): Promise<readonly EffectRow[]>;
  /** Items that runs of this pipeline rejected with this code, with the newest round of each. */
  listRejectedBefore(
    ente: string,
    pipeline: string,
    code: string,
  ): Promise<ReadonlyMap<string, number>>;
  /** The rounds of these items (1 where none is stored). */
  readRounds(ente: string, itemKeys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  setRound(ente: string, itemKey: string, round: number): Promise<void>;
  /** See Counters of the payments port: the same owner gets the same numbers again. */
  allocate(
    counter: string,
    owner: string,
    count: number,
    first: number,
  ): Promise<readonly number[]>;
  /** The newest event of the stream that is durable, or `null`: what may be acknowledged to the other side. */
  readLastStreamEvent(ente: string, stream: string): Promise<string | null>;
  /**
   * Keeps a batch in one transaction, in the order given; events that are there already change nothing. Events of the ente
   * that were kept for 30 days are dropped, save the newest of each stream.
   */
  addStreamEvents(ente: string, stream: string, events: readonly StreamEventRow[]): Promise<void>;
  /** What is known about a subject, oldest first, from all streams of the ente. */
  readStreamEvents(ente: string, subject: string): Promise<readonly StreamEventRow[]>;
  /** Inserts the tick; false when it was there already. */
  recordDue(row: DueRow): Promise<boolean>;
  /** Since when a schedule is known, and its newest tick; the first call makes it known at `now`. */
  knowSchedule(
    pipeline: string,
    ente: string,
    now: string,
  ): Promise<{ readonly since: string; readonly lastDueAt: string | null }>;
  /** Says which runs moved; returns how to stop listening. */
  onChange(listener: (runId: string) => void): () => void;
  /** `ok`, or what integrity_check found. */
  checkIntegrity(): Promise<string>;
}
