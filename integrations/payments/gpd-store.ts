/** Where the simulated GPD keeps its positions: a SQLite file of its own, with GPD's unique constraints. */
import { Database } from "bun:sqlite";
import type { GpdStatus } from "./gpd-wire.ts";
import type { OptionBody, PositionBody } from "./gpd-rules.ts";

/** One option as it is kept; instants are ISO 8601 UTC. */
export interface StoredOption extends OptionBody {
  readonly nav: string;
  readonly notificationFee: number;
  readonly status: "PO_UNPAID" | "PO_PAID" | "PO_REPORTED";
  readonly paymentDate: string | null;
}

/** One position as it is kept: what was sent and what became of it. */
export interface StoredPosition extends Omit<PositionBody, "paymentOption"> {
  readonly organizationFiscalCode: string;
  readonly status: GpdStatus;
  readonly insertedDate: string;
  readonly publishDate: string | null;
  readonly paymentDate: string | null;
  readonly lastUpdatedDate: string;
  readonly paymentOption: readonly StoredOption[];
}

/** The IUPD, an IUV or a notice code is taken. */
export class Taken extends Error {}

export type Tally = "created" | "deleted";

export interface GpdStore {
  get(organization: string, iupd: string): StoredPosition | null;
  /** The position that has an option of this notice code. */
  byNav(organization: string, nav: string): StoredPosition | null;
  /** Throws Taken. */
  insert(position: StoredPosition): void;
  /** Throws Taken when a new option's code belongs to another position. */
  replace(position: StoredPosition): void;
  remove(organization: string, iupd: string): void;
  list(organization: string): readonly StoredPosition[];
  all(): readonly StoredPosition[];
  count(tally: Tally): void;
  counted(tally: Tally): number;
  close(): void;
}

interface Row {
  readonly document: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS position (
    org TEXT NOT NULL, iupd TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (org, iupd)
  );
  CREATE TABLE IF NOT EXISTS option (
    org TEXT NOT NULL, iuv TEXT NOT NULL, nav TEXT NOT NULL, iupd TEXT NOT NULL,
    PRIMARY KEY (org, iuv), UNIQUE (org, nav)
  );
  CREATE INDEX IF NOT EXISTS option_iupd ON option (org, iupd);
  CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
`;

/** Opens (and makes) the store; `:memory:` keeps nothing. */
export function openGpdStore(file: string): GpdStore {
  const db = new Database(file, { create: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA busy_timeout = 5000");
  db.run(schema);
  const statements = prepare(db);
  const read = (row: Row | null): StoredPosition | null =>
    row === null ? null : (JSON.parse(row.document) as StoredPosition);

  function write(position: StoredPosition): void {
    const { organizationFiscalCode: org, iupd } = position;
    statements.put.run(org, iupd, JSON.stringify(position));
    statements.forget.run(org, iupd);
    for (const { iuv, nav } of position.paymentOption) statements.code.run(org, iuv, nav, iupd);
  }

  const insert = db.transaction((position: StoredPosition) => {
    if (statements.get.get(position.organizationFiscalCode, position.iupd) !== null)
      throw new Taken();
    write(position);
  });
  const replace = db.transaction(write);
  const remove = db.transaction((org: string, iupd: string) => {
    statements.forget.run(org, iupd);
    statements.drop.run(org, iupd);
  });

  return {
    get: (org, iupd) => read(statements.get.get(org, iupd)),
    byNav: (org, nav) => read(statements.byNav.get(org, nav)),
    insert: (position) => orTaken(() => insert.immediate(position)),
    replace: (position) => orTaken(() => replace.immediate(position)),
    remove: (org, iupd) => remove.immediate(org, iupd),
    list: (org) => statements.list.all(org).flatMap((row) => read(row) ?? []),
    all: () => statements.all.all().flatMap((row) => read(row) ?? []),
    count: (tally) => statements.count.run(tally),
    counted: (tally) => statements.counted.get(tally)?.count ?? 0,
    close: () => db.close(),
  };
}

function prepare(db: Database) {
  return {
    get: db.query<Row, [string, string]>(
      "SELECT document FROM position WHERE org = ? AND iupd = ?",
    ),
    byNav: db.query<Row, [string, string]>(
      "SELECT p.document FROM option o JOIN position p ON p.org = o.org AND p.iupd = o.iupd WHERE o.org = ? AND o.nav = ?",
    ),
    put: db.query<null, [string, string, string]>(
      "INSERT INTO position VALUES (?, ?, ?) ON CONFLICT (org, iupd) DO UPDATE SET document = excluded.document",
    ),
    code: db.query<null, [string, string, string, string]>(
      "INSERT INTO option VALUES (?, ?, ?, ?)",
    ),
    forget: db.query<null, [string, string]>("DELETE FROM option WHERE org = ? AND iupd = ?"),
    drop: db.query<null, [string, string]>("DELETE FROM position WHERE org = ? AND iupd = ?"),
    list: db.query<Row, [string]>("SELECT document FROM position WHERE org = ? ORDER BY rowid"),
    all: db.query<Row, []>("SELECT document FROM position ORDER BY rowid"),
    count: db.query<null, [string]>(
      "INSERT INTO tally VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1",
    ),
    counted: db.query<{ count: number }, [string]>("SELECT count FROM tally WHERE name = ?"),
  };
}

function orTaken(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      String(error.code).startsWith("SQLITE_CONSTRAINT")
    )
      throw new Taken("taken", { cause: error });
    throw error;
  }
}
