/** The database that says what happened: all its parts as one. */
import type { ItemChangeReader } from "./item-changes.ts";
import type { ItemReader, JournalItems } from "./items.ts";
import type { Ledger } from "./ledger.ts";
import type { JournalRuns, RunReader } from "./runs.ts";
import type { RecordReader, Records } from "./records.ts";
import type { Retention } from "./retention.ts";
import type { ScheduleReader, Schedules } from "./schedules.ts";
import type { StreamEvents } from "./streams.ts";

/** Reads; safe beside a writer in another process. */
export interface JournalReader
  extends RunReader, ItemReader, ItemChangeReader, ScheduleReader, RecordReader {
  /** Whether a living process holds the journal for writing, as far as can be told without asking for it. */
  isHeld(): Promise<boolean>;
  close(): Promise<void>;
}

/** A database of which others take the place: a replica that is promoted begins another line. */
export interface Lineage {
  /** Grows by one with each promotion; always 0 where there are no replicas. */
  readonly line: number;
  /** What this line calls durable a replica has too: after a promotion nothing of it is missing. */
  readonly isReplicated: boolean;
}

/**
 * The one writer. Every promise resolves when what it wrote is durable. Every write is fenced: once another process owns the
 * journal it writes nothing and rejects with RunBlocked `JOURNAL_TAKEN`.
 */
export interface Journal
  extends
    JournalReader,
    JournalRuns,
    JournalItems,
    Ledger,
    Schedules,
    StreamEvents,
    Records,
    Retention {
  /** Rejects with `JOURNAL_TAKEN` as a write would: asked before each call to the outside. */
  assertOwned(): Promise<void>;
  /** Aborted, with that error as its reason, once a write or a question met it. */
  readonly taken: AbortSignal;
  /**
   * Another drive of the run begins. The journal as it writes: whoever drove the run before, and whoever comes after it, reject
   * each other's changes of the run and its items with RunBlocked `RUN_TAKEN`. Nobody is presumed dead.
   */
  beginDrive(runId: string): Promise<Journal>;
  /** Tells those who find the journal held where this process answers. */
  announceDashboard(url: string): Promise<void>;
  /** From which line of databases its rows come. */
  readLineage(): Promise<Lineage>;
  /** `ok`, or what integrity_check found. */
  checkIntegrity(): Promise<string>;
}
