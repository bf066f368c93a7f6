/** One call of a step's code, bounded by the `timeout:` of its entry. */
import type { EffectContext } from "../step/context.ts";
import type { Outcome } from "../step/outcome.ts";
import { iterateWithTimeout, type TimeLimit } from "./deadline.ts";
import { RetryLater } from "../host/errors.ts";
import { type BoundStep, type LiveItem, toItem } from "./run-scope.ts";

/** How the step ended one of the items that it was given. */
export interface StepEnd {
  readonly live: LiveItem;
  readonly outcome: Outcome<Record<string, unknown>>;
}

/** Yields every item's end as it comes. Throws what the code throws, `TIMEOUT`, and when it ends an item twice, a strange one or not all. */
export async function* callStep(
  bound: BoundStep,
  items: readonly LiveItem[],
  openContext: (signal: AbortSignal) => EffectContext<unknown, unknown>,
): AsyncGenerator<StepEnd> {
  const { entry, step } = bound;
  const { runMany } = step;
  if (runMany === undefined) throw new Error(`step ${entry.uses} has no code for items`);
  const open = new Map(items.map((live) => [live.key, live]));
  const outcomes = iterateWithTimeout(limitAttempt(bound), (signal) =>
    runMany(items.map(toItem), openContext(signal)),
  );
  for await (const outcome of outcomes) {
    const live = open.get(outcome.item.key);
    if (live === undefined)
      throw new Error(`step ${entry.uses} ended an item twice or one that it was not given`);
    open.delete(live.key);
    yield { live, outcome };
  }
  if (open.size > 0) throw new Error(`step ${entry.uses} said nothing of ${open.size} items`);
}

/** The same for steps whose errors are the affair of their items: what is thrown ends all that are still open, at one moment. */
export async function settleCall(
  bound: BoundStep,
  items: readonly LiveItem[],
  context: EffectContext<unknown, unknown>,
  settle: (live: LiveItem, outcome: StepEnd["outcome"]) => void,
): Promise<void> {
  const open = new Set(items);
  try {
    // Who was refused once is not asked again for each of the others.
    const away = bound.scope.away.get(bound.index);
    if (away !== undefined) throw away;
    await noteCalls(bound, items, async () => {
      for await (const { live, outcome } of callStep(bound, items, (signal) => ({
        ...context,
        signal,
      }))) {
        open.delete(live);
        settle(live, outcome);
      }
    });
  } catch (error) {
    for (const live of open) settle(live, { item: toItem(live), status: "failed", error });
  }
}

/** What is asked of the outside meanwhile is kept with the attempts of these items. */
export async function noteCalls<Result>(
  { scope }: BoundStep,
  items: readonly LiveItem[],
  work: () => Promise<Result>,
): Promise<Result> {
  return await scope.calls.noteFor(
    items.map(({ key }) => key),
    work,
  );
}

/** The items in groups of as many as the step takes at once. */
export function splitIntoCalls(
  { step }: BoundStep,
  items: readonly LiveItem[],
): readonly (readonly LiveItem[])[] {
  const calls: LiveItem[][] = [];
  for (let start = 0; start < items.length; start += step.atOnce)
    calls.push(items.slice(start, start + step.atOnce));
  return calls;
}

/** The `timeout:` of the entry; a step that took too long is tried again later. */
export function limitAttempt({ entry, context }: BoundStep): TimeLimit {
  const { clock, signal } = context;
  return { clock, signal, timeoutMs: entry.timeoutMs, makeError: () => stepTimeoutError(entry) };
}

/** `RetryLater`: the next try may find more time. */
export function stepTimeoutError(entry: BoundStep["entry"]): RetryLater {
  return new RetryLater(`Il passo «${entry.id}» non ha risposto entro il tempo previsto.`, {
    code: "TIMEOUT",
  });
}
