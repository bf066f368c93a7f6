/** Reading a SQLite journal: used by the writer itself and, read-only, by other processes beside it. */
import type { Database, SQLQueryBindings } from "bun:sqlite";
import { requireRow } from "./errors.ts";
import type {
  AskRow,
  AttemptOutcome,
  AttemptRow,
  DueRow,
  ItemFilter,
  ItemRow,
  ItemState,
  JournalReader,
  Run,
  RunFilter,
  RunState,
  RunTrigger,
  StepCount,
} from "./journal.ts";
import type { StoredArtifact } from "./artifacts.ts";

interface RunRecord {
  seq: number;
  id: string;
  pipeline: string;
  ente: string;
  state: string;
  run_trigger: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  sealed_at: string | null;
  sealed: number;
  input_name: string | null;
  input_sha256: string | null;
  input_bytes: number | null;
  params: string;
  spec: string;
  is_loaded: number;
  total: number;
  pending: number;
  done: number;
  rejected: number;
  waiting: number;
  in_doubt: number;
  failed: number;
  cancelled: number;
  code: string | null;
  reason: string | null;
  hint: string | null;
  first_code: string | null;
  first_note: string | null;
}

interface ItemRecord {
  id: number;
  key: string;
  round: number;
  state: string;
  step: number;
  data: string;
  source_digest: string;
  code: string | null;
  note: string | null;
  hint: string | null;
  due_at: number | null;
  tries: number;
  since: number | null;
  updated_at: string;
}

interface AttemptRecord {
  item: number;
  step: string;
  number: number;
  started_at: string;
  ended_at: string | null;
  outcome: string | null;
  code: string | null;
  note: string | null;
}

/** The reading half of the journal over an open database; closing it is the caller's business. */
export function createReader(db: Database): Omit<JournalReader, "close"> & {
  seqOf(runId: string): number;
  openAttempts(runId: string): readonly AttemptRow[];
} {
  const seqs = new Map<string, number>();

  function seqOf(runId: string): number {
    const known = seqs.get(runId);
    if (known !== undefined) return known;
    const row = db.query<{ seq: number }, [string]>("SELECT seq FROM runs WHERE id = ?").get(runId);
    const { seq } = requireRow(row, `run ${runId}`);
    seqs.set(runId, seq);
    return seq;
  }

  return {
    seqOf,
    openAttempts: (runId) =>
      db
        .query<AttemptRecord, [number]>(
          "SELECT * FROM attempts WHERE run = ? AND outcome IS NULL ORDER BY item",
        )
        .all(seqOf(runId))
        .map(toAttempt),
    run: async (id) => {
      const row = db.query<RunRecord, [string]>("SELECT * FROM runs WHERE id = ?").get(id);
      return row === null ? null : toRun(row);
    },
    runs: async (filter) => readRuns(db, filter),
    items: async (runId, filter) => readItems(db, seqOf(runId), filter),
    attempts: async (runId, itemKey) =>
      db
        .query<AttemptRecord, [number, string]>(
          "SELECT a.* FROM attempts a JOIN items i ON i.id = a.item WHERE i.run = ? AND i.key = ? ORDER BY a.id",
        )
        .all(seqOf(runId), itemKey)
        .map(toAttempt),
    stepCounts: async (runId) =>
      db
        .query<StepCount, [number]>(
          "SELECT step, done, rejected, failed, first_at AS firstAt, last_at AS lastAt FROM step_counts WHERE run = ?",
        )
        .all(seqOf(runId)),
    spec: async (runId) => {
      const row = db
        .query<{ json: string }, [number]>(
          "SELECT s.json FROM runs r JOIN specs s ON s.digest = r.spec WHERE r.seq = ?",
        )
        .get(seqOf(runId));
      return requireRow(row, `spec of run ${runId}`).json;
    },
    files: async (runId) =>
      db
        .query<StoredArtifact, [number]>(
          "SELECT name, sha256, bytes FROM files WHERE run = ? ORDER BY name",
        )
        .all(seqOf(runId)),
    asks: async (runId) => readAsks(db, runId === undefined ? null : seqOf(runId)),
    due: async (filter) => {
      const where = ["1 = 1"];
      const values: SQLQueryBindings[] = [];
      if (filter.pipeline !== undefined) bind(where, values, "pipeline = ?", filter.pipeline);
      if (filter.ente !== undefined) bind(where, values, "ente = ?", filter.ente);
      return db
        .query<DueRow, SQLQueryBindings[]>(
          `SELECT pipeline, ente, due_at AS dueAt, state, run, reason, recorded_at AS recordedAt FROM due
           WHERE ${where.join(" AND ")} ORDER BY due_at DESC LIMIT ?`,
        )
        .all(...values, filter.limit);
    },
  };
}

