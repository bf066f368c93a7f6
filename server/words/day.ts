/** Days as people write them, and the instant at which a day begins in Rome. */
import { findRomeMidnight, toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";

/** `2026-12-01`, `01/12/2026` and `1.12.2026` are the same day, `YYYY-MM-DD`; `null` when it is none. */
export function parseDay(text: string): string | null {
  const italian = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim());
  const day =
    italian === null
      ? text.trim()
      : `${italian[3]}-${italian[2]?.padStart(2, "0")}-${italian[1]?.padStart(2, "0")}`;
  return toRomeMidnight(day) === null ? null : day;
}

/** The instant at which a day `YYYY-MM-DD` begins in Europe/Rome, ISO 8601 UTC; `null` when it is no day. */
export function toRomeMidnight(day: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  if (Number.isNaN(toEpochMs(`${day}T00:00:00Z`))) return null;
  const midnight = findRomeMidnight(day);
  return toRomeDay(midnight) === day ? toInstant(midnight) : null;
}
