/** Days as programs write them: read into `YYYY-MM-DD` by the form that the ente declares, and written in it. */
import type { DateForm } from "./notation.ts";

const months = "GEN FEB MAR APR MAG GIU LUG AGO SET OTT NOV DIC".split(" ");
const englishMonths = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/** Day 0 of the calendar that spreadsheets count by. */
const epoch = Date.UTC(1899, 11, 30);
const dayMs = 86_400_000;

/** What a text says as a day: the day, parts that are no day of the calendar, or `null` where it has another form. */
export type DayReading =
  | { readonly day: string }
  | { readonly wrong: string }
  /** The text is not written so. */
  | null;

/** A time of day behind a day, as programs append it. */
const timeBehind = /[T ]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?Z?$/;

/** Reads a day by one form. */
export function parseNotedDay(text: string, form: DateForm): DayReading {
  if (form === "seriale") return parseSerial(text);
  const isWithTime = form.endsWith(timeForm);
  const bare = isWithTime ? text.replace(timeBehind, "").trim() : text;
  const found = findPattern(form).exec(bare);
  if (found?.groups === undefined) return null;
  const { day = "", month = "", year = "" } = found.groups;
  const number = /^\d/.test(month) ? month : findMonth(month);
  if (number === null) return null;
  const full = year.length === 2 ? `20${year}` : year;
  const iso = `${full}-${number.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return isDay(iso) ? { day: iso } : { wrong: `${day}/${month}/${full}` };
}

function parseSerial(text: string): DayReading {
  if (!/^\d{1,6}(?:[.,]0+)?$/.test(text)) return null;
  const instant = epoch + Number.parseInt(text, 10) * dayMs;
  const day = new Date(instant).toISOString().slice(0, 10);
  // Numbers of other kinds are no days of our time.
  return day >= "1990-01-01" && day <= "2100-12-31" ? { day } : { wrong: text };
}

/** A day in the form, for a cell that holds it as a day. */
export function writeDay(iso: string, form: DateForm): string {
  if (form === "seriale") return String((Date.parse(`${iso}T00:00:00Z`) - epoch) / dayMs);
  const [year = "", month = "", day = ""] = iso.split("-");
  return form
    .replace(timeForm, "")
    .replace("AAAA", year)
    .replace("AA", year.slice(2))
    .replace("MMM", months[Number(month) - 1] ?? "")
    .replace("MM", month)
    .replace("GG", day);
}

const timeForm = " HH:MM";

const patterns = new Map<DateForm, RegExp>();

function findPattern(form: DateForm): RegExp {
  const known = patterns.get(form);
  if (known !== undefined) return known;
  const day = form.replace(timeForm, "");
  const digits = /[/.-]/.test(day) ? "{1,2}" : "{2}";
  const source = day
    .replaceAll(/[/.]/g, "\\$&")
    .replace(/AAAA|AA/, (years) => `(?<year>\\d{${years.length}})`)
    .replace(/MMM/, "(?<month>[A-Za-z]{3})")
    .replace(/MM/, `(?<month>\\d${digits})`)
    .replace(/GG/, `(?<day>\\d${digits})`);
  // Years first are always written in full.
  const strict = form.startsWith("AAAA-") ? source.replaceAll("{1,2}", "{2}") : source;
  const pattern = new RegExp(`^${strict}$`);
  patterns.set(form, pattern);
  return pattern;
}

function findMonth(letters: string): string | null {
  const word = letters.toUpperCase();
  const at = Math.max(months.indexOf(word), englishMonths.indexOf(word));
  return at === -1 ? null : String(at + 1);
}

function isDay(iso: string): boolean {
  const parsed = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === iso;
}