function bind(
  where: string[],
  values: SQLQueryBindings[],
  condition: string,
  ...bound: SQLQueryBindings[]
): void {
  where.push(condition);
  values.push(...bound);
}

function places(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

function readRuns(db: Database, filter: RunFilter): readonly Run[] {
  const where = ["1 = 1"];
  const values: SQLQueryBindings[] = [];
  if (filter.ente !== undefined) bind(where, values, "ente = ?", filter.ente);
  if (filter.pipeline !== undefined) bind(where, values, "pipeline = ?", filter.pipeline);
  if (filter.states !== undefined)
    bind(where, values, `state IN (${places(filter.states.length)})`, ...filter.states);
  if (filter.since !== undefined) bind(where, values, "created_at >= ?", filter.since);
  if (filter.beforeSeq !== undefined) bind(where, values, "seq < ?", filter.beforeSeq);
  return db
    .query<RunRecord, SQLQueryBindings[]>(
      `SELECT * FROM runs WHERE ${where.join(" AND ")} ORDER BY seq DESC LIMIT ?`,
    )
    .all(...values, filter.limit)
    .map(toRun);
}

function readItems(db: Database, run: number, filter: ItemFilter): readonly ItemRow[] {
  const where = ["run = ?"];
  const values: SQLQueryBindings[] = [run];
  if (filter.states !== undefined)
    bind(where, values, `state IN (${places(filter.states.length)})`, ...filter.states);
  if (filter.steps !== undefined)
    bind(where, values, `step IN (${places(filter.steps.length)})`, ...filter.steps);
  if (filter.key !== undefined) bind(where, values, "key = ?", filter.key);
  if (filter.afterId !== undefined) bind(where, values, "id > ?", filter.afterId);
  if (filter.dueBy !== undefined) bind(where, values, "due_at <= ?", filter.dueBy);
  return db
    .query<ItemRecord, SQLQueryBindings[]>(
      `SELECT * FROM items WHERE ${where.join(" AND ")} ORDER BY id LIMIT ?`,
    )
    .all(...values, filter.limit)
    .map(toItem);
}

function readAsks(db: Database, run: number | null): readonly AskRow[] {
  return db
    .query<AskRow, [number | null, number | null]>(
      `SELECT r.id AS run, a.step, a.kind, a.who, a.prompt, a.problem, a.created_at AS createdAt, a.deadline
       FROM asks a JOIN runs r ON r.seq = a.run WHERE ? IS NULL OR a.run = ? ORDER BY a.created_at`,
    )
    .all(run, run);
}

function toRun(row: RunRecord): Run {
  return {
    seq: row.seq,
    id: row.id,
    pipeline: row.pipeline,
    ente: row.ente,
    state: row.state as RunState,
    trigger: row.run_trigger as RunTrigger,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    sealedAt: row.sealed_at,
    sealed: row.sealed,
    input:
      row.input_name === null || row.input_sha256 === null
        ? null
        : { name: row.input_name, sha256: row.input_sha256, bytes: row.input_bytes ?? 0 },
    params: JSON.parse(row.params) as Record<string, string>,
    isLoaded: row.is_loaded === 1,
    counts: {
      total: row.total,
      pending: row.pending,
      done: row.done,
      rejected: row.rejected,
      waiting: row.waiting,
      inDoubt: row.in_doubt,
      failed: row.failed,
      cancelled: row.cancelled,
    },
    code: row.code,
    reason: row.reason,
    hint: row.hint,
    firstCode: row.first_code,
    firstNote: row.first_note,
  };
}

function toItem(row: ItemRecord): ItemRow {
  return {
    id: row.id,
    key: row.key,
    round: row.round,
    state: row.state as ItemState,
    step: row.step,
    data: JSON.parse(row.data) as Record<string, unknown>,
    sourceDigest: row.source_digest,
    code: row.code,
    note: row.note,
    hint: row.hint,
    dueAt: row.due_at,
    tries: row.tries,
    since: row.since,
    updatedAt: row.updated_at,
  };
}

function toAttempt(row: AttemptRecord): AttemptRow {
  return {
    itemId: row.item,
    step: row.step,
    number: row.number,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome as AttemptOutcome | null,
    code: row.code,
    note: row.note,
  };
}
