/** Time and waiting: the only file that reads the system clock or sets a timer; everything else is given a Clock. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.min(ms, 2 ** 31 - 1));
      signal?.addEventListener("abort", finish, { once: true });
    });
  },
};

/** ISO 8601 UTC string of an instant in milliseconds. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Milliseconds since the epoch of an ISO 8601 string. */
export function toEpochMs(instant: string): number {
  return new Date(instant).getTime();
}

const romeDayFormat = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Rome",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** The calendar day `YYYY-MM-DD` of an instant in Europe/Rome: the day that the law counts. */
export function toRomeDay(ms: number): string {
  return romeDayFormat.format(new Date(ms));
}

/** The day that comes so many days after `day`, both `YYYY-MM-DD`. */
export function addDays(day: string, days: number): string {
  return toInstant(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).slice(0, 10);
}

/** When a day `YYYY-MM-DD` begins in Europe/Rome, milliseconds since the epoch: one or two hours before it does in UTC. */
export function findRomeMidnight(day: string): number {
  const summer = Date.parse(`${day}T00:00:00+02:00`);
  return toRomeDay(summer) === day ? summer : summer + 3_600_000;
}

/** The last second of a day in Europe/Rome, 23:59:59 there, as milliseconds since the epoch. */
export function findEndOfRomeDay(day: string): number {
  return findRomeMidnight(addDays(day, 1)) - 1_000;
}

/** Whole days from `from` to `to`, both `YYYY-MM-DD`. */
export function countDaysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Gives how long ago it was started, in milliseconds: the longer of what two clocks say, for one stands still while the machine is suspended, and the other may be set. */
export function startStopwatch(): () => number {
  const [at, day] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - at, Math.abs(Date.now() - day));
}
