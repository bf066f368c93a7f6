/** The rows of one file between its reading and its use: on disk, so that memory does not grow with the file, with what rows must not share. */
import { Database } from "bun:sqlite";
import { tmpdir } from "node:os";
import { codeOf, RunBlocked } from "../../../engine/host/errors.ts";
import type { RowContent } from "./csv-rows.ts";
import { foldCode } from "../look-alikes.ts";
import { listMarks, listSpeedHours, type Marks } from "./marks.ts";
import type { RowNeighbours } from "../port.ts";

/** A row as it was read. */
export interface SpooledRow {
  readonly line: number;
  /** The verbale's number; `null` where it cannot be told. */
  readonly number: string | null;
  readonly content: RowContent;
  /** The line of another row with this number (the first one, or for the first one the second); `null`: the number is unique. */
  readonly otherLine: number | null;
  /** The numbers of rows that share a mark; `null`: none does. */
  readonly neighbours: RowNeighbours | null;
  /** The rows below it with its number, where they are one act; at most `mostMates`. */
  readonly mates: readonly SpooledRow[];
}

/** One more than the recipients that an act may have beside its first. */
export const mostMates = 15;

/** The rows of one file; the maker closes it. */
export interface RowSpool {
  add(row: {
    readonly line: number;
    readonly number: string | null;
    readonly marks: Marks;
    readonly content: RowContent;
  }): void;
  /** Rows that were added. */
  countRows(): number;
  /** Acts that they are: fewer than the rows where those of one number are one act. */
  countActs(): number;
  /** All rows in file order, once all were added; of those of one act the first, with its mates. */
  readRows(): Generator<SpooledRow, void, undefined>;
  close(): void;
}

interface Stored {
  readonly line: number;
  readonly number: string | null;
  readonly marks: string;
  readonly content: string;
  readonly first: number | null;
  readonly second: number | null;
}

export interface SpoolOptions {
  /** Of 4 kB; default: as many as the disk has. */
  readonly mostPages?: number;
  /** Rows of one number are one act. */
  readonly joinsNumbers?: boolean;
}

/** Opens an empty one. Its use throws RunBlocked DISK_FULL. */
export function openSpool({ mostPages, joinsNumbers = false }: SpoolOptions = {}): RowSpool {
  const database = openDatabase();
  if (joinsNumbers) database.run("CREATE INDEX spool.by_number ON row (folded, line)");
  if (mostPages !== undefined) database.run(`PRAGMA spool.max_page_count = ${mostPages}`);
  const statements = prepareStatements(database);
  let rows = 0;
  return {
    add({ line, number, marks, content }) {
      rows += 1;
      const folded = number === null ? null : foldCode(number);
      guardRoom(() => {
        statements.insert.run(line, number, folded, JSON.stringify(marks), JSON.stringify(content));
        if (number === null) return;
        statements.insertNumber.run(folded, line);
        for (const mark of listMarks(marks))
          statements.insertMark.run(hashMark(mark), line, number);
      });
    },
    countRows: () => rows,
    countActs: () => (joinsNumbers ? guardRoom(() => statements.countFirst.get()?.n ?? 0) : rows),
    readRows: () => readStored(statements, joinsNumbers),
    close() {
      for (const statement of Object.values(statements)) statement.finalize();
      database.close();
    },
  };
}

