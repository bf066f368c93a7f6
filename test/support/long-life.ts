/** A server that lives long: schedules and runs of many days on a clock that moves as soon as everything rests, and what the process holds after each of them. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, toRomeDay } from "../../engine/host/clock.ts";
import { readConfig } from "../../server/config.ts";
import {
  openInstallation,
  openWriting,
  type WritingInstallation,
} from "../../server/installation.ts";
import { openServing } from "../../server/serving.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { makeInstallationWorld, sendYaml } from "./installation-world.ts";
import { verbaliLines } from "./verbali.ts";

const dayMs = 86_400_000;

/** What the process holds at the end of a day. */
export interface LifeSample {
  readonly day: number;
  readonly runs: number;
  readonly residentMb: number;
  readonly descriptors: number;
  readonly logMb: number;
  readonly journalMb: number;
  /** The longest that a timer of 20 ms was late, of the machine's time. */
  readonly lagMs: number;
}

export interface LifeOptions {
  readonly days: number;
  /** Verbali of each working day. */
  readonly verbali: number;
  readonly tell?: (sample: LifeSample) => void;
}

/** The samples, and how the runs ended, by state. */
export interface Life {
  readonly samples: readonly LifeSample[];
  readonly ends: Readonly<Record<string, number>>;
}

/** Lives so many days. */
export async function liveLong({ days, verbali, tell }: LifeOptions): Promise<Life> {
  const clock = createFakeClock("2026-11-30T00:00:00Z");
  const rest = createRest(clock);
  const world = await makeInstallationWorld({
    clock,
    sendYaml: sendYaml.replace(
      "steps:\n",
      'schedule: { cron: "30 6 * * 1-5", timezone: Europe/Rome, ifMissed: run-once, ifRunning: skip }\nsteps:\n',
    ),
    enteYaml: (text) => text.replace("requestsPerSecond: 10\n", "requestsPerSecond: 1000\n"),
  });
  writeFileSync(join(world.pipelinesFolder, "import-iun.yaml"), importYaml);
  const config = readConfig({
    POSTINO_DATA: world.dataFolder,
    POSTINO_PIPELINES: world.pipelinesFolder,
    PROVA_SEND_KEY: "chiave-di-prova",
    PROVA_GPD_KEY: "chiave-gpd",
    PROVA_CSC_SECRET: "segreto-csc",
    DEMO_KEY_PASSWORD: "dimostrazione",
  });
  const base = await openInstallation(config, { clock, logLevel: "error" });
  const opened = await openWriting({ ...base, machine: { fetch: rest.fetch } });
  const writing = rest.watch(opened);
  const controller = new AbortController();
  const serving = openServing(writing, controller.signal, { seals: null });
  const lag = watchLag();
  try {
    await serving.manager.takeUp();
    const living = [
      serving.scheduler.run(controller.signal),
      serving.keepPrices(controller.signal),
    ];
    const samples: LifeSample[] = [];
    for (let day = 1; day <= days; day += 1) {
      bringFlusso(world.dataFolder, clock, day, verbali);
      await rest.liveUntil(Date.parse("2026-11-30T00:00:00Z") + day * dayMs);
      const sample = { day, ...(await measure(writing, world.dataFolder)), lagMs: lag.take() };
      samples.push(sample);
      tell?.(sample);
    }
    controller.abort();
    await serving.manager.stop();
    await Promise.all(living);
    return { samples, ends: await countEnds(writing) };
  } finally {
    controller.abort();
    lag.stop();
    serving.close();
    await writing.close();
    await world.close();
  }
}

const importYaml = `name: IUN
schedule: { cron: "15 8-18 * * *", timezone: Europe/Rome, ifMissed: skip, ifRunning: skip }
steps:
  - uses: load-open-notifications
  - uses: import-iun
    within: 24h
`;

/** What the office exports on a working day. */
function bringFlusso(dataFolder: string, clock: FakeClock, day: number, verbali: number): void {
  const isWorking = ![0, 6].includes(new Date(clock.now()).getUTCDay());
  if (!isWorking) return;
  const inbox = join(dataFolder, "inbox", "prova");
  mkdirSync(inbox, { recursive: true });
  const violation = toRomeDay(clock.now() - 10 * dayMs);
  const lines = verbaliLines(verbali, violation, 1 + day * verbali);
  writeFileSync(join(inbox, `flusso-${day}.jsonl`), lines);
}

/** What sleeps in a server at rest: the scheduler, and whoever keeps the prices. */
const loops = 2;

/** Moves the clock from one sleeper to the next whenever nothing else is under way. */
function createRest(clock: FakeClock) {
  let calls = 0;
  let drives = 0;
  let moves = 0;

  /** Everything waits for time: no call is out, and as many sleep as there are loops and drives. */
  async function untilQuiet(): Promise<void> {
    for (;;) {
      await turn();
      const isAsleep = (): boolean => calls === 0 && clock.sleepers >= loops + drives;
      if (!isAsleep()) {
        await systemClock.sleep(1);
        continue;
      }
      if (drives === 0) return;
      // One drive may sleep more than once while another works.
      const before = moves;
      await systemClock.sleep(5);
      if (isAsleep() && moves === before) return;
    }
  }

  return {
    async fetch(input: Request | string | URL, init?: RequestInit): Promise<Response> {
      calls += 1;
      moves += 1;
      try {
        return await fetch(input, init);
      } finally {
        calls -= 1;
      }
    },
    watch(writing: WritingInstallation): WritingInstallation {
      writing.journal.onChange(() => {
        moves += 1;
      });
      const { runner } = writing;
      return {
        ...writing,
        runner: {
          ...runner,
          async drive(runId, options) {
            drives += 1;
            try {
              return await runner.drive(runId, options);
            } finally {
              drives -= 1;
            }
          },
        },
      };
    },
    async liveUntil(end: number): Promise<void> {
      for (;;) {
        await untilQuiet();
        const next = clock.nextWake ?? end;
        if (next >= end) break;
        await clock.jump(next);
      }
      await clock.jump(end);
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

async function measure({ journal }: WritingInstallation, dataFolder: string) {
  Bun.gc(true);
  const [newest] = await journal.listRuns({ limit: 1 });
  const path = join(dataFolder, "postino.sqlite");
  return {
    runs: newest?.seq ?? 0,
    residentMb: toMb(process.memoryUsage().rss),
    descriptors: existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0,
    logMb: toMb(existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0),
    journalMb: toMb(statSync(path).size),
  };
}

function toMb(bytes: number): number {
  return Math.round(bytes / 10_000) / 100;
}

async function countEnds({ journal }: WritingInstallation): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const { state } of await journal.listRuns({ limit: 100_000 }))
    ends[state] = (ends[state] ?? 0) + 1;
  return ends;
}

/** How late timers are, of the machine's time. */
function watchLag() {
  let most = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    most = Math.max(most, now - last - 20);
    last = now;
  }, 20);
  return {
    take(): number {
      const taken = Math.round(most);
      most = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** Growth for each day, by least squares over the later half: what a warm process still gains. */
export function computeTrend(
  samples: readonly LifeSample[],
  pick: (sample: LifeSample) => number,
): number {
  const later = samples.slice(Math.floor(samples.length / 2));
  const meanDay = later.reduce((sum, { day }) => sum + day, 0) / later.length;
  const mean = later.reduce((sum, sample) => sum + pick(sample), 0) / later.length;
  let over = 0;
  let under = 0;
  for (const sample of later) {
    over += (sample.day - meanDay) * (pick(sample) - mean);
    under += (sample.day - meanDay) ** 2;
  }
  return under === 0 ? 0 : over / under;
}
