/** The embedded journal on bun:sqlite: WAL, FULL, group commit, one writer guarded by a lease. */
import type { Database } from "bun:sqlite";
import { type Clock, romeDay, toInstant } from "../../host/clock.ts";
import { requireRow } from "../../host/errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openForReading, openForWriting, transact } from "./file.ts";
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
    return writingJournal(openForWriting(path), clock, release);
  } catch (error) {
    release();
    throw error;
  }
}

function writingJournal(db: Database, clock: Clock, release: () => void): Journal {
  const keyOf = createRunKeys(db);
  const reader = createReader(db, keyOf);
  const listeners = createListeners();
  const moves = createMoves(db, clock, listeners.tell);

  /** One transaction of its own about one run; told when it is durable. */
  async function write(runId: string, work: (run: RunKey) => void): Promise<void> {
    transact(db, () => work(keyOf(runId)));
    listeners.tell(runId);
  }

  return {
    ...reader,
    ...createLedger(db),
    ...createStreamEvents(db, clock),
    openAttempts: async (runId) => readOpenAttempts(db, keyOf(runId).seq),
    earliestDue: async (runId, steps) => readEarliestDue(db, keyOf(runId).seq, steps),
    createRun: async (run) => {
      const at = { at: toInstant(clock.now()), day: romeDay(clock.now()) };
      const id = transact(db, () => insertRun(db, run, at));
      listeners.tell(id);
      return requireRow(await reader.run(id), `run ${id}`);
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
    recordDue: async (row) => transact(db, () => insertDue(db, row)),
    knowSchedule: async (pipeline, ente, now) =>
      transact(db, () => knowSchedule(db, pipeline, ente, now)),
    onChange: listeners.add,
    integrity: async () => integrityOf(db),
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
    write: (group) => transact(db, () => writeBatches(group, toInstant(clock.now()))),
    written: (group) => {
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
    tell(runId: string): void {
      for (const listener of listeners) listener(runId);
    },
  };
}

function integrityOf(db: Database): string {
  const row = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get();
  return requireRow(row, "integrity").integrity_check;
}
