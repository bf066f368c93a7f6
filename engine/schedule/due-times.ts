/** When a cron expression is due in a time zone, clock changes included. */
import { CronTime } from "cron";
import { type ErrorDetails, messageOf, PipelineError } from "../host/errors.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** 29 February may be this far: an expression that finds nothing by then never does. */
const longestGapMs = 8 * 366 * dayMs;

/** Whole expressions by name. */
export const cronNames: readonly string[] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"];

/** How many instants are given at most, when the caller does not say. */
const defaultLimit = 1000;

/**
 * The instants (milliseconds since the epoch, ascending) at which `cron` is due with `afterMs < t <= untilMs`, at most `limit` (default 1000).
 *
 * `cron` has five fields or is one of `cronNames`; the expression is about wall-clock time in `timezone` (IANA name).
 * On the night when clocks go forward, a time that does not exist is due at the moment of the change, several such times only once.
 * On the night when they go back, a time that exists twice is due the first time only, unless the expression names no hour:
 * `0 * * * *` is due in every hour that passes.
 * Throws PipelineError `CRON_INVALID` or `TIMEZONE_INVALID`; an expression that never comes true gives none.
 */
export function listDueTimes(
  cron: string,
  timezone: string,
  afterMs: number,
  untilMs: number,
  limit = defaultLimit,
): number[] {
  const due: number[] = [];
  for (const instant of listInstantsAfter(parseCron(cron), requireZone(timezone), afterMs)) {
    if (instant > untilMs || due.length >= limit) break;
    due.push(instant);
  }
  return due;
}

/** The first instant after `afterMs` at which `cron` is due; `null` when there is none in the next years. */
export function findNextDue(cron: string, timezone: string, afterMs: number): number | null {
  const key = `${cron}\n${timezone}`;
  const gaps = knownGaps.get(key) ?? [];
  const known = gaps.find(
    ({ after, next }) => afterMs >= after && (next === null || afterMs < next),
  );
  if (known !== undefined) return known.next;
  const next = listDueTimes(cron, timezone, afterMs, Number.POSITIVE_INFINITY, 1)[0] ?? null;
  if (knownGaps.size >= mostKnown) knownGaps.clear();
  knownGaps.set(key, [{ after: afterMs, next }, ...gaps].slice(0, gapsKept));
  return next;
}

/** Nothing is due between: a thousand enti share a few expressions, and finding the next time costs a millisecond. */
interface Gap {
  readonly after: number;
  /** `null` = never. */
  readonly next: number | null;
}

const knownGaps = new Map<string, readonly Gap[]>();
/** Expressions that are remembered, and gaps of each: `check` and the scheduler ask for now, the next few, and for any at all. */
const mostKnown = 1000;
const gapsKept = 8;

/** Wall-clock times as if they were UTC, so that no clock change is in the way. */
interface Cron {
  /** Each ascending; `days` and `weekdays` are `null` when any will do. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number> | null;
  readonly months: ReadonlySet<number>;
  /** Sunday is 0. */
  readonly weekdays: ReadonlySet<number> | null;
  /** The expression names no hour: it counts the hours that pass, not those on the clock. */
  readonly isEveryHour: boolean;
}

const parsed = new Map<string, Cron>();

function parseCron(text: string): Cron {
  const cron = text.trim();
  const known = parsed.get(cron);
  if (known !== undefined) return known;
  const fields = cron.split(/\s+/).length;
  if (!cronNames.includes(cron) && fields !== 5)
    throw cronError(`l'espressione cron "${text}" ha ${fields} campi invece di 5`, {
      hint: 'minuto, ora, giorno, mese, giorno della settimana: "30 6 * * 1-5"',
    });
  try {
    if (parsed.size >= mostKnown) parsed.clear();
    const read = readFields(new CronTime(cron, "UTC"));
    parsed.set(cron, read);
    return read;
  } catch (cause) {
    throw cronError(`l'espressione cron "${text}" non è valida: ${messageOf(cause)}`, {
      hint: 'minuto 0-59, ora 0-23, giorno 1-31, mese 1-12, giorno della settimana 0-7: "30 6 * * 1-5"',
      cause,
    });
  }
}

/** What the package has parsed. Its own walk from time to time costs a millisecond, and what it prints takes `0-22` for every hour. */
function readFields(time: CronTime): Cron {
  const list = (values: object): readonly number[] => Object.keys(values).map(Number);
  const hours = list(time["hour"]);
  const days = list(time["dayOfMonth"]);
  const weekdays = list(time["dayOfWeek"]);
  return {
    minutes: list(time["minute"]),
    hours,
    days: days.length === 31 ? null : new Set(days),
    months: new Set(list(time["month"])),
    weekdays: weekdays.length === 7 ? null : new Set(weekdays),
    isEveryHour: hours.length === 24,
  };
}

