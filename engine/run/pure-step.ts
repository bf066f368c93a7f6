/** One pure item step over the items of a chunk: no intent, one commit at the end. */
import { settleCall, splitIntoCalls } from "./call-step.ts";
import { runBounded } from "./concurrency.ts";
import type { Move } from "../journal/items.ts";
import { buildOutcomeMove } from "./moves/moves.ts";
import {
  type BoundStep,
  buildEffectContext,
  type LiveItem,
  canGoOn,
  recordMoves,
} from "./run-scope.ts";

/** Moves every item past the step or out of the chunk; all moves are durable when it resolves. */
export async function runPureStep(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  const { scope } = bound;
  const moved: [LiveItem, Move][] = [];
  const context = buildEffectContext(bound, new Map());
  await runBounded(
    splitIntoCalls(bound, items),
    bound.entry.concurrency,
    (call) =>
      settleCall(bound, call, context, (live, outcome) => {
        moved.push([live, buildOutcomeMove(bound, live, outcome)]);
      }),
    () => canGoOn(scope),
  );
  await recordMoves(scope, moved);
}
