/** Chunks of runs in the database: who has one, what came of it, and the fence of whoever works on it. */
import { RunBlocked } from "../engine/host/errors.ts";
import type { Hint } from "../engine/host/hint.ts";
import { runTakenError } from "../engine/journal/fences.ts";
import { type Chunk, type ChunkOutcome, nothingFound } from "../engine/run/stage.ts";
import {
  change,
  listPlaceholders,
  type Plan,
  readAll,
  readOne,
  requireHit,
} from "../stores/sql/plan.ts";

/** A chunk that was handed out. */
export interface HandedChunk {
  readonly id: number;
  /** Of its job in the queue. */
  readonly job: string;
  readonly chunk: Chunk;
}

interface StoredChunk {
  readonly id: number;
  readonly job: string;
  readonly plan: string;
}

/** Writes a chunk down before its job is sent. */
export function* insertChunk(chunk: Chunk, job: string): Plan<HandedChunk> {
  const asked = "INSERT INTO chunks (run, job, plan) VALUES (?, ?, ?) RETURNING id";
  const row = yield* readOne<{ id: number }>(asked, chunk.runId, job, JSON.stringify(chunk));
  if (row === null) throw new Error("a chunk without an id");
  return { id: row.id, job, chunk };
}

/** What is handed out of a run, ended or not. */
export function* readChunks(runId: string): Plan<readonly HandedChunk[]> {
  const asked = "SELECT id, job, plan FROM chunks WHERE run = ? ORDER BY id";
  const rows = yield* readAll<StoredChunk>(asked, runId);
  return rows.map(({ id, job, plan }) => ({ id, job, chunk: JSON.parse(plan) as Chunk }));
}

/** Chunks that are there, by id, with what came of those that ended; `null`: under way. */
export function* readOutcomes(
  ids: readonly number[],
): Plan<ReadonlyMap<number, ChunkOutcome | null>> {
  const rows = yield* readAll<{ id: number; ended: number; outcome: string | null }>(
    `SELECT id, ended, outcome FROM chunks WHERE id IN (${listPlaceholders(ids)})`,
    ...ids,
  );
  return new Map(
    rows.map(({ id, ended, outcome }) => [id, ended === 1 ? parseOutcome(outcome ?? "{}") : null]),
  );
}

/** They were taken note of. */
export function* dropChunks(ids: readonly number[]): Plan<void> {
  yield* change(`DELETE FROM chunks WHERE ended = 1 AND id IN (${listPlaceholders(ids)})`, ...ids);
}

/** Whoever works on chunks of the run finishes what is under way, and begins nothing. */
export function* stopChunks(runId: string): Plan<void> {
  yield* change("UPDATE chunks SET stop = 1 WHERE run = ? AND ended = 0 AND stop = 0", runId);
}

/** Which of these should stop. */
export function* readStopped(ids: readonly number[]): Plan<readonly number[]> {
  if (ids.length === 0) return [];
  const asked = `SELECT id FROM chunks WHERE stop = 1 AND id IN (${listPlaceholders(ids)})`;
  return (yield* readAll<{ id: number }>(asked, ...ids)).map(({ id }) => id);
}

/** A chunk in the hands of one attempt. */
export interface BegunChunk extends HandedChunk {
  readonly attempt: number;
  readonly isStopped: boolean;
}

/** Another attempt begins: the one before writes nothing any more. `null`: it has ended, or nobody wants it. */
export function* beginChunk(id: number): Plan<BegunChunk | null> {
  const row = yield* readOne<StoredChunk & { attempt: number; stop: number }>(
    "UPDATE chunks SET attempt = attempt + 1 WHERE id = ? AND ended = 0 RETURNING id, job, plan, attempt, stop",
    id,
  );
  if (row === null) return null;
  const { job, plan, attempt, stop } = row;
  return { id, job, chunk: JSON.parse(plan) as Chunk, attempt, isStopped: stop === 1 };
}

/** The fence. Throws RunBlocked `RUN_TAKEN` when another attempt began; until the transaction ends, none begins. */
export function* assertChunk({ id, attempt, chunk }: BegunChunk): Plan<void> {
  const asked = "SELECT 1 AS one FROM chunks WHERE id = ? AND attempt = ? AND ended = 0 FOR SHARE";
  if ((yield* readOne(asked, id, attempt)) === null) throw runTakenError(chunk.runId);
}

/** The same for the drive of a run, by the number of the drive; whoever drives it writes its row as well. */
export function* assertDrive(runId: string, drive: number): Plan<void> {
  const asked = "SELECT 1 AS one FROM runs WHERE id = ? AND drive = ? FOR UPDATE";
  if ((yield* readOne(asked, runId, drive)) === null) throw runTakenError(runId);
}

/** Behind the fence. */
export function* endChunk({ id }: BegunChunk, outcome: ChunkOutcome): Plan<void> {
  const end = "UPDATE chunks SET ended = 1, outcome = ? WHERE id = ?";
  requireHit(yield* change(end, formatOutcome(outcome), id), `end chunk ${id}`);
}

interface StoredBlock {
  readonly code: string;
  readonly message: string;
  readonly hint?: Hint;
}

function formatOutcome({ blocked, shared, away, failures }: ChunkOutcome): string {
  const toBlock = (error: RunBlocked | null): StoredBlock | null =>
    error === null
      ? null
      : {
          code: error.code,
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        };
  return JSON.stringify({
    blocked: toBlock(blocked),
    shared: toBlock(shared),
    away: [...away].map(([index, error]) => [index, toBlock(error)]),
    failures: { ...failures, error: undefined },
  });
}

function parseOutcome(text: string): ChunkOutcome {
  const stored = JSON.parse(text) as {
    readonly blocked?: StoredBlock | null;
    readonly shared?: StoredBlock | null;
    readonly away?: readonly (readonly [number, StoredBlock])[];
    readonly failures?: ChunkOutcome["failures"];
  };
  return {
    blocked: toError(stored.blocked),
    shared: toError(stored.shared),
    away: new Map((stored.away ?? []).map(([index, block]) => [index, toBlocked(block)])),
    failures: stored.failures ?? nothingFound.failures,
  };
}

function toError(block: StoredBlock | null | undefined): RunBlocked | null {
  return block === null || block === undefined ? null : toBlocked(block);
}

function toBlocked({ code, message, hint }: StoredBlock): RunBlocked {
  return new RunBlocked(code as RunBlocked["code"], message, hint === undefined ? {} : { hint });
}
