/** Starts pipelines when their schedule is due and records what became of every due tick. */
import { toEpochMs, toInstant } from "../host/clock.ts";
import type { Clock } from "../host/clock.ts";
import type { ReportBug } from "../host/bug-report.ts";
import { isForeseen, messageOf } from "../host/errors.ts";
import type { DueRow, Schedules } from "../journal/schedules.ts";
import type { LogFields, Logger } from "../host/logger.ts";
import { listDueTimes, findNextDue } from "./due-times.ts";
import {
  keepSchedules,
  recallSchedules,
  type ScheduledPipeline,
  type ScheduleListing,
  type SchedulePair,
} from "./scheduled.ts";

export interface SchedulerOptions {
  readonly journal: Schedules;
  readonly clock: Clock;
  readonly log: Logger;
  /** Keeps what is known of an unforeseen exception; default: nothing is kept. */
  readonly reportBug?: ReportBug;
  /** Asked at most once a minute, so that an edited file counts without a restart. */
  listSchedules(): Promise<ScheduleListing> | ScheduleListing;
  /**
   * Makes the run durable and resolves with its id; it does not wait for the run to end. `dueAt` is ISO 8601 UTC.
   * Asked again for the same tick only when the process died between the run and the tick's row.
   */
  start(pipeline: string, ente: string, dueAt: string): Promise<string>;
  /** The run of this pipeline and ente that is not over; `null` when there is none. */
  findRunning(pipeline: string, ente: string): Promise<string | null>;
}

export interface Scheduler {
  /** Looks, sleeps until the next tick (a minute at most) and looks again, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One look: decides every tick that is due by now. Resolves with the next due instant in milliseconds, `null` = none. */
  look(signal?: AbortSignal): Promise<number | null>;
}

/** A changed file or clock is noticed within this time. */
const longestSleepMs = 60_000;
/** A tick that waits for a run to end is tried again this often. */
const queueSleepMs = 5_000;
/** Woken this much later than asked: the machine was asleep or its clock was set forward. */
const suspendedMs = 60_000;
/** A recorded tick this far ahead tells that the clock was wrong for a while. */
const aheadMs = 86_400_000;
/** Ticks decided between two reads of the clock's times. */
const batch = 200;

/** What this process knows of one schedule. */
interface Watch {
  /** As it was listed last. */
  scheduled: ScheduledPipeline;
  isListed: boolean;
  /** No tick is due before: the next one after those that were decided; `null` = not known. */
  next: number | null;
  /** Ticks before are late: nobody watched when they were due. */
  since: number;
  /** Ticks up to here are none: the schedule was another one, or was taken away. */
  floor: number;
  /** Ticks that wait for a run to end. */
  readonly queued: Set<number>;
  /** Runs that were started and whose row could not be written. */
  readonly unrecorded: Map<number, string>;
  /** Last fault that was logged: once is enough. */
  fault: string | null;
}

interface State {
  readonly options: SchedulerOptions;
  readonly watches: Map<string, Watch>;
  listed: readonly ScheduledPipeline[];
  /** When they were listed; `null` = not yet. */
  listedAt: number | null;
  /** As the journal keeps them; `null` = not asked yet. */
  kept: readonly ScheduledPipeline[] | null;
  fault: string | null;
}

