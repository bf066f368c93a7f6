/** Runs of the embedded journal: their rows, files, questions and approvals. */
import { parseHint, serializeHint } from "../stored-hint.ts";
import type { Database, SQLQueryBindings } from "bun:sqlite";
import { createHash } from "node:crypto";
import { toInstant, toRomeDay } from "../../host/clock.ts";
import { requireRow } from "../../host/errors.ts";
import type { StoredArtifact } from "../../host/files.ts";
import type {
  Approval,
  AskRow,
  JournalRuns,
  NewRun,
  Run,
  RunFilter,
  RunPatch,
  RunReader,
  StepCount,
} from "../runs.ts";
import { requireHit } from "./file.ts";
import type { RunKey, Stored } from "./rows.ts";
import { createWhere } from "./where.ts";
import type { Writer } from "./writer.ts";

/** Over an open database; closing it is the caller's business. */
export function createRunReader(db: Database, keyOf: (runId: string) => RunKey): RunReader {
  return {
    readRun: async (id) => readRun(db, id),
    listRuns: async (filter) => readRuns(db, filter),
    listStepCounts: async (runId) =>
      db
        .query<StepCount, [number]>(
          "SELECT step, done, rejected, failed, first_at AS firstAt, last_at AS lastAt FROM step_counts WHERE run = ?",
        )
        .all(keyOf(runId).seq),
    async readSpec(runId) {
      const select = "SELECT s.json FROM runs r JOIN specs s ON s.digest = r.spec WHERE r.seq = ?";
      const row = db.query<{ json: string }, [number]>(select).get(keyOf(runId).seq);
      return requireRow(row, `spec of run ${runId}`).json;
    },
    listFiles: async (runId) =>
      db
        .query<StoredArtifact, [number]>(
          "SELECT name, sha256, bytes FROM files WHERE run = ? ORDER BY name",
        )
        .all(keyOf(runId).seq),
    listAsks: async (runId) => readAsks(db, runId === undefined ? null : keyOf(runId).seq),
    listApprovals: async (runId) =>
      db
        .query<Approval, [number]>(
          "SELECT step, by_whom AS by, at FROM approvals WHERE run = ? ORDER BY id",
        )
        .all(keyOf(runId).seq),
  };
}

/** The writer's half. `flush`: what was recorded before must not become durable after a change of its run. */
export function createRuns(writer: Writer, flush: () => void): Omit<JournalRuns, "beginDrive"> {
  const { db, clock, keyOf, transact, write, onChange, announce } = writer;
  const now = (): string => toInstant(clock.now());
  return {
    ...createRunReader(db, keyOf),
    createRun: async (run) => {
      const moment = { at: now(), day: toRomeDay(clock.now()) };
      const id = transact(() => insertRun(db, run, moment));
      announce(id);
      return requireRow(readRun(db, id), `run ${id}`);
    },
    patchRun: async (runId, patch) => {
      flush();
      write(runId, ({ seq }) => patchRun(db, seq, patch));
    },
    addFile: async (runId, { name, sha256, bytes }) =>
      write(runId, ({ seq }) => {
        const values = "(run, name, sha256, bytes) VALUES (?, ?, ?, ?)";
        db.query(`INSERT OR REPLACE INTO files ${values}`).run(seq, name, sha256, bytes);
      }),
    openAsk: async (ask) => write(ask.run, ({ seq }) => insertAsk(db, seq, ask, now())),
    closeAsk: async (runId, step) => write(runId, ({ seq }) => deleteAsk(db, seq, step)),
    agree: async (runId, step, by) =>
      write(runId, ({ seq }) => {
        const values = "(run, step, by_whom, at) VALUES (?, ?, ?, ?)";
        db.query(`INSERT INTO approvals ${values}`).run(seq, step, by, now());
        deleteAsk(db, seq, step);
      }),
    onChange,
  };
}

const columns = `seq, id, pipeline, ente, state, run_trigger AS "trigger", created_at AS createdAt, started_at AS startedAt,
  ended_at AS endedAt, sealed_at AS sealedAt, sealed, params, is_loaded AS isLoaded, code, reason, hint, note,
  first_code AS firstCode, first_note AS firstNote,
  CASE WHEN input_name IS NOT NULL THEN json_object('name', input_name, 'sha256', input_sha256, 'bytes', input_bytes) END AS input,
  json_object('total', total, 'pending', pending, 'done', done, 'rejected', rejected, 'waiting', waiting,
    'inDoubt', in_doubt, 'failed', failed, 'cancelled', cancelled) AS counts`;

type StoredRun = Stored<Run, "params" | "input" | "hint" | "counts">;

