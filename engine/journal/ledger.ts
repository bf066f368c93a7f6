/** The ledger in the journal: effects, the names that they hold, rounds and counters, across all runs of an ente. */
import type { Holder } from "../step/item.ts";

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

/** The half of the ledger that only reads: safe beside a writer in another process. */
export interface LedgerReader {
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
  /** Number of the newest attempt: it only grows. */
  readMark(): Promise<number>;
  /** The rounds of these items (1 where none is stored). */
  readRounds(ente: string, itemKeys: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** What makes the same verbale in two flussi one notification. */
export interface Ledger extends LedgerReader {
  /** Never lowers it. `item`: the row that begins the round, moved into it by the same write, so that it is its own whatever happens to the process before the first intent. */
  setRound(ente: string, itemKey: string, round: number, item?: number): Promise<void>;
  /** See Counters of the payments port: the same owner gets the same numbers again. */
  allocate(
    counter: string,
    owner: string,
    count: number,
    first: number,
  ): Promise<readonly number[]>;
}
