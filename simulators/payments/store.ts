/** Where a simulated payment system keeps its positions: a SQLite file of its own with unique names and codes. */
import { Database } from "bun:sqlite";

/** A name or a code is taken. */
export class Taken extends Error {}

export interface StoreRules<Kept> {
  /** Whose it is: a creditor. */
  scopeOf(kept: Kept): string;
  /** Unique name, scope included. */
  buildName(kept: Kept): string;
  /** Codes that nobody else may have, scope included. */
  listCodes(kept: Kept): readonly string[];
}

export interface PositionStore<Kept> {
  get(name: string): Kept | null;
  findByCode(code: string): Kept | null;
  /** Throws Taken when the name or a code is there already. */
  insert(kept: Kept): void;
  /** Puts it in place of the one of that name; throws Taken when a code belongs to another. */
  replace(kept: Kept): void;
  remove(name: string): void;
  /** All or, when one throws Taken, none. */
  insertAll(all: readonly Kept[]): void;
  /** The same. */
  replaceAll(all: readonly Kept[]): void;
  /** Oldest first. */
  list(scope: string): readonly Kept[];
  listAll(): readonly Kept[];
  /** Counts something that happened. */
  count(what: string): void;
  readCount(what: string): number;
  close(): void;
}

interface Row {
  readonly document: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS kept (
    name TEXT PRIMARY KEY, scope TEXT NOT NULL, document TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS kept_scope ON kept (scope);
  CREATE TABLE IF NOT EXISTS code (code TEXT PRIMARY KEY, name TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS code_name ON code (name);
  CREATE TABLE IF NOT EXISTS tally (what TEXT PRIMARY KEY, count INTEGER NOT NULL);
`;

/** Opens (and makes) the store; `:memory:` keeps nothing. */
export function openPositionStore<Kept>(
  file: string,
  rules: StoreRules<Kept>,
): PositionStore<Kept> {
  const db = new Database(file, { create: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA busy_timeout = 5000");
  db.run(schema);
  const statements = prepare(db);
  const read = (row: Row | null): Kept | null =>
    row === null ? null : (JSON.parse(row.document) as Kept);

  function write(kept: Kept): void {
    const name = rules.buildName(kept);
    statements.put.run(name, rules.scopeOf(kept), JSON.stringify(kept));
    statements.forget.run(name);
    for (const code of rules.listCodes(kept)) statements.code.run(code, name);
  }

  const insert = db.transaction((kept: Kept) => {
    if (statements.get.get(rules.buildName(kept)) !== null) throw new Taken("name taken");
    write(kept);
  });
  const replace = db.transaction(write);
  const insertAll = db.transaction((all: readonly Kept[]) => {
    for (const kept of all) insert(kept);
  });
  const replaceAll = db.transaction((all: readonly Kept[]) => {
    for (const kept of all) write(kept);
  });
  const remove = db.transaction((name: string) => {
    statements.forget.run(name);
    statements.drop.run(name);
  });

  return {
    get: (name) => read(statements.get.get(name)),
    findByCode: (code) => read(statements.byCode.get(code)),
    insert: (kept) => runUnlessTaken(() => insert.immediate(kept)),
    replace: (kept) => runUnlessTaken(() => replace.immediate(kept)),
    remove: (name) => remove.immediate(name),
    insertAll: (all) => runUnlessTaken(() => insertAll.immediate(all)),
    replaceAll: (all) => runUnlessTaken(() => replaceAll.immediate(all)),
    list: (scope) => statements.list.all(scope).flatMap((row) => read(row) ?? []),
    listAll: () => statements.all.all().flatMap((row) => read(row) ?? []),
    count: (what) => statements.count.run(what),
    readCount: (what) => statements.counted.get(what)?.count ?? 0,
    close: () => db.close(),
  };
}

function prepare(db: Database) {
  return {
    get: db.query<Row, [string]>("SELECT document FROM kept WHERE name = ?"),
    byCode: db.query<Row, [string]>(
      "SELECT k.document FROM code c JOIN kept k ON k.name = c.name WHERE c.code = ?",
    ),
    put: db.query<null, [string, string, string]>(
      "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document",
    ),
    code: db.query<null, [string, string]>("INSERT INTO code VALUES (?, ?)"),
    forget: db.query<null, [string]>("DELETE FROM code WHERE name = ?"),
    drop: db.query<null, [string]>("DELETE FROM kept WHERE name = ?"),
    list: db.query<Row, [string]>("SELECT document FROM kept WHERE scope = ? ORDER BY rowid"),
    all: db.query<Row, []>("SELECT document FROM kept ORDER BY rowid"),
    count: db.query<null, [string]>(
      "INSERT INTO tally VALUES (?, 1) ON CONFLICT (what) DO UPDATE SET count = count + 1",
    ),
    counted: db.query<{ count: number }, [string]>("SELECT count FROM tally WHERE what = ?"),
  };
}

function runUnlessTaken(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof Taken) throw error;
    if (
      error instanceof Error &&
      "code" in error &&
      String(error.code).startsWith("SQLITE_CONSTRAINT")
    )
      throw new Taken("code taken", { cause: error });
    throw error;
  }
}
