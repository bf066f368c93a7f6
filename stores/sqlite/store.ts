/** The embedded journal on bun:sqlite: WAL, FULL, group commit, one writer guarded by a lease. */
import type { Clock } from "../../engine/host/clock.ts";
import { requireRow } from "../../engine/host/errors.ts";
import type { Journal, JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import type { Seals } from "../seals/seals.ts";
import type { OpenTables } from "../sql/copy.ts";
import { buildJournal, buildReader } from "../sql/journal.ts";
import { sealDatabase } from "../sql/sealed.ts";
import { createSqliteDatabase } from "./database.ts";
import { raiseFence } from "./fence.ts";
import { openForReading, openForWriting } from "./file.ts";
import { isHeld, type Lease, nameOwner, takeLease } from "./lease.ts";

/** Opens the file for reading beside a writer; `null` when there is none yet. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export function openJournalReader(
  path: string,
  seals: Seals | null = null,
): (JournalReader & LedgerReader) | null {
  const file = openForReading(path);
  if (file === null) return null;
  return buildReader(
    sealDatabase(
      createSqliteDatabase(file, () => {}),
      seals,
    ),
    { isHeld: async () => isHeld(path), close: async () => file.close() },
  );
}

/**
 * Opens (and makes) the journal for writing. Throws RunBlocked `JOURNAL_IN_USE` when another process holds the lease,
 * `DATA_NOT_WRITABLE` when the folder cannot be written, `JOURNAL_TOO_NEW` when a newer program wrote the file.
 */
export function openJournal(path: string, clock: Clock, seals: Seals | null = null): Journal {
  const lease = path === ":memory:" ? ownLease : takeLease(path, clock);
  try {
    return createJournal(path, { clock, lease, seals });
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** The tables of the journal, with its lease: what a copy into another store reads or writes. Throws as `openJournal`. */
export function openTables(path: string, clock: Clock): OpenTables {
  const lease = takeLease(path, clock);
  try {
    const file = openForWriting(path);
    const { assertHeld } = raiseFence(file, nameOwner());
    return {
      db: createSqliteDatabase(file, assertHeld),
      settle: async () => {},
      close: async () => {
        // The file alone is the journal: who copies it next need not know of a log.
        file.run("PRAGMA wal_checkpoint(TRUNCATE)");
        file.close();
        lease.release();
      },
    };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** A whole copy of the journal as it is now, beside whoever writes it; `to` must not be there. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export function copyJournalFile(path: string, to: string): boolean {
  const file = openForReading(path);
  if (file === null) return false;
  try {
    file.run("VACUUM INTO ?", [to]);
    return true;
  } finally {
    file.close();
  }
}

/** Nobody else can reach a journal in memory. */
const ownLease: Lease = { announceDashboard() {}, release() {} };

function createJournal(
  path: string,
  {
    clock,
    lease,
    seals,
  }: { readonly clock: Clock; readonly lease: Lease; readonly seals: Seals | null },
): Journal {
  const file = openForWriting(path);
  const fence = raiseFence(file, nameOwner());
  const db = sealDatabase(createSqliteDatabase(file, fence.assertHeld), seals);
  return buildJournal(db, clock, {
    isHeld: async () => true,
    taken: fence.taken,
    assertOwned: async () => fence.assertHeld(),
    readLineage: async () => ({ line: 0, isReplicated: true }),
    announceDashboard: async (url) => lease.announceDashboard(url),
    async checkIntegrity() {
      const check = file.query<{ integrity_check: string }, []>("PRAGMA integrity_check");
      return requireRow(check.get(), "integrity").integrity_check;
    },
    async close() {
      try {
        file.run("PRAGMA wal_checkpoint(TRUNCATE)");
      } finally {
        // A disk that is full leaves the log as it is: the next start tidies up.
        file.close();
        lease.release();
      }
    },
  });
}
