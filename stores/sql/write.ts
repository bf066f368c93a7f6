/** The hot path of a journal in tables: intents and moves of items, and what they change in the counts of their run. Part of a transaction of the writer. */
import {
  buildChange,
  buildInsert,
  changeAll,
  type Plan,
  readAll,
  requireHit,
  seal,
  type Statement,
} from "./plan.ts";
import type { RunKey } from "./rows.ts";
import { noteFirst } from "./runs.ts";
import type { Intent, Move } from "../../engine/journal/items.ts";
import type { ItemState } from "../../engine/journal/states.ts";
import { buildHolds } from "./holdings.ts";
import { buildMovesTogether, type PlacedMove, splitIntoRounds } from "./move-together.ts";
import { serializeCalls } from "../../engine/journal/stored-calls.ts";
import { serializeHint } from "../../engine/journal/stored-hint.ts";

/** What several callers want written at once. */
export interface Batch {
  readonly run: RunKey;
  readonly intents: readonly Intent[];
  readonly moves: readonly Move[];
}

/** A statement, and what it had to hit; absent: it may hit nothing. */
interface Part {
  readonly statement: Statement;
  readonly must?: string;
  /** How many rows it had to hit; default 1. */
  readonly rows?: number;
}

/** Where counts go: into the row of the run, or beside it, where several processes write items of one run at once and somebody settles them. */
export type Counting = "in-run" | "beside";

/** Writes the batches in their order. Throws, so that nothing of them is written, when an item is not in the state that it should leave. */
export function* writeBatches(
  batches: readonly Batch[],
  at: string,
  counting: Counting = "in-run",
): Plan<void> {
  const changes = new Map<number, RunChanges>();
  const parts: Part[] = [];
  // Moves that go together, until one comes whose order counts.
  const plain: PlacedMove[] = [];
  const begun = yield* readBegun(batches);
  for (const { run, intents, moves } of batches) {
    const changed = changes.get(run.seq) ?? buildNoChanges(run);
    changes.set(run.seq, changed);
    for (const intent of intents) countMove(changed, intent.from, "running");
    for (const move of moves) countChanges(changed, move);
    if (counting === "beside" && intents.length === 0 && moves.every(isPlain)) {
      plain.push(...moves.map((move) => ({ ...move, run: run.seq })));
      continue;
    }
    parts.push(...listTogether(plain.splice(0), at));
    for (const intent of intents)
      parts.push(...listIntentParts(run, intent, at, begun.has(intent.effect.key)));
    for (const move of moves) parts.push(...listMoveParts(run, move, at));
  }
  parts.push(...listTogether(plain, at));
  const listCounts = counting === "in-run" ? listCountParts : listTallyParts;
  for (const [run, changed] of changes) parts.push(...listCounts(run, changed, at));
  const hits = yield* changeAll(parts.map(({ statement }) => statement));
  for (const [index, { must, rows = 1 }] of parts.entries())
    if (must !== undefined) requireHit(hits[index] === rows ? 1 : 0, must);
  for (const { run, first } of changes.values())
    if (first !== null) yield* noteFirst(run, first.code, first.note);
}

/** The effects of these intents that were begun before and have no end. */
function* readBegun(batches: readonly Batch[]): Plan<ReadonlySet<string>> {
  const begun = new Set<string>();
  for (const { intents } of batches)
    for (const { effect, holds } of intents)
      if (holds.length > 0) {
        const select = "SELECT key FROM effects WHERE key = ? AND state = 'intent'";
        for (const { key } of yield* readAll<{ key: string }>(select, effect.key)) begun.add(key);
      }
  return begun;
}

function listIntentParts(
  run: RunKey,
  intent: Intent,
  at: string,
  isBegun: boolean,
): readonly Part[] {
  const { effect, itemId, stepId, holds } = intent;
  const begin =
    "UPDATE items SET state = 'running', round = ?, since = ?, due_at = NULL, updated_at = ? WHERE id = ? AND state = ?";
  return [
    {
      statement: buildChange(begin, effect.round, intent.since, at, itemId, intent.from),
      must: `begin item ${itemId}`,
    },
    {
      statement: buildInsert("attempts", {
        run: run.seq,
        item: itemId,
        step: stepId,
        number: intent.number,
        started_at: at,
      }),
    },
    {
      statement: buildInsert(
        "effects",
        {
          key: effect.key,
          ente: run.ente,
          step: effect.step,
          item_key: effect.itemKey,
          round: effect.round,
          run: run.seq,
          state: "intent",
          source_digest: seal(intent.sourceDigest, "effects.source_digest", effect.key),
          fingerprint: seal(intent.fingerprint, "effects.fingerprint", effect.key),
          seals: Number(intent.seals),
          fields: seal("{}", "effects.fields", effect.key),
          at,
        },
        `(key) DO UPDATE SET state = 'intent', run = excluded.run, source_digest = excluded.source_digest, fingerprint = excluded.fingerprint, at = excluded.at
         WHERE effects.state <> 'done'`,
      ),
      must: `intend an effect that is done: ${effect.step} of ${effect.itemKey}`,
    },
    ...holds.flatMap((name) =>
      buildHolds(run.ente, name, effect.key, isBegun).map((statement) => ({ statement })),
    ),
  ];
}

/** Changes its item and nothing else. */
function isPlain(move: Move): boolean {
  return move.attempt === undefined && move.effect === undefined && move.decision === undefined;
}

function listTogether(moves: readonly PlacedMove[], at: string): readonly Part[] {
  return splitIntoRounds(moves).map((round) => ({
    statement: buildMovesTogether(round, at),
    must: `move ${round.length} items`,
    rows: round.length,
  }));
}