/**
 * The scheduler over the journal's ledger of due ticks. Every tick that falls due leaves exactly one row: `run`, `skipped`
 * (a run was not over; the row names it) or `missed` (nobody watched, or the start failed; the reason says which).
 * A schedule that the journal sees for the first time has no past; one that was edited or taken away and put back has none either.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const state: State = {
    options,
    watches: new Map(),
    listed: [],
    listedAt: null,
    kept: null,
    fault: null,
  };
  return {
    look: (signal) => look(state, signal),
    async run(signal) {
      const { clock } = options;
      while (!signal.aborted) {
        const next = (await look(state, signal)) ?? Number.POSITIVE_INFINITY;
        const sleepsAt = clock.now();
        const isQueueing = [...state.watches.values()].some((watch) => watch.queued.size > 0);
        const longest = isQueueing ? queueSleepMs : longestSleepMs;
        const relist = (state.listedAt ?? sleepsAt) + longestSleepMs;
        const ms = Math.min(longest, Math.max(0, Math.min(next, relist) - sleepsAt));
        await clock.sleep(ms, signal);
        if (clock.now() - sleepsAt - ms > suspendedMs) restartWatches(state);
      }
    },
  };
}

async function look(state: State, signal: AbortSignal | undefined): Promise<number | null> {
  const now = state.options.clock.now();
  // A clock that was set back is no reason to wait longer.
  const isFresh = state.listedAt !== null && Math.abs(now - state.listedAt) < longestSleepMs;
  if (!isFresh) await readSchedules(state, now);
  let next: number | null = null;
  for (const scheduled of state.listed) {
    if (signal?.aborted) return null;
    const watch = updateWatch(state, scheduled, now);
    try {
      const isAtRest = watch.queued.size === 0 && watch.unrecorded.size === 0;
      if (!isAtRest || watch.next === null || watch.next <= now) {
        watch.next = null;
        await decideAll(state, watch, { now, signal });
        watch.next = findNextDue(scheduled.schedule.cron, scheduled.schedule.timezone, now);
      }
      if (watch.next !== null && (next === null || watch.next < next)) next = watch.next;
      watch.fault = null;
    } catch (error) {
      const { pipeline, ente } = scheduled;
      logFault(state, watch, "schedule failed", { error, pipeline, ente });
    }
  }
  return next;
}

/** Reads the schedules; when that fails, the ones of before stay in force. */
async function readSchedules(state: State, now: number): Promise<void> {
  state.listedAt = now;
  try {
    if (state.kept === null) state.listed = await recallSchedules(state.options.journal);
    state.kept ??= state.listed;
    const { scheduled, unreadable } = await state.options.listSchedules();
    const lost = new Set(unreadable.map(toKey));
    state.listed = [...scheduled, ...state.listed.filter((known) => lost.has(toKey(known)))];
    if (!Bun.deepEquals(state.listed, state.kept))
      await keepSchedules(state.options.journal, state.listed, toInstant(now));
    state.kept = state.listed;
    state.fault = null;
  } catch (error) {
    const inForce = state.listed.length;
    logFault(state, state, "schedules could not be read", { error, inForce });
  }
  const keys = new Set(state.listed.map(toKey));
  for (const [key, watch] of state.watches) if (!keys.has(key)) watch.isListed = false;
}

/** A fault is logged once, until it is another or gone; a bug leaves a report. */
function logFault(
  { options }: State,
  told: { fault: string | null },
  message: string,
  { error, ...fields }: LogFields & { readonly error: unknown },
): void {
  const fault = messageOf(error);
  if (fault !== told.fault)
    options.log.error(message, { ...fields, fault, ...keepReport(options, message, error) });
  told.fault = fault;
}

function keepReport({ reportBug }: SchedulerOptions, doing: string, error: unknown): LogFields {
  return isForeseen(error) || reportBug === undefined
    ? {}
    : { report: reportBug(error, { doing }) };
}

/** What is known of the schedule; one that was edited, or taken away and put back, has no past. */
function updateWatch(state: State, scheduled: ScheduledPipeline, now: number): Watch {
  const known = state.watches.get(toKey(scheduled));
  if (known?.isListed === true && isAsBefore(known.scheduled, scheduled)) {
    known.scheduled = scheduled;
    return known;
  }
  const watch: Watch = {
    scheduled,
    isListed: true,
    next: null,
    since: now,
    floor: known === undefined ? Number.NEGATIVE_INFINITY : now,
    queued: known?.queued ?? new Set(),
    unrecorded: known?.unrecorded ?? new Map(),
    fault: known?.fault ?? null,
  };
  state.watches.set(toKey(scheduled), watch);
  return watch;
}

function isAsBefore(one: ScheduledPipeline, other: ScheduledPipeline): boolean {
  const [before, now] = [one.schedule, other.schedule];
  return before.cron === now.cron && before.timezone === now.timezone;
}

function restartWatches(state: State): void {
  const now = state.options.clock.now();
  for (const watch of state.watches.values()) watch.since = now;
  state.options.log.warn("the clock leapt forward: ticks in between count as missed");
}

interface Look {
  readonly now: number;
  readonly signal: AbortSignal | undefined;
}

/** Decides all ticks of one schedule since its newest row. */
async function decideAll(state: State, watch: Watch, { now, signal }: Look): Promise<void> {
  const { cron, timezone } = watch.scheduled.schedule;
  await dropChanged(state, watch);
  const newest = await readLastDue(state, watch.scheduled);
  if (newest - now > aheadMs)
    throw new Error(
      `the newest recorded tick, ${toInstant(newest)}, is ahead of the clock: nothing is due before it`,
    );
  let after = Math.max(newest, watch.floor);
  for (;;) {
    const due = listDueTimes(cron, timezone, after, now, batch + 1);
    const isLast = due.length <= batch;
    for (const [index, at] of due.slice(0, batch).entries()) {
      if (signal?.aborted) return;
      const isNewest = isLast && index === due.length - 1;
      if (!(await decideTick(state, watch, { at, isNewest }))) return;
      after = at;
    }
    if (isLast) return;
  }
}

