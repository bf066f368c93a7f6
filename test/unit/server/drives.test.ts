/** The drives of one process: one per run, all stopped together. */
import { describe, expect, test } from "bun:test";
import type { Run } from "../../../engine/journal/runs.ts";
import { type LogFields, type Logger, silentLogger } from "../../../engine/host/logger.ts";
import type { Runner } from "../../../engine/run/runner.ts";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import type { WritingInstallation } from "../../../server/installation.ts";
import { createDrives, createRunManager } from "../../../server/running/run-manager.ts";

type Manager = ReturnType<typeof createRunManager>;

function makeRunner() {
  const driven: string[] = [];
  const runner: Runner = {
    create: () => Promise.reject(new Error("not asked for")),
    isActive: () => false,
    drive: (runId, { stop }) => {
      driven.push(runId);
      return new Promise((resolve) => {
        stop.addEventListener("abort", () => resolve({ id: runId } as Run), { once: true });
      });
    },
  };
  return {
    driven,
    runner,
    drives: createDrives({
      runner,
      log: silentLogger,
      reportBug: () => null,
      clock: createFakeClock(0),
    }),
  };
}

test("a run that is being driven is not driven twice, and stopping waits for it", async () => {
  const { driven, drives } = makeRunner();

  drives.begin("20261123-0001");
  drives.begin("20261123-0001");
  drives.begin("20261123-0002");
  const before = drives.has("20261123-0001");
  await drives.haltAll();

  expect(driven).toEqual(["20261123-0001", "20261123-0002"]);
  expect([before, drives.has("20261123-0001"), drives.has("20261123-0002")]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  [
    "whose state the full disk refuses goes on when there is room",
    () => new RunBlocked("DISK_FULL", "Il disco è pieno."),
    2,
    0,
  ],
  [
    "whose folder may not be written goes on when it may",
    () => new RunBlocked("DATA_NOT_WRITABLE", "Non si può scrivere."),
    2,
    0,
  ],
  ["that meets a bug leaves a report and rests", () => new TypeError("no such field"), 1, 1],
])("a run %s", async (_, makeError, drivenTimes, reports) => {
  const clock = createFakeClock(0);
  let driven = 0;
  let reported = 0;
  const runner: Runner = {
    create: () => Promise.reject(new Error("not asked for")),
    isActive: () => false,
    drive(runId) {
      driven += 1;
      return driven === 1 ? Promise.reject(makeError()) : Promise.resolve({ id: runId } as Run);
    },
  };
  const reportBug = () => {
    reported += 1;
    return null;
  };
  const drives = createDrives({ runner, log: silentLogger, reportBug, clock });

  drives.begin("20261123-0001");
  await clock.advance(59_000);
  const before = driven;
  await clock.advance(1_000);

  expect([before, driven, reported]).toEqual([1, drivenTimes, reports]);
  expect(drives.has("20261123-0001")).toBe(false);
});

test("one that is held up can be stopped", async () => {
  const clock = createFakeClock(0);
  let driven = 0;
  const runner: Runner = {
    create: () => Promise.reject(new Error("not asked for")),
    isActive: () => false,
    drive() {
      driven += 1;
      return Promise.reject(new RunBlocked("DISK_FULL", "Il disco è pieno."));
    },
  };
  const drives = createDrives({ runner, log: silentLogger, reportBug: () => null, clock });

  drives.begin("20261123-0001");
  await clock.untilAsleep();
  await drives.halt("20261123-0001");
  await clock.advance(600_000);

  expect([driven, clock.sleepers]).toEqual([1, 0]);
});

test("a run that rests may be driven again", async () => {
  const { driven, drives } = makeRunner();

  drives.begin("20261123-0001");
  await drives.halt("20261123-0001");
  drives.begin("20261123-0001");
  await drives.haltAll();

  expect(driven).toEqual(["20261123-0001", "20261123-0001"]);
});

test("what a run's source tells of more reaches whoever began the run", async () => {
  const told: string[] = [];
  const runner: Runner = {
    create: () => Promise.reject(new Error("not asked for")),
    isActive: () => false,
    drive: async (runId, { onMore }) => {
      if (runId === "20261123-0001") onMore?.(["b.csv"]);
      return { id: runId } as Run;
    },
  };
  const drives = createDrives({
    runner,
    log: silentLogger,
    reportBug: () => null,
    clock: createFakeClock(0),
  });

  for (const id of ["20261123-0001", "20261123-0002"])
    drives.begin(id, { onMore: () => told.push(id) });
  await drives.haltAll();

  expect(told).toEqual(["20261123-0001"]);
});

test("what begins while the program stops is left for the next start", async () => {
  const { driven, drives } = makeRunner();
  drives.begin("20261123-0001");

  const halted = drives.haltAll();
  drives.begin("20261123-0002");
  await halted;
  drives.begin("20261123-0003");

  expect(driven).toEqual(["20261123-0001"]);
  expect(drives.has("20261123-0002")).toBe(false);
});

describe("a drive that fails leaves a report, and no word of what was thrown in the log", () => {
  for (const [title, thrown, name] of [
    ["an error", new Error("no row: Rossi Mario"), "Error"],
    ["an error of the runtime", new TypeError("RSSMRA80A01H501U is no number"), "TypeError"],
    ["a text", "Rossi Mario", "string"],
  ] as const)
    test(title, async () => {
      const lines: [string, LogFields | undefined][] = [];
      const log: Logger = {
        ...silentLogger,
        error: (message, fields) => lines.push([message, fields]),
      };
      const runner: Runner = {
        create: () => Promise.reject(new Error("not asked for")),
        isActive: () => false,
        drive: () => Promise.reject(thrown),
      };
      const drives = createDrives({
        runner,
        log,
        reportBug: () => "data/segnalazioni/s.txt",
        clock: createFakeClock(0),
      });

      drives.begin("20261123-0001");
      await drives.halt("20261123-0001");

      expect(lines).toEqual([
        [
          "drive failed",
          {
            runId: "20261123-0001",
            code: "UNEXPECTED",
            error: name,
            report: "data/segnalazioni/s.txt",
          },
        ],
      ]);
    });
});

describe("a command of which nothing comes leaves a run that is under way to its drive", () => {
  const counts = { pending: 0, waiting: 0 };
  const readRun = (state: string) => () => Promise.resolve({ isLoaded: true, state, counts });

  test.each([
    {
      what: "a second press of resume, when the first has taken everything up",
      journal: { readRun: readRun("completed") },
      ask: (manager: Manager) => manager.resume("20261123-0001", {}),
    },
    {
      what: "resume of a run that is not there",
      journal: { readRun: () => Promise.resolve(null) },
      ask: (manager: Manager) => manager.resume("20261123-0001", {}),
    },
    {
      what: "resume while the journal cannot be read",
      journal: { readRun: () => Promise.reject(new Error("disk")) },
      ask: (manager: Manager) => manager.resume("20261123-0001", {}),
    },
    {
      what: "cancel while the journal cannot be written",
      journal: {
        readRun: readRun("running"),
        listItems: () => Promise.reject(new Error("disk")),
      },
      ask: (manager: Manager) => manager.cancel("20261123-0001"),
    },
  ])("$what", async ({ journal, ask }) => {
    const { driven, runner } = makeRunner();
    const installation = { journal, runner, log: silentLogger, reportBug: () => null };
    const manager = createRunManager(installation as unknown as WritingInstallation);
    manager.begin("20261123-0001");

    await ask(manager).catch(() => undefined);

    expect(driven).toEqual(["20261123-0001", "20261123-0001"]);
    await manager.stop();
  });

  test("two presses at once come one after the other", async () => {
    const { runner } = makeRunner();
    let under = 0;
    let most = 0;
    const journal = {
      async readRun() {
        under += 1;
        most = Math.max(most, under);
        await Promise.resolve();
        under -= 1;
        return { isLoaded: true, state: "completed", counts };
      },
    };
    const installation = { journal, runner, log: silentLogger, reportBug: () => null };
    const manager = createRunManager(installation as unknown as WritingInstallation);

    await Promise.all([1, 2, 3].map(() => manager.resume("20261123-0001", {})));

    expect(most).toBe(1);
  });

  test("a run that rests stays at rest", async () => {
    const { driven, runner } = makeRunner();
    const journal = { readRun: readRun("completed") };
    const installation = { journal, runner, log: silentLogger, reportBug: () => null };
    const manager = createRunManager(installation as unknown as WritingInstallation);

    const result = await manager.resume("20261123-0001", {});

    expect(result.status).toBe("refused");
    expect(driven).toEqual([]);
  });
});
