/** Tests of when a schedule is due, above all on the two nights of the year when clocks change. */
import { describe, expect, test } from "bun:test";
import { listDueTimes, findNextDue } from "../../../../engine/schedule/due-times.ts";

const rome = "Europe/Rome";

/** Due instants of a span as ISO 8601 UTC. */
function due(cron: string, after: string, until: string, timezone = rome): string[] {
  return listDueTimes(cron, timezone, Date.parse(after), Date.parse(until)).map((ms) =>
    new Date(ms).toISOString().replace(":00.000Z", "Z"),
  );
}

/** The same span by Bun's own parser. */
function dueByBun(cron: string, after: string, until: string): number[] {
  const instants: number[] = [];
  let from = new Date(after);
  for (;;) {
    const next = Bun.cron.parse(cron, from, { tz: rome });
    if (next === null || next.getTime() > Date.parse(until)) return instants;
    instants.push(next.getTime());
    from = next;
  }
}

describe("an ordinary day", () => {
  test("the working days' run is due at 06:30 in Rome, winter and summer", () => {
    expect(due("30 6 * * 1-5", "2026-11-20T00:00:00Z", "2026-11-24T23:00:00Z")).toEqual([
      "2026-11-20T05:30Z",
      "2026-11-23T05:30Z",
      "2026-11-24T05:30Z",
    ]);
    expect(due("30 6 * * 1-5", "2026-07-03T00:00:00Z", "2026-07-06T12:00:00Z")).toEqual([
      "2026-07-03T04:30Z",
      "2026-07-06T04:30Z",
    ]);
  });

  test("the instant after which is asked is left out, the last one is in", () => {
    expect(due("0 * * * *", "2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z")).toEqual([
      "2026-11-23T09:00Z",
      "2026-11-23T10:00Z",
    ]);
  });

  test("seconds and milliseconds of the instant do not matter", () => {
    expect(due("0 9 * * *", "2026-11-23T07:59:59.999Z", "2026-11-23T08:00:00.000Z")).toEqual([
      "2026-11-23T08:00Z",
    ]);
    expect(due("0 9 * * *", "2026-11-23T08:00:00.001Z", "2026-11-23T23:00:00.000Z")).toEqual([]);
  });

  test("no more than the limit is given, the earliest first", () => {
    const after = Date.parse("2026-11-23T00:00:00Z");

    const instants = listDueTimes("* * * * *", rome, after, after + 86_400_000, 3);

    expect(instants).toEqual([after + 60_000, after + 120_000, after + 180_000]);
  });

  test("day of month and day of week are alternatives when both are given", () => {
    expect(due("0 12 13 * 5", "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z")).toEqual([
      "2026-11-06T11:00Z",
      "2026-11-13T11:00Z",
      "2026-11-20T11:00Z",
    ]);
  });

  test("names of days, of months and of whole expressions are understood", () => {
    expect(due("0 8 * jan mon", "2026-12-30T00:00:00Z", "2027-01-12T00:00:00Z")).toEqual([
      "2027-01-04T07:00Z",
      "2027-01-11T07:00Z",
    ]);
    expect(due("@daily", "2026-11-23T12:00:00Z", "2026-11-25T12:00:00Z")).toEqual([
      "2026-11-23T23:00Z",
      "2026-11-24T23:00Z",
    ]);
  });

  test("another time zone has its own clock", () => {
    expect(
      due("0 9 * * *", "2026-11-23T00:00:00Z", "2026-11-23T23:59:00Z", "America/New_York"),
    ).toEqual(["2026-11-23T14:00Z"]);
    expect(due("0 9 * * *", "2026-11-23T00:00:00Z", "2026-11-23T23:59:00Z", "UTC")).toEqual([
      "2026-11-23T09:00Z",
    ]);
  });
});

