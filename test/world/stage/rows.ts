/** Rows of the databases of a world. */
import type { Database } from "bun:sqlite";

export type Row = Readonly<Record<string, string | number | null>>;

/** Rows of a database; none while nobody has it open. */
export function readRows(
  database: Database | null,
  sql: string,
  ...values: (string | number)[]
): readonly Row[] {
  return database === null ? [] : database.query<Row, (string | number)[]>(sql).all(...values);
}
