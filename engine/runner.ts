/** Drives runs: load, recover, stages, barriers, end; used by the CLI for one run and by the server for all. */
import type { ArtifactStore, StoredArtifact } from "./artifacts.ts";
import { backoffMs } from "./backoff.ts";
import { type Clock, fromInstant, toInstant } from "./clock.ts";
import type { Answer } from "./contract.ts";
import { crashpoint } from "./crashpoint.ts";
import { PipelineError, requireRow, RetryLater, RunBlocked } from "./errors.ts";
import { runGroupStep } from "./group-step.ts";
import { type Journal, type NewRun, type Run, type RunState } from "./journal.ts";
import { loadItems } from "./load-items.ts";
import type { Logger } from "./logger.ts";
import { recoverRun } from "./recovery.ts";
import { AskPending, type BoundStep, mayGoOn, type RunScope, type StepEntry } from "./run-scope.ts";
import { type Dispatcher, runItemSteps, type Stage, stagesOf } from "./stage.ts";
import type { Step } from "./contract.ts";

/** A resolved pipeline as the runner reads it back from the journal. */
export interface RunnablePipeline {
  readonly ente: string;
  readonly steps: readonly StepEntry[];
}

/** What the registry says of a step. */
export interface KnownStep {
  readonly step: Step;
  faultsOf(fields: unknown): readonly string[];
}

export interface RunnerOptions<Pipeline extends RunnablePipeline> {
  readonly journal: Journal;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** Default Math.random. */
  readonly random?: () => number;
  readonly stepNamed: (name: string) => KnownStep | undefined;
  /** The services of the run's ente; throws RunBlocked when they cannot be had. */
  readonly services: (pipeline: Pipeline, run: Run) => Promise<Readonly<Record<string, unknown>>>;
}

