/** When schedules are due next, and whether a success is overdue; equal expressions are worked out once. */
import type { ScheduledPipeline } from "../../../engine/schedule/scheduled.ts";
import { listDueTimes } from "../../../engine/schedule/due-times.ts";

interface Times {
  readonly next: readonly number[];
  /** The last two before `from`, the newest first. */
  readonly past: readonly number[];
}

export interface NextTimes {
  /** The next `count` instants (at most five), milliseconds since the epoch; none where the expression never comes true. */
  listNext(schedule: ScheduledPipeline["schedule"], now: number, count: number): readonly number[];
  /** The last but one time that has passed: a success since then is none too late. `null`: none passed in the last weeks. */
  findGrace(schedule: ScheduledPipeline["schedule"], now: number): number | null;
}

const mostNext = 5;
const lookBackMs = 15 * 86_400_000;
/** So many ticks are looked through, at most: an expression that is due every minute has enough of them in an hour. */
const windowsMs = [3_600_000, 86_400_000, lookBackMs] as const;

export function createNextTimes(): NextTimes {
  const known = new Map<string, Times & { readonly until: number; readonly from: number }>();
  function read({ cron, timezone }: ScheduledPipeline["schedule"], now: number): Times {
    const key = `${cron}|${timezone}`;
    const kept = known.get(key);
    // Until the first of them has passed they are the next ones; a clock that was set back makes them anew.
    if (kept !== undefined && kept.from <= now && now < kept.until) return kept;
    const next = listDueTimes(cron, timezone, now, Number.POSITIVE_INFINITY, mostNext);
    const past = listPast(cron, timezone, now);
    const made = { next, past, from: now, until: next[0] ?? Number.POSITIVE_INFINITY };
    if (known.size > 1_000) known.clear();
    known.set(key, made);
    return made;
  }
  return {
    listNext: (schedule, now, count) => read(schedule, now).next.slice(0, count),
    findGrace: (schedule, now) => read(schedule, now).past[1] ?? null,
  };
}

function listPast(cron: string, timezone: string, now: number): readonly number[] {
  for (const windowMs of windowsMs) {
    const passed = listDueTimes(cron, timezone, now - windowMs, now, 1_000);
    if (passed.length >= 2) return passed.slice(-2).toReversed();
  }
  return [];
}
