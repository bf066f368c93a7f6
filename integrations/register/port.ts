/** What is known of a notification across runs: the register. One record of each kind, by IUN, with all its versions. */
import type { RecordFilter, StoredRecord } from "../../engine/journal/records.ts";
import type { Evidence } from "./evidence.ts";
import type { Followed } from "./followed.ts";
import type { Preservation } from "./preservation.ts";
import type { EsitiDelivery, Reporting, ToldFact } from "./reports.ts";
import type { Clocks, LegalTerms } from "./terms.ts";
import type { Costs, KeptReceipts } from "./money.ts";
import type { ArrivedVerbale, WaitingStanding, Taking } from "./waiting.ts";
import type {
  Act,
  Downtimes,
  FoundResidence,
  ProtocolIntent,
  Renotified,
  Scheda,
  TakenOver,
  Verdict,
} from "./kinds.ts";

export type { RecordFilter };

/** The kinds of record, and what each says. Who keeps one is in `kinds.ts`. */
export interface RegisterKinds {
  readonly act: Act;
  readonly scheda: Scheda;
  readonly verdict: Verdict;
  readonly renotified: Renotified;
  readonly downtimes: Downtimes;
  readonly followed: Followed;
  readonly evidence: Evidence;
  readonly preservation: Preservation;
  readonly fact: ToldFact;
  readonly delivery: EsitiDelivery;
  readonly reporting: Reporting;
  readonly terms: LegalTerms;
  readonly clocks: Clocks;
  readonly costs: Costs;
  readonly receipts: KeptReceipts;
  readonly takenOver: TakenOver;
  readonly arrival: ArrivedVerbale;
  readonly standing: WaitingStanding;
  readonly taking: Taking;
  readonly protocolIntent: ProtocolIntent;
  readonly residence: FoundResidence;
}

export type RegisterKind = keyof RegisterKinds;

/** A version of a record; the newest, unless it was asked for by its number. */
export interface Entry<K extends RegisterKind> extends Omit<StoredRecord, "data" | "kind"> {
  readonly kind: K;
  readonly data: RegisterKinds[K];
}

/** What is to be kept; see `RecordDraft`. */
export interface EntryDraft<K extends RegisterKind> {
  readonly kind: K;
  /** The IUN, unless the kind says otherwise. */
  readonly key: string;
  readonly subject?: string;
  readonly dueAt?: string | null;
  readonly words?: string;
  readonly follows?: number | null;
  readonly data: RegisterKinds[K];
}

export type AnyDraft = { readonly [K in RegisterKind]: EntryDraft<K> }[RegisterKind];
export type AnyEntry = { readonly [K in RegisterKind]: Entry<K> }[RegisterKind];

/** Reads of one ente's register. */
export interface RegisterReader {
  read<K extends RegisterKind>(kind: K, key: string): Promise<Entry<K> | null>;
  readMany<K extends RegisterKind>(
    kind: K,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Entry<K>>>;
  /** By subject (the number of a verbale), oldest key first. */
  listBySubject<K extends RegisterKind>(kind: K, subject: string): Promise<readonly Entry<K>[]>;
  /** The newest version of each record of the kind, by key, page by page. */
  listAll<K extends RegisterKind>(kind: K): AsyncIterable<Entry<K>>;
  /** Those that are due at this instant (ISO 8601 UTC) or before it, the longest due first; what is written meanwhile may be left out. */
  listDue<K extends RegisterKind>(kind: K, dueBy: string): AsyncIterable<Entry<K>>;
  /** A page of those that fit, by key, or with `dueBy` by the time when they are due. */
  listPage<K extends RegisterKind>(kind: K, filter: RecordFilter): Promise<readonly Entry<K>[]>;
  /** How many there are of each subject. */
  count(kind: RegisterKind, words?: readonly string[]): Promise<ReadonlyMap<string, number>>;
  listVersions<K extends RegisterKind>(kind: K, key: string): Promise<readonly Entry<K>[]>;
  /** Versions with a number above `after`, in the order in which they became durable. */
  listChanges(
    kinds: readonly RegisterKind[],
    after: number,
    limit: number,
  ): Promise<readonly AnyEntry[]>;
}

/** One ente's register. What equals the newest version makes no new one: a step repeats its writing without harm. */
export interface Register extends RegisterReader {
  /** What was kept: what does not follow what it says it follows is not. */
  write(drafts: readonly AnyDraft[]): Promise<readonly AnyEntry[]>;
}
