/** Runs that workers have, and the workers that are there. */
import { change, type Plan, readAll, readOne } from "../stores/sql/plan.ts";
import type { Skill } from "./queue.ts";

/** A worker that has not said so for so long is gone. */
const goneMs = 10_000;

export interface WorkerCard {
  readonly name: string;
  readonly skills: readonly Skill[];
}

/** The worker is there. */
export function* beat({ name, skills }: WorkerCard): Plan<void> {
  yield* change(
    `INSERT INTO workers (name, skills, beat_at) VALUES (?, ?, clock_timestamp())
     ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at`,
    name,
    skills.join(" "),
  );
  yield* change("DELETE FROM workers WHERE beat_at < clock_timestamp() - interval '1 hour'");
}

/** It leaves. */
export function* sayGoodbye(name: string): Plan<void> {
  yield* change("DELETE FROM workers WHERE name = ?", name);
}

/** Workers that are there now. */
export function* readWorkers(): Plan<readonly WorkerCard[]> {
  const rows = yield* readAll<{ name: string; skills: string }>(
    `SELECT name, skills FROM workers WHERE beat_at > clock_timestamp() - CAST(? AS INTEGER) * interval '1 millisecond' ORDER BY name`,
    goneMs,
  );
  return rows.map(({ skills, ...row }) => ({
    ...row,
    skills: skills.split(" ").filter((skill): skill is Skill => skill === "sign"),
  }));
}

export interface HandedRun {
  readonly job: string;
  readonly isStopped: boolean;
  /** Nothing of it can go on now: whoever handed it over decides. */
  readonly isRested: boolean;
  /** What its source saw and left to another run; `null`: nothing, as far as is known. */
  readonly more: readonly string[] | null;
}

/** Hands the run over, unless workers have it already. */
export function* handRun(run: string, job: string, steps: string): Plan<HandedRun> {
  yield* change(
    "INSERT INTO handed_runs (run, job, steps) VALUES (?, ?, ?) ON CONFLICT (run) DO NOTHING",
    run,
    job,
    steps,
  );
  const row = yield* readHanded(run);
  if (row === null) throw new Error(`run ${run} was taken back while it was handed over`);
  return row;
}

/** `null`: nobody has it. */
export function* readHanded(run: string): Plan<HandedRun | null> {
  const row = yield* readOne<{
    job: string;
    stop: number;
    rested: number;
    more: string | null;
  }>("SELECT job, stop, rested, more FROM handed_runs WHERE run = ?", run);
  return row === null
    ? null
    : {
        job: row.job,
        isStopped: row.stop === 1,
        isRested: row.rested === 1,
        more: row.more === null ? null : (JSON.parse(row.more) as readonly string[]),
      };
}

/** Whoever handed the run over is to know what else its source saw. */
export function* noteMore(run: string, names: readonly string[]): Plan<void> {
  yield* change("UPDATE handed_runs SET more = ? WHERE run = ?", JSON.stringify(names), run);
}

/** Workers finish what is under way of the run, and begin nothing. */
export function* stopHanded(run: string): Plan<void> {
  yield* change("UPDATE handed_runs SET stop = 1 WHERE run = ?", run);
}

/** Which of these should stop. */
export function* readStoppedRuns(runs: readonly string[]): Plan<readonly string[]> {
  if (runs.length === 0) return [];
  const asked = `SELECT run FROM handed_runs WHERE stop = 1 AND run IN (${runs.map(() => "?").join(", ")})`;
  return (yield* readAll<{ run: string }>(asked, ...runs)).map(({ run }) => run);
}

/** The worker has brought it as far as it goes now. */
export function* restHanded(run: string): Plan<void> {
  yield* change("UPDATE handed_runs SET rested = 1 WHERE run = ?", run);
  // Of workers that died with them in hand.
  yield* change("DELETE FROM claims WHERE run = ?", run);
}

/** Workers no longer have it; what they still do of it is refused. */
export function* dropHanded(run: string): Plan<void> {
  yield* change("DELETE FROM handed_runs WHERE run = ?", run);
  yield* change("DELETE FROM chunks WHERE run = ?", run);
  yield* change("DELETE FROM claims WHERE run = ?", run);
}

/** When the next item of the run is due, milliseconds since the epoch; `null`: none waits. */
export function* readNextDue(run: string): Plan<number | null> {
  const asked =
    "SELECT min(i.due_at) AS due_at FROM items i JOIN runs r ON r.seq = i.run WHERE r.id = ? AND i.state = 'waiting'";
  return (yield* readOne<{ due_at: number | null }>(asked, run))?.due_at ?? null;
}
