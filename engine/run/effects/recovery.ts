/** What a dead process left behind: every attempt without outcome is reconciled before anything else moves. */
import { passCrashpoint } from "../../host/crashpoint.ts";
import { readEarlierEffects, buildEffect } from "./effect-id.ts";
import { buildNotDoneMove } from "../moves/moves.ts";
import { reconcileAll } from "./reconcile.ts";
import {
  type BoundStep,
  buildEffectContext,
  type LiveItem,
  type RunScope,
  toLive,
  recordMoves,
} from "../run-scope.ts";

const page = 500;

/** Brings every `running` item of the run to a state that is known. Returns how many there were. */
export async function recoverRun(scope: RunScope): Promise<number> {
  let found = 0;
  let afterId = 0;
  for (;;) {
    const rows = await scope.journal.listItems(scope.run.id, {
      states: ["running"],
      afterId,
      limit: page,
    });
    const last = rows.at(-1);
    if (last === undefined) return found;
    afterId = last.id;
    found += rows.length;
    for (const bound of scope.steps) {
      const here = rows.filter((row) => row.step === bound.index).map(toLive);
      if (here.length > 0) await recoverStep(scope, bound, here);
    }
    if (scope.stop.aborted || scope.blocked !== null) return found;
  }
}

async function recoverStep(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const context = buildEffectContext(scope, bound, await readEarlierEffects(scope, bound, items));
  const notDone = await reconcileAll(scope, bound, items, context);
  passCrashpoint("recovery-after-reconcile");
  const isPure = bound.step.effect === "pure";
  await recordMoves(
    scope,
    notDone.map((live) => {
      const effect = isPure ? {} : { effect: buildEffect(scope, bound, live) };
      return [live, buildNotDoneMove(bound, live, { code: "INTERRUPTED", ...effect })];
    }),
  );
}
