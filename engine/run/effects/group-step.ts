/** A group step: all live items at once, outcomes committed as they come. */
import { readItemPages } from "../../journal/item-pages.ts";
import { passCrashpoint } from "../../host/crashpoint.ts";
import type { Item } from "../../step/item.ts";
import { callStep, noteCalls } from "../call-step.ts";
import { readEarlierEffects } from "./effect-id.ts";
import { busyElsewhereError, planEffects } from "./effect-plan.ts";
import { recordIntents } from "./intents.ts";
import type { RunBlocked } from "../../host/errors.ts";
import { buildErrorMove, buildOutcomeMove } from "../moves/moves.ts";
import { askEarlier, reconcileAll } from "./reconcile.ts";
import {
  type BoundStep,
  buildEffectContext,
  buildClaim,
  createRecorder,
  endAnswer,
  buildGroupContext,
  type LiveItem,
  canGoOn,
  recordMoves,
  type RunScope,
} from "../run-scope.ts";
import type { ItemState } from "../../journal/states.ts";

/** Records that are on their way to the disk at once. */
const mostUnrecorded = 500;

/**
 * Runs the step over the items that are at the barrier. Throws AskPending, RunBlocked, RetryLater and bugs as the step throws them:
 * what was yielded before is recorded.
 */
export async function runGroupStep(bound: BoundStep): Promise<void> {
  const { scope } = bound;
  const here = await listAtBarrier(bound);
  if (here.length === 0 && bound.step.runsEmpty !== true) return;
  if (bound.step.effect === "pure") return await runClaimed(bound, here);
  const claim = buildClaim(scope, here);
  try {
    const [held] = await scope.claims.take(claim);
    if (held !== undefined)
      throw busyElsewhereError(held[1], here.find(({ key }) => key === held[0])?.tries ?? 0);
    await runClaimed(bound, here);
  } finally {
    await scope.claims.release(claim);
  }
}

async function runClaimed(bound: BoundStep, here: readonly LiveItem[]): Promise<void> {
  const { scope } = bound;
  const isPure = bound.step.effect === "pure";
  const ready = isPure ? here : await collectReady(bound, here);
  if ((ready.length === 0 && here.length > 0) || !canGoOn(scope)) return;
  // A pure step makes one thing of all items: those that passed it before a crash belong to it too.
  const seen: readonly LiveItem[] = isPure
    ? [
        ...(await listItemsAt(scope, (step) => step > bound.index, [
          "pending",
          "waiting",
          "running",
          "done",
        ])),
        ...ready,
      ].toSorted((a, b) => a.id - b.id)
    : ready;

  const open = new Map(ready.map((live) => [live.key, live]));
  const recorder = createRecorder(scope);
  const earlier = await readEarlierEffects(bound, seen);
  const ends = callStep(bound, seen, (signal) =>
    buildGroupContext(bound, earlier, {
      signal,
      intend: (items) => intendItems(bound, items, open),
    }),
  );
  try {
    await noteCalls(bound, ready, async () => {
      for await (const { live, outcome } of ends) {
        if (!open.delete(live.key)) continue;
        if (!isPure && live.state !== "running" && outcome.status === "done")
          throw new Error(`step ${bound.entry.uses} ended ${live.key} without an intent`);
        recorder.add(live, buildOutcomeMove(bound, live, outcome));
        if (recorder.open >= mostUnrecorded) await recorder.settle();
        passCrashpoint("group-after-outcome");
        if (!canGoOn(scope)) break;
      }
    });
  } finally {
    await recorder.settle();
    await endAnswer(bound);
  }
}

/** The run goes on without the other side of this step: what stands at the barrier passes it, or leaves. */
export async function endAway(bound: BoundStep, away: RunBlocked): Promise<void> {
  const here = await listItemsAt(bound.scope, (step) => step === bound.index, [
    "pending",
    "waiting",
  ]);
  bound.scope.away.set(bound.index, away);
  await recordMoves(
    bound.scope,
    here.map((live) => [live, buildErrorMove(bound, live, away)]),
  );
}

/** What the ledger knows is repeated; what was begun is reconciled; the rest is ready. */
async function collectReady(bound: BoundStep, here: readonly LiveItem[]): Promise<LiveItem[]> {
  const { fresh, begun, doubtful } = await planEffects(bound, here);
  if (begun.length + doubtful.length === 0) return fresh;
  const context = buildEffectContext(bound, await readEarlierEffects(bound, here));
  const agreed = await askEarlier(bound, doubtful, context);
  await recordIntents(bound, begun);
  return [...fresh, ...agreed, ...(await reconcileAll(bound, begun, context))];
}

async function intendItems(
  bound: BoundStep,
  items: readonly Item<unknown>[],
  open: ReadonlyMap<string, LiveItem>,
): Promise<void> {
  const fresh: LiveItem[] = [];
  for (const item of items) {
    const live = open.get(item.key);
    if (live !== undefined && live.state !== "running") fresh.push(live);
  }
  passCrashpoint("before-intent");
  await recordIntents(bound, fresh);
  passCrashpoint("after-intent");
}

/** Those that came to the barrier, and those that it sent to wait and that are due, in file order. */
async function listAtBarrier(bound: BoundStep): Promise<readonly LiveItem[]> {
  const { scope } = bound;
  const isHere = (step: number): boolean => step === bound.index;
  const pending = await listItemsAt(scope, isHere, ["pending"]);
  const due = await listItemsAt(scope, isHere, ["waiting"], scope.clock.now());
  return [...pending, ...due].toSorted((a, b) => a.id - b.id);
}

async function listItemsAt(
  scope: RunScope,
  fits: (step: number) => boolean,
  states: readonly ItemState[],
  dueBy?: number,
): Promise<LiveItem[]> {
  const steps = scope.steps
    .map((bound) => bound.index)
    .concat(scope.steps.length)
    .filter(fits);
  const due = dueBy === undefined ? {} : { dueBy };
  const pages = readItemPages(scope.journal, scope.run.id, { states, steps, ...due });
  const found: LiveItem[] = [];
  for await (const rows of pages) found.push(...rows);
  return found;
}
