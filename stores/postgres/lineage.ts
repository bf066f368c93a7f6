/** Whether another server has taken the place of the one before, and whether it can have lost anything. */
import { requireRow } from "../../engine/host/errors.ts";
import type { Lineage } from "../../engine/journal/journal.ts";
import { type Plan, readOne } from "../sql/plan.ts";

/** The timeline grows with each promotion; a commit waits for a replica where one is named and `synchronous_commit` is not `off` or `local`. */
export function* readLineage(): Plan<Lineage> {
  // The first eight digits of a name of the log are the timeline, in hexadecimal.
  const row = yield* readOne<{ line: number; replicated: number }>(
    `SELECT CAST(CAST(CAST('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS bit(32)) AS bigint) AS INTEGER) AS line,
       CASE WHEN current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') NOT IN ('off', 'local') THEN 1 ELSE 0 END AS replicated`,
  );
  const { line, replicated } = requireRow(row, "lineage");
  return { line, isReplicated: replicated === 1 };
}
