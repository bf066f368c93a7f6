/** Days as people write them. */
import { expect, test } from "bun:test";
import { parseDay } from "../../../../server/words/day.ts";

test.each([
  ["2026-12-01", "2026-12-01"],
  ["01/12/2026", "2026-12-01"],
  ["1/12/2026", "2026-12-01"],
  ["1.2.2026", "2026-02-01"],
  [" 31-12-2026 ", "2026-12-31"],
  ["29/02/2028", "2028-02-29"],
])("%s is %s", (text, day) => {
  expect(parseDay(text)).toBe(day);
});

test.each(["12/31/2026", "29/02/2026", "31/04/2026", "01/12/26", "2026-13-01", "ieri", "2026", ""])(
  "«%s» is no day",
  (text) => {
    expect(parseDay(text)).toBeNull();
  },
);