function toRun(row: StoredRun): Run {
  return {
    ...row,
    isLoaded: row.isLoaded === 1,
    params: JSON.parse(row.params) as Run["params"],
    input: row.input === null ? null : (JSON.parse(row.input) as StoredArtifact),
    hint: parseHint(row.hint),
    counts: JSON.parse(row.counts) as Run["counts"],
  };
}

function readRun(db: Database, id: string): Run | null {
  const row = db.query<StoredRun, [string]>(`SELECT ${columns} FROM runs WHERE id = ?`).get(id);
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
    .query<StoredRun, SQLQueryBindings[]>(
      `SELECT ${columns} FROM runs WHERE ${where.joinConditions()} ORDER BY seq DESC LIMIT ?`,
    )
    .all(...where.values, filter.limit)
    .map(toRun);
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

/** When a row is written: the instant, and the Roman calendar day that begins the ids of runs. */
interface Moment {
  readonly at: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

/** Inserts a queued run; returns its id. */
function insertRun(db: Database, run: NewRun, { at, day }: Moment): string {
  const digest = createHash("sha256").update(run.spec).digest("hex");
  db.query("INSERT OR IGNORE INTO specs (digest, json) VALUES (?, ?)").run(digest, run.spec);
  const id = computeNextId(db, day.replaceAll("-", ""));
  db.query(
    `INSERT INTO runs (id, pipeline, ente, state, run_trigger, created_at, input_name, input_sha256, input_bytes, params, spec)
     VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    run.pipeline,
    run.ente,
    run.trigger,
    at,
    run.input?.name ?? null,
    run.input?.sha256 ?? null,
    run.input?.bytes ?? null,
    JSON.stringify(run.params),
    digest,
  );
  return id;
}

/** `20261123-0001`: counted from 1 on each day. */
function computeNextId(db: Database, day: string): string {
  const last = db
    .query<{ id: string }, [string, string]>(
      "SELECT id FROM runs WHERE id > ? AND id < ? ORDER BY length(id) DESC, id DESC LIMIT 1",
    )
    .get(`${day}-`, `${day}-~`);
  const number = last === null ? 1 : Number(last.id.slice(day.length + 1)) + 1;
  return `${day}-${String(number).padStart(4, "0")}`;
}

/** Another drive of the run begins: what the one before still would write is refused. Returns its number. */
export function beginDrive(db: Database, run: number): number {
  const begin = "UPDATE runs SET drive = drive + 1 WHERE seq = ? RETURNING drive";
  return requireRow(db.query<{ drive: number }, [number]>(begin).get(run), "drive").drive;
}

/** Changes what the patch names and nothing else. */
function patchRun(db: Database, run: number, patch: RunPatch): void {
  const columns = Object.entries(toColumns(patch)).filter(([, value]) => value !== undefined);
  if (columns.length === 0) return;
  const { changes } = db
    .query(`UPDATE runs SET ${columns.map(([name]) => `${name} = ?`).join(", ")} WHERE seq = ?`)
    .run(...columns.map(([, value]) => value ?? null), run);
  requireHit(changes, `patch run ${run}`);
}

/** By column; `undefined`: it stays as it is. */
function toColumns({ input, isLoaded, hint, startedAt, endedAt, ...same }: RunPatch) {
  return {
    ...same,
    started_at: startedAt,
    ended_at: endedAt,
    is_loaded: isLoaded === undefined ? undefined : Number(isLoaded),
    hint: hint === undefined ? undefined : serializeHint(hint),
    input_name: input?.name,
    input_sha256: input?.sha256,
    input_bytes: input?.bytes,
  };
}

/** Keeps code and note of the first item that was rejected or failed; later ones change nothing. */
export function noteFirst(db: Database, run: number, code: string, note: string | null): void {
  db.query(
    "UPDATE runs SET first_note = CASE WHEN first_code IS NULL THEN ? ELSE first_note END, first_code = COALESCE(first_code, ?) WHERE seq = ?",
  ).run(note, code, run);
}

/** A question of a step; its earlier one is replaced. */
function insertAsk(db: Database, run: number, ask: Omit<AskRow, "createdAt">, at: string): void {
  db.query(
    "INSERT OR REPLACE INTO asks (run, step, kind, who, prompt, problem, created_at, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  ).run(run, ask.step, ask.kind, ask.who, ask.prompt, ask.problem, at, ask.deadline);
}

/** The question was answered, or is no longer asked. */
function deleteAsk(db: Database, run: number, step: string): void {
  db.query("DELETE FROM asks WHERE run = ? AND step = ?").run(run, step);
}