export interface DriveOptions {
  /** Aborted: finish what is under way, take nothing new. */
  readonly stop: AbortSignal;
  /** Wait for due items until then (milliseconds since the epoch); default: do not wait. */
  readonly waitUntil?: number;
  /** A person's answer, by step id; held in memory only. */
  readonly answers?: ReadonlyMap<string, Answer>;
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

/** The reason of a run, as its row shows it. */
interface Verdict {
  readonly state: RunState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly hint: string | null;
}

/** A runner over one journal. */
export function createRunner<Pipeline extends RunnablePipeline>(
  options: RunnerOptions<Pipeline>,
): Runner {
  const { journal, clock, log } = options;
  const active = new Set<string>();

  async function drive(runId: string, driveOptions: DriveOptions): Promise<Run> {
    if (active.has(runId)) throw new Error(`run ${runId} is being driven already`);
    active.add(runId);
    try {
      const run = requireRow(await journal.run(runId), `run ${runId}`);
      await journal.patchRun(runId, {
        state: "running",
        startedAt: run.startedAt ?? toInstant(clock.now()),
        endedAt: null,
        code: null,
        reason: null,
        hint: null,
      });
      const verdict = await attemptRun(run, driveOptions);
      crashpoint("before-run-end");
      const isEnd = verdict.state.startsWith("completed") || verdict.state === "failed";
      await journal.patchRun(runId, { ...verdict, endedAt: isEnd ? toInstant(clock.now()) : null });
      log.info("run rests", {
        runId,
        ente: run.ente,
        pipeline: run.pipeline,
        state: verdict.state,
        code: verdict.code,
      });
      return requireRow(await journal.run(runId), `run ${runId}`);
    } finally {
      active.delete(runId);
    }
  }

  async function attemptRun(run: Run, driveOptions: DriveOptions): Promise<Verdict> {
    try {
      const scope = await openScope(options, run, driveOptions, (id) => active.has(id));
      return await walkRun(scope, options.dispatcher, driveOptions);
    } catch (error) {
      return verdictOfError(error, log, run.id);
    }
  }

  return {
    create: async (newRun) => {
      const run = await journal.createRun(newRun);
      crashpoint("after-run-created");
      return run;
    },
    drive,
    isActive: (runId) => active.has(runId),
  };
}

async function openScope<Pipeline extends RunnablePipeline>(
  options: RunnerOptions<Pipeline>,
  run: Run,
  driveOptions: DriveOptions,
  isActive: (runId: string) => boolean,
): Promise<RunScope> {
  const pipeline = JSON.parse(await options.journal.spec(run.id)) as Pipeline;
  const log = options.log.with({ runId: run.id, ente: run.ente });
  const services = await options.services(pipeline, run);
  const steps = pipeline.steps.map((entry, index) =>
    bind(options, run, services, log, driveOptions.stop, entry, index),
  );
  return {
    run,
    steps,
    journal: options.journal,
    artifacts: options.artifacts,
    clock: options.clock,
    random: options.random ?? Math.random,
    log,
    stop: driveOptions.stop,
    answers: new Map(driveOptions.answers),
    isActive: (runId) => runId !== run.id && isActive(runId),
    blocked: null,
    failures: { signature: "", count: 0 },
  };
}

function bind<Pipeline extends RunnablePipeline>(
  options: RunnerOptions<Pipeline>,
  run: Run,
  services: Readonly<Record<string, unknown>>,
  log: Logger,
  signal: AbortSignal,
  entry: StepEntry,
  index: number,
): BoundStep {
  const known = options.stepNamed(entry.uses);
  if (known === undefined)
    throw new RunBlocked(
      "STEP_GONE",
      `Il passo «${entry.uses}», che questo flusso usa, non esiste più in questa installazione.`,
      {
        hint: "Rimettere il file del passo (o la cartella POSTINO_STEPS) e riprendere il flusso.",
      },
    );
  const needed: Record<string, unknown> = {};
  for (const name of known.step.needs) needed[name] = services[name];
  const context = {
    runId: run.id,
    ente: run.ente,
    config: entry.with,
    services: needed,
    clock: options.clock,
    log: log.with({ step: entry.id }),
    signal,
    artifacts: options.artifacts,
  };
  return { index, entry, step: known.step, faultsOf: (fields) => known.faultsOf(fields), context };
}

async function walkRun(
  scope: RunScope,
  dispatcher: Dispatcher,
  driveOptions: DriveOptions,
): Promise<Verdict> {
  const [source] = scope.steps;
  if (source === undefined) throw new Error("a pipeline without steps");
  if (!scope.run.isLoaded) await loadItems(scope, source);
  else {
    const found = await recoverRun(scope);
    if (found > 0) scope.log.warn("recovered what was under way", { found });
  }
  for (const stage of stagesOf(scope.steps)) {
    const verdict = await walkStage(scope, stage, dispatcher, driveOptions);
    if (verdict !== null) return verdict;
  }
  return await verdictOfEnd(scope);
}

/** `null` = every live item is past the stage. */
async function walkStage(
  scope: RunScope,
  stage: Stage,
  dispatcher: Dispatcher,
  driveOptions: DriveOptions,
): Promise<Verdict | null> {
  try {
    if (stage.gate !== null) await passGate(scope, stage.gate);
    for (;;) {
      if (!mayGoOn(scope)) return await stopped(scope, driveOptions);
      const end = await runItemSteps(scope, stage, dispatcher);
      if (end.status === "stopped") return await stopped(scope, driveOptions);
      if (end.status === "through") break;
      const verdict = await rest(scope, end.dueAt, driveOptions);
      if (verdict !== null) return verdict;
    }
    if (stage.group === null) return null;
    return await walkGroup(scope, stage.group, driveOptions);
  } catch (error) {
    if (error instanceof AskPending) return await askPerson(scope, stage.gate, stage.group, error);
    throw error;
  }
}

async function walkGroup(
  scope: RunScope,
  bound: BoundStep,
  driveOptions: DriveOptions,
): Promise<Verdict | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      await recoverRun(scope);
      if (!mayGoOn(scope)) return await stopped(scope, driveOptions);
      await runGroupStep(scope, bound);
      await scope.journal.closeAsk(scope.run.id, bound.entry.id);
      return mayGoOn(scope) ? null : await stopped(scope, driveOptions);
    } catch (error) {
      if (
        error instanceof AskPending ||
        error instanceof RunBlocked ||
        error instanceof PipelineError
      )
        throw error;
      if (scope.stop.aborted) return await stopped(scope, driveOptions);
      const isLater = error instanceof RetryLater;
      if (!isLater) scope.log.error("step failed", { step: bound.entry.id, error });
      if (tries > (isLater ? bound.entry.retry.times : 2))
        throw isLater ? exhausted(bound, error) : error;
      const wait =
        (isLater ? error.afterMs : undefined) ??
        backoffMs(bound.entry.retry, tries, scope.random());
      const verdict = await rest(
        scope,
        scope.clock.now() + wait,
        driveOptions,
        isLater ? error : undefined,
      );
      if (verdict !== null) return verdict;
    }
  }
}

function exhausted(bound: BoundStep, error: RetryLater): RunBlocked {
  return new RunBlocked(
    error.code,
    `${error.message} Il passo «${bound.entry.id}» ha esaurito i tentativi.`,
    {
      hint: error.hint ?? "Quando il servizio risponde di nuovo, riprendere il flusso.",
      cause: error,
    },
  );
}

/** Sleeps until `dueAt` when the caller wants to wait that long (`null`: go on); otherwise the run rests as `waiting`. */
async function rest(
  scope: RunScope,
  dueAt: number,
  driveOptions: DriveOptions,
  why?: RetryLater,
): Promise<Verdict | null> {
  const [first] = await scope.journal.items(scope.run.id, { states: ["waiting"], limit: 1 });
  const verdict: Verdict = {
    state: "waiting",
    code: why?.code ?? first?.code ?? null,
    reason: why?.message ?? first?.note ?? null,
    hint: why?.hint ?? first?.hint ?? null,
  };
  if (dueAt <= scope.clock.now()) return null;
  if (dueAt > (driveOptions.waitUntil ?? 0)) return verdict;
  await scope.journal.patchRun(scope.run.id, verdict);
  await scope.clock.sleep(Math.max(0, dueAt - scope.clock.now()), scope.stop);
  await scope.journal.patchRun(scope.run.id, {
    state: "running",
    code: null,
    reason: null,
    hint: null,
  });
  return null;
}

