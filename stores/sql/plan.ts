/** Work on a database as a plan: a generator that yields statements and is handed their results, so that one text serves a store that answers at once and one that lies behind a network. */

/** What a column may hold. */
export type SqlValue = string | number | null;

/** A text that names people, or a hash of one: sealed before it goes to its column, where anything is sealed at all. */
export interface SealedValue {
  readonly text: string;
  /** Table, column and row; see `nameSealed`. */
  readonly place: string;
  /** What may be read of it without a key. */
  readonly mark?: string;
  /** `equal`: equal ones stay equal. `words`: a line that is searched by `WordValue`. */
  readonly as?: "equal" | "words";
}

/** What a line of words must hold. */
export interface WordValue {
  readonly word: string;
}

/** Rows that go as one value, in JSON. */
export interface RowsValue {
  readonly rows: readonly Readonly<Record<string, PlanValue>>[];
}

export type PlanValue = SqlValue | SealedValue | WordValue | RowsValue;

/** Columns of a result that were sealed. */
export interface Opens {
  /** By the name that the result has: where each was sealed. */
  readonly columns: Readonly<Record<string, (row: PlaceRow) => string>>;
  /** Columns that were asked for to know the place, and are not handed on. */
  readonly drops?: readonly string[];
}

export type PlaceRow = Readonly<Record<string, unknown>>;

/** Where a value is sealed: it opens there and nowhere else. `row`: what names the row and never changes. */
export function nameSealed(column: string, ...row: readonly unknown[]): string {
  return `${column} ${row.map(String).join("\u001f")}`;
}

/** `null` stays. */
export function seal(text: string, column: string, ...row: readonly unknown[]): SealedValue;
export function seal(
  text: string | null,
  column: string,
  ...row: readonly unknown[]
): SealedValue | null;
export function seal(
  text: string | null,
  column: string,
  ...row: readonly unknown[]
): SealedValue | null {
  return text === null ? null : { text, place: nameSealed(column, ...row) };
}

/** `?` stands for the values in order; names are those that SQLite and PostgreSQL both take. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly PlanValue[];
  /** What is wanted of it. */
  readonly wants: "rows" | "changes";
  /** What of its rows is sealed; absent: nothing. */
  readonly opens?: Opens;
}

/** Rows of a statement that wants them, and how many rows it changed. */
export interface StatementResult {
  readonly rows: readonly unknown[];
  readonly changes: number;
}

/** Yields statements that may go out together, and returns what they came to. */
export type Plan<Result> = Generator<readonly Statement[], Result, readonly StatementResult[]>;

/** Carries plans out. A plan may be begun anew, where a connection broke: it touches nothing but the database. */
export interface Database {
  /** Sees what is durable. */
  read<Result>(plan: () => Plan<Result>): Result | Promise<Result>;
  /** One transaction behind the fence: all of it is durable at the end, nothing of it when it throws, `JOURNAL_TAKEN` among others. */
  write<Result>(plan: () => Plan<Result>): Result | Promise<Result>;
}

/** All rows, as the caller says that the columns are. */
export function* readAll<Row>(sql: string, ...values: readonly PlanValue[]): Plan<readonly Row[]> {
  const [result] = yield [{ sql, values, wants: "rows" }];
  return (result?.rows ?? []) as readonly Row[];
}

/** The same, with columns that are sealed. */
export function* readOpened<Row>(
  opens: Opens,
  sql: string,
  ...values: readonly PlanValue[]
): Plan<readonly Row[]> {
  const [result] = yield [{ sql, values, wants: "rows", opens }];
  return (result?.rows ?? []) as readonly Row[];
}

/** The first row; `null` = none. */
export function* readOne<Row>(sql: string, ...values: readonly PlanValue[]): Plan<Row | null> {
  const [row] = yield* readAll<Row>(sql, ...values);
  return row ?? null;
}

/** How many rows it changed. */
export function* change(sql: string, ...values: readonly PlanValue[]): Plan<number> {
  const [changes = 0] = yield* changeAll([buildChange(sql, ...values)]);
  return changes;
}

/** The same for several that do not wait for each other. */
export function* changeAll(statements: readonly Statement[]): Plan<readonly number[]> {
  const results = yield statements;
  return results.map(({ changes }) => changes);
}

/** A statement for `changeAll` that inserts a row, by column; `conflict`: what stands behind ON CONFLICT. */
export function buildInsert(
  table: string,
  row: Readonly<Record<string, PlanValue>>,
  conflict = "",
): Statement {
  const values = Object.values(row);
  const sql = `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${listPlaceholders(values)})`;
  return buildChange(conflict === "" ? sql : `${sql} ON CONFLICT ${conflict}`, ...values);
}

/** Inserts a row; how many there are more, which is none where it was there. */
export function* insert(...row: Parameters<typeof buildInsert>): Plan<number> {
  const [changes = 0] = yield* changeAll([buildInsert(...row)]);
  return changes;
}

/** A statement for `changeAll`. */
export function buildChange(sql: string, ...values: readonly PlanValue[]): Statement {
  return { sql, values, wants: "changes" };
}

/** An UPDATE that had to hit a row and did not is a bug: throws, and the transaction is undone. */
export function requireHit(changes: number, what: string): void {
  if (changes === 0) throw new Error(`no row: ${what}`);
}

/** `?, ?, ?` */
export function listPlaceholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

const valuesAtOnce = 500;

/** `read` with some of the values at a time, as many as a statement takes. */
export function* readInParts<Value, Row>(
  values: readonly Value[],
  read: (some: readonly Value[]) => Plan<readonly Row[]>,
): Plan<readonly Row[]> {
  const found: Row[] = [];
  for (let start = 0; start < values.length; start += valuesAtOnce)
    found.push(...(yield* read(values.slice(start, start + valuesAtOnce))));
  return found;
}
