/** One effect step over the items of a chunk: intent, effect, record; what was begun before is reconciled first. */
import { forEachBounded, withTimeout } from "./concurrency.ts";
import type { EarlierEffect, EffectContext, Reconciled } from "./contract.ts";
import { crashpoint } from "./crashpoint.ts";
import { effectKey } from "./digest.ts";
import { ItemRejected, RetryLater } from "./errors.ts";
import type { EffectId, EffectRow, Intent, Move } from "./journal.ts";
import { doneMove, type EffectOf, errorMove, off } from "./moves.ts";
import { tooLate } from "./pure-step.ts";
import {
  type BoundStep,
  effectContext,
  type LiveItem,
  mayGoOn,
  type RunScope,
  toItem,
} from "./run-scope.ts";

/** What has to happen with an item at an effect step. */
type Plan =
  | { readonly status: "run" }
  | { readonly status: "reconcile" }
  | { readonly status: "repeat"; readonly effect: EffectRow }
  | { readonly status: "refuse"; readonly error: ItemRejected | RetryLater };

/** Moves every item past the step or out of the chunk; every move is durable when it resolves. */
export async function runEffectStep(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const { fresh, begun } = await prepare(scope, bound, items);
  if (!mayGoOn(scope)) return;
  const context = effectContext(scope, bound, await earlierOf(scope, bound, items));

  crashpoint("before-intent");
  await intend(scope, bound, [...fresh, ...begun]);
  crashpoint("after-intent");

  const again = await reconcileAll(scope, bound, begun, context);
  const ready = [...fresh, ...again];
  if (bound.step.runMany === undefined) {
    await forEachBounded(ready, bound.entry.concurrency, (live) =>
      runOne(scope, bound, live, context),
    );
    return;
  }
  const groups: LiveItem[][] = [];
  const { atOnce } = bound.step.runMany;
  for (let start = 0; start < ready.length; start += atOnce)
    groups.push(ready.slice(start, start + atOnce));
  await forEachBounded(groups, bound.entry.concurrency, (group) =>
    runMany(scope, bound, group, context),
  );
}

