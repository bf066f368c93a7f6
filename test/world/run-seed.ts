/** Plays one seed to its end, and says what became of it. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Installation } from "../../server/installation.ts";
import { toSimulatedSend } from "../../server/simulator-settings.ts";
import { createSimulators } from "../../server/simulators.ts";
import { production } from "../../simulators/send/options.ts";
import { noteReached } from "./coverage.ts";
import { actors, invariants } from "./cast.ts";
import { Notifications } from "./stage/notified.ts";
import { standOn } from "./seams/machine.ts";
import { hasOutsideWork, settleOutsideWork } from "./seams/outside.ts";
import type { Fault } from "./stage/chaos.ts";
import { otherSide } from "./stage/disk.ts";
import { environment, paTaxId, settleEnte } from "./stage/ente.ts";
import { Host } from "./stage/host.ts";
import { drawMix } from "./stage/mix.ts";
import { Broken, findGpd, findJournal, findSend, type Stage } from "./stage/stage.ts";
import { makeStream } from "./stage/stream.ts";
import type { Story } from "./stage/story.ts";
import { World } from "./stage/world.ts";

const day = 86_400_000;
const calmDays = 6;

/** What is synced there costs nothing: a power cut is the world's own. */
const memoryFolder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export interface SeedOptions {
  readonly seed: number;
  /** Default: as many as the seed draws. */
  readonly days?: number;
  readonly program: Installation;
  /** The only faults that happen. */
  readonly only?: ReadonlySet<string>;
  readonly keepAll?: boolean;
}

export interface SeedResult {
  readonly seed: number;
  /** The same for the same run. */
  readonly sum: string;
  readonly days: number;
  readonly woken: number;
  readonly faults: readonly Fault[];
  readonly story: Story;
  /** `null`: everything held. */
  readonly broken: { readonly invariant: string; readonly message: string } | null;
}

/** Not to be called while another seed is played. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const drawn = drawMix(options.seed);
  const mix = { ...drawn, days: options.days ?? drawn.days };
  const realFolder = mkdtempSync(join(memoryFolder, "postino-mondo-"));
  const world = new World({
    ...mix,
    mix,
    seed: options.seed,
    realFolder,
    ...(options.only !== undefined && { only: options.only }),
  });
  if (options.keepAll === true) world.story.keepAll();
  standOn(world);
  try {
    const stage = await openStage(world, options.program);
    let broken: SeedResult["broken"] = null;
    try {
      await play(stage);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      broken = { invariant: error.invariant, message: error.message };
      world.story.tell("NON VALE", `${error.invariant}: ${error.message.split("\n")[0]}`);
    }
    return {
      seed: options.seed,
      sum: world.story.sum.toString(16),
      days: (world.now() - mix.startMs) / day,
      woken: world.scheduler.woken,
      faults: world.chaos.faults,
      story: world.story,
      broken,
    };
  } finally {
    standOn(null);
    world.close();
    rmSync(realFolder, { recursive: true, force: true });
  }
}

/** Microtasks are let run by the scheduler: it must not be one itself. */
function inMacrotask<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setTimeout(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, 0);
  });
}

async function openStage(world: World, program: Installation): Promise<Stage> {
  const other = world.disk.mount(otherSide, otherSide, () => world.now());
  const simulators = await createSimulators({
    folder: other.path,
    clock: world.trueClock,
    apiKey: "chiave-di-prova",
    paTaxId,
    validationMs: 20 * 60_000,
    keepsFiles: true,
    random: () => world.draw("other side"),
    send: {
      ...toSimulatedSend({}, { streamIdleMs: production.streamIdleMs, dayMs: production.dayMs }),
      gpdLimit: null,
    },
  });
  world.openOtherSide(simulators);
  if (world.mix.by === "stream") await makeStream(world);
  const host = new Host(world, "h1", { program, environment });
  settleEnte(world, host);
  const notified = new Notifications(() => findSend({ world, other }), world);
  return { world, hosts: [host], other, acts: new Map(), restorings: [], notified };
}

async function play(stage: Stage): Promise<void> {
  const { world } = stage;
  for (const actor of actors) actor.begin(stage);
  const watch = createWatch(stage);
  await playUntil(world, world.now() + world.mix.days * day, watch);
  world.calmSince = world.now();
  world.story.tell("mondo", "da qui nulla va più storto");
  await playUntil(world, world.now() + calmDays * day, watch);
  noteReached(stage);
  for (const invariant of invariants)
    if (invariant.on.includes("rest")) invariant.check(stage, true);
}

async function playUntil(world: World, untilMs: number, watch: () => void): Promise<void> {
  while (await inMacrotask(() => stepOn(world, untilMs, watch))) await settleOutsideWork();
}

/** False: the time is over; true: the machine works on something beside. */
function stepOn(world: World, untilMs: number, watch: () => void): boolean {
  const { scheduler } = world;
  for (;;) {
    if (world.fault !== null) throw world.fault;
    if (hasOutsideWork()) return true;
    if (!scheduler.step(untilMs)) return false;
    watch();
  }
}

/** After each step: what changed is looked at by who watches it. */
function createWatch(stage: Stage): () => void {
  const seen = { send: -1, gpd: -1, journal: -1, log: -1, night: -1 };
  return () => {
    const changes = {
      send: countChanges(findSend(stage)),
      gpd: countChanges(findGpd(stage)),
      journal: countChanges(findJournal(stage, stage.hosts[0])),
      log: stage.hosts[0].bugs.length + stage.hosts[0].logged.length,
      night: countNights(stage.world.now()),
    };
    for (const kind of ["send", "gpd", "journal", "log", "night"] as const) {
      if (changes[kind] === seen[kind]) continue;
      seen[kind] = changes[kind];
      if (kind === "night") noteReached(stage);
      for (const invariant of invariants)
        if (invariant.on.includes(kind)) invariant.check(stage, false);
    }
  };
}

function countChanges(database: ReturnType<typeof findSend>): number {
  return database?.query<{ n: number }, []>("SELECT total_changes() AS n").get()?.n ?? 0;
}

/** Half an hour before Rome's midnight and an hour and a half after, in winter and in summer. */
const nightHours = [0, 21.5, 22.5, 23.5];

function countNights(ms: number): number {
  const hours = (ms % day) / 3_600_000;
  return Math.floor(ms / day) * nightHours.length + nightHours.filter((at) => at <= hours).length;
}
