/** The statements that move runs and items in a SQLite journal; each is called inside a transaction of the writer. */
import type { Database } from "bun:sqlite";
import type { Intent, ItemState, Move } from "./journal.ts";

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

/** What one commit changes in the counts of a run. */
export interface Deltas {
  readonly counts: Map<string, number>;
  readonly steps: Map<string, { done: number; rejected: number; failed: number }>;
  sealed: number;
  firstCode: string | null;
  firstNote: string | null;
}

/** No change yet. */
export function noDeltas(): Deltas {
  return { counts: new Map(), steps: new Map(), sealed: 0, firstCode: null, firstNote: null };
}

function count(deltas: Deltas, from: ItemState, to: ItemState): void {
  const [left, joined] = [countColumn[from], countColumn[to]];
  if (left === joined) return;
  deltas.counts.set(left, (deltas.counts.get(left) ?? 0) - 1);
  deltas.counts.set(joined, (deltas.counts.get(joined) ?? 0) + 1);
}

/** Prepared statements of the hot path. */
export function createWriter(db: Database) {
  const moveKeep = db.prepare(
    "UPDATE items SET state = ?, step = ?, code = ?, note = ?, hint = ?, due_at = ?, tries = ?, since = ?, updated_at = ? WHERE id = ? AND state = ?",
  );
  const moveGrow = db.prepare(
    "UPDATE items SET state = ?, step = ?, code = ?, note = ?, hint = ?, due_at = ?, tries = ?, since = ?, updated_at = ?, data = ? WHERE id = ? AND state = ?",
  );
  const setRound = db.prepare("UPDATE items SET round = ? WHERE id = ?");
  const begin = db.prepare(
    "UPDATE items SET state = 'running', round = ?, since = ?, due_at = NULL, updated_at = ? WHERE id = ? AND state = ?",
  );
  const openAttempt = db.prepare(
    "INSERT INTO attempts (run, item, step, number, started_at) VALUES (?, ?, ?, ?, ?)",
  );
  const closeAttempt = db.prepare(
    "UPDATE attempts SET ended_at = ?, outcome = ?, code = ?, note = ? WHERE item = ? AND step = ? AND outcome IS NULL",
  );
  const wholeAttempt = db.prepare(
    "INSERT INTO attempts (run, item, step, number, started_at, ended_at, outcome, code, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const openEffect = db.prepare(
    `INSERT INTO effects (key, ente, step, item_key, round, run, state, source_digest, fingerprint, seals, fields, at)
     VALUES (?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, '{}', ?)
     ON CONFLICT (key) DO UPDATE SET state = 'intent', run = excluded.run, source_digest = excluded.source_digest, fingerprint = excluded.fingerprint, at = excluded.at
     WHERE effects.state <> 'done'`,
  );
  const closeEffect = db.prepare(
    "UPDATE effects SET state = ?, fields = ?, at = ? WHERE key = ? AND state <> 'done'",
  );
  const dropEffect = db.prepare("DELETE FROM effects WHERE key = ? AND state <> 'done'");
  const stepCount = db.prepare(
    `INSERT INTO step_counts (run, step, done, rejected, failed, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
     ON CONFLICT (run, step) DO UPDATE SET done = done + ?3, rejected = rejected + ?4, failed = failed + ?5, last_at = ?6`,
  );

  return {
    intent(run: number, ente: string, intent: Intent, at: string, deltas: Deltas): void {
      const { effect } = intent;
      mustHit(
        begin.run(effect.round, intent.since, at, intent.itemId, intent.from).changes,
        `begin item ${intent.itemId}`,
      );
      count(deltas, intent.from, "running");
      openAttempt.run(run, intent.itemId, intent.stepId, intent.number, at);
      const opened = openEffect.run(
        effect.key,
        ente,
        effect.step,
        effect.itemKey,
        effect.round,
        run,
        intent.sourceDigest,
        intent.fingerprint,
        intent.seals ? 1 : 0,
        at,
      );
      mustHit(opened.changes, `intend an effect that is done: ${effect.step} of ${effect.itemKey}`);
    },

    move(run: number, move: Move, at: string, deltas: Deltas): void {
      const fixed = [
        move.to,
        move.step,
        move.code,
        move.note,
        move.hint,
        move.dueAt,
        move.tries,
        move.since,
        at,
      ] as const;
      const { changes } =
        move.data === undefined
          ? moveKeep.run(...fixed, move.itemId, move.from)
          : moveGrow.run(...fixed, JSON.stringify(move.data), move.itemId, move.from);
      mustHit(changes, `move item ${move.itemId} from ${move.from} to ${move.to}`);
      count(deltas, move.from, move.to);
      if (move.round !== undefined) setRound.run(move.round, move.itemId);
      if (move.attempt !== undefined) {
        const { stepId, number, outcome, code, note } = move.attempt;
        const closed = closeAttempt.run(at, outcome, code, note, move.itemId, stepId);
        if (closed.changes === 0)
          wholeAttempt.run(run, move.itemId, stepId, number, at, at, outcome, code, note);
      }
      if (move.effect !== undefined) {
        const { id, state, fields } = move.effect;
        if (state === "not-done") dropEffect.run(id.key);
        else closeEffect.run(state, JSON.stringify(fields), at, id.key);
        if (state === "done" && move.effect.seals) deltas.sealed += 1;
      }
      if (move.counted !== undefined) {
        const counts = deltas.steps.get(move.counted.stepId) ?? { done: 0, rejected: 0, failed: 0 };
        counts[move.counted.as] += 1;
        deltas.steps.set(move.counted.stepId, counts);
      }
      if ((move.to === "rejected" || move.to === "failed") && deltas.firstCode === null) {
        deltas.firstCode = move.code;
        deltas.firstNote = move.note;
      }
    },

    settle(run: number, deltas: Deltas, at: string): void {
      for (const [column, change] of deltas.counts)
        if (change !== 0)
          db.query(`UPDATE runs SET ${column} = ${column} + ? WHERE seq = ?`).run(change, run);
      for (const [step, counts] of deltas.steps)
        stepCount.run(run, step, counts.done, counts.rejected, counts.failed, at);
      if (deltas.sealed > 0)
        db.query(
          "UPDATE runs SET sealed = sealed + ?, sealed_at = COALESCE(sealed_at, ?) WHERE seq = ?",
        ).run(deltas.sealed, at, run);
      if (deltas.firstCode !== null)
        db.query(
          "UPDATE runs SET first_note = CASE WHEN first_code IS NULL THEN ? ELSE first_note END, first_code = COALESCE(first_code, ?) WHERE seq = ?",
        ).run(deltas.firstNote, deltas.firstCode, run);
    },
  };
}

function mustHit(changes: number, what: string): void {
  if (changes === 0) throw new Error(`no row: ${what}`);
}
