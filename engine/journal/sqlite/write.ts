/** The hot path of the embedded journal: intents and moves of items, and what they change in the counts of their run. Called inside a transaction of the writer. */
import type { Database } from "bun:sqlite";
import { requireHit } from "./file.ts";
import type { RunKey } from "./rows.ts";
import { noteFirst } from "./runs.ts";
import type { Intent, Move } from "../items.ts";
import type { ItemState } from "../states.ts";
import { serializeHint } from "../stored-hint.ts";

/** What several callers want written at once. */
export interface Batch {
  readonly run: RunKey;
  readonly intents: readonly Intent[];
  readonly moves: readonly Move[];
}

/** Writes the batches in their order. Throws, so that nothing of them is written, when an item is not in the state that it should leave. */
export type WriteBatches = (batches: readonly Batch[], at: string) => void;

/** Over an open database; the statements are prepared once. */
export function createBatchWriter(db: Database): WriteBatches {
  const statements = prepareStatements(db);
  return (batches, at) => {
    const changes = new Map<number, RunChanges>();
    for (const { run, intents, moves } of batches) {
      const changed = changes.get(run.seq) ?? buildNoChanges();
      changes.set(run.seq, changed);
      for (const intent of intents) {
        writeIntent(statements, run, intent, at);
        countMove(changed, intent.from, "running");
      }
      for (const move of moves) {
        writeMove(statements, run, move, at);
        countChanges(changed, move);
      }
    }
    for (const [run, changed] of changes) writeCounts(db, statements, run, changed, at);
  };
}

type Statements = ReturnType<typeof prepareStatements>;

/** The last in the line for the name; of two that join at once one alone gets the place, and the other sees who has it. */
const holding = `INTO holdings (ente, name, effect, place) SELECT ?1, ?2, ?3,
  (SELECT COALESCE(max(place), 0) + 1 FROM holdings WHERE ente = ?1 AND name = ?2)`;

function prepareStatements(db: Database) {
  return {
    move: db.prepare(
      `UPDATE items SET state = ?, step = ?, round = COALESCE(?, round), data = COALESCE(?, data), code = ?, note = ?,
       hint = ?, due_at = ?, tries = ?, since = ?, updated_at = ? WHERE id = ? AND state = ?`,
    ),
    decide: db.prepare(
      `INSERT INTO decisions (run, item, step, round, word, by_whom, reason, evidence, at)
       SELECT run, id, step, round, ?, ?, ?, ?, ? FROM items WHERE id = ?`,
    ),
    begin: db.prepare(
      "UPDATE items SET state = 'running', round = ?, since = ?, due_at = NULL, updated_at = ? WHERE id = ? AND state = ?",
    ),
    openAttempt: db.prepare(
      "INSERT INTO attempts (run, item, step, number, started_at) VALUES (?, ?, ?, ?, ?)",
    ),
    closeAttempt: db.prepare(
      "UPDATE attempts SET ended_at = ?, outcome = ?, code = ?, note = ? WHERE item = ? AND step = ? AND outcome IS NULL",
    ),
    wholeAttempt: db.prepare(
      "INSERT INTO attempts (run, item, step, number, started_at, ended_at, outcome, code, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    openEffect: db.prepare(
      `INSERT INTO effects (key, ente, step, item_key, round, run, state, source_digest, fingerprint, seals, fields, at)
       VALUES (?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, '{}', ?)
       ON CONFLICT (key) DO UPDATE SET state = 'intent', run = excluded.run, source_digest = excluded.source_digest, fingerprint = excluded.fingerprint, at = excluded.at
       WHERE effects.state <> 'done'`,
    ),
    isBegun: db.prepare("SELECT 1 FROM effects WHERE key = ? AND state = 'intent'"),
    keepHolding: db.prepare(`INSERT OR IGNORE ${holding}`),
    holdAnew: db.prepare(`INSERT OR REPLACE ${holding}`),
    closeEffect: db.prepare(
      "UPDATE effects SET state = ?, fields = ?, at = ? WHERE key = ? AND state <> 'done'",
    ),
    dropEffect: db.prepare("DELETE FROM effects WHERE key = ? AND state <> 'done'"),
    addStepCount: db.prepare(
      `INSERT INTO step_counts (run, step, done, rejected, failed, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (run, step) DO UPDATE SET done = done + ?3, rejected = rejected + ?4, failed = failed + ?5, last_at = ?6`,
    ),
  };
}

