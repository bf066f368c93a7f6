/** A schedule as the files say it, and as the journal keeps it for the time when they cannot be read. */
import type { Schedules } from "../journal/schedules.ts";

/** A pipeline of an ente that has a schedule, as the merged YAML says. */
export interface ScheduledPipeline {
  readonly pipeline: string;
  readonly ente: string;
  readonly schedule: {
    /** Five fields, wall-clock time in `timezone`. */
    readonly cron: string;
    /** IANA name. */
    readonly timezone: string;
    /** After a downtime: the newest due time runs once, or none does. */
    readonly ifMissed: "run-once" | "skip";
    /** While a run of the same pipeline and ente is not over: leave the tick out, or start when the run has ended. */
    readonly ifRunning: "skip" | "queue";
  };
}

/** A pipeline of an ente, by its names. */
export type SchedulePair = Pick<ScheduledPipeline, "pipeline" | "ente">;

/** What the files say now. */
export interface ScheduleListing {
  readonly scheduled: readonly ScheduledPipeline[];
  /** Whose schedule cannot be read, because a file is broken: the one that was read last stays in force. */
  readonly unreadable: readonly SchedulePair[];
}

/** What was in force when the process of before ended. */
export async function recallSchedules(journal: Schedules): Promise<readonly ScheduledPipeline[]> {
  const kept = await journal.listKeptSchedules();
  return kept.map(({ schedule, ...names }) => ({
    ...names,
    schedule: JSON.parse(schedule) as ScheduledPipeline["schedule"],
  }));
}

/** These, and no others. `now` is ISO 8601 UTC. */
export async function keepSchedules(
  journal: Schedules,
  listed: readonly ScheduledPipeline[],
  now: string,
): Promise<void> {
  const kept = listed.map(({ pipeline, ente, schedule }) => ({
    pipeline,
    ente,
    schedule: JSON.stringify(schedule),
  }));
  await journal.keepSchedules(kept, now);
}
