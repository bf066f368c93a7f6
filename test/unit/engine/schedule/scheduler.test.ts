/** Tests of the scheduler: every due tick leaves one row, whatever happened to the process, the file or the clock. */
import { describe, expect, test } from "bun:test";
import type { DueRow, KeptSchedule } from "../../../../engine/journal/schedules.ts";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { silentLogger } from "../../../../engine/host/logger.ts";
import type { Logger } from "../../../../engine/host/logger.ts";
import { createScheduler } from "../../../../engine/schedule/scheduler.ts";
import type { ScheduledPipeline, ScheduleListing } from "../../../../engine/schedule/scheduled.ts";
import type { Scheduler, SchedulerOptions } from "../../../../engine/schedule/scheduler.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import type { FakeClock } from "../../../support/fake-clock.ts";

const daily: ScheduledPipeline = {
  pipeline: "send",
  ente: "c_z999",
  schedule: {
    cron: "30 6 * * *",
    timezone: "Europe/Rome",
    ifMissed: "run-once",
    ifRunning: "skip",
  },
};
const hourly: ScheduledPipeline = { ...daily, schedule: { ...daily.schedule, cron: "0 * * * *" } };

function withSchedule(
  base: ScheduledPipeline,
  change: Partial<ScheduledPipeline["schedule"]>,
): ScheduledPipeline {
  return { ...base, schedule: { ...base.schedule, ...change } };
}

/** Files that can all be read. */
function listed(...scheduled: readonly ScheduledPipeline[]): ScheduleListing {
  return { scheduled, unreadable: [] };
}

/** The scheduler's methods of the journal, in memory. */
function createFakeLedger() {
  const since = new Map<string, string>();
  const rows: DueRow[] = [];
  let kept: readonly KeptSchedule[] = [];
  return {
    rows,
    async keepSchedules(schedules: readonly KeptSchedule[]) {
      kept = schedules;
    },
    async listKeptSchedules() {
      return kept;
    },
    /** A ledger that can be told to fail. */
    broken: null as Error | null,
    async knowSchedule(pipeline: string, ente: string, now: string) {
      const key = `${pipeline} ${ente}`;
      if (!since.has(key)) since.set(key, now);
      const own = rows
        .filter((row) => row.pipeline === pipeline && row.ente === ente)
        .map((row) => row.dueAt)
        .sort();
      return { since: since.get(key) ?? now, lastDueAt: own.at(-1) ?? null };
    },
    async recordDue(row: DueRow) {
      if (this.broken !== null) throw this.broken;
      const isKnown = rows.some(
        (known) =>
          known.pipeline === row.pipeline && known.ente === row.ente && known.dueAt === row.dueAt,
      );
      if (!isKnown) rows.push(row);
      return !isKnown;
    },
  };
}

interface World {
  readonly clock: FakeClock;
  readonly ledger: ReturnType<typeof createFakeLedger>;
  readonly started: string[];
  readonly errors: string[];
  schedules: readonly ScheduledPipeline[];
  running: string | null;
  /** `dueAt state run`, oldest first. */
  rows(): string[];
  scheduler(change?: Partial<SchedulerOptions>): Scheduler;
  /** Runs a scheduler while `during` lasts, as `serve` does between start and stop. */
  serve(during: () => Promise<void>): Promise<void>;
}

function makeSchedule(start: string, schedules: readonly ScheduledPipeline[]): World {
  const clock = createFakeClock(start);
  const ledger = createFakeLedger();
  const log: Logger = {
    ...silentLogger,
    error: (message, fields) => {
      world.errors.push(`${message}: ${String(fields?.["fault"] ?? fields?.["reason"])}`);
    },
  };
  const world: World = {
    clock,
    ledger,
    started: [],
    errors: [],
    schedules,
    running: null,
    rows: () =>
      ledger.rows.map((row) =>
        [row.dueAt.slice(0, 16), row.state, row.run].filter((part) => part !== null).join(" "),
      ),
    scheduler: (change = {}) =>
      createScheduler({
        journal: ledger,
        clock,
        log,
        listSchedules: () => listed(...world.schedules),
        async start(_pipeline, _ente, dueAt) {
          world.started.push(dueAt);
          return `run-${world.started.length}`;
        },
        findRunning: async () => world.running,
        ...change,
      }),
    async serve(during) {
      const stop = new AbortController();
      const running = world.scheduler().run(stop.signal);
      await clock.untilAsleep();
      await during();
      stop.abort();
      await running;
      expect(clock.sleepers).toBe(0);
    },
  };
  return world;
}

