/** Due times that passed without a flusso and may be made up for by one start: nobody watched, or the schedule was put aside meanwhile. */
import { toEpochMs } from "../../engine/host/clock.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import type { SchedulePair } from "../../engine/schedule/scheduled.ts";
import type { Pause } from "./pauses.ts";

/** Older ones are history. */
const recentMs = 3 * 86_400_000;

export interface MissedSources {
  readonly journal: Pick<JournalReader, "listRuns">;
  /** The newest due times, of any pair. */
  readonly rows: readonly DueRow[];
  readonly pauses: readonly Pause[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How many of each pair no flusso has come after; a pair without any is not there. */
export async function countMissed({
  journal,
  rows,
  pauses,
  now,
}: MissedSources): Promise<ReadonlyMap<string, number>> {
  const moments = new Map<string, { readonly pair: SchedulePair; readonly at: MissedMoment[] }>();
  const add = ({ pipeline, ente }: SchedulePair, moment: MissedMoment): void => {
    if (now - toEpochMs(moment.at) > recentMs) return;
    const name = namePair({ pipeline, ente });
    const known = moments.get(name);
    if (known === undefined) moments.set(name, { pair: { pipeline, ente }, at: [moment] });
    else known.at.push(moment);
  };
  for (const row of rows) if (row.state === "missed") add(row, { at: row.dueAt, count: 1 });
  for (const pause of pauses)
    if (pause.since === null && pause.endedAt !== null && pause.missed > 0)
      add(pause, { at: pause.endedAt, count: pause.missed });
  const counted = new Map<string, number>();
  for (const [name, { pair, at }] of moments) {
    const [last] = await journal.listRuns({ ...pair, limit: 1 });
    const open = at.filter((moment) => last === undefined || last.createdAt < moment.at);
    let count = 0;
    for (const moment of open) count += moment.count;
    if (count > 0) counted.set(name, count);
  }
  return counted;
}

interface MissedMoment {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly count: number;
}

/** By which name a pair is counted. */
export function namePair({ pipeline, ente }: SchedulePair): string {
  return JSON.stringify([ente, pipeline]);
}
