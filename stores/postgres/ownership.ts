/** Who may write a journal on PostgreSQL: an advisory lock that dies with its connection, a term that every write asks for, and a beat by which a holder that stands still is known. */
import { hostname } from "node:os";
import type { RunBlocked } from "../../engine/host/errors.ts";
import { journalHeldError } from "../../engine/journal/fences.ts";
import { requireRow } from "../../engine/host/errors.ts";
import { change, type Plan, readAll, readOne } from "../sql/plan.ts";

/** A holder that has not written for so long, not even its beat, is passed over. */
export const staleMs = 8_000;

/** One lock for each schema of a database. */
const lockKey = "1886745716, hashtext(current_schema())";
const lockHolders = `pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1886745716
  AND objid = hashtext(current_schema())::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** True: this connection has the lock, and nobody else while it lives. */
export function* tryLock(): Plan<boolean> {
  const asked = `SELECT CASE WHEN pg_try_advisory_lock(${lockKey}) THEN 1 ELSE 0 END AS has`;
  return (yield* readOne<{ has: number }>(asked))?.has === 1;
}

/** Gives the lock back, if this connection has it. */
export function* unlock(): Plan<void> {
  yield* readAll(`SELECT pg_advisory_unlock(${lockKey}) AS ended`);
}

/** Whether any connection has the lock. */
export function* readIsHeld(): Plan<boolean> {
  return (yield* readAll(`SELECT 1 AS one FROM ${lockHolders}`)).length > 0;
}

/** Ends the connection that has the lock: what it had begun is undone. */
export function* endHolder(): Plan<void> {
  yield* readAll(`SELECT pg_terminate_backend(pid) AS ended FROM ${lockHolders}`);
}

export interface JournalHolder {
  readonly term: number;
  readonly name: string;
  readonly url: string | null;
  /** Milliseconds since its last beat, by the clock of the database. */
  readonly idleMs: number;
}

/** Who owned the journal last; `null`: nobody ever. */
export function* readHolder(): Plan<JournalHolder | null> {
  return yield* readOne<JournalHolder>(
    `SELECT term, name, url, CAST(LEAST(1e9, 1000 * extract(epoch FROM clock_timestamp() - beat_at)) AS INTEGER) AS "idleMs" FROM owner`,
  );
}

/** Begins a term: whoever had the one before writes nothing any more. */
export function* beginTerm(): Plan<number> {
  const row = yield* readOne<{ term: number }>(
    `INSERT INTO owner (id, term, name) VALUES (1, 1, ?)
     ON CONFLICT (id) DO UPDATE SET term = owner.term + 1, name = excluded.name, url = NULL, commits = 0, beat_at = now() RETURNING term`,
    `${process.pid} su ${hostname()}, postino ${process.argv[2] ?? ""}`,
  );
  return requireRow(row, "owner").term;
}

/** The fence and the beat in one, first in every write; false: another term has begun. */
export function* claimWrite(term: number, write: number): Plan<boolean> {
  const claim = "UPDATE owner SET commits = ?, beat_at = now() WHERE id = 1 AND term = ?";
  return (yield* change(claim, write, term)) === 1;
}

/** The number of the last write that came through. */
export function* readCommits(): Plan<number> {
  return (yield* readOne<{ commits: number }>("SELECT commits FROM owner"))?.commits ?? 0;
}

/** Who is refused is told who has it. */
export function heldError(holder: JournalHolder | null): RunBlocked {
  return journalHeldError(
    holder === null ? "un altro processo" : `il processo ${holder.name}`,
    holder?.url ?? null,
  );
}