describe("25 October 2026: 02:00 to 03:00 comes twice", () => {
  const night = ["2026-10-24T22:00:00Z", "2026-10-25T10:00:00Z"] as const;

  test("03:00 is due once, at the real 03:00", () => {
    expect(due("0 3 * * *", ...night)).toEqual(["2026-10-25T02:00Z"]);
  });

  test("02:30 is due the first time only", () => {
    expect(due("30 2 * * *", ...night)).toEqual(["2026-10-25T00:30Z"]);
  });

  test("every half hour from two to three is due in the first of the two hours", () => {
    expect(due("*/30 2 * * *", ...night)).toEqual(["2026-10-25T00:00Z", "2026-10-25T00:30Z"]);
  });

  test("an expression that names its hours does not repeat one of them", () => {
    expect(due("0 1-4 * * *", ...night)).toEqual([
      "2026-10-24T23:00Z",
      "2026-10-25T00:00Z",
      "2026-10-25T02:00Z",
      "2026-10-25T03:00Z",
    ]);
  });

  test("an expression for every hour is due in both", () => {
    expect(due("15 * * * *", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z")).toEqual([
      "2026-10-24T23:15Z",
      "2026-10-25T00:15Z",
      "2026-10-25T01:15Z",
      "2026-10-25T02:15Z",
    ]);
  });

  test("asked between the two hours, what is still to come is given in order", () => {
    expect(due("*/30 * * * *", "2026-10-25T00:40:00Z", "2026-10-25T02:00:00Z")).toEqual([
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:00Z",
    ]);
    expect(due("30 2 * * *", "2026-10-25T00:40:00Z", "2026-10-25T10:00:00Z")).toEqual([]);
  });
});

describe("28 March 2027: 02:00 to 03:00 does not exist", () => {
  const night = ["2027-03-27T23:00:00Z", "2027-03-28T10:00:00Z"] as const;

  test("02:30 is due at the change", () => {
    expect(due("30 2 * * *", ...night)).toEqual(["2027-03-28T01:00Z"]);
  });

  test("several times that do not exist are due once", () => {
    expect(due("*/30 2 * * *", ...night)).toEqual(["2027-03-28T01:00Z"]);
    expect(due("* 2 * * *", ...night)).toEqual(["2027-03-28T01:00Z"]);
  });

  test("a skipped time and a real one at the change are due once", () => {
    expect(due("0 2,3 * * *", ...night)).toEqual(["2027-03-28T01:00Z"]);
  });

  test("a skipped time does not push away the next one", () => {
    expect(due("30 2,3 * * *", ...night)).toEqual(["2027-03-28T01:00Z", "2027-03-28T01:30Z"]);
  });

  test("03:00 is due at 03:00", () => {
    expect(due("0 3 * * *", ...night)).toEqual(["2027-03-28T01:00Z"]);
  });

  test("an expression for every hour has nothing to make up for", () => {
    expect(due("15 * * * *", "2027-03-28T00:00:00Z", "2027-03-28T02:30:00Z")).toEqual([
      "2027-03-28T00:15Z",
      "2027-03-28T01:15Z",
      "2027-03-28T02:15Z",
    ]);
  });

  test("asked at the change, the time that was skipped is not due again", () => {
    expect(due("30 2 * * *", "2027-03-28T01:00:00Z", "2027-03-28T23:00:00Z")).toEqual([]);
  });
});

