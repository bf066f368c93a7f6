/** Ten years of calendars, every day of them, against another way of counting: a row of all days, Easters written out, summer time by hand. */
import { describe, expect, test } from "bun:test";
import { computeTerms } from "../../../../steps/law/compute-terms.ts";
import { computeEaster, findHoliday, nationalHolidays } from "../../../../steps/law/holidays.ts";
import { readLaw } from "../../../../steps/law/law.ts";
import { computePerfezionamento } from "../../../../steps/law/perfezionamento.ts";
import { makeRandom } from "../../../support/random.ts";

/** As almanacs print them. */
const easters: readonly string[] = [
  "2024-03-31",
  "2025-04-20",
  "2026-04-05",
  "2027-03-28",
  "2028-04-16",
  "2029-04-01",
  "2030-04-21",
  "2031-04-13",
  "2032-03-28",
  "2033-04-17",
  "2034-04-09",
  "2035-03-25",
];

interface Day {
  readonly day: string;
  readonly isHoliday: boolean;
  readonly isSaturday: boolean;
  readonly isAugust: boolean;
}

const fixed = [
  "01-01",
  "01-06",
  "04-25",
  "05-01",
  "06-02",
  "08-15",
  "11-01",
  "12-08",
  "12-25",
  "12-26",
];

/** Every day from the first of 2024 on, in a row; a week is counted from Monday, 1 January 2024. */
const calendar: readonly Day[] = makeCalendar();

