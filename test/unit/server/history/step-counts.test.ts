/** The counts of a run's steps after a second round. */
import { expect, test } from "bun:test";
import { computeLatestCounts } from "../../../../server/history/step-counts.ts";

const times = { firstAt: null, lastAt: null };
const run = {
  cancelled: 0,
  total: 3,
  pending: 0,
  waiting: 0,
  done: 3,
  rejected: 0,
  failed: 0,
  inDoubt: 0,
};

test("an item that was rejected and started over is counted once", () => {
  const counts = [
    { step: "validate", done: 4, rejected: 0, failed: 0, ...times },
    { step: "reset-iuv", done: 3, rejected: 1, failed: 0, ...times },
    { step: "render", done: 3, rejected: 0, failed: 0, ...times },
  ];

  expect(computeLatestCounts(["validate", "reset-iuv", "render"], counts, run)).toEqual([
    { done: 3, rejected: 0, failed: 0 },
    { done: 3, rejected: 0, failed: 0 },
    { done: 3, rejected: 0, failed: 0 },
  ]);
});

test("of two rejections of one item the furthest is shown", () => {
  const counts = [
    { step: "validate", done: 2, rejected: 1, failed: 0, ...times },
    { step: "import-iun", done: 2, rejected: 1, failed: 0, ...times },
  ];

  expect(
    computeLatestCounts(["validate", "import-iun"], counts, { ...run, done: 2, rejected: 1 }),
  ).toEqual([
    { done: 2, rejected: 0, failed: 0 },
    { done: 2, rejected: 1, failed: 0 },
  ]);
});
