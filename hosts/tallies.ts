/** What workers counted of a run, moved into its row: they only add to a list, for at every commit the row would be locked by one of them. */
import { change, type Plan, readAll } from "../stores/sql/plan.ts";

const sums = ["pending", "waiting", "done", "rejected", "in_doubt", "failed", "cancelled", "sealed"]
  .map((column) => `COALESCE(sum(${column}), 0) AS ${column}`)
  .join(", ");

/** Part of a transaction. Whoever does it: nothing is counted twice. */
export function* settleTallies(runId: string): Plan<void> {
  const [run] = yield* readAll<{ seq: number }>(
    "SELECT seq FROM runs WHERE id = ? FOR UPDATE",
    runId,
  );
  if (run === undefined) return;
  yield* change(
    `WITH gone AS (DELETE FROM tallies WHERE run = ? RETURNING *),
       total AS (SELECT ${sums}, min(CASE WHEN sealed > 0 THEN at END) AS sealed_at, count(*) AS rows FROM gone)
     UPDATE runs SET pending = runs.pending + total.pending, waiting = runs.waiting + total.waiting, done = runs.done + total.done,
       rejected = runs.rejected + total.rejected, in_doubt = runs.in_doubt + total.in_doubt, failed = runs.failed + total.failed,
       cancelled = runs.cancelled + total.cancelled, sealed = runs.sealed + total.sealed, sealed_at = COALESCE(runs.sealed_at, total.sealed_at)
     FROM total WHERE runs.seq = ? AND total.rows > 0`,
    run.seq,
    run.seq,
  );
  yield* change(
    `WITH gone AS (DELETE FROM step_tallies WHERE run = ? RETURNING *)
     INSERT INTO step_counts (run, step, done, rejected, failed, first_at, last_at)
     SELECT run, step, sum(done), sum(rejected), sum(failed), min(at), max(at) FROM gone GROUP BY run, step
     ON CONFLICT (run, step) DO UPDATE SET done = step_counts.done + excluded.done, rejected = step_counts.rejected + excluded.rejected,
       failed = step_counts.failed + excluded.failed, last_at = excluded.last_at`,
    run.seq,
  );
}
