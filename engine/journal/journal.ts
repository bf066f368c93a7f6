/** The database that says what happened: all its parts as one. */
import type { ItemChangeReader } from "./item-changes.ts";
import type { ItemReader, JournalItems } from "./items.ts";
import type { Ledger } from "./ledger.ts";
import type { JournalRuns, RunReader } from "./runs.ts";
import type { RecordReader, Records } from "./records.ts";
import type { ScheduleReader, Schedules } from "./schedules.ts";
import type { StreamEvents } from "./streams.ts";

/** Reads; safe beside a writer in another process. */
export interface JournalReader
  extends RunReader, ItemReader, ItemChangeReader, ScheduleReader, RecordReader {
  /** Whether a living process holds the journal for writing, as far as can be told without asking for it. */
  isHeld(): boolean;
  close(): Promise<void>;
}

/** The one writer. Every promise resolves when what it wrote is durable. */
export interface Journal
  extends JournalReader, JournalRuns, JournalItems, Ledger, Schedules, StreamEvents, Records {
  /** Tells those who find the journal held where this process answers. */
  announceDashboard(url: string): void;
  /** `ok`, or what integrity_check found. */
  checkIntegrity(): Promise<string>;
}
