/** Many moves of items as one statement, for a database that lies behind a network: the rows go as JSON. */
import type { Move } from "../../engine/journal/items.ts";
import { serializeHint } from "../../engine/journal/stored-hint.ts";
import { buildChange, seal, type Statement } from "./plan.ts";

/** A move, and the number of its run. */
export type PlacedMove = Move & { readonly run: number };

/** Moves in their order, cut where an item moves a second time: within a statement nothing has an order. */
export function splitIntoRounds<Moving extends Pick<Move, "itemId">>(
  moves: readonly Moving[],
): readonly (readonly Moving[])[] {
  const rounds: Moving[][] = [];
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
export function buildMovesTogether(moves: readonly PlacedMove[], at: string): Statement {
  const rows = moves.map(
    ({ run, itemId, itemKey, from, to, step, round, data, code, ...rest }) => ({
      id: itemId,
      from_state: from,
      to_state: to,
      step,
      round: round ?? null,
      data: data === undefined ? null : seal(JSON.stringify(data), "items.data", run, itemKey),
      code,
      note: seal(rest.note === null ? null : dropNul(rest.note), "items.note", run, itemKey),
      hint: seal(serializeHint(rest.hint), "items.hint", run, itemKey),
      due_at: rest.dueAt,
      tries: rest.tries,
      since: rest.since,
    }),
  );
  return buildChange(
    `UPDATE items SET state = m.to_state, step = m.step, round = COALESCE(m.round, items.round), data = COALESCE(m.data, items.data),
       code = m.code, note = m.note, hint = m.hint, due_at = m.due_at, tries = m.tries, since = m.since, updated_at = ?
     FROM json_to_recordset(CAST(CAST(? AS TEXT) AS json)) AS m (id BIGINT, from_state TEXT, to_state TEXT, step INTEGER, round INTEGER,
       data TEXT, code TEXT, note TEXT, hint TEXT, due_at BIGINT, tries INTEGER, since BIGINT)
     WHERE items.id = m.id AND items.state = m.from_state`,
    at,
    { rows },
  );
}

/** PostgreSQL keeps no NUL in a text, and JSON would bring one in by its number. */
function dropNul(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
