/** A server that lives two days of schedules: every run ends, and it opens no file that it does not close; `bun scripts/year.ts` is the same for a year. */
import { existsSync } from "node:fs";
import { expect, test } from "bun:test";
import { computeTrend, type LifeSample, liveLong } from "../support/long-life.ts";

test("schedules and runs of two days end, and leave no descriptor and no long log behind", async () => {
  const { samples, ends } = await liveLong({ days: 2, verbali: 2 });

  // A flusso at 6.30 and eleven questions for IUNs a day.
  expect(ends).toEqual({ completed: 24 });
  expect(samples.map(({ runs }) => runs)).toEqual([12, 24]);
  const [first, second] = samples.map(({ descriptors }) => descriptors);
  expect(second).toBeLessThanOrEqual(first ?? 0);
  expect(samples.every(({ descriptors }) => existsSync("/proc") === descriptors > 0)).toBe(true);
  // journal_size_limit of the store.
  expect(samples.every(({ logMb }) => logMb < 64)).toBe(true);
});

test("a trend is what the later half gains each day", () => {
  const build = (residentMb: number, index: number): LifeSample => ({
    day: index + 1,
    runs: 0,
    residentMb,
    descriptors: 0,
    logMb: 0,
    journalMb: 0,
    lagMs: 0,
  });
  const pick = ({ residentMb }: LifeSample): number => residentMb;

  expect(computeTrend([100, 150, 200, 200, 200, 200].map(build), pick)).toBe(0);
  expect(computeTrend([10, 10, 10, 12, 14, 16].map(build), pick)).toBe(2);
  expect(computeTrend([7].map(build), pick)).toBe(0);
});
