/** The journal on PostgreSQL: the tables of the embedded one, one active writer, any number of readers and of hosts that wait for their turn. */
import type { Clock } from "../../engine/host/clock.ts";
import type { Journal, JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import type { Seals } from "../seals/seals.ts";
import type { OpenTables } from "../sql/copy.ts";
import { buildJournal, buildReader } from "../sql/journal.ts";
import { buildChange, change, type Plan, readAll, readOne } from "../sql/plan.ts";
import { sealDatabase } from "../sql/sealed.ts";
import { createReadDatabase, openAtOnce, openOwnedDatabase } from "./database.ts";
import { readLineage } from "./lineage.ts";
import { readIsHeld } from "./ownership.ts";
import { readPostgresVersion } from "./schema.ts";
import { carryOut, openReaders, openSession } from "./session.ts";

/** Opens the database for reading beside a writer; `null` when there is no journal in it yet. */
export async function openPostgresReader(
  url: string,
  seals: Seals | null = null,
): Promise<(JournalReader & LedgerReader) | null> {
  const readers = openReaders(url);
  const db = sealDatabase(createReadDatabase(readers), seals);
  try {
    const version = await openAtOnce(() => carryOut(readers, readPostgresVersion()));
    if (version === 0) {
      await readers.close();
      return null;
    }
  } catch (error) {
    await readers.close();
    throw error;
  }
  return buildReader(db, {
    isHeld: async () => await db.read(readIsHeld),
    close: readers.close,
  });
}

export interface PostgresOptions {
  /** Milliseconds. */
  readonly passOverMs?: number;
  /** `null`, and absent: nothing is sealed. */
  readonly seals?: Seals | null;
}

/**
 * Opens (and makes) the journal for writing. Throws RunBlocked `JOURNAL_IN_USE` while another process has it, `DATABASE_AWAY`,
 * `DATABASE_REFUSED`, `JOURNAL_TOO_NEW`. How long a holder may stand still before it is passed over: `passOverMs`.
 */
export async function openPostgresJournal(
  url: string,
  clock: Clock,
  { passOverMs, seals = null }: PostgresOptions = {},
): Promise<Journal> {
  const db = sealDatabase(await openOwnedDatabase(url, passOverMs), seals);
  return buildJournal(db, clock, {
    isHeld: async () => true,
    taken: db.taken,
    assertOwned: db.assertOwned,
    async announceDashboard(address) {
      await db.write(() => change("UPDATE owner SET url = ?", address));
    },
    readLineage: async () => await db.read(readLineage),
    async checkIntegrity() {
      const asked =
        "SELECT COALESCE(checksum_failures, 0) AS next FROM pg_stat_database WHERE datname = current_database()";
      const failures = (await db.read(() => readOne<{ next: number }>(asked)))?.next ?? 0;
      return failures === 0 ? "ok" : `checksum failures: ${failures}`;
    },
    close: db.close,
  });
}

/** The tables of the journal, with its lock: what a copy into another store reads or writes. Throws as `openPostgresJournal`. */
export async function openPostgresTables(url: string): Promise<OpenTables> {
  const db = await openOwnedDatabase(url);
  return { db, settle: async () => await db.write(settleIds), close: db.close };
}

/** The tables as they are now, for reading alone: what a writer changes meanwhile is not seen. `null`, and throws, as `openPostgresReader`. */
export async function openPostgresSnapshot(url: string): Promise<OpenTables | null> {
  const session = await openAtOnce(() => openSession(url));
  const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  await session.run([buildChange(begin)]);
  if ((await carryOut(session, readPostgresVersion())) === 0) {
    await session.close();
    return null;
  }
  return {
    db: {
      read: (plan) => carryOut(session, plan()),
      write: () => Promise.reject(new Error("a snapshot is not written")),
    },
    settle: async () => {},
    close: session.close,
  };
}

const numbered = {
  runs: "seq",
  items: "id",
  attempts: "id",
  stream_events: "id",
  holdings: "id",
  approvals: "id",
  decisions: "id",
  record_versions: "number",
};

function* settleIds(): Plan<void> {
  for (const [table, column] of Object.entries(numbered))
    yield* readAll(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column})) AS one FROM ${table} HAVING max(${column}) IS NOT NULL`,
    );
}
