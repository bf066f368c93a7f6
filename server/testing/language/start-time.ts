/** When a test begins: a moment as people write it, in Rome. */
import { findRomeMidnight, toRomeDay } from "../../../engine/host/clock.ts";

/** `2026-11-23 08:00` (Rome), or an instant with its zone; milliseconds since the epoch, `null` where it is none. */
export function parseStart(text: string): number | null {
  const given = text.trim();
  if (/(Z|[+-]\d\d:\d\d)$/.test(given)) {
    const instant = Date.parse(given);
    return Number.isNaN(instant) ? null : instant;
  }
  const found = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(given);
  const [, day, hour = "00", minute = "00", second = "00"] = found ?? [];
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59) return null;
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (Number.isNaN(noon) || toRomeDay(noon) !== day) return null;
  const passed = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const start = findRomeMidnight(day) + passed * 1_000;
  // On the two days that are an hour longer or shorter the wall clock says otherwise.
  const wall = Number(
    new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Rome", hour: "2-digit" }).format(start),
  );
  return start + (Number(hour) - wall) * 3_600_000;
}