describe("beside Bun.cron.parse, two years in Europe/Rome", () => {
  const years = ["2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"] as const;
  const changes: readonly (readonly [string, string])[] = [
    ["2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z"],
    ["2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z"],
    ["2027-03-26T00:00:00Z", "2027-03-30T00:00:00Z"],
    ["2027-10-29T00:00:00Z", "2027-11-02T00:00:00Z"],
  ];

  test.each([
    ["30 6 * * 1-5", 522],
    ["0 3 * * *", 730],
    ["*/30 2 * * *", 1458],
    ["0 0 1 * *", 24],
    ["0 12 13 * 5", 125],
    ["5 4 1-7 * 1", 248],
    ["@weekly", 104],
    ["0 6 * * 0-5", 626],
    ["0 6 * * 7", 104],
    ["59 23 31 * *", 14],
    ["0 6 1,15 2,8 *", 8],
  ])("%s has the same %d instants", (cron, count) => {
    const ours = listDueTimes(cron, rome, Date.parse(years[0]), Date.parse(years[1]), 10_000);

    expect(ours).toEqual(dueByBun(cron, ...years));
    expect(ours).toHaveLength(count);
  });

  test.each([
    "0 * * * *",
    "15 * * * *",
    "*/30 * * * *",
    "15 */4 * * *",
    "*/20 1-3 * * *",
    "0 0-22 * * *",
    "0 1-23 * * *",
  ])("%s has the same instants around the four changes", (cron) => {
    for (const [after, until] of changes)
      expect(listDueTimes(cron, rome, Date.parse(after), Date.parse(until))).toEqual(
        dueByBun(cron, after, until),
      );
  });

  // A time inside the skipped hour: Bun moves 02:30 to 03:30, ours is due at the change, 03:00. The time that was asked for has passed
  // when clocks show 03:00, so nothing is gained by waiting; and `*/30 2` and `30 2` are then due together, in Bun's reading half an hour apart.
  test("30 2 * * * differs on the two nights in March only: 03:00 here, 03:30 there", () => {
    const ours = listDueTimes(
      "30 2 * * *",
      rome,
      Date.parse(years[0]),
      Date.parse(years[1]),
      10_000,
    );
    const theirs = dueByBun("30 2 * * *", ...years);

    expect(
      ours.filter((ms) => !theirs.includes(ms)).map((ms) => new Date(ms).toISOString()),
    ).toEqual(["2026-03-29T01:00:00.000Z", "2027-03-28T01:00:00.000Z"]);
    expect(
      theirs.filter((ms) => !ours.includes(ms)).map((ms) => new Date(ms).toISOString()),
    ).toEqual(["2026-03-29T01:30:00.000Z", "2027-03-28T01:30:00.000Z"]);
    expect(ours).toHaveLength(730);
  });
});

describe("the next instant", () => {
  test("is the first one after now", () => {
    expect(findNextDue("30 6 * * 1-5", rome, Date.parse("2026-11-20T12:00:00Z"))).toBe(
      Date.parse("2026-11-23T05:30:00Z"),
    );
  });

  test("asked of any moments in any order it is the one that was found when nothing was known yet", () => {
    const from = Date.UTC(2026, 9, 24, 20);
    const moments = Array.from(
      { length: 120 },
      (_, index) => from + ((index * 37) % 120) * 20 * 60_000,
    );

    const asked = ["*/20 1-3 * * *", "15 */2 * * *", "30 2 * * *"].flatMap((cron) =>
      moments.map((at) => [cron, at, findNextDue(cron, "Europe/Rome", at)] as const),
    );

    const wrong = asked.filter(
      ([cron, at, next]) => next !== listDueTimes(cron, "Europe/Rome", at, Infinity, 1)[0],
    );
    expect(asked.length).toBe(360);
    expect(wrong).toEqual([]);
  });

  test("29 February is found years ahead, 30 February never", () => {
    expect(findNextDue("0 8 29 2 *", rome, Date.parse("2026-11-23T00:00:00Z"))).toBe(
      Date.parse("2028-02-29T07:00:00Z"),
    );
    expect(findNextDue("0 8 30 2 *", rome, Date.parse("2026-11-23T00:00:00Z"))).toBeNull();
  });
});

describe("what cannot be read", () => {
  test.each([
    ["0 25 * * *", "CRON_INVALID"],
    ["30 6 * *", "CRON_INVALID"],
    ["0 30 6 * * 1-5", "CRON_INVALID"],
    ["30 6 * * lun", "CRON_INVALID"],
    ["*/0 * * * *", "CRON_INVALID"],
    ["@mattina", "CRON_INVALID"],
    ["", "CRON_INVALID"],
  ])('"%s" is refused', (cron, code) => {
    expect(() => findNextDue(cron, rome, 0)).toThrow(expect.objectContaining({ code }));
  });

  test("the message names the expression and what a good one looks like", () => {
    expect(() => findNextDue("30 6 * *", rome, 0)).toThrow(
      expect.objectContaining({
        message: 'l\'espressione cron "30 6 * *" ha 4 campi invece di 5',
        hint: 'minuto, ora, giorno, mese, giorno della settimana: "30 6 * * 1-5"',
      }),
    );
  });

  test("an unknown time zone is refused", () => {
    expect(() => findNextDue("30 6 * * *", "Europe/Roma", 0)).toThrow(
      expect.objectContaining({ code: "TIMEZONE_INVALID" }),
    );
  });
});
