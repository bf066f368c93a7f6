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
  buildClaim,
  createRecorder,
  type LiveItem,
  canGoOn,
  recordMoves,
} from "../run-scope.ts";

/** Moves every item past the step or out of the chunk; every move is durable when it resolves. */
export async function runEffectStep(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  const { scope } = bound;
  const own = await claimItems(bound, items);
  try {
    await runClaimed(bound, own);
  } finally {
    await scope.claims.release(buildClaim(scope, own));
  }
}

/** The items that no other run has in its hands; the others wait. */
async function claimItems(
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<readonly LiveItem[]> {
  const { scope } = bound;
  const own: LiveItem[] = [];
  const moved: [LiveItem, Move][] = [];
  const held = await scope.claims.take(buildClaim(scope, items));
  for (const live of items) {
    const holder = held.get(live.key);
    if (holder === undefined) own.push(live);
    else moved.push([live, buildErrorMove(bound, live, busyElsewhereError(holder, live.tries))]);
  }
  await recordMoves(scope, moved);
  return own;
}

async function runClaimed(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  const { fresh, begun, doubtful } = await planEffects(bound, items);
  if (!canGoOn(bound.scope)) return;
  const context = buildEffectContext(bound, await readEarlierEffects(bound, items));
  const agreed = await askEarlier(bound, doubtful, context);

  passCrashpoint("before-intent");
  await recordIntents(bound, [...fresh, ...agreed, ...begun]);
  passCrashpoint("after-intent");

  const again = await reconcileAll(bound, begun, context);
  await runBounded(
    splitIntoCalls(bound, [...fresh, ...agreed, ...again]),
    bound.entry.concurrency,
    (call) => runCall(bound, call, context),
  );
}

/** One call of the step; every item's end is recorded as it comes. */
async function runCall(
  bound: BoundStep,
  call: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  const { scope } = bound;
  if (!canGoOn(scope)) return await takeBack(bound, call);
  await scope.journal.assertOwned();
  const recorder = createRecorder(scope);
  await settleCall(bound, call, context, (live, outcome) => {
    passCrashpoint("after-effect");
    recorder.add(live, buildOutcomeMove(bound, live, outcome));
  });
  await recorder.settle();
  passCrashpoint("after-record");
}
