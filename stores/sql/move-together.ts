/** Many moves of items as one statement, for a database that lies behind a network: the rows go as JSON. */
import type { Move } from "../../engine/journal/items.ts";
import { serializeHint } from "../../engine/journal/stored-hint.ts";
import { buildChange, type Statement } from "./plan.ts";

/** Moves in their order, cut where an item moves a second time: within a statement nothing has an order. */
export function splitIntoRounds(moves: readonly Move[]): readonly (readonly Move[])[] {
  const rounds: Move[][] = [];
  let seen = new Set<number>();
  for (const move of moves) {
    const last = rounds.at(-1);
    if (last === undefined || seen.has(move.itemId)) {
      rounds.push([move]);
      seen = new Set([move.itemId]);
      continue;
    }
    last.push(move);
    seen.add(move.itemId);
  }
  return rounds;
}

/** Changes as many rows as there are moves, unless an item is not in the state that it should leave. On PostgreSQL alone. */
export function buildMovesTogether(moves: readonly Move[], at: string): Statement {
  const rows = moves.map(({ itemId, from, to, step, round, data, code, note, hint, ...times }) => ({
    id: itemId,
    from_state: from,
    to_state: to,
    step,
    round: round ?? null,
    data: data === undefined ? null : JSON.stringify(data),
    code,
    note: note === null ? null : dropNul(note),
    hint: serializeHint(hint),
    due_at: times.dueAt,
    tries: times.tries,
    since: times.since,
  }));
  return buildChange(
    `UPDATE items SET state = m.to_state, step = m.step, round = COALESCE(m.round, items.round), data = COALESCE(m.data, items.data),
       code = m.code, note = m.note, hint = m.hint, due_at = m.due_at, tries = m.tries, since = m.since, updated_at = ?
     FROM json_to_recordset(CAST(CAST(? AS TEXT) AS json)) AS m (id BIGINT, from_state TEXT, to_state TEXT, step INTEGER, round INTEGER,
       data TEXT, code TEXT, note TEXT, hint TEXT, due_at BIGINT, tries INTEGER, since BIGINT)
     WHERE items.id = m.id AND items.state = m.from_state`,
    at,
    JSON.stringify(rows),
  );
}

/** PostgreSQL keeps no NUL in a text, and JSON would bring one in by its number. */
function dropNul(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
