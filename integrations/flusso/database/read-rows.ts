/** The rows of a question to the office's own database as texts, some at a time, in one transaction that cannot write. */
import { Database } from "bun:sqlite";
import { SQL } from "bun";
import { bindQuery } from "./query.ts";

/** Names of the columns, and rows in their order; nothing where there are no rows. */
export interface QueriedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface DatabaseQuery {
  /** With user and password: `postgres://`, `mysql://`, `sqlite://`. */
  readonly url: string;
  readonly query: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Thrown where the address is of no kind that is known. */
export class UnknownDatabase extends Error {}

export function readDatabase(asked: DatabaseQuery): AsyncGenerator<QueriedRows> {
  const kind = /^([a-z]+):/.exec(asked.url)?.[1];
  if (kind === "postgres" || kind === "postgresql") return readPostgres(asked);
  if (kind === "mysql" || kind === "mariadb") return readMysql(asked);
  if (kind === "sqlite" || kind === "file") return readSqlite(asked);
  throw new UnknownDatabase("the address is of no known database");
}

const perFetch = 500;

type Row = Readonly<Record<string, unknown>>;

/** Every value as its text: a day stays a day, whatever the driver makes of it. */
async function* readPostgres({ url, query, values }: DatabaseQuery): AsyncGenerator<QueriedRows> {
  const bound = bindQuery(query, values, (nth) => `$${nth}`);
  yield* withConnection(url, async function* (ask) {
    await ask("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await ask("SET LOCAL datestyle TO 'ISO, DMY'");
    await ask("SET LOCAL timezone TO 'Europe/Rome'");
    const [first] = await ask(`SELECT * FROM (${bound.sql}) AS q LIMIT 1`, bound.values);
    if (first === undefined) return;
    const columns = Object.keys(first);
    const texts = columns.map((name) => `q.${quote(name, '"')}::text AS ${quote(name, '"')}`);
    const all = `SELECT ${texts.join(", ")} FROM (${bound.sql}) AS q`;
    await ask(`DECLARE postino NO SCROLL CURSOR FOR ${all}`, bound.values);
    for (;;) {
      const rows = await ask(`FETCH ${perFetch} FROM postino`);
      if (rows.length === 0) return;
      yield toTexts(columns, rows);
    }
  });
}

/** So many at a time: each time all are sorted, for want of a cursor. */
const perPage = 5_000;

async function* readMysql({ url, query, values }: DatabaseQuery): AsyncGenerator<QueriedRows> {
  const bound = bindQuery(query, values, () => "?");
  yield* withConnection(url.replace(/^mariadb:/, "mysql:"), async function* (ask) {
    await ask("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    const [first] = await ask(`SELECT * FROM (${bound.sql}) AS q LIMIT 1`, bound.values);
    if (first === undefined) return;
    const columns = Object.keys(first);
    const texts = columns.map(
      (name) => `CAST(q.${quote(name, "`")} AS CHAR) AS ${quote(name, "`")}`,
    );
    const order = columns.map((_, index) => index + 1).join(", ");
    const all = `SELECT ${texts.join(", ")} FROM (${bound.sql}) AS q ORDER BY ${order}`;
    for (let from = 0; ; from += perPage) {
      const rows = await ask(`${all} LIMIT ${perPage} OFFSET ${from}`, bound.values);
      if (rows.length === 0) return;
      yield toTexts(columns, rows);
    }
  });
}

/** The file is opened to read alone. */
async function* readSqlite({ url, query, values }: DatabaseQuery): AsyncGenerator<QueriedRows> {
  const bound = bindQuery(query, values, () => "?");
  const path = url.replace(/^(?:sqlite|file):(?:\/\/)?/, "");
  const db = new Database(path, { readonly: true, safeIntegers: true });
  try {
    db.run("BEGIN");
    let rows: Row[] = [];
    for (const row of db.query<Row, string[]>(bound.sql).iterate(...bound.values)) {
      rows.push(row);
      if (rows.length < perFetch) continue;
      yield toTexts(Object.keys(row), rows);
      rows = [];
    }
    const [first] = rows;
    if (first !== undefined) yield toTexts(Object.keys(first), rows);
  } finally {
    db.close();
  }
}

type Ask = (sql: string, values?: readonly string[]) => Promise<readonly Row[]>;

/** One connection, and its end: what was begun there is undone. */
async function* withConnection(
  url: string,
  read: (ask: Ask) => AsyncGenerator<QueriedRows>,
): AsyncGenerator<QueriedRows> {
  const sql = new SQL(url, { max: 1, connectionTimeout: 20 });
  try {
    const connection = await sql.reserve();
    yield* read(async (text, values = []) => (await connection.unsafe(text, [...values])) as Row[]);
  } finally {
    await sql.close({ timeout: 0 });
  }
}

function quote(name: string, sign: '"' | "`"): string {
  return `${sign}${name.replaceAll(sign, sign + sign)}${sign}`;
}

function toTexts(columns: readonly string[], rows: readonly Row[]): QueriedRows {
  return {
    columns,
    rows: rows.map((row) => columns.map((name) => toText(row[name]))),
  };
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return value.toString();
  if (value === null || value === undefined) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return JSON.stringify(value);
}
