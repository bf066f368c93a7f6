/** Asks the other side what became of effects that were begun. */
import { limitAttempt, noteCalls } from "../call-step.ts";
import { runBounded } from "../concurrency.ts";
import { runWithTimeout } from "../deadline.ts";
import type { EffectContext, ReconcileContext } from "../../step/context.ts";
import type { Reconciled } from "../../step/outcome.ts";
import { buildEffect } from "./effect-id.ts";
import type { Doubtful } from "./effect-plan.ts";
import { RetryLater } from "../../host/errors.ts";
import type { Decision, Move } from "../../journal/items.ts";
import { buildDoneMove, buildErrorMove, buildOffMove, buildUndoneMove } from "../moves/moves.ts";
import { type BoundStep, type LiveItem, toItem, recordMoves } from "../run-scope.ts";

/** Records what became of every item, save those that were certainly not done: they are returned and may run now. */
export async function reconcileAll(
  bound: BoundStep,
  items: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<LiveItem[]> {
  const { scope } = bound;
  const notDone: LiveItem[] = [];
  const said = items.length === 0 ? [] : await scope.journal.listDecisions(scope.run.id);
  await runBounded(items, bound.entry.concurrency, async (live) => {
    const done = said.findLast(
      ({ itemKey, step, round, word }) =>
        word === "done" && itemKey === live.key && step === live.step && round === live.round,
    );
    const move = await reconcile(bound, live, context, done);
    if (move === null) notDone.push(live);
    else await recordMoves(scope, [[live, move]]);
  });
  return notDone;
}

/**
 * Asks about the earlier rounds of items that a person took up again. What was done then is recorded and counts;
 * the others are returned: nobody can tell, or nothing was done, and the person said to go on.
 */
export async function askEarlier(
  bound: BoundStep,
  items: readonly Doubtful[],
  context: EffectContext<unknown, unknown>,
): Promise<LiveItem[]> {
  const free: LiveItem[] = [];
  await runBounded(items, bound.entry.concurrency, async ({ live, rounds }) => {
    const move = await findEarlierMove(bound, live, rounds, context);
    if (move === null) free.push(live);
    else await recordMoves(bound.scope, [[live, move]]);
  });
  return free;
}

async function findEarlierMove(
  bound: BoundStep,
  live: LiveItem,
  rounds: readonly number[],
  context: EffectContext<unknown, unknown>,
): Promise<Move | null> {
  for (const round of rounds) {
    const then: LiveItem = { ...live, round };
    const effect = buildEffect(bound, then);
    try {
      const found = await askOther(bound, then, context);
      if (found?.status === "not-done")
        // It holds nothing any more: the rounds to come need not mind it.
        await recordMoves(bound.scope, [[live, buildUndoneMove(live, effect)]]);
      if (found?.status !== "done") continue;
      return buildDoneMove(bound, live, found.fields, { effect, isAttempt: true });
    } catch (error) {
      return buildErrorMove(bound, live, error);
    }
  }
  return null;
}

/** What became of one begun effect; `null` = certainly nothing. */
async function reconcile(
  bound: BoundStep,
  live: LiveItem,
  context: EffectContext<unknown, unknown>,
  said: Decision | undefined,
): Promise<Move | null> {
  const effect = buildEffect(bound, live);
  let found: Reconciled<Record<string, unknown>> | undefined;
  try {
    const evidence = said?.evidence ?? null;
    found = await askOther(bound, live, evidence === null ? context : { ...context, evidence });
  } catch (error) {
    // Whatever went wrong, the effect is as unknown as before: the intent stays.
    return error instanceof RetryLater
      ? buildErrorMove(bound, live, stillUnknownError(error), effect)
      : buildErrorMove(bound, live, error);
  }
  if (found === undefined) return null;
  if (found.status === "not-done" && said === undefined) return null;
  if (found.status === "done")
    return buildDoneMove(bound, live, found.fields, { effect, isAttempt: true });
  return buildOffMove(bound, live, {
    to: "in-doubt",
    number: live.tries + 1,
    ...(said === undefined ? { code: "IN_DOUBT" } : { code: "UNCONFIRMED" }),
    note:
      found.status === "unknown"
        ? found.reason
        : `${said?.by ?? ""} dice che è avvenuto, ma al servizio non risulta. Nulla è stato rifatto.`,
    hint: { action: "resume", only: "in-doubt", first: "Verificare presso il servizio." },
  });
}

/** The step's own question about this item; `undefined`: it has none, being pure. */
async function askOther(
  bound: BoundStep,
  live: LiveItem,
  context: ReconcileContext<unknown, unknown>,
): Promise<Reconciled<Record<string, unknown>> | undefined> {
  return await noteCalls(bound, [live], () =>
    runWithTimeout(
      limitAttempt(bound),
      async (signal) => await bound.step.reconcile?.(toItem(live), { ...context, signal }),
    ),
  );
}

function stillUnknownError(error: RetryLater): RetryLater {
  return new RetryLater(error.message, {
    code: error.code,
    cause: error,
    effect: "unknown",
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }),
  });
}
