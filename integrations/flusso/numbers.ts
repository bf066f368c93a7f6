/** Which verbale numbers, violations, protocols and positions a file has more than once, found with a temporary database on disk so that memory does not grow with the file. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The numbers of one file; the maker closes it. */
export interface SeenNumbers {
  /** Notes a number, the line it stands on, and the marks that no other number should have. */
  add(number: string, line: number, marks: readonly string[]): void;
  /** Numbers that were noted more than once. */
  countRepeated(): number;
  /** The other line of a repeated number (the first one, or for the first one the second); `null` when it is unique. */
  findOtherLine(number: string, line: number): number | null;
  /** Whether a mark was noted under more than one number. */
  hasShared(): boolean;
  /** The other numbers that have this mark, at most three, in file order. */
  listOthers(number: string, mark: string): readonly string[];
  close(): void;
}

/** Opens an empty one; its file goes away with `close` (and, where the system allows, at once). */
export function openNumbers(): SeenNumbers {
  const folder = mkdtempSync(join(tmpdir(), "postino-"));
  const database = new Database(join(folder, "numeri.sqlite"), { create: true });
  database.run("PRAGMA journal_mode = OFF");
  database.run("PRAGMA synchronous = OFF");
  database.run("PRAGMA cache_size = -8000");
  database.run(
    "CREATE TABLE seen (number TEXT PRIMARY KEY, first INTEGER, second INTEGER) WITHOUT ROWID",
  );
  database.run(
    "CREATE TABLE mark (hash INTEGER, line INTEGER, number TEXT, PRIMARY KEY (hash, line)) WITHOUT ROWID",
  );
  database.run("BEGIN");
  const insert = database.query(
    "INSERT INTO seen (number, first) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET second = coalesce(second, ?2)",
  );
  const find = database.query<{ first: number; second: number | null }, [string]>(
    "SELECT first, second FROM seen WHERE number = ?1",
  );
  const count = database.query<{ n: number }, []>(
    "SELECT count(*) AS n FROM seen WHERE second IS NOT NULL",
  );
  const insertMark = database.query(
    "INSERT OR IGNORE INTO mark (hash, line, number) VALUES (?, ?, ?)",
  );
  const findMark = database.query<{ number: string }, [bigint, string]>(
    "SELECT DISTINCT number FROM mark WHERE hash = ? AND number <> ? ORDER BY line LIMIT 3",
  );
  const countShared = database.query<{ n: number }, []>(
    "SELECT count(*) AS n FROM (SELECT 1 FROM mark GROUP BY hash HAVING count(DISTINCT number) > 1 LIMIT 1)",
  );
  return {
    add(number, line, marks) {
      insert.run(number, line);
      for (const mark of marks) insertMark.run(hashMark(mark), line, number);
    },
    hasShared: () => (countShared.get()?.n ?? 0) > 0,
    listOthers: (number, mark) => findMark.all(hashMark(mark), number).map((row) => row.number),
    countRepeated: () => count.get()?.n ?? 0,
    findOtherLine(number, line) {
      const row = find.get(number);
      if (row === null || row.second === null) return null;
      return row.first === line ? row.second : row.first;
    },
    close() {
      insert.finalize();
      find.finalize();
      count.finalize();
      insertMark.finalize();
      findMark.finalize();
      countShared.finalize();
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** 64 bits, signed as SQLite keeps them: two different marks of one file practically never share them. */
function hashMark(mark: string): bigint {
  return BigInt.asIntN(64, Bun.hash.wyhash(mark));
}
