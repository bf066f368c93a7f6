/** A journal from one store into another, table by table in the order of their keys, so that a copy that broke off goes on; and both held against each other, row by row. */
import { createHash } from "node:crypto";
import {
  buildInsert,
  changeAll,
  type Database,
  listPlaceholders,
  type Plan,
  readAll,
  readOne,
  type SqlValue,
} from "./plan.ts";

/** Every table with what orders it. Who owns a journal stays with its store. */
const tables: Readonly<Record<string, readonly string[]>> = {
  specs: ["digest"],
  runs: ["seq"],
  items: ["id"],
  attempts: ["id"],
  effects: ["key"],
  rounds: ["ente", "item_key"],
  step_counts: ["run", "step"],
  files: ["run", "name"],
  asks: ["run", "step"],
  counters: ["name"],
  allocations: ["counter", "owner"],
  schedules: ["pipeline", "ente"],
  due: ["pipeline", "ente", "due_at"],
  stream_events: ["id"],
  holdings: ["id"],
  approvals: ["id"],
  decisions: ["id"],
  record_versions: ["number"],
  records: ["ente", "kind", "key"],
};

/** The tables of a store, held for a copy. */
export interface OpenTables {
  readonly db: Database;
  /** Rows came with ids of their own: the next ones follow them. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** What a store has of a table: how many rows, and the hash of all of them. */
export interface TableDigest {
  readonly table: string;
  readonly rows: number;
  readonly sha256: string;
}

type Row = Readonly<Record<string, SqlValue>>;

const pageRows = 500;

/** The row by which a copy under way is known: which journal it is of. */
const underWay = "store-copy";

/** What the journal calls itself; `null`: it has not begun. */
export async function readInstallation(db: Database): Promise<number | null> {
  const asked =
    "SELECT first FROM allocations WHERE counter = 'installation' AND owner = 'installation'";
  return (await db.read(() => readOne<{ first: number }>(asked)))?.first ?? null;
}

/** Whether a copy of this journal may be made, or go on, there: it is empty, or holds a part of it. */
export async function mayCopyInto(to: Database, installation: number): Promise<boolean> {
  const begun = await to.read(() =>
    readOne<{ first: number }>("SELECT first FROM allocations WHERE counter = ?", underWay),
  );
  if (begun !== null) return begun.first === installation;
  const runs = await to.read(() => readOne("SELECT 1 AS one FROM runs LIMIT 1"));
  return runs === null && (await readInstallation(to)) === null;
}

/** Copies what is not there yet. `tell`: each table once it is through. */
export async function copyTables(
  from: Database,
  to: Database,
  installation: number,
  tell: (table: string, rows: number) => void,
): Promise<void> {
  const begin = { counter: underWay, owner: "", first: installation, count: 1 };
  await to.write(() => insertRows("allocations", [begin]));
  for (const [table, keys] of Object.entries(tables)) {
    // Rows come in the order of their keys: behind the last one nothing is there yet.
    let last = table === "allocations" ? null : await readLast(to, table, keys);
    let copied = 0;
    for (;;) {
      const after = last;
      const rows = await from.read(() => readPage(table, keys, after));
      if (rows.length === 0) break;
      await to.write(() => insertRows(table, rows));
      copied += rows.length;
      last = rows.at(-1) ?? null;
    }
    tell(table, copied);
  }
}

/** The copy is whole: it is a journal like any other. `more`: what goes into it in the same moment. */
export async function endCopy(to: Database, more: () => Plan<void>): Promise<void> {
  await to.write(function* end() {
    yield* more();
    const sql = "DELETE FROM allocations WHERE counter = ?";
    yield* changeAll([{ sql, values: [underWay], wants: "changes" }]);
  });
}

/** Count and hash of every table; what marks a copy under way is not counted. */
export async function digestTables(db: Database): Promise<readonly TableDigest[]> {
  const digests: TableDigest[] = [];
  for (const [table, keys] of Object.entries(tables)) {
    const hash = createHash("sha256");
    let count = 0;
    let last: Row | null = null;
    for (;;) {
      const after: Row | null = last;
      const rows: readonly Row[] = await db.read(() => readPage(table, keys, after));
      for (const row of rows) {
        if (table === "allocations" && row["counter"] === underWay) continue;
        hash.update(JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))));
        count += 1;
      }
      last = rows.at(-1) ?? last;
      if (rows.length < pageRows) break;
    }
    digests.push({ table, rows: count, sha256: hash.digest("hex") });
  }
  return digests;
}

function* insertRows(table: string, rows: readonly Row[]): Plan<void> {
  yield* changeAll(rows.map((row) => buildInsert(table, row, "DO NOTHING")));
}

function* readPage(
  table: string,
  keys: readonly string[],
  after: Row | null,
): Plan<readonly Row[]> {
  const columns = keys.join(", ");
  const values = after === null ? [] : keys.map((key) => after[key] ?? null);
  const behind = after === null ? "" : `WHERE (${columns}) > (${listPlaceholders(keys)})`;
  return yield* readAll<Row>(
    `SELECT * FROM ${table} ${behind} ORDER BY ${columns} LIMIT ?`,
    ...values,
    pageRows,
  );
}

async function readLast(db: Database, table: string, keys: readonly string[]): Promise<Row | null> {
  const order = keys.map((key) => `${key} DESC`).join(", ");
  const asked = `SELECT ${keys.join(", ")} FROM ${table} ORDER BY ${order} LIMIT 1`;
  return await db.read(() => readOne<Row>(asked));
}
