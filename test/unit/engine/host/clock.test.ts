/** Days of Rome: where they end, and how they are counted. */
import { expect, test } from "bun:test";
import { addDays, findEndOfRomeDay, toInstant } from "../../../../engine/host/clock.ts";

test.each([
  ["2026-11-14", "2026-11-14T22:59:59.000Z"],
  ["2026-07-14", "2026-07-14T21:59:59.000Z"],
  // The clock is changed in the small hours of the 25th: its evening is a winter one, the one before still of summer.
  ["2026-10-24", "2026-10-24T21:59:59.000Z"],
  ["2026-10-25", "2026-10-25T22:59:59.000Z"],
  ["2026-03-28", "2026-03-28T22:59:59.000Z"],
  ["2026-03-29", "2026-03-29T21:59:59.000Z"],
  ["2026-12-31", "2026-12-31T22:59:59.000Z"],
])("%s ends in Rome at %s", (day, instant) => {
  expect(toInstant(findEndOfRomeDay(day))).toBe(instant);
});

test.each([
  ["2026-11-23", 730, "2028-11-22"],
  ["2026-10-24", 1, "2026-10-25"],
  ["2026-10-25", 1, "2026-10-26"],
  ["2028-02-28", 1, "2028-02-29"],
  ["2026-01-01", -1, "2025-12-31"],
])("%s and %p days are %s", (day, days, later) => {
  expect(addDays(day, days)).toBe(later);
});