const hourMs = 3_600_000;

describe("while the scheduler watches", () => {
  test("a tick starts a run at its instant and leaves a row with the run", async () => {
    const world = makeSchedule("2026-11-23T05:00:00Z", [daily]);

    await world.serve(() => world.clock.advance(2 * hourMs));

    expect(world.started).toEqual(["2026-11-23T05:30:00.000Z"]);
    expect(world.ledger.rows).toEqual([
      {
        pipeline: "send",
        ente: "c_z999",
        dueAt: "2026-11-23T05:30:00.000Z",
        state: "run",
        run: "run-1",
        reason: null,
        recordedAt: "2026-11-23T05:30:00.000Z",
      },
    ]);
  });

  test("several schedules are due each at its own time", async () => {
    const other: ScheduledPipeline = {
      ...withSchedule(daily, { cron: "0 7 * * *" }),
      ente: "c_z998",
    };
    const world = makeSchedule("2026-11-23T05:00:00Z", [daily, other]);

    await world.serve(() => world.clock.advance(2 * hourMs));

    expect(world.ledger.rows.map((row) => `${row.ente} ${row.dueAt}`)).toEqual([
      "c_z999 2026-11-23T05:30:00.000Z",
      "c_z998 2026-11-23T06:00:00.000Z",
    ]);
  });

  test("a schedule that was never seen before is not run for the past", async () => {
    const world = makeSchedule("2026-11-23T12:00:00Z", [daily]);

    await world.serve(() => world.clock.advance(hourMs));

    expect(world.rows()).toEqual([]);
  });

  test("it stops between two ticks when asked", async () => {
    const world = makeSchedule("2026-11-23T05:00:00Z", [daily]);

    await world.serve(() => world.clock.advance(60_000));
    await world.clock.advance(2 * hourMs);

    expect(world.rows()).toEqual([]);
  });

  test("a start that fails leaves a row that says why, and the next tick starts again", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
    let isDown = true;
    const scheduler = world.scheduler({
      async start(_pipeline, _ente, dueAt) {
        if (isDown) throw new Error("il file dell'ente c_z999 non si può leggere");
        world.started.push(dueAt);
        return "run-9";
      },
    });
    await scheduler.look();

    await world.clock.advance(hourMs);
    await scheduler.look();
    isDown = false;
    await world.clock.advance(hourMs);
    await scheduler.look();

    expect(world.rows()).toEqual(["2026-11-23T08:00 missed", "2026-11-23T09:00 run run-9"]);
    expect(world.ledger.rows[0]?.reason).toBe(
      "Il flusso non è partito: il file dell'ente c_z999 non si può leggere",
    );
  });

  test("a run whose row cannot be written is not started again: the row is written later", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
    const scheduler = world.scheduler();
    await scheduler.look();

    await world.clock.advance(hourMs);
    world.ledger.broken = new Error("disk full");
    await scheduler.look();
    await scheduler.look();
    world.running = "run-1";
    world.ledger.broken = null;
    await scheduler.look();

    expect(world.started).toEqual(["2026-11-23T08:00:00.000Z"]);
    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1"]);
    expect(world.errors).toEqual(["schedule failed: disk full"]);
  });
});

describe("while a run of the same pipeline and ente is not over", () => {
  test("skip: the tick leaves a row that names the run", async () => {
    const world = makeSchedule("2026-11-23T05:00:00Z", [daily]);
    world.running = "20261122-0001";

    await world.serve(() => world.clock.advance(hourMs));

    expect(world.started).toEqual([]);
    expect(world.rows()).toEqual(["2026-11-23T05:30 skipped 20261122-0001"]);
    expect(world.ledger.rows[0]?.reason).toBe(
      "Non avviato: il flusso 20261122-0001 è ancora in corso.",
    );
  });

  test("queue: the tick starts once the run has ended, under its own due time", async () => {
    const world = makeSchedule("2026-11-23T05:00:00Z", [
      withSchedule(daily, { ifRunning: "queue" }),
    ]);
    world.running = "20261122-0001";

    await world.serve(async () => {
      await world.clock.advance(32 * 60_000);
      expect(world.rows()).toEqual([]);
      world.running = null;
      await world.clock.advance(10_000);
    });

    expect(world.started).toEqual(["2026-11-23T05:30:00.000Z"]);
    expect(world.rows()).toEqual(["2026-11-23T05:30 run run-1"]);
  });

  test("queue: several ticks start one after the other, in their order", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [
      withSchedule(hourly, { ifRunning: "queue" }),
    ]);
    world.running = "20261122-0001";
    const scheduler = world.scheduler({
      async start(_pipeline, _ente, dueAt) {
        world.started.push(dueAt);
        world.running = `run-${world.started.length}`;
        return world.running;
      },
    });
    await scheduler.look();

    await world.clock.advance(hourMs);
    await scheduler.look();
    await world.clock.advance(hourMs);
    await scheduler.look();
    expect(world.rows()).toEqual([]);
    world.running = null;
    await scheduler.look();
    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1"]);
    world.running = null;
    await scheduler.look();

    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1", "2026-11-23T09:00 run run-2"]);
  });

  test("queue: an edited schedule gives up the ticks that wait, and says so", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [
      withSchedule(hourly, { ifRunning: "queue" }),
    ]);
    world.running = "20261122-0001";
    const scheduler = world.scheduler();
    await scheduler.look();
    await world.clock.advance(hourMs);
    await scheduler.look();

    world.schedules = [withSchedule(daily, { ifRunning: "queue" })];
    await world.clock.advance(60_000);
    await scheduler.look();

    expect(world.rows()).toEqual(["2026-11-23T08:00 missed"]);
    expect(world.ledger.rows[0]?.reason).toBe(
      "La pianificazione è cambiata mentre l'esecuzione era in attesa.",
    );
  });
});

