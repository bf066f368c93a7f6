/** Many moves as one statement: the order of an item's moves is kept by statements of their own. */
import { expect, test } from "bun:test";
import type { Move } from "../../../../engine/journal/items.ts";
import { listClearValues } from "../../../../stores/sql/sealed.ts";
import { buildMovesTogether, splitIntoRounds } from "../../../../stores/sql/move-together.ts";

function buildMove(itemId: number, step: number, note: string | null = null): Move {
  return {
    itemId,
    itemKey: `V-${itemId}`,
    from: "pending",
    to: "pending",
    step,
    code: null,
    note,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
  };
}

test.each([
  ["nothing", [], []],
  ["each item once", [1, 2, 3], [[1, 2, 3]]],
  [
    "an item twice",
    [1, 2, 1, 3],
    [
      [1, 2],
      [1, 3],
    ],
  ],
  ["an item three times in a row", [1, 1, 1], [[1], [1], [1]]],
  [
    "two items by turns",
    [1, 2, 1, 2],
    [
      [1, 2],
      [1, 2],
    ],
  ],
] as const)("%s: no statement moves an item twice", (_, ids, rounds) => {
  const moves = ids.map((id, index) => buildMove(id, index));

  const split = splitIntoRounds(moves);

  expect(split.map((round) => round.map(({ itemId }) => itemId))).toEqual(
    rounds.map((round) => [...round]),
  );
  expect(split.flat()).toEqual(moves);
});

test("a character that PostgreSQL does not keep is replaced, wherever it stands", () => {
  const moves = [{ ...buildMove(1, 2, "a\0b"), run: 7 }];
  const { values } = buildMovesTogether(moves, "2026-11-29T00:00:00.000Z");
  const [, clear] = listClearValues(values);
  const [row] = JSON.parse(String(clear)) as readonly { readonly note: string }[];

  expect(row?.note).toBe("a\uFFFDb");
});