function cronError(message: string, details: ErrorDetails): PipelineError {
  return new PipelineError("CRON_INVALID", message, details);
}

/** Instants in order. Wall-clock times come in order, but one of them may be two instants an hour apart: the second is held back. */
function* listInstantsAfter(cron: Cron, zone: Zone, afterMs: number): Generator<number> {
  let held: number[] = [];
  let last = afterMs;
  let wall = computeFirstWall(afterMs, zone);
  for (;;) {
    const next = findNextWall(cron, wall);
    const instants = next === null ? [] : listInstantsAt(next, cron.isEveryHour, zone);
    const earliest = next === null ? Number.POSITIVE_INFINITY : (instants[0] ?? null);
    if (earliest !== null) {
      for (const instant of held.filter((waiting) => waiting < earliest)) {
        if (instant > last) yield (last = instant);
      }
      held = [...held.filter((waiting) => waiting >= earliest), ...instants].toSorted(
        (a, b) => a - b,
      );
    }
    if (next === null) return;
    wall = next;
  }
}

/** Where to begin on the clock: near a change further back, as an hour that comes again lies behind what the clock shows. */
function computeFirstWall(afterMs: number, zone: Zone): number {
  const wall = zone.toWall(afterMs);
  const isNearChange =
    zone.computeOffset(afterMs - 3 * hourMs) !== zone.computeOffset(afterMs + 3 * hourMs);
  return isNearChange ? wall - 3 * hourMs : wall;
}

/** The next wall-clock time, as if it were UTC; `null` when there is none within eight years. */
function findNextWall(cron: Cron, wall: number): number | null {
  const from = (Math.floor(wall / minuteMs) + 1) * minuteMs;
  const firstDay = Math.floor(from / dayMs) * dayMs;
  for (let day = firstDay; day <= firstDay + longestGapMs; day += dayMs) {
    if (!fitsDay(cron, new Date(day))) continue;
    for (const hour of cron.hours) {
      const at = day + hour * hourMs;
      if (at + hourMs <= from) continue;
      const minute = cron.minutes.find((each) => at + each * minuteMs >= from);
      if (minute !== undefined) return at + minute * minuteMs;
    }
  }
  return null;
}

/** Of days of the month and of the week that are both named, one is enough. */
function fitsDay({ days, months, weekdays }: Cron, day: Date): boolean {
  if (!months.has(day.getUTCMonth() + 1)) return false;
  const isDay = days?.has(day.getUTCDate());
  const isWeekday = weekdays?.has(day.getUTCDay());
  if (isDay === undefined || isWeekday === undefined) return isDay ?? isWeekday ?? true;
  return isDay || isWeekday;
}

/** The instants of one wall-clock time: one as a rule, two when clocks go back, the change itself when they skip it. */
function listInstantsAt(wall: number, isEveryHour: boolean, zone: Zone): number[] {
  const before = wall - zone.computeOffset(wall - dayMs);
  const after = wall - zone.computeOffset(wall + dayMs);
  if (before === after) return [before];
  const fitting = [Math.min(before, after), Math.max(before, after)].filter(
    (instant) => zone.toWall(instant) === wall,
  );
  if (fitting.length === 0) return isEveryHour ? [] : [computeChange(after, before, zone)];
  return isEveryHour ? fitting : fitting.slice(0, 1);
}

/** The first instant of the new offset: clocks changed after `from` and by `to`. */
function computeChange(from: number, to: number, zone: Zone): number {
  const old = zone.computeOffset(from);
  let low = from;
  let high = to;
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (zone.computeOffset(middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

interface Zone {
  /** Milliseconds that clocks there are ahead of UTC at this instant. */
  computeOffset(ms: number): number;
  /** What clocks there show at this instant, as if it were UTC, to the second. */
  toWall(ms: number): number;
}

const zones = new Map<string, Zone>();

function requireZone(timezone: string): Zone {
  const known = zones.get(timezone);
  if (known !== undefined) return known;
  const format = createFormat(timezone);
  function toWall(ms: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
    const { year, month, day, hour, minute, second } = parts;
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  }
  const zone: Zone = {
    toWall,
    computeOffset: (ms) => toWall(ms) - Math.floor(ms / 1000) * 1000,
  };
  zones.set(timezone, zone);
  return zone;
}

function createFormat(timezone: string): Intl.DateTimeFormat {
  // Intl takes an offset too, which would be an hour off for half the year.
  if (/^[+-]/.test(timezone))
    throw timezoneError(`"${timezone}" è uno scarto fisso, che non segue l'ora legale`);
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch (error) {
    throw timezoneError(`"${timezone}" non esiste`, error);
  }
}

function timezoneError(what: string, cause?: unknown): PipelineError {
  const message = `il fuso orario ${what}`;
  return new PipelineError("TIMEZONE_INVALID", message, { hint: "Europe/Rome", cause });
}