describe("after a downtime", () => {
  /** Known since the 20th, last run on the 21st, down until the 24th at noon. */
  async function downOverThree(ifMissed: "run-once" | "skip"): Promise<World> {
    const world = makeSchedule("2026-11-20T12:00:00Z", [withSchedule(daily, { ifMissed })]);
    await world.serve(() => world.clock.advance(24 * hourMs));
    await world.clock.jump("2026-11-24T12:00:00Z");
    await world.serve(() => world.clock.advance(60_000));
    return world;
  }

  test("run-once: the newest tick runs, the others are missed", async () => {
    const world = await downOverThree("run-once");

    expect(world.rows()).toEqual([
      "2026-11-21T05:30 run run-1",
      "2026-11-22T05:30 missed",
      "2026-11-23T05:30 missed",
      "2026-11-24T05:30 run run-2",
    ]);
    expect(world.ledger.rows[1]?.reason).toBe(
      "All'ora prevista Postino era fermo; parte una volta sola, per la scadenza più recente.",
    );
    expect(world.ledger.rows[3]?.recordedAt).toBe("2026-11-24T12:00:00.000Z");
  });

  test("skip: all of them are missed and nothing runs", async () => {
    const world = await downOverThree("skip");

    expect(world.rows()).toEqual([
      "2026-11-21T05:30 run run-1",
      "2026-11-22T05:30 missed",
      "2026-11-23T05:30 missed",
      "2026-11-24T05:30 missed",
    ]);
    expect(world.ledger.rows[3]?.reason).toBe("All'ora prevista Postino era fermo.");
  });

  test("run-once: a run that was found unfinished at the start counts as running", async () => {
    const world = makeSchedule("2026-11-20T12:00:00Z", [daily]);
    await world.serve(() => world.clock.advance(60_000));
    await world.clock.jump("2026-11-21T12:00:00Z");
    world.running = "20261120-0007";

    await world.serve(() => world.clock.advance(60_000));

    expect(world.rows()).toEqual(["2026-11-21T05:30 skipped 20261120-0007"]);
  });

  test("a tick at the very moment of the start is not missed", async () => {
    const world = makeSchedule("2026-11-22T12:00:00Z", [withSchedule(daily, { ifMissed: "skip" })]);
    await world.serve(() => world.clock.advance(60_000));
    await world.clock.jump("2026-11-23T05:30:00Z");

    await world.serve(() => world.clock.advance(60_000));

    expect(world.rows()).toEqual(["2026-11-23T05:30 run run-1"]);
  });

  test("a long downtime leaves a row for each of many ticks and starts one run", async () => {
    const world = makeSchedule("2026-11-01T00:10:00Z", [hourly]);
    await world.serve(() => world.clock.advance(60_000));
    await world.clock.jump("2026-11-23T08:00:30Z");

    await world.serve(() => world.clock.advance(60_000));

    // From 1 November 01:00 to 23 November 08:00 UTC: 22 days of 24 hours and 8 more.
    expect(world.ledger.rows).toHaveLength(536);
    expect(world.ledger.rows.filter((row) => row.state === "missed")).toHaveLength(535);
    expect(world.started).toEqual(["2026-11-23T08:00:00.000Z"]);
  });

  test("a machine that slept treats the ticks in between as missed", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);

    await world.serve(async () => {
      await world.clock.jump("2026-11-23T10:10:00Z");
      await world.clock.advance(1000);
    });

    expect(world.rows()).toEqual([
      "2026-11-23T08:00 missed",
      "2026-11-23T09:00 missed",
      "2026-11-23T10:00 run run-1",
    ]);
  });
});