/** Sorts out what the ledger knows already; what it settles is recorded here. */
export async function prepare(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<{ readonly fresh: LiveItem[]; readonly begun: LiveItem[] }> {
  const fresh: LiveItem[] = [];
  const begun: LiveItem[] = [];
  const moves: Move[] = [];
  const ledger = await scope.journal.effects(
    items.map((live) => effectIdOf(scope, bound, live).key),
  );
  for (const live of items) {
    const plan = await planOf(scope, bound, live, ledger.get(effectIdOf(scope, bound, live).key));
    if (plan.status === "run") fresh.push(live);
    if (plan.status === "reconcile") begun.push(live);
    if (plan.status === "refuse") moves.push(errorMove(scope, bound, live, plan.error));
    if (plan.status === "repeat") moves.push(repeatMove(scope, bound, live, plan.effect));
  }
  if (moves.length > 0) await scope.journal.record(scope.run.id, { moves });
  return { fresh, begun };
}

async function planOf(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  effect: EffectRow | undefined,
): Promise<Plan> {
  if (effect === undefined || effect.state === "rejected") return { status: "run" };
  if (effect.state === "intent") {
    if (effect.run === scope.run.id || !scope.isActive(effect.run)) return { status: "reconcile" };
    const wait = new RetryLater(`Lo stesso verbale è in lavorazione nel flusso ${effect.run}.`, {
      code: "BUSY_ELSEWHERE",
      afterMs: 5_000,
      effect: "unknown",
    });
    return { status: "refuse", error: wait };
  }
  if (effect.fingerprint === fingerprintOf(bound, live)) return { status: "repeat", effect };
  const seal = await scope.journal.sealed(scope.run.ente, live.key, live.round);
  if (seal === null) {
    // Nothing of this round went out to the recipient: the corrected data get a round of their own.
    live.round += 1;
    await scope.journal.setRound(scope.run.ente, live.key, live.round);
    return { status: "run" };
  }
  if (seal.sourceDigest === live.sourceDigest) return { status: "repeat", effect };
  const error = new ItemRejected(
    "ALREADY_SENT_OTHERWISE",
    `Il verbale è già stato inviato con il flusso ${seal.run}, con dati diversi da questi. Nulla è stato inviato di nuovo.`,
    {
      hint: "Controllare quale dei due è giusto; per inviarlo di nuovo dopo un rifiuto: postino resume con --only rejected su quel flusso.",
    },
  );
  return { status: "refuse", error };
}

function repeatMove(scope: RunScope, bound: BoundStep, live: LiveItem, effect: EffectRow): Move {
  const isOwn = effect.run === scope.run.id;
  const sealed = `Già inviato con il flusso ${effect.run}: non è stato inviato di nuovo.`;
  const note = bound.step.seals ? sealed : live.note;
  return doneMove(scope, bound, live, effect.fields, {
    isAttempt: false,
    ...(isOwn ? {} : { note }),
  });
}

/** Writes the intents; the items are `running` from then on. */
export async function intend(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  if (items.length === 0) return;
  const now = scope.clock.now();
  const intents: Intent[] = [];
  for (const live of items) {
    live.since ??= now;
    intents.push({
      itemId: live.id,
      from: live.state,
      since: live.since,
      stepId: bound.entry.id,
      number: live.tries + 1,
      effect: effectIdOf(scope, bound, live),
      sourceDigest: live.sourceDigest,
      fingerprint: fingerprintOf(bound, live),
      seals: bound.step.seals,
    });
    live.state = "running";
  }
  await scope.journal.record(scope.run.id, { intents });
}

/** Asks the other side about every item; the ones that were not done may run now. */
export async function reconcileAll(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<LiveItem[]> {
  const notDone: LiveItem[] = [];
  await forEachBounded(items, bound.entry.concurrency, async (live) => {
    const move = await reconcile(scope, bound, live, context);
    if (move === null) notDone.push(live);
    else await scope.journal.record(scope.run.id, { moves: [move] });
  });
  return notDone;
}

/** What became of one begun effect; `null` = certainly nothing. */
async function reconcile(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  context: EffectContext<unknown, unknown>,
): Promise<Move | null> {
  const ask = bound.step.reconcile;
  if (ask === undefined) return null;
  const effect = effectOf(scope, bound, live);
  let found: Reconciled<Record<string, unknown>>;
  try {
    found = await ask(toItem(live), context);
  } catch (error) {
    // Whatever went wrong, the effect is as unknown as before: the intent stays.
    const unknown =
      error instanceof RetryLater
        ? new RetryLater(error.message, { ...later(error), effect: "unknown" })
        : error;
    return errorMove(
      scope,
      bound,
      live,
      unknown,
      unknown instanceof RetryLater ? effect : undefined,
    );
  }
  if (found.status === "not-done") return null;
  if (found.status === "done")
    return doneMove(scope, bound, live, found.fields, { effect, isAttempt: true });
  return off(
    bound,
    live,
    "in-doubt",
    live.tries + 1,
    "IN_DOUBT",
    found.reason,
    "Verificare presso il servizio, poi: postino resume --only in-doubt.",
  );
}

async function runOne(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (!mayGoOn(scope)) return await giveBack(scope, bound, [live]);
  const effect = effectOf(scope, bound, live);
  let move: Move;
  try {
    const fields = await withTimeout(
      bound.entry.timeoutMs,
      context.signal,
      async (signal) => await bound.step.runOne?.(toItem(live), { ...context, signal }),
      () => tooLate(bound),
    );
    crashpoint("after-effect");
    move = doneMove(scope, bound, live, fields ?? {}, { effect, isAttempt: true });
  } catch (error) {
    move = errorMove(scope, bound, live, error, effect);
  }
  await scope.journal.record(scope.run.id, { moves: [move] });
  crashpoint("after-record");
}

async function runMany(
  scope: RunScope,
  bound: BoundStep,
  group: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
): Promise<void> {
  if (!mayGoOn(scope)) return await giveBack(scope, bound, group);
  const open = new Map(group.map((live) => [live.key, live]));
  const recorded: Promise<void>[] = [];
  function settle(live: LiveItem, move: Move): void {
    open.delete(live.key);
    recorded.push(scope.journal.record(scope.run.id, { moves: [move] }));
  }
  try {
    for await (const outcome of bound.step.runMany?.run(group.map(toItem), context) ?? []) {
      crashpoint("after-effect");
      const live = open.get(outcome.item.key);
      if (live === undefined)
        throw new Error(
          `step ${bound.entry.uses} ended an item twice or one that it was not given`,
        );
      settle(live, outcomeMove(scope, bound, live, outcome));
    }
    if (open.size > 0)
      throw new Error(`step ${bound.entry.uses} said nothing of ${open.size} items`);
  } catch (error) {
    for (const live of open.values())
      settle(live, errorMove(scope, bound, live, error, effectOf(scope, bound, live)));
  }
  await Promise.all(recorded);
  crashpoint("after-record");
}

/** The move of an outcome that a step yielded. */
export function outcomeMove(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  outcome:
    | { readonly status: "done"; readonly fields: Record<string, unknown>; readonly note?: string }
    | { readonly status: "failed"; readonly error: unknown },
): Move {
  const hasEffect = bound.step.effect !== "pure";
  const effect = hasEffect ? effectOf(scope, bound, live) : undefined;
  if (outcome.status === "failed") return errorMove(scope, bound, live, outcome.error, effect);
  try {
    return doneMove(scope, bound, live, outcome.fields, {
      isAttempt: hasEffect,
      ...(effect === undefined ? {} : { effect }),
      ...(outcome.note === undefined ? {} : { note: outcome.note }),
    });
  } catch (error) {
    return errorMove(scope, bound, live, error);
  }
}

/** Nothing was asked of the other side for these: their intents are taken back. */
async function giveBack(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<void> {
  const moves: Move[] = [];
  for (const live of items) {
    const from = live.state;
    live.state = "pending";
    moves.push({
      itemId: live.id,
      from,
      to: "pending",
      step: live.step,
      code: null,
      note: live.note,
      hint: null,
      dueAt: null,
      tries: live.tries,
      since: live.since,
      attempt: {
        stepId: bound.entry.id,
        number: live.tries + 1,
        outcome: "not-done",
        code: null,
        note: null,
      },
      effect: { ...effectOf(scope, bound, live), state: "not-done", fields: {} },
    });
  }
  await scope.journal.record(scope.run.id, { moves });
}

/** What this step did for these items in earlier rounds, by item key. */
export async function earlierOf(
  scope: RunScope,
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<ReadonlyMap<string, readonly EarlierEffect[]>> {
  const found = new Map<string, readonly EarlierEffect[]>();
  for (const live of items) {
    if (live.round === 1) continue;
    const rows = await scope.journal.effectsOf(scope.run.ente, bound.entry.uses, live.key);
    const past = rows.filter((row) => row.round < live.round && row.state === "done");
    found.set(
      live.key,
      past.map((row) => ({ round: row.round, runId: row.run, fields: row.fields })),
    );
  }
  return found;
}

function effectIdOf(scope: RunScope, bound: BoundStep, live: LiveItem): EffectId {
  const step = bound.entry.uses;
  return {
    key: effectKey(scope.run.ente, step, live.key, live.round),
    step,
    itemKey: live.key,
    round: live.round,
  };
}

/** The effect of this step on this item, as the ledger names it. */
export function effectOf(scope: RunScope, bound: BoundStep, live: LiveItem): EffectOf {
  return { id: effectIdOf(scope, bound, live), seals: bound.step.seals };
}

function fingerprintOf(bound: BoundStep, live: LiveItem): string {
  return bound.step.fingerprint === undefined
    ? live.sourceDigest
    : bound.step.fingerprint(toItem(live));
}

function later(error: RetryLater) {
  return {
    code: error.code,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }),
  };
}
