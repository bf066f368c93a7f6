/** The days on which a term cannot end: national holidays with their years, those of an ente, Sundays. */
import { addDays } from "../../engine/host/clock.ts";
import type { Provenance } from "./provenance.ts";

/** A day of every year: `MM-DD`, or so many days after Easter Sunday. */
export interface Holiday extends Provenance {
  /** Italian: `Immacolata Concezione`. */
  readonly name: string;
  readonly when: string | { readonly afterEaster: number };
  /** First year; default: all. */
  readonly from?: number;
  /** Last year; default: none. */
  readonly to?: number;
}

const restored = { source: "L. 260/1949, come modificata", mark: "memory" } as const;

/** Source: L. 260/1949 and what has changed it; L. 151/2025 for 4 October. */
export const nationalHolidays: readonly Holiday[] = [
  { name: "Capodanno", when: "01-01", ...restored },
  { name: "Epifania", when: "01-06", from: 1986, source: "DPR 792/1985", mark: "memory" },
  { name: "Pasqua", when: { afterEaster: 0 }, ...restored },
  { name: "Lunedì dell'Angelo", when: { afterEaster: 1 }, ...restored },
  { name: "Festa della Liberazione", when: "04-25", ...restored },
  { name: "Festa del lavoro", when: "05-01", ...restored },
  {
    name: "Festa della Repubblica",
    when: "06-02",
    from: 2001,
    source: "L. 336/2000",
    mark: "memory",
  },
  { name: "Assunzione", when: "08-15", ...restored },
  { name: "San Francesco", when: "10-04", from: 2026, source: "L. 151/2025", mark: "memory" },
  { name: "Ognissanti", when: "11-01", ...restored },
  { name: "Immacolata Concezione", when: "12-08", ...restored },
  { name: "Natale", when: "12-25", ...restored },
  { name: "Santo Stefano", when: "12-26", ...restored },
];

/** Easter Sunday of a year, `YYYY-MM-DD`. Gregorian computus as published in Nature, 1876. */
export function computeEaster(year: number): string {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const moved = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - moved + 15) % 30;
  const weekday =
    (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const days = epact + weekday - 7 * late + 114;
  const month = String(Math.floor(days / 31)).padStart(2, "0");
  return `${year}-${month}-${String((days % 31) + 1).padStart(2, "0")}`;
}

/** Name of the holiday that a day `YYYY-MM-DD` is, Sunday or not; `null`: a day like others. */
export function findHoliday(day: string, holidays: readonly Holiday[]): string | null {
  const year = Number(day.slice(0, 4));
  for (const { name, when, from = year, to = year } of holidays) {
    const isIt =
      typeof when === "string"
        ? day.slice(5) === when
        : day === addDays(computeEaster(year), when.afterEaster);
    if (isIt && from <= year && year <= to) return name;
  }
  return null;
}

/** 0 is Sunday, 6 Saturday. */
export function getWeekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** Why a term cannot end on a day, in Italian: `domenica`, `festivo (Natale)`; `null`: it can. */
export function findObstacle(
  day: string,
  { holidays, isSaturdayFree }: { holidays: readonly Holiday[]; isSaturdayFree: boolean },
): string | null {
  const name = findHoliday(day, holidays);
  if (name !== null) return `festivo (${name})`;
  const weekday = getWeekday(day);
  if (weekday === 0) return "domenica";
  return weekday === 6 && isSaturdayFree ? "sabato" : null;
}
