/** Hands runs over to workers where there are any, and waits for them; where there are none this process drives them itself. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../engine/host/clock.ts";
import { requireRow } from "../engine/host/errors.ts";
import type { Logger } from "../engine/host/logger.ts";
import type { Journal } from "../engine/journal/journal.ts";
import type { Run } from "../engine/journal/runs.ts";
import type { DriveOptions, Runner } from "../engine/run/runner.ts";
import type { Database } from "../stores/sql/plan.ts";
import {
  handRun,
  readHanded,
  readNextDue,
  readWorkers,
  stopHanded,
  dropHanded,
} from "./handed-runs.ts";
import type { Queue, Skill } from "./queue.ts";
import { settleTallies } from "./tallies.ts";

/** What a run asks of whoever takes it. */
export interface RunNeeds {
  /** Digest of its steps, as this host has them. */
  readonly steps: string;
  readonly skill: Skill | null;
}

export interface HandingOptions {
  readonly db: Database;
  /** The owner's: what it writes to a run ends what workers do of it. */
  readonly journal: Journal;
  readonly queue: Pick<Queue, "sendRun">;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly readNeeds: (spec: string) => RunNeeds;
}

const lookMs = 300;
/** What is held back, or comes from elsewhere, is looked at again by then. */
const againMs = 60_000;
/** Workers that were all gone for so long do not come back by themselves. */
const patienceMs = 30_000;

/** The runner, whose runs are driven by workers. A run whose person has just answered is driven here: the answer is in memory alone. */
export function handToWorkers(runner: Runner, options: HandingOptions): Runner {
  return {
    ...runner,
    async drive(runId, driveOptions) {
      const isHere = (driveOptions.answers?.size ?? 0) > 0;
      const run = isHere ? null : await driveElsewhere(options, runId, driveOptions);
      return run ?? (await runner.drive(runId, driveOptions));
    },
  };
}

/** `null`: nobody is there to do it. */
async function driveElsewhere(
  options: HandingOptions,
  runId: string,
  { stop, waitUntil = 0, onMore }: DriveOptions,
): Promise<Run | null> {
  const { db, journal, clock } = options;
  const needs = options.readNeeds(await journal.readSpec(runId));
  const tellMore = onMore === undefined ? () => {} : tellOnce(onMore);
  for (;;) {
    if (!(await isAnyThere(db, needs))) return null;
    if (!(await driveOnce(options, runId, needs, { stop, tellMore }))) return null;
    const run = requireRow(await journal.readRun(runId), `run ${runId}`);
    if (run.state !== "waiting" || stop.aborted) return run;
    const now = clock.now();
    const due = Math.min((await db.read(() => readNextDue(runId))) ?? now + againMs, now + againMs);
    if (due > waitUntil) return run;
    await clock.sleep(Math.max(0, due - now), stop);
    if (stop.aborted) return run;
  }
}

type TellMore = (names: readonly string[]) => void;

/** The row says it as long as it is there; another run is started once. */
function tellOnce(onMore: TellMore): TellMore {
  let isTold = false;
  return (names) => {
    if (!isTold) onMore(names);
    isTold = true;
  };
}

async function isAnyThere(db: Database, { skill }: RunNeeds): Promise<boolean> {
  const workers = await db.read(readWorkers);
  return workers.some(({ skills }) => skill === null || skills.includes(skill));
}

/** As far as it goes now; false: the workers went away, and what they had was taken back. */
async function driveOnce(
  { db, journal, queue, clock, log }: HandingOptions,
  runId: string,
  needs: RunNeeds,
  { stop, tellMore }: { readonly stop: AbortSignal; readonly tellMore: TellMore },
): Promise<boolean> {
  const { ente } = requireRow(await journal.readRun(runId), `run ${runId}`);
  const handed = await db.write(() => handRun(runId, randomUUID(), needs.steps));
  const job = { id: handed.job, ente, data: { run: runId, steps: needs.steps } };
  if (!handed.isRested) await queue.sendRun(job, needs.skill);
  let isStopped = handed.isStopped;
  let seenAt = clock.now();
  for (;;) {
    const now = await db.read(() => readHanded(runId));
    if (now !== null && now.more !== null) tellMore(now.more);
    if (now === null || now.isRested) break;
    if (stop.aborted && !isStopped) {
      isStopped = true;
      await db.write(() => stopHanded(runId));
    }
    if (await isAnyThere(db, needs)) seenAt = clock.now();
    else if (clock.now() - seenAt > patienceMs) {
      log.warn("workers are gone, their run is taken back", { runId });
      await endElsewhere(db, journal, runId);
      return false;
    }
    await clock.sleep(lookMs);
  }
  await db.write(() => dropHanded(runId));
  return true;
}

/** Workers that stand still and come to life again are refused from now on. */
async function endElsewhere(db: Database, journal: Journal, runId: string): Promise<void> {
  await journal.beginDrive(runId);
  await db.write(function* end() {
    yield* dropHanded(runId);
    yield* settleTallies(runId);
  });
}