function writeIntent(statements: Statements, run: RunKey, intent: Intent, at: string): void {
  const { effect } = intent;
  const begun = statements.begin.run(effect.round, intent.since, at, intent.itemId, intent.from);
  requireHit(begun.changes, `begin item ${intent.itemId}`);
  statements.openAttempt.run(run.seq, intent.itemId, intent.stepId, intent.number, at);
  // An effect that was taken back or refused held nothing meanwhile: others may have come before it.
  const isBegun = intent.holds.length > 0 && statements.isBegun.get(effect.key) !== null;
  const hold = isBegun ? statements.keepHolding : statements.holdAnew;
  const opened = statements.openEffect.run(
    effect.key,
    run.ente,
    effect.step,
    effect.itemKey,
    effect.round,
    run.seq,
    intent.sourceDigest,
    intent.fingerprint,
    intent.seals ? 1 : 0,
    at,
  );
  requireHit(opened.changes, `intend an effect that is done: ${effect.step} of ${effect.itemKey}`);
  for (const name of intent.holds) hold.run(run.ente, name, effect.key);
}

function writeMove(statements: Statements, run: RunKey, move: Move, at: string): void {
  const { itemId, from, to, step, round, data, code, note, hint, dueAt, tries, since } = move;
  if (move.decision !== undefined) {
    // Said of the round that the item leaves.
    const { word, by, reason, evidence } = move.decision;
    statements.decide.run(word, by, reason, evidence, at, itemId);
  }
  const place = [to, step, round ?? null, data === undefined ? null : JSON.stringify(data)];
  const told = [code, note, serializeHint(hint), dueAt, tries, since, at];
  const { changes } = statements.move.run(...place, ...told, itemId, from);
  requireHit(changes, `move item ${itemId} from ${from} to ${to}`);
  if (move.attempt !== undefined) endAttempt(statements, run, itemId, move.attempt, at);
  if (move.effect !== undefined) endEffect(statements, move.effect, at);
}

function endAttempt(
  statements: Statements,
  run: RunKey,
  itemId: number,
  attempt: NonNullable<Move["attempt"]>,
  at: string,
): void {
  const { stepId, number, outcome, code, note } = attempt;
  const closed = statements.closeAttempt.run(at, outcome, code, note, itemId, stepId);
  if (closed.changes === 0)
    statements.wholeAttempt.run(run.seq, itemId, stepId, number, at, at, outcome, code, note);
}

function endEffect(statements: Statements, effect: NonNullable<Move["effect"]>, at: string): void {
  const { id, state, fields } = effect;
  if (state === "not-done") statements.dropEffect.run(id.key);
  else statements.closeEffect.run(state, JSON.stringify(fields), at, id.key);
}

/** What one commit changes in the row of a run and in its counts per step. */
interface RunChanges {
  /** By column of `runs`. */
  readonly counts: Map<string, number>;
  /** By step entry. */
  readonly steps: Map<string, { done: number; rejected: number; failed: number }>;
  sealed: number;
  /** The first item that was rejected or failed. */
  first: { readonly code: string; readonly note: string | null } | null;
}

function buildNoChanges(): RunChanges {
  return { counts: new Map(), steps: new Map(), sealed: 0, first: null };
}

const countColumn: Readonly<Record<ItemState, string>> = {
  pending: "pending",
  running: "pending",
  waiting: "waiting",
  done: "done",
  rejected: "rejected",
  "in-doubt": "in_doubt",
  failed: "failed",
  cancelled: "cancelled",
};

function countChanges(changed: RunChanges, move: Move): void {
  countMove(changed, move.from, move.to);
  if (move.effect?.state === "done" && move.effect.seals) changed.sealed += 1;
  if (move.counted !== undefined) {
    const { stepId, as } = move.counted;
    const counts = changed.steps.get(stepId) ?? { done: 0, rejected: 0, failed: 0 };
    counts[as] += 1;
    changed.steps.set(stepId, counts);
  }
  if ((move.to === "rejected" || move.to === "failed") && move.code !== null)
    changed.first ??= { code: move.code, note: move.note };
}

function countMove({ counts }: RunChanges, from: ItemState, to: ItemState): void {
  const [left, joined] = [countColumn[from], countColumn[to]];
  if (left === joined) return;
  counts.set(left, (counts.get(left) ?? 0) - 1);
  counts.set(joined, (counts.get(joined) ?? 0) + 1);
}

function writeCounts(
  db: Database,
  statements: Statements,
  run: number,
  changed: RunChanges,
  at: string,
): void {
  for (const [column, change] of changed.counts)
    if (change !== 0)
      db.query(`UPDATE runs SET ${column} = ${column} + ? WHERE seq = ?`).run(change, run);
  for (const [step, { done, rejected, failed }] of changed.steps)
    statements.addStepCount.run(run, step, done, rejected, failed, at);
  if (changed.sealed > 0)
    db.query(
      "UPDATE runs SET sealed = sealed + ?, sealed_at = COALESCE(sealed_at, ?) WHERE seq = ?",
    ).run(changed.sealed, at, run);
  if (changed.first !== null) noteFirst(db, run, changed.first.code, changed.first.note);
}
