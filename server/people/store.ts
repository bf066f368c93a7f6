/** The file of the people: opened with its pragmas, brought to the newest tables, written in transactions. */
import { createHash, randomBytes } from "node:crypto";
import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataNotWritableError, toDiskError } from "../../engine/host/disk-faults.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import text from "./schema.sql" with { type: "text" };

const migrations = text.split(/^-- migration \d+:.*$/m).slice(1);

/** Where the file lies: a copy of the data without it knows nobody. */
export function locatePeople(dataFolder: string): string {
  return join(dataFolder, "persone.sqlite");
}

/** Opens (and makes) the file; several processes may. Throws RunBlocked `DATA_NOT_WRITABLE`, `DISK_FULL`, `PEOPLE_TOO_NEW`. */
export function openPeopleFile(path: string): Database {
  let db: Database | null = null;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    db = new Database(path, { create: true, strict: true });
    if (path !== ":memory:") chmodSync(path, 0o600);
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA foreign_keys = ON");
    migrateTables(db);
    return db;
  } catch (error) {
    db?.close();
    const fault = toDiskError(error, path);
    throw fault instanceof RunBlocked ? fault : dataNotWritableError(path, error);
  }
}

function migrateTables(db: Database): void {
  if (readVersionOf(db) === migrations.length) return;
  db.transaction(() => {
    // Asked again under the lock: two processes may begin at once.
    const from = readVersionOf(db);
    if (from > migrations.length)
      throw new RunBlocked(
        "PEOPLE_TOO_NEW",
        "L'archivio delle persone è stato scritto da una versione più nuova di Postino.",
        { hint: "Aggiornare Postino a quella versione." },
      );
    for (const sql of migrations.slice(from)) db.run(sql);
    db.run(`PRAGMA user_version = ${migrations.length}`);
  }).immediate();
}

function readVersionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** Runs `work` in one transaction that other processes wait for. */
export function changePeople<Result>(db: Database, work: () => Result): Result {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    throw toDiskError(error, db.filename);
  }
}

/** What a secret that somebody else keeps is known by. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** 256 random bits that fit into addresses and cookies. */
export function drawSecret(): string {
  return randomBytes(32).toString("base64url");
}