function listMoveParts(run: RunKey, move: Move, at: string): readonly Part[] {
  const { itemId, itemKey, from, to, step, round, data, code, note, hint, dueAt, tries, since } =
    move;
  const parts: Part[] = [];
  if (move.decision !== undefined) {
    // Said of the round that the item leaves.
    const { word, by, reason, evidence } = move.decision;
    parts.push({
      statement: buildChange(
        `INSERT INTO decisions (run, item, step, round, word, by_whom, reason, evidence, at)
         SELECT run, id, step, round, ?, ?, ?, ?, ? FROM items WHERE id = ?`,
        word,
        by,
        seal(reason, "decisions.reason", itemId, at),
        seal(evidence, "decisions.evidence", itemId, at),
        at,
        itemId,
      ),
    });
  }
  parts.push({
    statement: buildChange(
      `UPDATE items SET state = ?, step = ?, round = COALESCE(?, round), data = COALESCE(?, data), code = ?, note = ?,
       hint = ?, due_at = ?, tries = ?, since = ?, updated_at = ? WHERE id = ? AND state = ?`,
      to,
      step,
      round ?? null,
      data === undefined ? null : seal(JSON.stringify(data), "items.data", run.seq, itemKey),
      code,
      seal(note, "items.note", run.seq, itemKey),
      seal(serializeHint(hint), "items.hint", run.seq, itemKey),
      dueAt,
      tries,
      since,
      at,
      itemId,
      from,
    ),
    must: `move item ${itemId} from ${from} to ${to}`,
  });
  if (move.attempt !== undefined) parts.push(...listAttemptParts(itemId, move.attempt, at));
  if (move.effect !== undefined) parts.push({ statement: buildEffectEnd(move.effect, at) });
  return parts;
}

/** Closes the open attempt; one that had no intent is written whole, of which none is open. */
function listAttemptParts(
  itemId: number,
  attempt: NonNullable<Move["attempt"]>,
  at: string,
): readonly Part[] {
  const { stepId, number, outcome, code, note, calls = null } = attempt;
  const begin = `INSERT INTO attempts (run, item, step, number, started_at)
    SELECT run, id, ?, CAST(? AS INTEGER), ? FROM items WHERE id = ? AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.item = items.id AND a.step = ? AND a.outcome IS NULL)`;
  const end =
    "UPDATE attempts SET ended_at = ?, outcome = ?, code = ?, note = ?, calls = ? WHERE item = ? AND step = ? AND outcome IS NULL";
  const told = seal(note, "attempts.note", itemId, stepId);
  const asked = serializeCalls(calls);
  return [
    { statement: buildChange(begin, stepId, number, at, itemId, stepId) },
    { statement: buildChange(end, at, outcome, code, told, asked, itemId, stepId) },
  ];
}

function buildEffectEnd(effect: NonNullable<Move["effect"]>, at: string): Statement {
  const { id, state, fields } = effect;
  if (state === "not-done")
    return buildChange("DELETE FROM effects WHERE key = ? AND state <> 'done'", id.key);
  return buildChange(
    "UPDATE effects SET state = ?, fields = ?, at = ? WHERE key = ? AND state <> 'done'",
    state,
    seal(JSON.stringify(fields), "effects.fields", id.key),
    at,
    id.key,
  );
}

/** What one commit changes in the row of a run and in its counts per step. */
interface RunChanges {
  readonly run: RunKey;
  /** By column of `runs`. */
  readonly counts: Map<string, number>;
  /** By step entry. */
  readonly steps: Map<string, { done: number; rejected: number; failed: number }>;
  sealed: number;
  /** The first item that was rejected or failed. */
  first: { readonly code: string; readonly note: string | null } | null;
}

function buildNoChanges(run: RunKey): RunChanges {
  return { run, counts: new Map(), steps: new Map(), sealed: 0, first: null };
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

function listCountParts(run: number, changed: RunChanges, at: string): readonly Part[] {
  const parts: Part[] = [];
  const moved = [...changed.counts].filter(([, by]) => by !== 0);
  if (moved.length > 0) {
    const sets = moved.map(([column]) => `${column} = ${column} + ?`).join(", ");
    const values = moved.map(([, by]) => by);
    parts.push({ statement: buildChange(`UPDATE runs SET ${sets} WHERE seq = ?`, ...values, run) });
  }
  for (const [step, { done, rejected, failed }] of changed.steps)
    parts.push({
      statement: buildInsert(
        "step_counts",
        { run, step, done, rejected, failed, first_at: at, last_at: at },
        `(run, step) DO UPDATE SET done = step_counts.done + excluded.done, rejected = step_counts.rejected + excluded.rejected,
         failed = step_counts.failed + excluded.failed, last_at = excluded.last_at`,
      ),
    });
  if (changed.sealed > 0) {
    const seal =
      "UPDATE runs SET sealed = sealed + ?, sealed_at = COALESCE(sealed_at, ?) WHERE seq = ?";
    parts.push({ statement: buildChange(seal, changed.sealed, at, run) });
  }
  return parts;
}

/** The same, added to what is settled later. */
function listTallyParts(run: number, changed: RunChanges, at: string): readonly Part[] {
  const parts: Part[] = [];
  const columns = [...new Set(Object.values(countColumn))];
  const counts = Object.fromEntries(columns.map((name) => [name, changed.counts.get(name) ?? 0]));
  if (changed.sealed > 0 || Object.values(counts).some((by) => by !== 0))
    parts.push({
      statement: buildInsert("tallies", { run, ...counts, sealed: changed.sealed, at }),
    });
  for (const [step, { done, rejected, failed }] of changed.steps)
    parts.push({
      statement: buildInsert("step_tallies", { run, step, done, rejected, failed, at }),
    });
  return parts;
}
