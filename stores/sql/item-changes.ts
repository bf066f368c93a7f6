/** New and changed items of a journal in tables: by their ids, and by those of their attempts. */
import type {
  ChangeMark,
  ChangedItem,
  ItemChangeReader,
  ItemChanges,
} from "../../engine/journal/item-changes.ts";
import {
  type Database,
  listPlaceholders,
  type Plan,
  readAll,
  readInParts,
  readOne,
  readOpened,
} from "./plan.ts";
import { openItemTexts } from "./items.ts";
import { parseFields, type Stored } from "./rows.ts";

type ChangedRecord = Stored<ChangedItem, "data">;
interface AttemptEnd {
  readonly id: number;
  readonly item: number;
  readonly outcome: string | null;
}

const selectItems =
  "SELECT i.run AS seq, i.id, i.key, i.data, r.id AS run, r.ente FROM items i JOIN runs r ON r.seq = i.run WHERE i.id";

const itemTexts = openItemTexts(({ seq }) => seq, ["seq"]);

/** Over an open database; closing it is the caller's business. */
export function createItemChangeReader(db: Database): ItemChangeReader {
  return {
    listItemChanges: async (after, limit) =>
      await db.read(function* listChanges() {
        return yield* readChanges(after ?? (yield* startBehind()), limit);
      }),
  };
}

/** What changes from now on is told by attempts; what is there by the items themselves. */
function* startBehind(): Plan<ChangeMark> {
  const newest = yield* readOne<{ id: number | null }>("SELECT max(id) AS id FROM attempts");
  const open = yield* readAll<{ id: number }>("SELECT id FROM attempts WHERE outcome IS NULL");
  return { item: 0, attempt: newest?.id ?? 0, open: open.map(({ id }) => id) };
}

function* readChanges(after: ChangeMark, limit: number): Plan<ItemChanges> {
  const behind = `${selectItems} > ? ORDER BY i.id LIMIT ?`;
  const fresh = yield* readOpened<ChangedRecord>(itemTexts, behind, after.item, limit);
  const item = fresh.at(-1)?.id ?? after.item;
  if (fresh.length === limit)
    return { items: fresh.map(toChangedItem), mark: { ...after, item }, isEnd: false };
  const ended = yield* readInParts(after.open, (some) =>
    readAll<AttemptEnd>(
      `SELECT id, item, outcome FROM attempts WHERE outcome IS NOT NULL AND id IN (${listPlaceholders(some)})`,
      ...some,
    ),
  );
  const begun = yield* readAll<AttemptEnd>(
    "SELECT id, item, outcome FROM attempts WHERE id > ? ORDER BY id LIMIT ?",
    after.attempt,
    limit,
  );
  const touched = new Set([...ended, ...begun].map((attempt) => attempt.item));
  const changed = yield* readInParts(
    [...touched].toSorted((a, b) => a - b),
    (some) =>
      readOpened<ChangedRecord>(
        itemTexts,
        `${selectItems} IN (${listPlaceholders(some)}) ORDER BY i.id`,
        ...some,
      ),
  );
  const gone = new Set(ended.map(({ id }) => id));
  const open = [
    ...after.open.filter((id) => !gone.has(id)),
    ...begun.filter(({ outcome }) => outcome === null).map(({ id }) => id),
  ];
  return {
    items: [...fresh, ...changed].map(toChangedItem),
    mark: { item, attempt: begun.at(-1)?.id ?? after.attempt, open },
    isEnd: begun.length < limit,
  };
}

function toChangedItem(row: ChangedRecord): ChangedItem {
  return { ...row, data: parseFields(row.data) };
}
