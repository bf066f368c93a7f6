/** Brings the tables of a journal on PostgreSQL to the newest of the migrations in schema.sql. */
import { assertKnownVersion, splitMigrations } from "../sql/migrations.ts";
import { buildChange, change, type Plan, readOne } from "../sql/plan.ts";
import text from "./schema.sql" with { type: "text" };
import { carryOut, type Session } from "./session.ts";

const migrations = splitMigrations(text);

/** Brings the schema to the newest version, one transaction for all; of two that begin at once one waits. Throws RunBlocked `JOURNAL_TOO_NEW`. */
export async function migratePostgresSchema(session: Session): Promise<void> {
  await session.run([buildChange("BEGIN")]);
  try {
    await carryOut(session, migrate());
    await session.run([buildChange("COMMIT")]);
  } catch (error) {
    await session.run([buildChange("ROLLBACK")]).catch(() => {});
    throw error;
  }
}

function* migrate(): Plan<void> {
  yield* readOne(
    "SELECT pg_advisory_xact_lock(1886745717, hashtext(current_schema())) IS NULL AS one",
  );
  yield* change("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
  const from = yield* readPostgresVersion();
  assertKnownVersion(from, migrations);
  for (const sql of migrations.slice(from))
    for (const statement of splitStatements(sql)) yield* change(statement);
  if (from === migrations.length) return;
  yield* change("DELETE FROM schema_version");
  yield* change("INSERT INTO schema_version (version) VALUES (?)", migrations.length);
}

/** How many migrations the schema has seen; 0 = no journal yet. */
export function* readPostgresVersion(): Plan<number> {
  const table = "SELECT CASE WHEN to_regclass('schema_version') IS NULL THEN 0 ELSE 1 END AS there";
  if ((yield* readOne<{ there: number }>(table))?.there !== 1) return 0;
  return (yield* readOne<{ version: number }>("SELECT version FROM schema_version"))?.version ?? 0;
}

/** Statements of a migration: none of them holds a semicolon. */
function splitStatements(sql: string): readonly string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
