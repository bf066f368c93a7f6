/** Brings the tables of an embedded journal to the newest of the migrations in schema.sql. */
import type { Database } from "bun:sqlite";
import { RunBlocked } from "../../host/errors.ts";
import text from "./schema.sql" with { type: "text" };

const migrations = text.split(/^-- migration \d+:.*$/m).slice(1);

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
  const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  if ((version ?? 0) <= migrations.length) return version ?? 0;
  throw new RunBlocked(
    "JOURNAL_TOO_NEW",
    "Il registro dei flussi è stato scritto da una versione più nuova di Postino.",
    { hint: "Aggiornare Postino a quella versione." },
  );
}
