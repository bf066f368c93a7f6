/** Walks a run through its stages: items, barriers, waits, and the questions to people. */
import { keepBug } from "../host/bug-report.ts";
import { computeBackoffMs, triesOfBug } from "./moves/backoff.ts";
import { PipelineError, RetryLater, RunBlocked } from "../host/errors.ts";
import { endAway, runGroupStep } from "./effects/group-step.ts";
import { loadItems } from "./load-items.ts";
import { askPerson, passGate } from "./people.ts";
import { recoverRun } from "./effects/recovery.ts";
import { AskPending, type BoundStep, canGoOn, type RunScope } from "./run-scope.ts";
import { running, type RunVerdict, judgeEnd, judgeStop } from "./run-verdict.ts";
import { type Dispatcher, runItemSteps, type Stage, splitIntoStages } from "./stage.ts";

/** As far as the run goes now. Throws RunBlocked, PipelineError and bugs: what was recorded before stands. */
export async function walkRun(scope: RunScope, dispatcher: Dispatcher): Promise<RunVerdict> {
  const [source] = scope.steps;
  if (source === undefined) throw new Error("a pipeline without steps");
  if (scope.run.isLoaded) await recover(scope);
  else {
    const verdict = await walkSource(source);
    if (verdict !== null) return verdict;
  }
  for (const stage of splitIntoStages(scope.steps)) {
    const verdict = await walkStage(scope, stage, dispatcher);
    if (verdict !== null) return verdict;
  }
  return await judgeEnd(scope);
}

/** `null` = every item is there. */
async function walkSource(source: BoundStep): Promise<RunVerdict | null> {
  const { scope } = source;
  for (let tries = 1; ; tries += 1)
    try {
      await loadItems(source);
      return canGoOn(scope) ? null : judgeStop(scope);
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      const verdict = scope.stop.aborted ? judgeStop(scope) : await restAfter(source, error, tries);
      if (verdict !== null) return verdict;
    }
}

async function recover(scope: RunScope): Promise<void> {
  const found = await recoverRun(scope);
  if (found > 0) scope.log.warn("recovered what was under way", { found });
}

/** `null` = every live item is past the stage. */
async function walkStage(
  scope: RunScope,
  stage: Stage,
  dispatcher: Dispatcher,
): Promise<RunVerdict | null> {
  try {
    if (stage.gate !== null) await passGate(stage.gate);
    const verdict = await walkItems(scope, stage, dispatcher);
    if (verdict !== null || stage.group === null) return verdict;
    return await passGroup(stage.group);
  } catch (error) {
    if (error instanceof AskPending) return await askPerson(scope, stage, error);
    throw error;
  }
}

/** `null` = every live item is at the barrier. */
async function walkItems(
  scope: RunScope,
  stage: Stage,
  dispatcher: Dispatcher,
): Promise<RunVerdict | null> {
  for (;;) {
    if (!canGoOn(scope)) return judgeStop(scope);
    const end = await runItemSteps(scope, stage, dispatcher);
    if (end.status === "stopped") return judgeStop(scope);
    if (end.status === "through") return null;
    const verdict = await rest(scope, end.dueAt, end.why);
    if (verdict !== null) return verdict;
  }
}

/** The same; what does without its other side is past it all the same. */
async function passGroup(bound: BoundStep): Promise<RunVerdict | null> {
  try {
    return await walkGroup(bound);
  } catch (error) {
    if (!(error instanceof RunBlocked) || bound.step.whenAway === undefined) throw error;
    await endAway(bound, error);
    return null;
  }
}

/** `null` = every live item is past the barrier. */
async function walkGroup(bound: BoundStep): Promise<RunVerdict | null> {
  const { scope } = bound;
  for (let tries = 1; ;) {
    try {
      await recoverRun(scope);
      if (!canGoOn(scope)) return judgeStop(scope);
      await runGroupStep(bound);
      if (!canGoOn(scope)) return judgeStop(scope);
      const dueAt = await scope.journal.findEarliestDue(scope.run.id, [bound.index]);
      const verdict = dueAt === null ? null : await rest(scope, dueAt);
      if (verdict !== null) return verdict;
      if (dueAt !== null) continue;
      await scope.journal.closeAsk(scope.run.id, bound.entry.id);
      return null;
    } catch (error) {
      if (isForTheRun(error)) throw error;
      if (scope.stop.aborted) return judgeStop(scope);
      const verdict = await restAfter(bound, error, tries);
      if (verdict !== null) return verdict;
      tries += 1;
    }
  }
}

/** Errors that another try of the group step would not mend. */
function isForTheRun(error: unknown): boolean {
  return (
    error instanceof AskPending || error instanceof RunBlocked || error instanceof PipelineError
  );
}

/** The wait before a source or a group step is tried again; throws when it was tried often enough. */
async function restAfter(
  bound: BoundStep,
  error: unknown,
  tries: number,
): Promise<RunVerdict | null> {
  const { scope } = bound;
  const { retry, id } = bound.entry;
  const computeWaitMs = (): number => computeBackoffMs(retry, tries, scope.random());
  if (error instanceof RetryLater) {
    const dueAt = scope.clock.now() + (error.afterMs ?? computeWaitMs());
    // Tries are counted in one drive: a run that rested between them would wait for ever.
    const isLast = bound.step.whenAway !== undefined && dueAt > scope.waitUntil;
    if (isLast || tries > retry.times) throw exhaustedError(bound, error);
    return await rest(scope, dueAt, error);
  }
  keepBug(scope, "step failed", error, { run: scope.run.id, step: id });
  if (tries > triesOfBug) throw error;
  return await rest(scope, scope.clock.now() + computeWaitMs());
}

function exhaustedError(bound: BoundStep, error: RetryLater): RunBlocked {
  return new RunBlocked(
    error.code,
    `${error.message} Il passo «${bound.entry.id}» ha esaurito i tentativi.`,
    {
      hint: error.hint ?? {
        action: "resume",
        first: "Aspettare che il servizio risponda di nuovo.",
      },
      cause: error,
    },
  );
}

/** Sleeps until `dueAt` when the caller wants to wait that long (`null`: go on); otherwise the run rests as `waiting`. */
async function rest(scope: RunScope, dueAt: number, why?: RetryLater): Promise<RunVerdict | null> {
  const { journal, clock, run } = scope;
  if (dueAt <= clock.now()) return null;
  const [first] = await journal.listItems(run.id, { states: ["waiting"], limit: 1 });
  const verdict: RunVerdict = {
    state: "waiting",
    code: why?.code ?? first?.code ?? null,
    reason: why?.message ?? first?.note ?? null,
    hint: why?.hint ?? first?.hint ?? null,
  };
  if (dueAt > scope.waitUntil) return verdict;
  await journal.patchRun(run.id, verdict);
  await clock.sleep(Math.max(0, dueAt - clock.now()), scope.stop);
  await journal.patchRun(run.id, running);
  return null;
}