/** Where SQLite keeps what has no name: the folder of temporary files, not that of the data. */
function guardRoom<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (!/^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/.test(code)) throw error;
    throw new RunBlocked(
      "DISK_FULL",
      `Il disco dei file temporanei (la cartella di TMPDIR; se manca, /var/tmp o ${tmpdir()}) è pieno o non si può scrivere: il flusso non è stato letto.`,
      {
        hint: {
          action: "resume",
          first:
            "Liberare spazio in quella cartella, oppure indicarne un'altra con TMPDIR e riavviare Postino.",
          after: "Nessun verbale è partito.",
        },
        cause: error,
      },
    );
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: Database) {
  return {
    insert: database.query(
      "INSERT INTO row (line, number, folded, marks, content) VALUES (?, ?, ?, ?, ?)",
    ),
    insertNumber: database.query(
      "INSERT INTO seen (number, first) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET second = coalesce(second, ?2)",
    ),
    insertMark: database.query("INSERT OR IGNORE INTO mark (hash, line, number) VALUES (?, ?, ?)"),
    page: database.query<Stored, [number]>(
      `SELECT line, row.number AS number, marks, content, first, second FROM row LEFT JOIN seen ON seen.number = folded
       WHERE line > ? ORDER BY line LIMIT 50`,
    ),
    pageFirst: database.query<Stored, [number]>(
      `SELECT line, row.number AS number, marks, content, first, second FROM row LEFT JOIN seen ON seen.number = folded
       WHERE line > ? AND (first IS NULL OR first = line) ORDER BY line LIMIT 50`,
    ),
    countFirst: database.query<{ n: number }, []>(
      "SELECT count(*) AS n FROM row LEFT JOIN seen ON seen.number = folded WHERE first IS NULL OR first = line",
    ),
    findMates: database.query<Stored, [string, number]>(
      `SELECT line, number, marks, content, NULL AS first, NULL AS second FROM row
       WHERE folded = ? AND line > ? ORDER BY line LIMIT ${mostMates}`,
    ),
    findMark: database.query<{ number: string }, [bigint, string]>(
      "SELECT DISTINCT number FROM mark WHERE hash = ? AND number <> ? ORDER BY line LIMIT 3",
    ),
    findTimed: database.query<{ number: string; marks: string }, [bigint, string]>(
      "SELECT DISTINCT mark.number AS number, row.marks AS marks FROM mark JOIN row ON row.line = mark.line WHERE hash = ? AND mark.number <> ? ORDER BY mark.line LIMIT 20",
    ),
    countMark: database.query<{ n: number }, [bigint]>(
      "SELECT count(DISTINCT number) AS n FROM mark WHERE hash = ?",
    ),
    countShared: database.query<{ n: number }, []>(
      "SELECT count(*) AS n FROM (SELECT 1 FROM mark GROUP BY hash HAVING count(DISTINCT number) > 1 LIMIT 1)",
    ),
  };
}

function* readStored(
  statements: Statements,
  joinsNumbers: boolean,
): Generator<SpooledRow, void, undefined> {
  const isShared = guardRoom(() => statements.countShared.get()?.n ?? 0) > 0;
  const shared = isShared ? { ...statements, countReason: createReasonCount(statements) } : null;
  const page = joinsNumbers ? statements.pageFirst : statements.page;
  let after = -1;
  for (;;) {
    const stored = guardRoom(() => page.all(after));
    for (const row of stored)
      yield joinsNumbers && row.second !== null && row.number !== null
        ? toFirstRow(row, foldCode(row.number), { statements, shared })
        : toSpooledRow(row, shared);
    const last = stored.at(-1);
    if (last === undefined) return;
    after = last.line;
  }
}

/** So many verbali with one reason are counted once: where a whole flusso has the same, each of its rows would count all others. */
const worthKeeping = 20;

/** In how many verbali a reason stands, once all rows are in. */
function createReasonCount({ countMark }: Statements): (reason: string) => number {
  const kept = new Map<bigint, number>();
  return (reason) => {
    const hash = hashMark(reason);
    const known = kept.get(hash);
    if (known !== undefined) return known;
    const count = countMark.get(hash)?.n ?? 0;
    if (count > worthKeeping) kept.set(hash, count);
    return count;
  };
}

interface SharedMarks extends Statements {
  readonly countReason: (reason: string) => number;
}

