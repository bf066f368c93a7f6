/** Brings every sealed column of a journal to how it would be written now: sealed, sealed by the newest key, or in clear. What broke off goes on. */
import type { Seals } from "../seals/seals.ts";
import {
  buildChange,
  changeAll,
  type Database,
  listPlaceholders,
  nameSealed,
  readAll,
  type SqlValue,
} from "./plan.ts";
import { buildSealed } from "./sealed.ts";
import { purgedMark } from "./retention.ts";

/** A table with sealed columns. */
interface SealedTable {
  readonly table: string;
  /** What orders its rows. */
  readonly key: readonly string[];
  /** What of a row its places are named by: as where plans write it. */
  readonly place: readonly string[];
  readonly columns: readonly string[];
  /** How, when not as any text. */
  readonly as?: "equal" | "words";
  /** From where `place` is read, when not from the table alone. */
  readonly from?: string;
}

/** Every column that anything is sealed in. */
export const sealedTables: readonly SealedTable[] = [
  {
    table: "runs",
    key: ["seq"],
    place: ["id"],
    columns: ["params", "reason", "hint", "note", "first_note", "input_name", "input_sha256"],
  },
  {
    table: "items",
    key: ["id"],
    place: ["run", "key"],
    columns: ["data", "note", "hint", "source_digest"],
  },
  { table: "attempts", key: ["id"], place: ["item", "step"], columns: ["note"] },
  {
    table: "effects",
    key: ["key"],
    place: ["key"],
    columns: ["fields", "source_digest", "fingerprint"],
  },
  { table: "files", key: ["run", "name"], place: ["run", "name"], columns: ["sha256"] },
  {
    table: "asks",
    key: ["run", "step"],
    place: ["run_id", "step"],
    columns: ["prompt", "problem"],
    from: "(SELECT a.*, r.id AS run_id FROM asks a JOIN runs r ON r.seq = a.run) asks",
  },
  {
    table: "stream_events",
    key: ["id"],
    place: ["ente", "stream", "event"],
    columns: ["data"],
  },
  { table: "holdings", key: ["id"], place: [], columns: ["name"], as: "equal" },
  { table: "decisions", key: ["id"], place: ["item", "at"], columns: ["reason", "evidence"] },
  {
    table: "record_versions",
    key: ["number"],
    place: ["ente", "kind", "key", "version"],
    columns: ["data"],
  },
  {
    table: "records",
    key: ["ente", "kind", "key"],
    place: ["ente", "kind", "key"],
    columns: ["words"],
    as: "words",
  },
];

type Row = Readonly<Record<string, SqlValue>>;

const pageRows = 500;

/** Rows that were written anew. `db`: the tables as they are, seen without seals. `tell`: after each page. Throws RunBlocked `SEAL_BROKEN`. */
export async function resealJournal(
  db: Database,
  seals: Seals,
  tell: (rows: number) => void = () => {},
): Promise<number> {
  let changed = 0;
  for (const table of sealedTables) {
    let after: Row | null = null;
    for (;;) {
      const behind: Row | null = after;
      const rows: readonly Row[] = await db.read(() => readPage(table, behind));
      const changes = rows.flatMap((row) => buildUpdate(table, row, seals) ?? []);
      if (changes.length > 0) await db.write(() => changeAll(changes));
      changed += changes.length;
      tell(changed);
      after = rows.at(-1) ?? null;
      if (rows.length < pageRows) break;
    }
  }
  return changed;
}

function* readPage({ table, key, place, columns, from = table }: SealedTable, after: Row | null) {
  const order = key.join(", ");
  const asked = [...new Set([...key, ...place, ...columns])].join(", ");
  const behind = after === null ? "" : `WHERE (${order}) > (${listPlaceholders(key)})`;
  const values = after === null ? [] : key.map((name) => after[name] ?? null);
  return yield* readAll<Row>(
    `SELECT ${asked} FROM ${from} ${behind} ORDER BY ${order} LIMIT ?`,
    ...values,
    pageRows,
  );
}

/** `null`: the row is as it would be written. */
function buildUpdate({ table, key, place, columns, as }: SealedTable, row: Row, seals: Seals) {
  const unsettled = columns.filter((name) => {
    const value = row[name];
    return typeof value === "string" && !seals.isSettled(value);
  });
  if (unsettled.length === 0) return null;
  const values = unsettled.map((name) => {
    const at = nameSealed(`${table}.${name}`, ...place.map((one) => row[one]));
    const text = seals.openText(String(row[name]), at);
    const isMasked = (name === "data" || name === "fields") && text.includes(`"${purgedMark}":`);
    return buildSealed(
      {
        text,
        place: at,
        ...(isMasked && { mark: `"${purgedMark}":` }),
        ...(as !== undefined && { as }),
      },
      seals,
    );
  });
  const sets = unsettled.map((name) => `${name} = ?`).join(", ");
  const where = key.map((name) => `${name} = ?`).join(" AND ");
  return buildChange(
    `UPDATE ${table} SET ${sets} WHERE ${where}`,
    ...values,
    ...key.map((name) => row[name] ?? null),
  );
}
