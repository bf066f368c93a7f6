/** Brings the tables of an embedded journal to the newest of the migrations in schema.sql. */
import type { Database } from "bun:sqlite";
import { assertKnownVersion, splitMigrations } from "../sql/migrations.ts";
import text from "./schema.sql" with { type: "text" };

const migrations = splitMigrations(text);

/** Brings the file to the newest version, one transaction per migration; refuses a file that is newer than this program. */
export function migrateSchema(db: Database): void {
  const from = readSchemaVersion(db);
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    db.transaction(() => {
      db.run(sql);
      db.run(`PRAGMA user_version = ${index + 1}`);
    }).immediate();
  }
}

/** How many migrations the file has seen; 0 = no journal yet. Throws RunBlocked `JOURNAL_TOO_NEW` when it has seen more than there are. */
export function readSchemaVersion(db: Database): number {
  const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
  const version = row?.user_version ?? 0;
  assertKnownVersion(version, migrations);
  return version;
}
