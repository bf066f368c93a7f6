/** Who may not go yet: what waits behind the first items of an ente, or behind a refusal that would meet it too. */
import type { RetryLater } from "../host/errors.ts";
import type { BoundStep, RunScope } from "./run-scope.ts";

/** What waits before the sealing step of a stage. */
export interface HoldBack {
  /** The steps up to the sealing one, by index. */
  readonly steps: readonly number[];
  /** How many of the items there may go now. */
  readonly free: number;
  /** What is told of the run meanwhile. */
  readonly why: RetryLater;
}

/** `null`: every item may go. A refusal that concerns them all blocks the run here, where something is left to be kept from it. */
export async function findHoldBack(
  scope: RunScope,
  itemSteps: readonly BoundStep[],
): Promise<HoldBack | null> {
  const seal = itemSteps.find(({ step }) => step.seals);
  if (seal === undefined) return null;
  const steps = itemSteps.map(({ index }) => index).filter((index) => index <= seal.index);
  const isAny = async (state: "pending" | "waiting"): Promise<boolean> =>
    (await scope.journal.listItems(scope.run.id, { states: [state], steps, limit: 1 })).length > 0;
  const isPending = await isAny("pending");
  if (scope.shared !== null && (isPending || (await isAny("waiting"))))
    scope.blocked ??= scope.shared;
  if (!isPending || scope.blocked !== null) return null;
  const held = (await seal.step.holdBack?.(seal.context)) ?? null;
  if (held === null) return null;
  // Those that wait here are among the first: until they are through none joins them.
  return { steps, why: held.why, free: (await isAny("waiting")) ? 0 : held.free };
}
