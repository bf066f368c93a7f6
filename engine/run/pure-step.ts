/** One pure item step over the items of a chunk: no intent, one commit at the end. */
import { runBounded, runWithTimeout } from "./concurrency.ts";
import { RetryLater } from "../host/errors.ts";
import type { Move } from "../journal/journal.ts";
import { buildDoneMove, buildErrorMove } from "./moves.ts";
import {
  type BoundStep,
  buildEffectContext,
  type LiveItem,
  canGoOn,
  type RunScope,
  toItem,
} from "./run-scope.ts";

/** Moves every item past the step or out of the chunk; all moves are durable when it resolves. */
export async function runPureStep(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const moves: Move[] = [];
  const context = buildEffectContext(scope, bound, new Map());
  const run = bound.step.runOne;
  if (run === undefined) throw new Error(`step ${bound.entry.uses} has no code for one item`);

  async function runOne(live: LiveItem): Promise<void> {
    try {
      const { timeoutMs } = bound.entry;
      const fields =
        timeoutMs === null
          ? await run?.(toItem(live), context)
          : await runWithTimeout(
              timeoutMs,
              context.signal,
              (signal) => run?.(toItem(live), { ...context, signal }),
              () => stepTimeoutError(bound),
            );
      moves.push(buildDoneMove(scope, bound, live, fields ?? {}, { isAttempt: live.tries > 0 }));
    } catch (error) {
      moves.push(buildErrorMove(scope, bound, live, error));
    }
  }

  await runBounded(items, bound.entry.concurrency, runOne, () => canGoOn(scope));
  await scope.journal.record(scope.run.id, { moves });
}

/** A step that took too long is tried again later. */
export function stepTimeoutError(bound: BoundStep): RetryLater {
  return new RetryLater(`Il passo «${bound.entry.id}» non ha risposto entro il tempo previsto.`, {
    code: "TIMEOUT",
  });
}
