/** Rows of runs in an embedded journal: the run, its items as they are loaded, its files, its questions. Called inside a transaction of the writer. */
import type { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import type { StoredArtifact } from "../../host/files.ts";
import { requireHit } from "./file.ts";
import type { RunKey } from "./rows.ts";
import type { Approval, AskRow, NewItem, NewRun, RunPatch } from "../journal.ts";

/** When a row is written: the instant, and the Roman calendar day that begins the ids of runs. */
export interface Moment {
  readonly at: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

/** Inserts a queued run; returns its id. */
export function insertRun(db: Database, run: NewRun, { at, day }: Moment): string {
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

/** Changes what the patch names and nothing else. */
export function patchRun(db: Database, run: number, patch: RunPatch): void {
  const columns = toColumns(patch);
  const names = Object.keys(columns);
  if (names.length === 0) return;
  const { changes } = db
    .query(`UPDATE runs SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE seq = ?`)
    .run(...Object.values(columns), run);
  requireHit(changes, `patch run ${run}`);
}

function toColumns(patch: RunPatch): Readonly<Record<string, string | number | null>> {
  const columns: Record<string, string | number | null> = {};
  if (patch.state !== undefined) columns["state"] = patch.state;
  if (patch.startedAt !== undefined) columns["started_at"] = patch.startedAt;
  if (patch.endedAt !== undefined) columns["ended_at"] = patch.endedAt;
  if (patch.isLoaded !== undefined) columns["is_loaded"] = patch.isLoaded ? 1 : 0;
  if (patch.code !== undefined) columns["code"] = patch.code;
  if (patch.reason !== undefined) columns["reason"] = patch.reason;
  if (patch.hint !== undefined) columns["hint"] = patch.hint;
  if (patch.input !== undefined) {
    columns["input_name"] = patch.input.name;
    columns["input_sha256"] = patch.input.sha256;
    columns["input_bytes"] = patch.input.bytes;
  }
  return columns;
}

/** Inserts items at the step after the source, each in the round that its ente last reached; counts them. */
export function insertItems(
  db: Database,
  run: RunKey,
  items: readonly NewItem[],
  at: string,
): void {
  const insert = db.query(
    `INSERT INTO items (run, key, round, state, step, data, source_digest, code, note, hint, updated_at)
     VALUES (?1, ?2, COALESCE((SELECT round FROM rounds WHERE ente = ?3 AND item_key = ?2), 1), ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10)`,
  );
  for (const { key, data, sourceDigest, rejected } of items)
    insert.run(
      run.seq,
      key,
      run.ente,
      rejected === undefined ? "pending" : "rejected",
      JSON.stringify(data),
      sourceDigest,
      rejected?.code ?? null,
      rejected?.note ?? null,
      rejected?.hint ?? null,
      at,
    );
  const rejections = items.flatMap(({ rejected }) => (rejected === undefined ? [] : [rejected]));
  db.query(
    "UPDATE runs SET total = total + ?, pending = pending + ?, rejected = rejected + ? WHERE seq = ?",
  ).run(items.length, items.length - rejections.length, rejections.length, run.seq);
  const [first] = rejections;
  if (first !== undefined) noteFirst(db, run.seq, first.code, first.note);
}

/** Drops the items of a load that died half way, and their counts. */
export function deleteItems(db: Database, run: number): void {
  db.query("DELETE FROM items WHERE run = ?").run(run);
  db.query(
    "UPDATE runs SET total = 0, pending = 0, rejected = 0, first_code = NULL, first_note = NULL WHERE seq = ?",
  ).run(run);
  db.query("DELETE FROM step_counts WHERE run = ?").run(run);
}

/** Keeps code and note of the first item that was rejected or failed; later ones change nothing. */
export function noteFirst(db: Database, run: number, code: string, note: string | null): void {
  db.query(
    "UPDATE runs SET first_note = CASE WHEN first_code IS NULL THEN ? ELSE first_note END, first_code = COALESCE(first_code, ?) WHERE seq = ?",
  ).run(note, code, run);
}

/** A file of the whole run; one of the same name is replaced. */
export function insertFile(db: Database, run: number, file: StoredArtifact): void {
  db.query("INSERT OR REPLACE INTO files (run, name, sha256, bytes) VALUES (?, ?, ?, ?)").run(
    run,
    file.name,
    file.sha256,
    file.bytes,
  );
}

/** A question of a step; its earlier one is replaced. */
export function insertAsk(
  db: Database,
  run: number,
  ask: Omit<AskRow, "createdAt">,
  at: string,
): void {
  db.query(
    "INSERT OR REPLACE INTO asks (run, step, kind, who, prompt, problem, created_at, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  ).run(run, ask.step, ask.kind, ask.who, ask.prompt, ask.problem, at, ask.deadline);
}

export function insertApproval(db: Database, run: number, { step, by, at }: Approval): void {
  db.query("INSERT INTO approvals (run, step, by_whom, at) VALUES (?, ?, ?, ?)").run(
    run,
    step,
    by,
    at,
  );
}

/** The question was answered, or is no longer asked. */
export function deleteAsk(db: Database, run: number, step: string): void {
  db.query("DELETE FROM asks WHERE run = ? AND step = ?").run(run, step);
}