/** The first row of an act, with the others. */
function toFirstRow(
  row: Stored,
  folded: string,
  { statements, shared }: { readonly statements: Statements; readonly shared: SharedMarks | null },
): SpooledRow {
  const mates = guardRoom(() => statements.findMates.all(folded, row.line));
  return {
    ...toSpooledRow({ ...row, second: null }, shared),
    mates: mates.map((mate) => toSpooledRow(mate, shared)),
  };
}

/** `statements` is `null` where no two rows share a mark. */
function toSpooledRow(row: Stored, statements: SharedMarks | null): SpooledRow {
  const { line, number, first, second } = row;
  const other = line === first ? second : first;
  return {
    line,
    number,
    content: JSON.parse(row.content) as RowContent,
    otherLine: second === null ? null : other,
    neighbours:
      number === null || statements === null
        ? null
        : findNeighbours(number, JSON.parse(row.marks) as Marks, statements),
    mates: [],
  };
}

function findNeighbours(
  number: string,
  marks: Marks,
  statements: SharedMarks,
): RowNeighbours | null {
  const { findMark } = statements;
  /** At most three numbers for each mark, in file order. */
  const listOthers = (found: readonly (string | null)[]): string[] => [
    ...new Set(
      found
        .flatMap((mark) => (mark === null ? [] : findMark.all(hashMark(mark), number)))
        .map((row) => row.number),
    ),
  ];
  const similar = listOthers([marks.violation]);
  const sameViolation = listOthers([marks.sameViolation]);
  const sameProtocol = listOthers([marks.protocol]);
  const samePosition = listOthers(marks.positions);
  // One of them is this one.
  const sameReason = marks.reason === null ? 0 : statements.countReason(marks.reason) - 1;
  const sameHour = listSameHour(number, marks, statements);
  const all = [similar, sameProtocol, samePosition, sameHour];
  if (sameReason <= 0 && all.every((each) => each.length === 0)) return null;
  return {
    ...(similar.length > 0 && { similar }),
    ...(sameViolation.length > 0 && { sameViolation }),
    ...(sameHour.length > 0 && { sameHour }),
    ...(sameReason > 0 && { sameReason }),
    ...(sameProtocol.length > 0 && { sameProtocol }),
    ...(samePosition.length > 0 && { samePosition }),
  };
}

/** Other speeds of the same vehicle, an hour before or after at most; three of them. */
function listSameHour(number: string, { speed }: Marks, { findTimed }: Statements): string[] {
  if (speed === null) return [];
  const found = listSpeedHours(speed).flatMap((mark) => findTimed.all(hashMark(mark), number));
  const near = found.filter((row) => {
    const other = (JSON.parse(row.marks) as Marks).speed;
    return other !== null && Math.abs(other.minute - speed.minute) <= 60;
  });
  return [...new Set(near.map((row) => row.number))].slice(0, 3);
}

/** A database without a name lies on disk where only this connection finds it, and is gone with it, also when the process dies. */
function openDatabase(): Database {
  const database = new Database(":memory:");
  database.run("ATTACH DATABASE '' AS spool");
  database.run("PRAGMA spool.journal_mode = OFF");
  database.run("PRAGMA spool.synchronous = OFF");
  database.run("PRAGMA spool.cache_size = -2000");
  database.run(
    "CREATE TABLE spool.row (line INTEGER PRIMARY KEY, number TEXT, folded TEXT, marks TEXT NOT NULL, content TEXT NOT NULL)",
  );
  database.run(
    "CREATE TABLE spool.seen (number TEXT PRIMARY KEY, first INTEGER, second INTEGER) WITHOUT ROWID",
  );
  database.run(
    "CREATE TABLE spool.mark (hash INTEGER, line INTEGER, number TEXT, PRIMARY KEY (hash, line)) WITHOUT ROWID",
  );
  database.run("BEGIN");
  return database;
}

/** 64 bits, signed as SQLite keeps them: two different marks of one file practically never share them. */
function hashMark(mark: string): bigint {
  return BigInt.asIntN(64, Bun.hash.wyhash(mark));
}
