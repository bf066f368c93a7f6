/** One effect step over the items of a chunk: intent, effect, record; what was begun before is reconciled first. */
import { runBounded, runWithTimeout } from "./concurrency.ts";
import type { EffectContext } from "../step/context.ts";
import { passCrashpoint } from "../host/crashpoint.ts";
import { readEarlierEffects, buildEffect } from "./effect-id.ts";
import { busyElsewhereError, planEffects } from "./effect-plan.ts";
import { recordIntents, takeBack } from "./intents.ts";
import type { Move } from "../journal/journal.ts";
import { buildDoneMove, buildErrorMove, buildOutcomeMove } from "./moves.ts";
import { stepTimeoutError } from "./pure-step.ts";
import { askEarlier, reconcileAll } from "./reconcile.ts";
import {
  type BoundStep,
  buildEffectContext,
  type LiveItem,
  canGoOn,
  type RunScope,
  toItem,
} from "./run-scope.ts";

/** Moves every item past the step or out of the chunk; every move is durable when it resolves. */
export async function runEffectStep(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const own = await claimItems(scope, bound, items);
  try {
    await runClaimed(scope, bound, own);
  } finally {
    for (const { key } of own) scope.claims.release(scope.run.ente, key, scope.run.id);
  }
}

/** The items that no other run has in its hands; the others wait. */
async function claimItems(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<readonly LiveItem[]> {
  const own: LiveItem[] = [];
  const moves: Move[] = [];
  for (const live of items) {
    const holder = scope.claims.take(scope.run.ente, live.key, scope.run.id);
    if (holder === null) own.push(live);
    else moves.push(buildErrorMove(scope, bound, live, busyElsewhereError(holder)));
  }
  if (moves.length > 0) await scope.journal.record(scope.run.id, { moves });
  return own;
}

async function runClaimed(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const { fresh, begun, doubtful } = await planEffects(scope, bound, items);
  if (!canGoOn(scope)) return;
  const context = buildEffectContext(scope, bound, await readEarlierEffects(scope, bound, items));
  const agreed = await askEarlier(scope, bound, doubtful, context);

  passCrashpoint("before-intent");
  await recordIntents(scope, bound, [...fresh, ...agreed, ...begun]);
  passCrashpoint("after-intent");

  const again = await reconcileAll(scope, bound, begun, context);
  await runReady(scope, bound, [...fresh, ...agreed, ...again], context);
}

async function runReady(
  scope: RunScope,
  bound: BoundStep,
  ready: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (bound.step.runMany === undefined) {
    await runBounded(ready, bound.entry.concurrency, (live) => runOne(scope, bound, live, context));
    return;
  }
  const groups: LiveItem[][] = [];
  const { atOnce } = bound.step.runMany;
  for (let start = 0; start < ready.length; start += atOnce)
    groups.push(ready.slice(start, start + atOnce));
  await runBounded(groups, bound.entry.concurrency, (group) =>
    runMany(scope, bound, group, context),
  );
}

async function runOne(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (!canGoOn(scope)) return await takeBack(scope, bound, [live]);
  const effect = buildEffect(scope, bound, live);
  let move: Move;
  try {
    const fields = await runWithTimeout(
      bound.entry.timeoutMs,
      context.signal,
      async (signal) => await bound.step.runOne?.(toItem(live), { ...context, signal }),
      () => stepTimeoutError(bound),
    );
    passCrashpoint("after-effect");
    move = buildDoneMove(scope, bound, live, fields ?? {}, { effect, isAttempt: true });
  } catch (error) {
    move = buildErrorMove(scope, bound, live, error, effect);
  }
  await scope.journal.record(scope.run.id, { moves: [move] });
  passCrashpoint("after-record");
}

async function runMany(
  scope: RunScope,
  bound: BoundStep,
  group: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (!canGoOn(scope)) return await takeBack(scope, bound, group);
  const open = new Map(group.map((live) => [live.key, live]));
  const recorded: Promise<void>[] = [];
  function settle(live: LiveItem, move: Move): void {
    open.delete(live.key);
    recorded.push(scope.journal.record(scope.run.id, { moves: [move] }));
  }
  try {
    for await (const outcome of bound.step.runMany?.run(group.map(toItem), context) ?? []) {
      passCrashpoint("after-effect");
      const live = open.get(outcome.item.key);
      if (live === undefined)
        throw new Error(
          `step ${bound.entry.uses} ended an item twice or one that it was not given`,
        );
      settle(live, buildOutcomeMove(scope, bound, live, outcome));
    }
    if (open.size > 0)
      throw new Error(`step ${bound.entry.uses} said nothing of ${open.size} items`);
  } catch (error) {
    for (const live of open.values())
      settle(live, buildErrorMove(scope, bound, live, error, buildEffect(scope, bound, live)));
  }
  await Promise.all(recorded);
  passCrashpoint("after-record");
}
