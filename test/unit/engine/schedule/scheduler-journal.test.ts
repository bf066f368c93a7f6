/** Tests that the scheduler and the embedded journal agree: what a restart finds is what was recorded. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { silentLogger } from "../../../../engine/host/logger.ts";
import { createScheduler } from "../../../../engine/schedule/scheduler.ts";
import type { ScheduledPipeline } from "../../../../engine/schedule/scheduled.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import type { FakeClock } from "../../../support/fake-clock.ts";

const working: ScheduledPipeline = {
  pipeline: "send",
  ente: "borgolieto",
  schedule: {
    cron: "30 6 * * 1-5",
    timezone: "Europe/Rome",
    ifMissed: "run-once",
    ifRunning: "skip",
  },
};

let folder: string;
let clock: FakeClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-scheduler-"));
  clock = createFakeClock("2026-11-19T12:00:00Z");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One process: opens the journal, looks once at each of the instants, closes the journal. */
async function processThatLooks(...instants: readonly string[]): Promise<void> {
  const journal = openJournal(join(folder, "postino.sqlite"), clock);
  const scheduler = createScheduler({
    journal,
    clock,
    log: silentLogger,
    listSchedules: () => ({ scheduled: [working], unreadable: [] }),
    async start(pipeline, ente) {
      const run = await journal.createRun({
        pipeline,
        ente,
        trigger: "schedule",
        input: null,
        params: {},
        spec: "{}",
      });
      return run.id;
    },
    findRunning: async () => null,
  });
  for (const instant of instants) {
    await clock.jump(instant);
    await scheduler.look();
  }
  await journal.close();
}

test("a restart records what fell due meanwhile, and runs the newest once", async () => {
  await processThatLooks("2026-11-19T12:00:00Z", "2026-11-20T05:30:00Z");
  await processThatLooks("2026-11-25T12:00:00Z", "2026-11-25T12:01:00Z");

  const journal = openJournal(join(folder, "postino.sqlite"), clock);
  const rows = await journal.listDue({ pipeline: "send", ente: "borgolieto", limit: 10 });
  const runs = await journal.listRuns({ limit: 10 });
  await journal.close();

  expect(rows.map(({ dueAt, state, run }) => [dueAt, state, run])).toEqual([
    ["2026-11-25T05:30:00.000Z", "run", "20261125-0001"],
    ["2026-11-24T05:30:00.000Z", "missed", null],
    ["2026-11-23T05:30:00.000Z", "missed", null],
    ["2026-11-20T05:30:00.000Z", "run", "20261120-0001"],
  ]);
  expect(runs.map((run) => [run.id, run.trigger])).toEqual([
    ["20261125-0001", "schedule"],
    ["20261120-0001", "schedule"],
  ]);
});

test("the same tick recorded twice has one row, and the second is told so", async () => {
  const journal = openJournal(join(folder, "postino.sqlite"), clock);
  const tick = {
    pipeline: "send",
    ente: "borgolieto",
    dueAt: "2026-11-20T05:30:00.000Z",
    reason: null,
    recordedAt: "2026-11-20T05:30:00.100Z",
  } as const;

  const first = await journal.recordDue({ ...tick, state: "run", run: "20261120-0001" });
  const second = await journal.recordDue({ ...tick, state: "missed", run: null });
  const rows = await journal.listDue({ limit: 10 });
  await journal.close();

  expect([first, second]).toEqual([true, false]);
  expect(rows.map(({ state, run }) => [state, run])).toEqual([["run", "20261120-0001"]]);
});

test("a schedule is known from its first sight on, whatever is asked later", async () => {
  const journal = openJournal(join(folder, "postino.sqlite"), clock);

  const first = await journal.knowSchedule("send", "borgolieto", "2026-11-19T12:00:00.000Z");
  const later = await journal.knowSchedule("send", "borgolieto", "2026-11-23T12:00:00.000Z");
  await journal.close();

  expect(first).toEqual({ since: "2026-11-19T12:00:00.000Z", lastDueAt: null });
  expect(later).toEqual({ since: "2026-11-19T12:00:00.000Z", lastDueAt: null });
});
