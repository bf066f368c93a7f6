/** Reading an embedded journal. */
import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { StoredArtifact } from "../../host/files.ts";
import { requireRow } from "../../host/errors.ts";
import type {
  Approval,
  AskRow,
  AttemptRow,
  ItemFilter,
  ItemRow,
  JournalReader,
  Run,
  RunFilter,
  StepCount,
} from "../journal.ts";
import {
  type AttemptRecord,
  type ItemRecord,
  type RunKey,
  type RunRecord,
  toAttemptRow,
  toItemRow,
  toRun,
} from "./rows.ts";
import { readDue } from "./schedules.ts";

/** The reading half of the journal over an open database; closing it is the caller's business. */
export function createReader(
  db: Database,
  keyOf: (runId: string) => RunKey,
): Omit<JournalReader, "close"> {
  return {
    readRun: async (id) => readRun(db, id),
    listRuns: async (filter) => readRuns(db, filter),
    listItems: async (runId, filter) => readItems(db, keyOf(runId).seq, filter),
    listAttempts: async (runId, itemKey) => readAttempts(db, keyOf(runId).seq, itemKey),
    listStepCounts: async (runId) => readStepCounts(db, keyOf(runId).seq),
    readSpec: async (runId) => requireRow(readSpec(db, keyOf(runId).seq), `spec of run ${runId}`),
    listFiles: async (runId) => readFiles(db, keyOf(runId).seq),
    listAsks: async (runId) => readAsks(db, runId === undefined ? null : keyOf(runId).seq),
    listApprovals: async (runId) =>
      db
        .query<Approval, [number]>(
          "SELECT step, by_whom AS by, at FROM approvals WHERE run = ? ORDER BY id",
        )
        .all(keyOf(runId).seq),
    listDue: async (filter) => readDue(db, filter),
  };
}

function readRun(db: Database, id: string): Run | null {
  const row = db.query<RunRecord, [string]>("SELECT * FROM runs WHERE id = ?").get(id);
  return row === null ? null : toRun(row);
}

function readRuns(db: Database, filter: RunFilter): readonly Run[] {
  const where = createWhere();
  if (filter.ente !== undefined) where.addCondition("ente = ?", filter.ente);
  if (filter.pipeline !== undefined) where.addCondition("pipeline = ?", filter.pipeline);
  if (filter.states !== undefined) where.addChoice("state", filter.states);
  if (filter.since !== undefined) where.addCondition("created_at >= ?", filter.since);
  if (filter.beforeSeq !== undefined) where.addCondition("seq < ?", filter.beforeSeq);
  return db
    .query<RunRecord, SQLQueryBindings[]>(
      `SELECT * FROM runs WHERE ${where.joinConditions()} ORDER BY seq DESC LIMIT ?`,
    )
    .all(...where.values, filter.limit)
    .map(toRun);
}

function readItems(db: Database, run: number, filter: ItemFilter): readonly ItemRow[] {
  const where = createWhere();
  where.addCondition("run = ?", run);
  if (filter.states !== undefined) where.addChoice("state", filter.states);
  if (filter.steps !== undefined) where.addChoice("step", filter.steps);
  if (filter.key !== undefined) where.addCondition("key = ?", filter.key);
  if (filter.afterId !== undefined) where.addCondition("id > ?", filter.afterId);
  if (filter.dueBy !== undefined) where.addCondition("due_at <= ?", filter.dueBy);
  return db
    .query<ItemRecord, SQLQueryBindings[]>(
      `SELECT * FROM items WHERE ${where.joinConditions()} ORDER BY id LIMIT ?`,
    )
    .all(...where.values, filter.limit)
    .map(toItemRow);
}

/** When the first waiting item of the run is due, milliseconds since the epoch; `null` = none waits. */
export function readEarliestDue(
  db: Database,
  run: number,
  steps: readonly number[],
): number | null {
  const row = db
    .query<{ due: number | null }, [number, string]>(
      "SELECT min(due_at) AS due FROM items WHERE run = ? AND state = 'waiting' AND step IN (SELECT value FROM json_each(?))",
    )
    .get(run, JSON.stringify(steps));
  return row?.due ?? null;
}

function readAttempts(db: Database, run: number, itemKey: string): readonly AttemptRow[] {
  return db
    .query<AttemptRecord, [number, string]>(
      "SELECT a.* FROM attempts a JOIN items i ON i.id = a.item WHERE i.run = ? AND i.key = ? ORDER BY a.id",
    )
    .all(run, itemKey)
    .map(toAttemptRow);
}

/** Attempts of the run that have no outcome yet. */
export function readOpenAttempts(db: Database, run: number): readonly AttemptRow[] {
  return db
    .query<AttemptRecord, [number]>(
      "SELECT * FROM attempts WHERE run = ? AND outcome IS NULL ORDER BY item",
    )
    .all(run)
    .map(toAttemptRow);
}

function readStepCounts(db: Database, run: number): readonly StepCount[] {
  return db
    .query<StepCount, [number]>(
      "SELECT step, done, rejected, failed, first_at AS firstAt, last_at AS lastAt FROM step_counts WHERE run = ?",
    )
    .all(run);
}

function readSpec(db: Database, run: number): string | undefined {
  return db
    .query<{ json: string }, [number]>(
      "SELECT s.json FROM runs r JOIN specs s ON s.digest = r.spec WHERE r.seq = ?",
    )
    .get(run)?.json;
}

function readFiles(db: Database, run: number): readonly StoredArtifact[] {
  return db
    .query<StoredArtifact, [number]>(
      "SELECT name, sha256, bytes FROM files WHERE run = ? ORDER BY name",
    )
    .all(run);
}

function readAsks(db: Database, run: number | null): readonly AskRow[] {
  return db
    .query<AskRow, [number | null, number | null]>(
      `SELECT r.id AS run, a.step, a.kind, a.who, a.prompt, a.problem, a.created_at AS createdAt, a.deadline
       FROM asks a JOIN runs r ON r.seq = a.run
       WHERE CASE WHEN ? IS NULL THEN r.state = 'waiting-for-person' ELSE a.run = ? END ORDER BY a.created_at`,
    )
    .all(run, run);
}

interface Where {
  /** What the question marks stand for, in order. */
  readonly values: SQLQueryBindings[];
  addCondition(condition: string, value: SQLQueryBindings): void;
  addChoice(column: string, values: readonly SQLQueryBindings[]): void;
  joinConditions(): string;
}

function createWhere(): Where {
  const conditions = ["1 = 1"];
  const values: SQLQueryBindings[] = [];
  return {
    values,
    addCondition(condition, value) {
      conditions.push(condition);
      values.push(value);
    },
    addChoice(column, among) {
      conditions.push(`${column} IN (${among.map(() => "?").join(", ")})`);
      values.push(...among);
    },
    joinConditions: () => conditions.join(" AND "),
  };
}
