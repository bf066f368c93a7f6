/** The embedded journal on bun:sqlite: WAL, FULL, group commit, one writer guarded by a lease. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../../host/clock.ts";
import { requireRow } from "../../host/errors.ts";
import type { Journal, JournalReader } from "../journal.ts";
import type { LedgerReader } from "../ledger.ts";
import { raiseFence } from "./fence.ts";
import { openForReading, openForWriting } from "./file.ts";
import { createItemChangeReader } from "./item-changes.ts";
import { createItemReader, createItems, createMoveQueue, type MoveQueue } from "./items.ts";
import { isHeld, type Lease, nameOwner, takeLease } from "./lease.ts";
import { createLedger, createLedgerReader } from "./ledger.ts";
import { createRecordReader, createRecords } from "./records.ts";
import { createRunKeys } from "./rows.ts";
import { beginDrive, createRunReader, createRuns } from "./runs.ts";
import { createScheduleReader, createSchedules } from "./schedules.ts";
import { createStreamEvents } from "./streams.ts";
import { bindWriter, createWriter, type Writer } from "./writer.ts";

/** Opens the file for reading beside a writer; `null` when there is none yet. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export function openJournalReader(path: string): (JournalReader & LedgerReader) | null {
  const db = openForReading(path);
  if (db === null) return null;
  const keyOf = createRunKeys(db);
  return {
    ...createRunReader(db, keyOf),
    ...createItemReader(db, keyOf),
    ...createItemChangeReader(db),
    ...createLedgerReader(db),
    ...createScheduleReader(db),
    ...createRecordReader(db),
    isHeld: () => isHeld(path),
    close: async () => db.close(),
  };
}

/**
 * Opens (and makes) the journal for writing. Throws RunBlocked `JOURNAL_IN_USE` when another process holds the lease,
 * `DATA_NOT_WRITABLE` when the folder cannot be written, `JOURNAL_TOO_NEW` when a newer program wrote the file.
 */
export function openJournal(path: string, clock: Clock): Journal {
  const lease = path === ":memory:" ? ownLease : takeLease(path, clock);
  try {
    return createJournal(openForWriting(path), clock, lease);
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Nobody else can reach a journal in memory. */
const ownLease: Lease = { announceDashboard() {}, release() {} };

function createJournal(db: Database, clock: Clock, lease: Lease): Journal {
  const fence = raiseFence(db, nameOwner());
  const writer = createWriter(db, clock, fence);
  const queue = createMoveQueue(writer);
  const journal: Omit<Journal, "beginDrive"> = {
    ...createRunParts(writer, queue),
    ...createItemChangeReader(db),
    ...createLedger(writer),
    ...createSchedules(writer),
    ...createStreamEvents(writer),
    ...createRecords(writer),
    isHeld: () => true,
    taken: fence.taken,
    assertOwned: async () => fence.assertHeld(),
    announceDashboard: lease.announceDashboard,
    checkIntegrity: async () => checkIntegrity(db),
    close: async () => {
      queue.flush();
      db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      lease.release();
    },
  };
  const whole: Journal = {
    ...journal,
    async beginDrive(runId) {
      queue.flush();
      const drive = writer.transact(() => beginDrive(db, writer.keyOf(runId).seq));
      return { ...whole, ...createRunParts(bindWriter(writer, drive), queue) };
    },
  };
  return whole;
}

/** What is written of a run, by the writer that is given. */
function createRunParts(writer: Writer, queue: MoveQueue) {
  return { ...createRuns(writer, queue.flush), ...createItems(writer, queue) };
}

function checkIntegrity(db: Database): string {
  const row = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get();
  return requireRow(row, "integrity").integrity_check;
}
