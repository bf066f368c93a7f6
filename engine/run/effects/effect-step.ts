/** One effect step over the items of a chunk: intent, effect, record; what was begun before is reconciled first. */
import { settleCall, splitIntoCalls } from "../call-step.ts";
import { runBounded } from "../concurrency.ts";
import type { EffectContext } from "../../step/context.ts";
import { passCrashpoint } from "../../host/crashpoint.ts";
import { readEarlierEffects } from "./effect-id.ts";
import { busyElsewhereError, planEffects } from "./effect-plan.ts";
import { recordIntents, takeBack } from "./intents.ts";
import type { Move } from "../../journal/items.ts";
import { buildErrorMove, buildOutcomeMove } from "../moves/moves.ts";
import { askEarlier, reconcileAll } from "./reconcile.ts";
import {
  type BoundStep,
  buildEffectContext,
  type LiveItem,
  canGoOn,
  type RunScope,
  recordMoves,
} from "../run-scope.ts";

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
  const moved: [LiveItem, Move][] = [];
  for (const live of items) {
    const holder = scope.claims.take(scope.run.ente, live.key, scope.run.id);
    if (holder === null) own.push(live);
    else moved.push([live, buildErrorMove(scope, bound, live, busyElsewhereError(holder))]);
  }
  await recordMoves(scope, moved);
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
  await runBounded(
    splitIntoCalls(bound, [...fresh, ...agreed, ...again]),
    bound.entry.concurrency,
    (call) => runCall(scope, bound, call, context),
  );
}

/** One call of the step; every item's end is recorded as it comes. */
async function runCall(
  scope: RunScope,
  bound: BoundStep,
  call: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (!canGoOn(scope)) return await takeBack(scope, bound, call);
  const recorded: Promise<void>[] = [];
  await settleCall(bound, call, context, (live, outcome) => {
    passCrashpoint("after-effect");
    const move = buildOutcomeMove(scope, bound, live, outcome);
    recorded.push(recordMoves(scope, [[live, move]]));
  });
  await Promise.all(recorded);
  passCrashpoint("after-record");
}
