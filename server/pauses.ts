/** Schedules that a person put aside for a while: what falls due meanwhile does not start, and is not made up for when they go on. */
import { type Clock, toEpochMs, toInstant } from "../engine/host/clock.ts";
import type { Journal } from "../engine/journal/journal.ts";
import { listDueTimes } from "../engine/schedule/due-times.ts";
import type {
  ScheduledPipeline,
  ScheduleListing,
  SchedulePair,
} from "../engine/schedule/scheduled.ts";
import { toFields, toText } from "./history/fields.ts";
import type { Pause, Pauses } from "./history/pauses.ts";

/** What is kept of a pipeline of an ente, under `pause`. */
const kind = "pause";
/** Due times of a pause that are written down; of a pipeline that is due each minute the oldest are told as one. */
const mostTicks = 2_000;

export interface PauseKeeper extends Pauses {
  isPaused(pair: SchedulePair): Promise<boolean>;
  /** What is not paused. */
  leaveOut(listing: ScheduleListing): Promise<ScheduleListing>;
}

type Source = Pick<Journal, "readRecords" | "writeRecords" | "recordDue">;

export function createPauses(
  journal: Source,
  clock: Clock,
  listSchedules: () => Promise<ScheduleListing>,
): PauseKeeper {
  const readOne = async ({ pipeline, ente }: SchedulePair): Promise<Pause | null> => {
    const record = (await journal.readRecords(ente, kind, [pipeline])).get(pipeline);
    return record === undefined ? null : toPause({ pipeline, ente }, record.data);
  };
  const isPaused = async (pair: SchedulePair): Promise<boolean> => {
    const since = (await readOne(pair))?.since ?? null;
    return since !== null;
  };
  const list = async (): Promise<readonly Pause[]> => {
    const { scheduled } = await listSchedules();
    const found = await Promise.all(scheduled.map(readOne));
    return found.filter((one) => one !== null);
  };
  return {
    list,
    isPaused,
    async leaveOut(listing) {
      const kept: ScheduledPipeline[] = [];
      for (const one of listing.scheduled) if (!(await isPaused(one))) kept.push(one);
      return { ...listing, scheduled: kept };
    },
    async pause(pair, by) {
      if (await isPaused(pair)) return false;
      await write(journal, pair, { since: toInstant(clock.now()), by, missed: 0, endedAt: null });
      return true;
    },
    async goOn(pair, by) {
      const paused = await readOne(pair);
      if (paused === null || paused.since === null) return null;
      const { scheduled } = await listSchedules();
      const found = scheduled.find(
        ({ pipeline, ente }) => pipeline === pair.pipeline && ente === pair.ente,
      );
      const now = clock.now();
      // Their rows first: the scheduler goes on behind the newest one.
      const missed =
        found === undefined ? 0 : await recordMissed(journal, { ...found, paused, now });
      await write(journal, pair, { since: null, by, missed, endedAt: toInstant(now) });
      return missed;
    },
  };
}

interface Missed extends ScheduledPipeline {
  readonly paused: Pause;
  readonly now: number;
}

/** Every due time of the pause gets its row, as every other has. */
async function recordMissed(
  journal: Source,
  { pipeline, ente, schedule, paused, now }: Missed,
): Promise<number> {
  const { cron, timezone } = schedule;
  const since = toEpochMs(paused.since ?? toInstant(now));
  const due = listDueTimes(cron, timezone, since, now, mostTicks);
  for (const at of due)
    await journal.recordDue({
      pipeline,
      ente,
      dueAt: toInstant(at),
      state: "skipped",
      run: null,
      reason: `La programmazione era in pausa (${paused.by}).`,
      recordedAt: toInstant(now),
    });
  return due.length;
}

function toPause(pair: SchedulePair, data: Readonly<Record<string, unknown>>): Pause {
  const { since, by, missed, endedAt } = toFields(data);
  return {
    ...pair,
    since: toText(since),
    by: toText(by) ?? "",
    missed: typeof missed === "number" ? missed : 0,
    endedAt: toText(endedAt),
  };
}

async function write(
  journal: Source,
  { pipeline, ente }: SchedulePair,
  data: Omit<Pause, keyof SchedulePair>,
): Promise<void> {
  await journal.writeRecords(ente, [{ kind, key: pipeline, data: { ...data } }]);
}