describe("when the clock is set back", () => {
  test("a tick that has a row is not due again", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);

    await world.serve(async () => {
      await world.clock.advance(hourMs);
      await world.clock.jump("2026-11-23T07:45:00Z");
      await world.clock.advance(hourMs);
    });

    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1"]);
  });

  test("a row far in the future is told once: nothing will run before it", async () => {
    const world = makeSchedule("2027-11-23T07:30:00Z", [hourly]);
    await world.serve(() => world.clock.advance(hourMs));
    await world.clock.jump("2026-11-23T07:30:00Z");

    await world.serve(() => world.clock.advance(3 * hourMs));

    expect(world.rows()).toEqual(["2027-11-23T08:00 run run-1"]);
    expect(world.errors).toEqual([
      "schedule failed: the newest recorded tick, 2027-11-23T08:00:00.000Z, is ahead of the clock: nothing is due before it",
    ]);
  });
});

describe("when the files change while it watches", () => {
  test("an edited expression counts from now on, not for the hours before", async () => {
    const world = makeSchedule("2026-11-23T05:00:00Z", [daily]);

    await world.serve(async () => {
      await world.clock.advance(4 * hourMs);
      world.schedules = [withSchedule(daily, { cron: "0 8,11 * * *" })];
      await world.clock.advance(4 * hourMs);
    });

    expect(world.rows()).toEqual(["2026-11-23T05:30 run run-1", "2026-11-23T10:00 run run-2"]);
  });

  test("a schedule that is put back does not replay what it missed", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);

    await world.serve(async () => {
      await world.clock.advance(hourMs);
      world.schedules = [];
      await world.clock.advance(3 * hourMs);
      world.schedules = [hourly];
      await world.clock.advance(hourMs);
    });

    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1", "2026-11-23T12:00 run run-2"]);
  });

  test("the files are asked for once a minute at most", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [
      withSchedule(hourly, { cron: "* * * * *", ifRunning: "queue" }),
    ]);
    world.running = "20261122-0001";
    let asked = 0;
    const stop = new AbortController();
    const running = world
      .scheduler({
        listSchedules: () => {
          asked += 1;
          return listed(...world.schedules);
        },
      })
      .run(stop.signal);
    await world.clock.untilAsleep();

    await world.clock.advance(150_000);
    stop.abort();
    await running;

    // At the start, after one minute and after two; in between it looks every five seconds for the run's end.
    expect(asked).toBe(3);
  });

  test("files that cannot be read leave the schedules of before in force, told once", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
    let isBroken = false;
    const scheduler = world.scheduler({
      listSchedules() {
        if (isBroken) throw new Error("pipelines/send.yaml:3:1");
        return listed(hourly);
      },
    });
    await scheduler.look();

    isBroken = true;
    await world.clock.advance(hourMs);
    await scheduler.look();
    await scheduler.look();

    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1"]);
    expect(world.errors).toEqual(["schedules could not be read: pipelines/send.yaml:3:1"]);
  });

  describe("a schedule whose file is broken stays as it was last read", () => {
    const broken: ScheduleListing = {
      scheduled: [],
      unreadable: [{ pipeline: "send", ente: "c_z999" }],
    };
    const fault = "pipelines/enti/c_z999.yaml, riga 14: dopo i due punti serve uno spazio";

    test("each due time has a row that says what stopped it, and once mended it runs again", async () => {
      const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
      let isBroken = false;
      const scheduler = world.scheduler({
        listSchedules: () => (isBroken ? broken : listed(hourly)),
        async start() {
          if (isBroken) throw new Error(fault);
          return "run-1";
        },
      });
      await scheduler.look();

      isBroken = true;
      for (const _ of ["08:00", "09:00"]) {
        await world.clock.advance(hourMs);
        await scheduler.look();
      }
      isBroken = false;
      await world.clock.advance(hourMs);
      await scheduler.look();

      expect(world.rows()).toEqual([
        "2026-11-23T08:00 missed",
        "2026-11-23T09:00 missed",
        "2026-11-23T10:00 run run-1",
      ]);
      expect(world.ledger.rows[0]?.reason).toBe(`Il flusso non è partito: ${fault}`);
    });

    test("a restart finds it in the journal", async () => {
      const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
      await world.scheduler().look();

      const restarted = world.scheduler({
        listSchedules: () => broken,
        start: () => Promise.reject(new Error(fault)),
      });
      await restarted.look();
      await world.clock.advance(hourMs);
      await restarted.look();

      expect(world.rows()).toEqual(["2026-11-23T08:00 missed"]);
    });

    test("one that was taken away before its file broke is forgotten", async () => {
      const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
      await world.scheduler().look();
      world.schedules = [];
      await world.scheduler().look();

      const restarted = world.scheduler({ listSchedules: () => broken });
      await restarted.look();
      await world.clock.advance(hourMs);
      await restarted.look();

      expect(world.rows()).toEqual([]);
    });
  });

  test("one wrong schedule does not hold up the others, and is told once", async () => {
    const wrong: ScheduledPipeline = {
      ...withSchedule(daily, { cron: "30 25 * * *" }),
      ente: "c_z998",
    };
    const world = makeSchedule("2026-11-23T07:30:00Z", [wrong, hourly]);

    await world.serve(() => world.clock.advance(2 * hourMs));

    expect(world.started).toEqual(["2026-11-23T08:00:00.000Z", "2026-11-23T09:00:00.000Z"]);
    expect(world.errors).toHaveLength(1);
    expect(world.errors[0]).toStartWith(
      'schedule failed: l\'espressione cron "30 25 * * *" non è valida',
    );
  });
});

