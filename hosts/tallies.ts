/** What workers counted of a run, moved into its row: they only add to a list, for at every commit the row would be locked by one of them. */
import {
  buildChange,
  change,
  changeAll,
  type Plan,
  readAll,
  type SqlValue,
} from "../stores/sql/plan.ts";

const countedColumns = [
  "pending",
  "waiting",
  "done",
  "rejected",
  "in_doubt",
  "failed",
  "cancelled",
  "sealed",
] as const;

const sums = countedColumns.map((column) => `COALESCE(sum(${column}), 0) AS ${column}`).join(", ");

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

type Row = Readonly<Record<string, SqlValue>>;

/** What workers have counted and nobody has settled yet. */
export interface OpenTallies {
  readonly runs: readonly Row[];
  readonly steps: readonly Row[];
}

/** Sums by run, and by run and step. */
export function* readOpenTallies(): Plan<OpenTallies> {
  const runs = yield* readAll<Row>(
    `SELECT run, ${sums}, min(CASE WHEN sealed > 0 THEN at END) AS sealed_at FROM tallies GROUP BY run ORDER BY run`,
  );
  const steps = yield* readAll<Row>(
    `SELECT run, step, sum(done) AS done, sum(rejected) AS rejected, sum(failed) AS failed, min(at) AS first_at, max(at) AS last_at
     FROM step_tallies GROUP BY run, step ORDER BY run, step`,
  );
  return { runs, steps };
}

/** Into the runs of a copy of the journal, of any store. */
export function* addTallies({ runs, steps }: OpenTallies): Plan<void> {
  const added = countedColumns.map((column) => `${column} = ${column} + ?`).join(", ");
  yield* changeAll([
    ...runs.map((row) =>
      buildChange(
        `UPDATE runs SET ${added}, sealed_at = COALESCE(sealed_at, ?) WHERE seq = ?`,
        ...countedColumns.map((column) => Number(row[column])),
        row["sealed_at"] ?? null,
        Number(row["run"]),
      ),
    ),
    ...steps.map((row) =>
      buildChange(
        `INSERT INTO step_counts (run, step, done, rejected, failed, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (run, step) DO UPDATE SET done = step_counts.done + excluded.done, rejected = step_counts.rejected + excluded.rejected,
           failed = step_counts.failed + excluded.failed, last_at = excluded.last_at`,
        Number(row["run"]),
        row["step"] ?? "",
        Number(row["done"]),
        Number(row["rejected"]),
        Number(row["failed"]),
        row["first_at"] ?? null,
        row["last_at"] ?? null,
      ),
    ),
  ]);
}
