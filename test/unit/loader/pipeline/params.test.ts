/** Tests over the values that a parameter of a pipeline takes, by its type. */
import { expect, test } from "bun:test";
import { buildParamSchema } from "../../../../loader/pipeline/params.ts";
import { checkBySchema } from "../../../../loader/yaml/schema-check.ts";

test.each([
  ["2026-11-29", true],
  ["2026-02-29", false],
  ["2028-02-29", true],
  ["2000-02-29", true],
  ["2100-02-29", false],
  ["2026-04-31", false],
  ["2026-12-31", true],
  ["2026-13-01", false],
  ["2026-00-10", false],
  ["2026-01-00", false],
  ["29/11/2026", false],
  ["2026-1-5", false],
  ["", false],
])("a date is a day of the calendar: %p", (value, isTaken) => {
  const schema = buildParamSchema({ type: "date", required: false });

  expect(checkBySchema(schema, value)).toHaveLength(isTaken ? 0 : 1);
});

test.each([
  [{ type: "integer", min: 1, max: 90 }, 1, true],
  [{ type: "integer", min: 1, max: 90 }, 90, true],
  [{ type: "integer", min: 1, max: 90 }, 0, false],
  [{ type: "integer", min: 1, max: 90 }, 91, false],
  [{ type: "number", min: 0.5 }, 0.4, false],
  [{ type: "number", min: 0.5 }, 0.5, true],
  // Limits of numbers say nothing of a text.
  [{ type: "string", min: 5 }, "1", true],
] as const)("a number has its limits: %p takes %p: %p", (param, value, isTaken) => {
  const schema = buildParamSchema({ ...param, required: false });

  expect(checkBySchema(schema, value)).toHaveLength(isTaken ? 0 : 1);
});
