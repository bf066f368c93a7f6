/** Dates, durations, numbers and sizes as an Italian operator reads them. */
import { toEpochMs } from "../../engine/host/clock.ts";

const dateTime = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const seconds = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const time = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  hour: "2-digit",
  minute: "2-digit",
});
const dayName = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  day: "numeric",
  month: "long",
});
const integer = new Intl.NumberFormat("it-IT");
const euro = new Intl.NumberFormat("it-IT", { style: "currency", currency: "EUR" });
const decimal = new Intl.NumberFormat("it-IT", { maximumFractionDigits: 1 });

/** By the minute of the instant: a page of flussi has fifty, and most were on the page before. */
const dateTimes = new Map<string, string>();

/** `23/11/2026 15:32`, Europe/Rome. */
export function formatDateTime(instant: string): string {
  const minute = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?=:\d\d(\.\d+)?Z$)/.exec(instant)?.[0];
  const known = minute === undefined ? undefined : dateTimes.get(minute);
  if (known !== undefined) return known;
  const text = dateTime.format(toEpochMs(instant)).replace(",", "");
  if (dateTimes.size >= 10_000) dateTimes.clear();
  if (minute !== undefined) dateTimes.set(minute, text);
  return text;
}

/** `23/11/2026 15:32:07`, Europe/Rome. */
export function formatSeconds(instant: string): string {
  return seconds.format(toEpochMs(instant)).replace(",", "");
}

/** Clock and day of a minute: pages say the same moments again and again. */
const moments = new Map<number, { readonly clock: string; readonly day: string }>();

function findMoment(at: number): { readonly clock: string; readonly day: string } {
  const minute = Math.floor(at / 60_000);
  const known = moments.get(minute);
  if (known !== undefined) return known;
  const made = { clock: time.format(at), day: dayName.format(at) };
  if (moments.size >= 10_000) moments.clear();
  moments.set(minute, made);
  return made;
}

/** `15:32` on the day of `now`, else `24 novembre alle 15:32`; Europe/Rome. */
export function formatMoment(instant: string, now: number): string {
  const { clock, day } = findMoment(toEpochMs(instant));
  return day === findMoment(now).day ? clock : `${day} alle ${clock}`;
}

/** A day of law `YYYY-MM-DD` as `23/11/2026`; other text as it stands. */
export function formatDay(day: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  return found === null ? day : `${found[3]}/${found[2]}/${found[1]}`;
}

/** `12.345`; four digits stay together, as Italian does. */
export function formatNumber(value: number): string {
  return integer.format(value);
}

/** Fines cost the same again and again. */
const amounts = new Map<number, string>();

/** Cents as `173,00 €`. */
export function formatCents(cents: number): string {
  const known = amounts.get(cents);
  if (known !== undefined) return known;
  const text = euro.format(cents / 100);
  if (amounts.size >= 10_000) amounts.clear();
  amounts.set(cents, text);
  return text;
}

/** The two largest units: `3 g 4 h`, `2 h 5 min`, `1 min 12 s`, `8 s`, `240 ms`. */
export function formatTimeSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  const total = Math.floor(whole / 1000);
  const units = [
    [Math.floor(total / 86_400), "g"],
    [Math.floor(total / 3600) % 24, "h"],
    [Math.floor(total / 60) % 60, "min"],
    [total % 60, "s"],
  ] as const;
  const first = units.findIndex(([value]) => value > 0);
  return units
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** `812 byte`, `14,2 kB`, `3,1 MB`; a kB is 1000 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte`;
  if (bytes < 1_000_000) return `${decimal.format(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${decimal.format(bytes / 1_000_000)} MB`;
  return `${decimal.format(bytes / 1_000_000_000)} GB`;
}

/** A file's name as it is read: marks that turn the direction of writing or cannot be seen go, for `verbale\u202Efdp.exe` reads as a PDF. */
export function formatFileName(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}]+/gu, "_");
}

/** A file name that can be written to a disk: without folders, without what file systems refuse or readers do not see; never empty. */
export function cleanFileName(name: string): string {
  const safe = formatFileName(name)
    .replaceAll(/["*/:<>?\\|]+/g, "_")
    .replaceAll(/^[.\s]+|[.\s]+$/g, "")
    .slice(0, 150);
  return safe === "" ? "file" : safe;
}