function makeCalendar(): readonly Day[] {
  const days: Day[] = [];
  for (let year = 2024; year <= 2035; year += 1) {
    const isLeap = year % 4 === 0;
    const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (const [month, length] of lengths.entries())
      for (let date = 1; date <= length; date += 1) {
        const monthDay = `${pad(month + 1)}-${pad(date)}`;
        const isSunday = days.length % 7 === 6;
        const afterEaster = easters.includes(days.at(-1)?.day ?? "");
        const isFrancis = monthDay === "10-04" && year >= 2026;
        const day = `${year}-${monthDay}`;
        const isHoliday = isSunday || afterEaster || isFrancis || fixed.includes(monthDay);
        days.push({ day, isHoliday, isSaturday: days.length % 7 === 5, isAugust: month === 7 });
      }
  }
  return days;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** Without the days that do not count before a judge. */
const inCourt = calendar.filter(({ isAugust }) => !isAugust);

/** Of each row the place of the first day behind a day. */
const places = new Map([calendar, inCourt].map((row) => [row, findPlaces(row)]));

function findPlaces(row: readonly Day[]): ReadonlyMap<string, number> {
  let place = 0;
  return new Map(
    calendar.map(({ day }) => {
      if (row[place]?.day === day) place += 1;
      return [day, place];
    }),
  );
}

/** The day so many places behind a start, in a row of days, and on to the first one that is free. */
function walk(
  row: readonly Day[],
  start: string,
  days: number,
  isBarred: (day: Day) => boolean = () => false,
): string {
  let at = (places.get(row)?.get(start) ?? NaN) + days - 1;
  for (let found = row[at]; found !== undefined && isBarred(found); found = row[at]) at += 1;
  return row[at]?.day ?? "beyond";
}

describe("ten years of calendars", () => {
  const starts = calendar.filter(({ day }) => day < "2035-01-01");

  test("Easter", () => {
    expect(easters.map((day) => computeEaster(Number(day.slice(0, 4))))).toEqual([...easters]);
    expect([1818, 1943, 2008, 2038, 2285].map(computeEaster)).toEqual([
      "1818-03-22",
      "1943-04-25",
      "2008-03-23",
      "2038-04-25",
      "2285-03-22",
    ]);
  });

  test("twelve or thirteen holidays a year", () => {
    const count = (year: number): number =>
      calendar.filter(
        ({ day }) => day.startsWith(`${year}`) && findHoliday(day, nationalHolidays) !== null,
      ).length;

    expect([2024, 2025, 2026, 2027, 2034].map(count)).toEqual([12, 12, 13, 13, 13]);
  });

  test("every perfezionamento of ten years has the terms that another count gives", () => {
    const law = readLaw();
    const wrong: string[] = [];

    for (const { day: start } of starts) {
      const found = new Map(
        computeTerms({ perfezionamento: start }, law).map(({ name, day }) => [name, day]),
      );
      const moves = ({ isHoliday }: Day): boolean => isHoliday;
      const expected = {
        discounted: walk(calendar, start, 5, moves),
        reduced: walk(calendar, start, 60, moves),
        giudiceDiPace: walk(
          inCourt,
          start,
          30,
          ({ isHoliday, isSaturday }) => isHoliday || isSaturday,
        ),
        prefetto: walk(calendar, start, 60, moves),
        driverData: walk(calendar, start, 60, moves),
        documents: walk(calendar, start, 120),
      };
      for (const [name, day] of Object.entries(expected))
        if (found.get(name as never) !== day)
          wrong.push(`${name} from ${start}: ${found.get(name as never)}, not ${day}`);
    }

    expect(starts).toHaveLength(4_018);
    expect(wrong).toEqual([]);
  });

  test("every accertamento of ten years has its 90th, 100th and 360th day, moved or not", () => {
    const law = readLaw();
    const wrong: string[] = [];

    for (const { day: accertamento } of starts.filter(({ day }) => day < "2034-12-01"))
      for (const [facts, days] of [
        [{}, 90],
        [{ wasContested: true }, 100],
        [{ isAbroad: true }, 360],
      ] as const) {
        const [term] = computeTerms({ accertamento, ...facts }, law);
        const day = walk(calendar, accertamento, days);
        const moved = walk(calendar, accertamento, days, ({ isHoliday }) => isHoliday);
        if (term?.day !== day || (term.argued?.moved ?? day) !== moved)
          wrong.push(`${days} from ${accertamento}: ${term?.day}, ${term?.argued?.moved}`);
      }

    expect(wrong).toEqual([]);
  });
});

describe("blocks of 24 hours", () => {
  /** Last Sunday of a month, whose 31st is its last day. */
  const lastSunday = (year: number, month: number): number => {
    const at = calendar.findLastIndex(({ day }) => day.startsWith(`${year}-${pad(month)}`));
    return 31 - ((at + 1) % 7);
  };

  /** Of each year: summer time begins and ends at one in the morning, UTC, of the last Sundays of March and October. */
  const summers = Array.from({ length: 12 }, (_, index) => 2024 + index).map((year) => ({
    begin: Date.UTC(year, 2, lastSunday(year, 3), 1),
    end: Date.UTC(year, 9, lastSunday(year, 10), 1),
  }));

  /** Minutes that Rome is ahead of UTC. */
  const computeOffset = (ms: number): number =>
    summers.some(({ begin, end }) => begin <= ms && ms < end) ? 120 : 60;

  const readRomeClock = (ms: number): string =>
    new Date(ms + computeOffset(ms) * 60_000).toISOString();

  test("a PEC, a letter and a failure at any second of ten years end on the Rome day of the last block", () => {
    const random = makeRandom(24);
    const first = Date.UTC(2024, 0, 1);
    const seconds = (Date.UTC(2034, 11, 31) - first) / 1_000;
    const wrong: string[] = [];

    for (let count = 0; count < 2_000; count += 1) {
      const startMs = first + Math.floor(random() * seconds) * 1_000;
      const at = new Date(startMs).toISOString();
      const isEvening = readRomeClock(startMs).slice(11) > "21:00:00.000Z";
      const days = { digital: isEvening ? 8 : 7, paper: 10, "digital-failed": 15, unreachable: 10 };
      for (const [route, expected] of Object.entries(days)) {
        const found = computePerfezionamento({ delivery: { route, at } as never });
        const day = readRomeClock(startMs + expected * 86_400_000).slice(0, 10);
        if (found?.day !== day) wrong.push(`${route} ${at}: ${found?.day}, not ${day}`);
      }
    }

    expect(wrong).toEqual([]);
  });
});
