/** The embedded journal on bun:sqlite: WAL, FULL, group commit, one writer guarded by a lease. */
import type { Database } from "bun:sqlite";
import { type Clock, toRomeDay, toInstant } from "../../host/clock.ts";
import { requireRow } from "../../host/errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openForReading, openForWriting, runTransaction } from "./file.ts";
import { createReader, readEarliestDue, readOpenAttempts } from "./read.ts";
import { createRunKeys, type RunKey } from "./rows.ts";
import {
  deleteAsk,
  deleteItems,
  insertApproval,
  insertAsk,
  insertFile,
  insertItems,
  insertRun,
  patchRun,
} from "./runs.ts";
import { insertDue, knowSchedule } from "./schedules.ts";
import { type Batch, createBatchWriter } from "./write.ts";
import type { Journal, JournalReader } from "../journal.ts";
import { takeLease } from "./lease.ts";
import { createLedger } from "./ledger.ts";
import { createStreamEvents } from "./streams.ts";

/** A group is committed when it has this many rows, or this many milliseconds after its first row. */
const groupRows = 100;
const groupMs = 20;

/** Opens the file for reading beside a writer; `null` when there is none yet. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export function openJournalReader(path: string): JournalReader | null {
  const db = openForReading(path);
  if (db === null) return null;
  return { ...createReader(db, createRunKeys(db)), close: async () => db.close() };
}

/**
 * Opens (and makes) the journal for writing. Throws RunBlocked `JOURNAL_IN_USE` when another process holds the lease,
 * `DATA_NOT_WRITABLE` when the folder cannot be written, `JOURNAL_TOO_NEW` when a newer program wrote the file.
 */
export function openJournal(path: string, clock: Clock): Journal {
  const release = path === ":memory:" ? () => {} : takeLease(path, clock);
  try {
    return createJournal(openForWriting(path), clock, release);
  } catch (error) {
    release();
    throw error;
  }
}

function createJournal(db: Database, clock: Clock, release: () => void): Journal {
  const keyOf = createRunKeys(db);
  const reader = createReader(db, keyOf);
  const listeners = createListeners();
  const moves = createMoves(db, clock, listeners.announce);

  /** One transaction of its own about one run; told when it is durable. */
  async function write(runId: string, work: (run: RunKey) => void): Promise<void> {
    runTransaction(db, () => work(keyOf(runId)));
    listeners.announce(runId);
  }

  return {
    ...reader,
    ...createLedger(db),
    ...createStreamEvents(db, clock),
    listOpenAttempts: async (runId) => readOpenAttempts(db, keyOf(runId).seq),
    findEarliestDue: async (runId, steps) => readEarliestDue(db, keyOf(runId).seq, steps),
    createRun: async (run) => {
      const at = { at: toInstant(clock.now()), day: toRomeDay(clock.now()) };
      const id = runTransaction(db, () => insertRun(db, run, at));
      listeners.announce(id);
      return requireRow(await reader.readRun(id), `run ${id}`);
    },
    patchRun: async (runId, patch) => {
      // What was recorded before must not become durable after it.
      moves.flush();
      await write(runId, ({ seq }) => patchRun(db, seq, patch));
    },
    addItems: (runId, items) =>
      write(runId, (run) => insertItems(db, run, items, toInstant(clock.now()))),
    dropItems: (runId) => write(runId, ({ seq }) => deleteItems(db, seq)),
    record: async (runId, { intents = [], moves: moved = [] }) => {
      await moves.add(
        { runId, run: keyOf(runId), intents, moves: moved },
        intents.length + moved.length,
      );
    },
    addFile: (runId, file) => write(runId, ({ seq }) => insertFile(db, seq, file)),
    openAsk: (ask) => write(ask.run, ({ seq }) => insertAsk(db, seq, ask, toInstant(clock.now()))),
    closeAsk: (runId, step) => write(runId, ({ seq }) => deleteAsk(db, seq, step)),
    agree: (runId, step, by) =>
      write(runId, ({ seq }) => {
        insertApproval(db, seq, { step, by, at: toInstant(clock.now()) });
        deleteAsk(db, seq, step);
      }),
    recordDue: async (row) => runTransaction(db, () => insertDue(db, row)),
    knowSchedule: async (pipeline, ente, now) =>
      runTransaction(db, () => knowSchedule(db, pipeline, ente, now)),
    onChange: listeners.add,
    checkIntegrity: async () => checkIntegrity(db),
    close: async () => {
      moves.flush();
      db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      release();
    },
  };
}

/** The queue of what callers record, over the prepared statements that write it. */
function createMoves(db: Database, clock: Clock, tell: (runId: string) => void) {
  const writeBatches = createBatchWriter(db);
  return createGroupCommit<Batch & { readonly runId: string }>({
    maxRows: groupRows,
    maxMs: groupMs,
    write: (group) => runTransaction(db, () => writeBatches(group, toInstant(clock.now()))),
    announce: (group) => {
      for (const runId of new Set(group.map((batch) => batch.runId))) tell(runId);
    },
  });
}

function createListeners() {
  const listeners = new Set<(runId: string) => void>();
  return {
    add(listener: (runId: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce(runId: string): void {
      for (const listener of listeners) listener(runId);
    },
  };
}

function checkIntegrity(db: Database): string {
  const row = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get();
  return requireRow(row, "integrity").integrity_check;
}
