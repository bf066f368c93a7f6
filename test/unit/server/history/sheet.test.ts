/** The rows of a flusso in every order: as one sort of all would give them, each order once for the same rows. */
import { expect, test } from "bun:test";
import { itemStates } from "../../../../engine/journal/states.ts";
import { type SortKey, sortKeys } from "../../../../server/history/grid-query.ts";
import { arrangeSheet, type GridSheetRow } from "../../../../server/history/sheet.ts";

const names = ["Zeta Ada", "Èrcole Bo", "D'Angelo Ugo", null, "bianchi Ivo", "Rossi 10", "Rossi 9"];

/** Neither in any order nor all different. */
function makeRows(count: number): readonly GridSheetRow[] {
  return Array.from({ length: count }, (_, n) => {
    const mixed = (n * 7919) % 613;
    return {
      id: n + 1,
      key: `V/${mixed}/${n % 3}`,
      state: itemStates[mixed % itemStates.length] ?? "done",
      code: mixed % 4 === 0 ? "ADDRESS_CAP" : null,
      recipient: names[mixed % names.length] ?? null,
      amountCents: mixed % 5 === 0 ? null : mixed,
      iun: mixed % 3 === 0 ? null : `IUN-${mixed}`,
      updatedAt: `2026-11-23T06:${String(mixed % 60).padStart(2, "0")}:00.000Z`,
    };
  });
}

const italian = new Intl.Collator("it", { numeric: true });

function compareTexts(left: string | null, right: string | null): number {
  if (left === null) return right === null ? 0 : 1;
  return right === null ? -1 : italian.compare(left, right);
}

const orders: Readonly<Record<SortKey, (left: GridSheetRow, right: GridSheetRow) => number>> = {
  numero: (left, right) => italian.compare(left.key, right.key),
  stato: (left, right) => itemStates.indexOf(left.state) - itemStates.indexOf(right.state),
  destinatario: (left, right) => compareTexts(left.recipient, right.recipient),
  importo: (left, right) => (left.amountCents ?? -1) - (right.amountCents ?? -1),
  iun: (left, right) => compareTexts(left.iun, right.iun),
  aggiornato: (left, right) => compareTexts(left.updatedAt, right.updatedAt),
};

const idsOf = (rows: readonly GridSheetRow[]): readonly number[] => rows.map(({ id }) => id);

test.each(
  [0, 1, 999, 1_000, 1_001, 3_507].flatMap((count) =>
    sortKeys.flatMap((sort) => [false, true].map((isDown) => [count, sort, isDown] as const)),
  ),
)("%d rows by %s, downwards %p", async (count, sort, isDown) => {
  const rows = makeRows(count);
  const compare = orders[sort];

  const sorted = await arrangeSheet(rows, { sort, isDown });

  const expected = rows.toSorted((left, right) =>
    isDown ? compare(right, left) : compare(left, right),
  );
  expect(idsOf(sorted)).toEqual(idsOf(expected));
});

test.each([
  ["a state", { states: ["rejected"] }],
  ["two states", { states: ["rejected", "failed"] }],
  ["a code", { code: "ADDRESS_CAP" }],
  ["a number", { key: "V/12/0" }],
  ["all of them", { states: ["done"], code: "ADDRESS_CAP", key: "V/0/0" }],
] as const)("%s leaves the order as it is", async (_, query) => {
  const rows = makeRows(2_500);
  const [states, code, key] = [
    "states" in query ? query.states : undefined,
    "code" in query ? query.code : undefined,
    "key" in query ? query.key : undefined,
  ];
  const fits = (row: GridSheetRow): boolean =>
    (states === undefined || states.some((one) => one === row.state)) &&
    (code === undefined || row.code === code) &&
    (key === undefined || row.key === key);

  const all = await arrangeSheet(rows, { sort: "importo" });

  expect(idsOf(await arrangeSheet(rows, { sort: "importo", ...query }))).toEqual(
    idsOf(all.filter(fits)),
  );
  expect(idsOf(await arrangeSheet(rows, query))).toEqual(idsOf(rows.filter(fits)));
});

test("the same rows are put in an order once, other rows anew", async () => {
  const rows = makeRows(1_200);
  const first = await arrangeSheet(rows, { sort: "iun", states: ["done"] });

  expect(await arrangeSheet(rows, { sort: "iun", states: ["done"] })).toBe(first);
  expect(await arrangeSheet(rows, { sort: "iun", states: ["done"], isDown: true })).not.toBe(first);
  const moved = rows.map((row) => ({ ...row, state: "rejected" as const }));
  expect(await arrangeSheet(moved, { sort: "iun", states: ["done"] })).toEqual([]);
});