interface Tick {
  /** Due instant, milliseconds since the epoch. */
  readonly at: number;
  /** No later tick is due by now. */
  readonly isNewest: boolean;
}

/** Decides one tick; false = it waits for a run to end, and so do those after it. */
async function decideTick(state: State, watch: Watch, { at, isNewest }: Tick): Promise<boolean> {
  const { pipeline, ente, schedule } = watch.scheduled;
  const { ifMissed, ifRunning } = schedule;
  const isLate = at < watch.since && !watch.queued.has(at) && !watch.unrecorded.has(at);
  if (isLate && (ifMissed === "skip" || !isNewest)) {
    const reason =
      ifMissed === "skip"
        ? "All'ora prevista Postino era fermo."
        : "All'ora prevista Postino era fermo; parte una volta sola, per la scadenza più recente.";
    await recordTick(state, watch, at, { state: "missed", run: null, reason });
    return true;
  }
  if (!watch.unrecorded.has(at)) {
    const running = await state.options.findRunning(pipeline, ente);
    if (running !== null && ifRunning === "queue") {
      watch.queued.add(at);
      return false;
    }
    // Another process may have decided the tick while this one was asking.
    if ((await readLastDue(state, watch.scheduled)) >= at) return true;
    if (running !== null) {
      const reason = `Non avviato: il flusso ${running} è ancora in corso.`;
      await recordTick(state, watch, at, { state: "skipped", run: running, reason });
      return true;
    }
  }
  await fireTick(state, watch, at);
  return true;
}

/** Starts the run and records it; a start that fails is recorded too. */
async function fireTick(state: State, watch: Watch, at: number): Promise<void> {
  const { log, start } = state.options;
  const { pipeline, ente } = watch.scheduled;
  let run = watch.unrecorded.get(at) ?? null;
  let reason: string | null = null;
  if (run === null)
    try {
      run = await start(pipeline, ente, toInstant(at));
      watch.unrecorded.set(at, run);
    } catch (error) {
      reason = `Il flusso non è partito: ${messageOf(error)}`;
      const report = keepReport(state.options, "scheduled start", error);
      const dueAt = toInstant(at);
      log.error("scheduled start failed", { pipeline, ente, dueAt, reason, ...report });
    }
  await recordTick(state, watch, at, { state: run === null ? "missed" : "run", run, reason });
  watch.unrecorded.delete(at);
  watch.queued.delete(at);
}

/** Queued ticks of an expression that is no longer in force. */
async function dropChanged(state: State, watch: Watch): Promise<void> {
  for (const at of watch.queued) {
    if (at > watch.floor) continue;
    const reason = "La pianificazione è cambiata mentre l'esecuzione era in attesa.";
    await recordTick(state, watch, at, { state: "missed", run: null, reason });
    watch.queued.delete(at);
  }
}

async function recordTick(
  state: State,
  { scheduled: { pipeline, ente } }: Watch,
  at: number,
  outcome: Pick<DueRow, "state" | "run" | "reason">,
): Promise<void> {
  const { journal, clock, log } = state.options;
  const dueAt = toInstant(at);
  const recordedAt = toInstant(clock.now());
  const isNew = await journal.recordDue({ pipeline, ente, dueAt, recordedAt, ...outcome });
  const fields = { pipeline, ente, dueAt, state: outcome.state, run: outcome.run };
  if (isNew) log.info("schedule due", fields);
  else log.warn("another process recorded this tick first", fields);
}

/** The newest tick that has a row, or the moment from which the schedule is known. */
async function readLastDue(state: State, { pipeline, ente }: ScheduledPipeline): Promise<number> {
  const { journal, clock } = state.options;
  const known = await journal.knowSchedule(pipeline, ente, toInstant(clock.now()));
  const since = toEpochMs(known.since);
  return known.lastDueAt === null ? since : Math.max(since, toEpochMs(known.lastDueAt));
}

function toKey({ pipeline, ente }: SchedulePair): string {
  return `${pipeline}\n${ente}`;
}
