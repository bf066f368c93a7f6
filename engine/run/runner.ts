/** Drives runs, each as far as it goes now. */
import { createCallBook } from "../host/calls.ts";
import { toInstant } from "../host/clock.ts";
import type { Answer, StepContext } from "../step/context.ts";
import type { Step } from "../step/step.ts";
import { createClaims } from "./claims.ts";
import { passCrashpoint } from "../host/crashpoint.ts";
import { requireRow, RunBlocked } from "../host/errors.ts";
import { isTaken } from "../journal/fences.ts";
import type { Journal } from "../journal/journal.ts";
import type { NewRun, Run } from "../journal/runs.ts";
import type { ResolvedStep } from "../step/resolved-step.ts";
import { type BoundStep, releaseAnswer, type RunScope } from "./run-scope.ts";
import { running, type RunVerdict, judgeError } from "./run-verdict.ts";
import {
  type Chunk,
  type ChunkOutcome,
  type Dispatcher,
  nothingFound,
  walkHandedChunk,
} from "./stage.ts";
import { walkRun } from "./walk.ts";

/** A resolved pipeline as the runner reads it back from the journal. */
export interface RunnablePipeline {
  readonly ente: string;
  readonly steps: readonly ResolvedStep[];
}

type Given = "journal" | "artifacts" | "clock" | "log" | "findFaults";
type Defaulted = "reportBug" | "random" | "assertRoom" | "claims";

/** What a run is driven with. By default nothing is kept of a bug, chance is Math.random, there is always room, and claims are those of this process. */
export interface RunnerOptions<Pipeline extends RunnablePipeline>
  extends Pick<RunScope, Given>, Partial<Pick<RunScope, Defaulted>> {
  readonly dispatcher: Dispatcher;
  readonly findStep: (name: string) => Step | undefined;
  /** The services of the run's ente; throws RunBlocked when they cannot be had. */
  readonly openServices: (
    pipeline: Pipeline,
    run: Run,
    journal: Journal,
  ) => Promise<Readonly<Record<string, unknown>>>;
}

export interface DriveOptions {
  /** Aborted: finish what is under way, take nothing new. */
  readonly stop: AbortSignal;
  /** Wait for due items until then (milliseconds since the epoch); default: do not wait. */
  readonly waitUntil?: number;
  /** A person's answer, by step id; held in memory only. */
  readonly answers?: ReadonlyMap<string, Answer>;
  /** Called when the run's source saw that another run would find something to load; at most once a drive. */
  readonly onMore?: (names: readonly string[]) => void;
  /** Let a stopped run look interrupted, so that the next start takes it up by itself. */
  readonly isResumedAtStart?: boolean;
}

export interface Runner {
  /** Makes the run durable, in state `queued`. */
  create(run: NewRun): Promise<Run>;
  /** Drives the run as far as it goes now; resolves with its row. Never two at once for the same run. */
  drive(runId: string, options: DriveOptions): Promise<Run>;
  isActive(runId: string): boolean;
}

/** A runner over one journal. */
export function createRunner<Pipeline extends RunnablePipeline>(
  options: RunnerOptions<Pipeline>,
): Runner {
  const { journal, clock, log } = options;
  const active = new Set<string>();
  const { claims = createClaims((id) => active.has(id)) } = options;

  async function drive(runId: string, driveOptions: DriveOptions): Promise<Run> {
    try {
      return await driveAlone(runId, driveOptions);
    } finally {
      for (const answer of driveOptions.answers?.values() ?? []) await releaseAnswer(answer);
    }
  }

  async function driveAlone(runId: string, driveOptions: DriveOptions): Promise<Run> {
    if (active.has(runId)) throw new Error(`run ${runId} is being driven already`);
    active.add(runId);
    try {
      // Whoever drove it before need not be dead: from here on it writes nothing.
      const driven = await journal.beginDrive(runId);
      const run = requireRow(await journal.readRun(runId), `run ${runId}`);
      await driven.patchRun(runId, {
        ...running,
        startedAt: run.startedAt ?? toInstant(clock.now()),
        endedAt: null,
      });
      const parts = { ...options, journal: driven, claims };
      const verdict = await attemptRun(parts, run, driveOptions);
      passCrashpoint("before-run-end");
      const isEnd = verdict.state.startsWith("completed") || verdict.state === "failed";
      await driven.patchRun(runId, { ...verdict, endedAt: isEnd ? toInstant(clock.now()) : null });
      log.info("run rests", {
        runId,
        ente: run.ente,
        pipeline: run.pipeline,
        state: verdict.state,
        code: verdict.code,
      });
      return requireRow(await journal.readRun(runId), `run ${runId}`);
    } finally {
      active.delete(runId);
    }
  }

  return {
    create: async (newRun) => {
      const run = await journal.createRun(newRun);
      passCrashpoint("after-run-created");
      return run;
    },
    drive,
    isActive: (runId) => active.has(runId),
  };
}

