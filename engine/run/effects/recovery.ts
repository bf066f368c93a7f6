/** What a dead process left behind: every attempt without outcome is reconciled before anything else moves. */
import { readItemPages } from "../../journal/item-pages.ts";
import { passCrashpoint } from "../../host/crashpoint.ts";
import { readEarlierEffects, buildEffect } from "./effect-id.ts";
import { buildNotDoneMove } from "../moves/moves.ts";
import { reconcileAll } from "./reconcile.ts";
import {
  type BoundStep,
  buildEffectContext,
  canGoOn,
  type LiveItem,
  type RunScope,
  recordMoves,
} from "../run-scope.ts";

/** Brings every `running` item of the run to a state that is known. Returns how many there were. */
export async function recoverRun(scope: RunScope): Promise<number> {
  let found = 0;
  const pages = readItemPages(scope.journal, scope.run.id, { states: ["running"] });
  for await (const rows of pages) {
    found += rows.length;
    await recoverItems(scope, rows);
    if (!canGoOn(scope)) break;
  }
  return found;
}

/** Brings these `running` items to a state that is known. */
export async function recoverItems(scope: RunScope, items: readonly LiveItem[]): Promise<void> {
  for (const bound of scope.steps) {
    const here = items.filter((live) => live.step === bound.index);
    if (here.length > 0) await recoverStep(bound, here);
  }
}

async function recoverStep(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  const context = buildEffectContext(bound, await readEarlierEffects(bound, items));
  const notDone = await reconcileAll(bound, items, context);
  passCrashpoint("recovery-after-reconcile");
  const isPure = bound.step.effect === "pure";
  await recordMoves(
    bound.scope,
    notDone.map((live) => {
      const effect = isPure ? {} : { effect: buildEffect(bound, live) };
      return [live, buildNotDoneMove(bound, live, { code: "INTERRUPTED", ...effect })];
    }),
  );
}
