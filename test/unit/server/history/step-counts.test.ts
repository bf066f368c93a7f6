/** The counts of a run's steps after a second round. */
import { expect, test } from "bun:test";
import { computeLatestCounts, computeProgress } from "../../../../server/history/step-counts.ts";

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

test("every item has passed the source, and those that left are not expected any more", () => {
  const counts = [
    { step: "validate", done: 8, rejected: 2, failed: 0, ...times },
    { step: "transmit", done: 5, rejected: 0, failed: 1, ...times },
  ];
  const now = { ...run, total: 10, done: 5, rejected: 2, failed: 1, pending: 2 };

  expect(
    computeProgress(["load-verbali", "validate", "transmit", "import-iun"], counts, now),
  ).toEqual([
    { step: "load-verbali", done: 10, rejected: 0, failed: 0, expected: 10 },
    { step: "validate", done: 8, rejected: 2, failed: 0, expected: 10 },
    { step: "transmit", done: 5, rejected: 0, failed: 1, expected: 8 },
    { step: "import-iun", done: 0, rejected: 0, failed: 0, expected: 7 },
  ]);
});