describe("two processes on one ledger", () => {
  test("the one that comes later leaves the tick alone", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
    const one = world.scheduler();
    const two = world.scheduler();
    await one.look();
    await two.look();

    await world.clock.advance(hourMs);
    await one.look();
    await two.look();

    expect(world.started).toEqual(["2026-11-23T08:00:00.000Z"]);
    expect(world.rows()).toEqual(["2026-11-23T08:00 run run-1"]);
  });

  test("even at the same moment a tick has one row only", async () => {
    const world = makeSchedule("2026-11-23T07:30:00Z", [hourly]);
    const one = world.scheduler();
    const two = world.scheduler();
    await Promise.all([one.look(), two.look()]);

    await world.clock.advance(hourMs);
    await Promise.all([one.look(), two.look()]);

    expect(world.ledger.rows).toHaveLength(1);
    expect(world.ledger.rows[0]).toMatchObject({ state: "run", run: "run-1" });
  });
});

describe("on the nights when clocks change", () => {
  test("25 October 2026: the run of 03:00 starts once", async () => {
    const world = makeSchedule("2026-10-24T20:00:00Z", [
      withSchedule(daily, { cron: "0 3 * * *" }),
    ]);

    await world.serve(() => world.clock.advance(10 * hourMs));

    expect(world.rows()).toEqual(["2026-10-25T02:00 run run-1"]);
  });

  test("28 March 2027: the run of 02:30 starts at the change", async () => {
    const world = makeSchedule("2027-03-27T20:00:00Z", [
      withSchedule(daily, { cron: "30 2 * * *" }),
    ]);

    await world.serve(() => world.clock.advance(10 * hourMs));

    expect(world.rows()).toEqual(["2027-03-28T01:00 run run-1"]);
  });
});

describe("a fault that nobody foresaw leaves a report", () => {
  const foreseen = new RunBlocked("DISK_FULL", "Il disco dei dati è pieno.");
  for (const [title, change, reported] of [
    [
      "schedules that cannot be listed",
      { listSchedules: () => Promise.reject(new Error("x")) },
      ["schedules could not be read"],
    ],
    [
      "a start that throws",
      { start: () => Promise.reject(new TypeError("x")) },
      ["scheduled start"],
    ],
    [
      "a look that throws",
      { findRunning: () => Promise.reject(new Error("x")) },
      ["schedule failed"],
    ],
    ["a start that the disk refuses: none", { start: () => Promise.reject(foreseen) }, []],
    ["a look that the disk refuses: none", { findRunning: () => Promise.reject(foreseen) }, []],
  ] as const)
    test(title, async () => {
      const world = makeSchedule("2026-11-23T05:00:00Z", [hourly]);
      const doings: string[] = [];
      const scheduler = world.scheduler({
        ...change,
        reportBug: (_, { doing = "" }) => {
          doings.push(doing);
          return "data/segnalazioni/s.txt";
        },
      });

      await scheduler.look();
      await world.clock.advance(hourMs + 1_000);
      await scheduler.look();

      expect([...new Set(doings)]).toEqual([...reported]);
      expect(world.errors.length).toBeGreaterThan(0);
    });
});