/**
 * Walks a chunk of a run that another host drives, over a journal that is fenced for it. What stops the whole run is told, not
 * thrown; throws what says that another host has the chunk.
 */
export async function walkChunkOfRun<Pipeline extends RunnablePipeline>(
  options: DriveParts<Pipeline>,
  chunk: Chunk,
  stop: AbortSignal,
): Promise<ChunkOutcome> {
  const run = requireRow(await options.journal.readRun(chunk.runId), `run ${chunk.runId}`);
  try {
    return await walkHandedChunk(await openScope(options, run, { stop }), chunk);
  } catch (error) {
    if (error instanceof RunBlocked && !isTaken(error)) return { ...nothingFound, blocked: error };
    throw error;
  }
}

type DriveParts<Pipeline extends RunnablePipeline> = RunnerOptions<Pipeline> &
  Pick<RunScope, "claims">;

async function attemptRun<Pipeline extends RunnablePipeline>(
  options: DriveParts<Pipeline>,
  run: Run,
  driveOptions: DriveOptions,
): Promise<RunVerdict> {
  const { log, reportBug = () => null, dispatcher } = options;
  try {
    return await walkRun(await openScope(options, run, driveOptions), dispatcher);
  } catch (error) {
    return judgeError(error, { log, reportBug }, run.id);
  }
}

async function openScope<Pipeline extends RunnablePipeline>(
  options: DriveParts<Pipeline>,
  run: Run,
  driveOptions: DriveOptions,
): Promise<RunScope> {
  const { journal, artifacts, clock, findFaults, claims } = options;
  const { random = Math.random, reportBug = () => null, assertRoom = async () => {} } = options;
  const { stop, waitUntil = 0, isResumedAtStart = false, answers, onMore } = driveOptions;
  const pipeline = JSON.parse(await journal.readSpec(run.id)) as Pipeline;
  const log = options.log.with({ runId: run.id, ente: run.ente });
  const shared: SharedContext = {
    runId: run.id,
    ente: run.ente,
    clock,
    signal: stop,
    artifacts,
    services: await options.openServices(pipeline, run, journal),
    log,
    holders: (names) => journal.findHolders(run.ente, names),
  };
  const steps: BoundStep[] = [];
  const scope: RunScope = {
    run,
    steps,
    journal,
    artifacts,
    clock,
    random,
    log,
    reportBug,
    calls: createCallBook(clock),
    findFaults,
    assertRoom,
    stop,
    waitUntil,
    isResumedAtStart,
    answers: new Map(answers),
    taken: new Map(),
    claims,
    announceMore: (names) => onMore?.(names),
    blocked: null,
    shared: null,
    away: new Map(),
    sealed: new Set(),
    failures: { signature: "", count: 0 },
  };
  for (const [index, entry] of pipeline.steps.entries())
    steps.push(bindStep(scope, index, entry, requireStep(options, entry), shared));
  return scope;
}

/** What the contexts of all steps of a run share; each step sees only the services that it needs. */
type SharedContext = Omit<StepContext<never, Readonly<Record<string, unknown>>>, "config">;

function bindStep(
  scope: RunScope,
  index: number,
  entry: ResolvedStep,
  step: Step,
  shared: SharedContext,
): BoundStep {
  const services: Record<string, unknown> = {};
  for (const name of step.needs) services[name] = shared.services[name];
  const log = shared.log.with({ step: entry.id });
  return { scope, index, entry, step, context: { ...shared, config: entry.with, services, log } };
}

function requireStep(
  { findStep }: Pick<RunnerOptions<never>, "findStep">,
  entry: ResolvedStep,
): Step {
  const step = findStep(entry.uses);
  if (step !== undefined) return step;
  throw new RunBlocked(
    "STEP_GONE",
    `Il passo «${entry.uses}», che questo flusso usa, non esiste più in questa installazione.`,
    {
      hint: {
        action: "resume",
        first: "Rimettere il file del passo (o la cartella POSTINO_STEPS).",
      },
    },
  );
}