/** A step with `approval: true`: a person agrees once; items that passed it before were agreed to. */
async function passGate(scope: RunScope, gate: BoundStep): Promise<void> {
  const counts = await scope.journal.stepCounts(scope.run.id);
  if (counts.some((count) => count.step === gate.entry.id)) return;
  const [live] = await scope.journal.items(scope.run.id, {
    states: ["pending", "waiting"],
    limit: 1,
  });
  if (live === undefined) return;
  const answer = scope.answers.get(gate.entry.id);
  if (answer?.kind !== "approval")
    throw new AskPending({
      kind: "approval",
      who: "responsabile",
      prompt: `Confermare per proseguire con il passo «${gate.entry.id}».`,
    });
  scope.answers.delete(gate.entry.id);
  await scope.journal.closeAsk(scope.run.id, gate.entry.id);
}

async function askPerson(
  scope: RunScope,
  gate: BoundStep | null,
  group: BoundStep | null,
  pending: AskPending,
): Promise<Verdict> {
  const bound = requireRow(
    pending.ask.kind === "approval" && gate !== null ? gate : group,
    "step that asks",
  );
  const { kind, who, prompt, problem, withinMs = 86_400_000 } = pending.ask;
  const deadline = toInstant(scope.clock.now() + withinMs);
  await scope.journal.openAsk({
    run: scope.run.id,
    step: bound.entry.id,
    kind,
    who,
    prompt,
    problem: problem ?? null,
    deadline,
  });
  return {
    state: "waiting-for-person",
    code: `ASK_${kind.toUpperCase()}`,
    reason: problem === undefined ? prompt : `${problem} ${prompt}`,
    hint: null,
  };
}

async function stopped(scope: RunScope, driveOptions: DriveOptions): Promise<Verdict> {
  const { blocked } = scope;
  if (blocked !== null)
    return {
      state: "blocked",
      code: blocked.code,
      reason: blocked.message,
      hint: blocked.hint ?? null,
    };
  if (driveOptions.isResumedAtStart === true)
    return { state: "running", code: null, reason: null, hint: null };
  return {
    state: "blocked",
    code: "STOPPED",
    reason:
      "Il flusso è stato fermato su richiesta; ciò che era in corso è stato concluso e registrato.",
    hint: `Per continuare: postino resume ${scope.run.id}`,
  };
}

async function verdictOfEnd(scope: RunScope): Promise<Verdict> {
  const { counts, firstCode, firstNote } = requireRow(await scope.journal.run(scope.run.id), "run");
  if (counts.pending + counts.waiting > 0)
    throw new Error(
      `${counts.pending + counts.waiting} items are left over at the end of run ${scope.run.id}`,
    );
  if (counts.inDoubt > 0)
    return {
      state: "waiting-for-person",
      code: "IN_DOUBT",
      reason: `Per ${counts.inDoubt} verbali non si sa se l'operazione sia avvenuta.`,
      hint: `Verificare presso il servizio, poi: postino resume ${scope.run.id} --only in-doubt`,
    };
  if (counts.failed > 0)
    return {
      state: "failed",
      code: firstCode,
      reason: firstNote,
      hint: `Corretta la causa: postino resume ${scope.run.id} --only failed`,
    };
  return {
    state: counts.rejected > 0 ? "completed-with-rejections" : "completed",
    code: null,
    reason: null,
    hint: null,
  };
}

function verdictOfError(error: unknown, log: Logger, runId: string): Verdict {
  if (error instanceof RunBlocked)
    return { state: "blocked", code: error.code, reason: error.message, hint: error.hint ?? null };
  if (error instanceof PipelineError)
    return { state: "failed", code: error.code, reason: error.message, hint: error.hint ?? null };
  log.error("run failed", { runId, error });
  return {
    state: "blocked",
    code: "UNEXPECTED",
    reason: `Errore imprevisto (${error instanceof Error ? error.name : typeof error}).`,
    hint: "È un difetto del programma o dell'ambiente: il dettaglio è nel registro (log). Il flusso si può riprendere.",
  };
}

/** The input file of a new run, stored before the run is made. */
export type StoredInput = StoredArtifact;

/** How long the run took, in milliseconds; `null` while it has not begun. */
export function durationMs(run: Run, nowMs: number): number | null {
  if (run.startedAt === null) return null;
  return (run.endedAt === null ? nowMs : fromInstant(run.endedAt)) - fromInstant(run.startedAt);
}
