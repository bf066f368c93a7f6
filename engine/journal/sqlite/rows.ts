/** How runs, items and attempts lie in the tables of the embedded journal, and as what they are read back. */
import type { Database } from "bun:sqlite";
import { requireRow } from "../../host/errors.ts";
import type { AttemptOutcome, AttemptRow, ItemRow } from "../items.ts";
import type { Run, RunTrigger } from "../runs.ts";
import type { ItemState, RunState } from "../states.ts";
import { parseHint } from "../stored-hint.ts";

/** The run as the tables know it: neither ever changes. */
export interface RunKey {
  readonly seq: number;
  readonly ente: string;
}

/** Looks keys of runs up by id, each once; throws when there is no such run. */
export function createRunKeys(db: Database): (runId: string) => RunKey {
  const keys = new Map<string, RunKey>();
  return (runId) => {
    const known = keys.get(runId);
    if (known !== undefined) return known;
    const row = db.query<RunKey, [string]>("SELECT seq, ente FROM runs WHERE id = ?").get(runId);
    const key = requireRow(row, `run ${runId}`);
    keys.set(runId, key);
    return key;
  };
}

/** A row of `runs`. */
export interface RunRecord {
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
  note: string | null;
  first_code: string | null;
  first_note: string | null;
}

/** A row of `items`. */
export interface ItemRecord {
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

/** A row of `attempts`. */
export interface AttemptRecord {
  item: number;
  step: string;
  number: number;
  started_at: string;
  ended_at: string | null;
  outcome: string | null;
  code: string | null;
  note: string | null;
}

/** The run of a row. */
export function toRun(row: RunRecord): Run {
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
    hint: parseHint(row.hint),
    note: row.note,
    firstCode: row.first_code,
    firstNote: row.first_note,
  };
}

/** The item of a row. */
export function toItemRow(row: ItemRecord): ItemRow {
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
    hint: parseHint(row.hint),
    dueAt: row.due_at,
    tries: row.tries,
    since: row.since,
    updatedAt: row.updated_at,
  };
}

/** The attempt of a row. */
export function toAttemptRow(row: AttemptRecord): AttemptRow {
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
