/** The file of an embedded journal: opened with its pragmas, migrated, written in transactions. */
import { Database } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { dataNotWritableError, toDiskError } from "../../engine/host/disk-faults.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import { migrateSchema, readSchemaVersion } from "./schema.ts";

/** Opens (and makes) the file for the one writer. Throws RunBlocked `DATA_NOT_WRITABLE`, `DISK_FULL`, `JOURNAL_TOO_NEW`. */
export function openForWriting(path: string): Database {
  let db: Database | null = null;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    db = new Database(path, { create: true, strict: true });
    db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA journal_size_limit = 67108864");
    if (path !== ":memory:") chmodSync(path, 0o600);
    migrateSchema(db);
    return db;
  } catch (error) {
    db?.close();
    const fault = toDiskError(error, path);
    throw fault instanceof RunBlocked ? fault : dataNotWritableError(path, error);
  }
}

/** Opens the file beside its writer; `null` when there is no journal in it yet. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export function openForReading(path: string): Database | null {
  if (!existsSync(path)) return null;
  const db = new Database(path, { readonly: true, strict: true });
  try {
    db.run("PRAGMA busy_timeout = 5000");
    // A writer that died while it made the file leaves it without tables.
    if (readSchemaVersion(db) > 0) return db;
    db.close();
    return null;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs `work` in one transaction: all of it is durable when this returns, nothing of it when this throws. */
export function runTransaction<Result>(db: Database, work: () => Result): Result {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    throw toDiskError(error, db.filename);
  }
}
