/** Tests over schedules that are put aside: nothing starts meanwhile, every due time has its row, and none is made up for. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../../engine/journal/journal.ts";
import { openJournal } from "../../../stores/sqlite/store.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import { createScheduler } from "../../../engine/schedule/scheduler.ts";
import { createPauses } from "../../../server/pauses.ts";
import { createFakeClock } from "../../support/fake-clock.ts";

const pair = { pipeline: "send", ente: "prova" };
const dayMs = 86_400_000;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Monday, 8:00 in Rome; the pipeline is due at 6:30 on working days. */
async function openDesk(ifMissed: "run-once" | "skip") {
  const folder = await mkdtemp(join(tmpdir(), "postino-pause-"));
  const clock = createFakeClock(Date.parse("2026-11-23T07:00:00.000Z"));
  const journal = openJournal(join(folder, "postino.sqlite"), clock);
  closers.push(async () => {
    await journal.close();
    await rm(folder, { recursive: true });
  });
  const schedule = {
    cron: "30 6 * * 1-5",
    timezone: "Europe/Rome",
    ifMissed,
    ifRunning: "skip",
  } as const;
  const listing = { scheduled: [{ ...pair, schedule }], unreadable: [] };
  const pauses = createPauses(journal, clock, async () => listing);
  const started: string[] = [];
  const openScheduler = () =>
    createScheduler({
      journal,
      clock,
      log: silentLogger,
      listSchedules: () => pauses.leaveOut(listing),
      async start(_pipeline, _ente, dueAt) {
        started.push(dueAt);
        return `run-${started.length}`;
      },
      findRunning: async () => null,
    });
  return { journal, clock, pauses, started, openScheduler };
}

async function listDue(journal: Journal): Promise<readonly string[]> {
  const rows = await journal.listDue({ limit: 50 });
  return rows.map(({ dueAt, state }) => `${dueAt.slice(0, 10)} ${state}`).toSorted();
}

describe.each(["run-once", "skip"] as const)("a pause, with ifMissed: %s", (ifMissed) => {
  test("what is due meanwhile does not start, and going on makes up for nothing", async () => {
    const { journal, clock, pauses, started, openScheduler } = await openDesk(ifMissed);
    const scheduler = openScheduler();
    await scheduler.look();
    await clock.advance(dayMs);
    await scheduler.look();

    await pauses.pause(pair, "Ada Bruni");
    await clock.advance(2 * dayMs);
    await scheduler.look();
    const meanwhile = started.length;
    const missed = await pauses.goOn(pair, "Ada Bruni");
    await clock.advance(61_000);
    await scheduler.look();
    const after = started.length;
    await clock.advance(dayMs);
    await scheduler.look();

    expect([meanwhile, missed, after, started.length]).toEqual([1, 2, 1, 2]);
    expect(await listDue(journal)).toEqual([
      "2026-11-24 run",
      "2026-11-25 skipped",
      "2026-11-26 skipped",
      "2026-11-27 run",
    ]);
  });

  test("nor does a restart in the middle of it", async () => {
    const { journal, clock, pauses, started, openScheduler } = await openDesk(ifMissed);
    await openScheduler().look();
    await pauses.pause(pair, "Ada Bruni");
    await clock.advance(2 * dayMs);

    const again = openScheduler();
    await again.look();
    await pauses.goOn(pair, "Ada Bruni");
    await clock.advance(61_000);
    await again.look();
    await openScheduler().look();

    expect(started).toEqual([]);
    expect(await listDue(journal)).toEqual(["2026-11-24 skipped", "2026-11-25 skipped"]);
    const [row] = await journal.listDue({ limit: 1 });
    expect(row?.reason).toBe("La programmazione era in pausa (Ada Bruni).");
  });
});

test("a pause is told with who and when, once, and going on twice is nothing", async () => {
  const { clock, pauses } = await openDesk("skip");

  expect(await pauses.list()).toEqual([]);
  expect(await pauses.goOn(pair, "x")).toBeNull();
  expect([await pauses.pause(pair, "Ada"), await pauses.pause(pair, "Bea")]).toEqual([true, false]);
  expect(await pauses.list()).toEqual([
    { ...pair, since: "2026-11-23T07:00:00.000Z", by: "Ada", missed: 0, endedAt: null },
  ]);
  await clock.advance(dayMs);
  expect(await pauses.goOn(pair, "Bea")).toBe(1);
  expect(await pauses.list()).toEqual([
    { ...pair, since: null, by: "Bea", missed: 1, endedAt: "2026-11-24T07:00:00.000Z" },
  ]);
});
