/** New and changed items of an embedded journal: by their ids, and by those of their attempts. */
import type { Database } from "bun:sqlite";
import type { ChangeMark, ChangedItem, ItemChangeReader, ItemChanges } from "../item-changes.ts";
import { parseFields, type Stored } from "./rows.ts";

type ChangedRecord = Stored<ChangedItem, "data">;
interface AttemptEnd {
  readonly id: number;
  readonly item: number;
  readonly outcome: string | null;
}

const selectItems =
  "SELECT i.id, i.key, i.data, r.id AS run, r.ente FROM items i JOIN runs r ON r.seq = i.run WHERE i.id";

/** Over an open database; closing it is the caller's business. */
export function createItemChangeReader(db: Database): ItemChangeReader {
  return {
    listItemChanges: async (after, limit) => readChanges(db, after ?? startBehind(db), limit),
  };
}

/** What changes from now on is told by attempts; what is there by the items themselves. */
function startBehind(db: Database): ChangeMark {
  const newest = db
    .query<{ id: number | null }, []>("SELECT max(id) AS id FROM attempts")
    .get()?.id;
  const open = db.query<{ id: number }, []>("SELECT id FROM attempts WHERE outcome IS NULL").all();
  return { item: 0, attempt: newest ?? 0, open: open.map(({ id }) => id) };
}

function readChanges(db: Database, after: ChangeMark, limit: number): ItemChanges {
  const fresh = db
    .query<ChangedRecord, [number, number]>(`${selectItems} > ? ORDER BY i.id LIMIT ?`)
    .all(after.item, limit);
  const item = fresh.at(-1)?.id ?? after.item;
  if (fresh.length === limit)
    return { items: fresh.map(toChangedItem), mark: { ...after, item }, isEnd: false };
  const ended = db
    .query<AttemptEnd, [string]>(
      "SELECT id, item, outcome FROM attempts WHERE outcome IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
    )
    .all(JSON.stringify(after.open));
  const begun = db
    .query<AttemptEnd, [number, number]>(
      "SELECT id, item, outcome FROM attempts WHERE id > ? ORDER BY id LIMIT ?",
    )
    .all(after.attempt, limit);
  const touched = new Set([...ended, ...begun].map((attempt) => attempt.item));
  const changed = db
    .query<ChangedRecord, [string]>(`${selectItems} IN (SELECT value FROM json_each(?))`)
    .all(JSON.stringify([...touched]));
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
