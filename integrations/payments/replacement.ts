/** What replacing a verbale's positions has in common on every payment system: look first, stop where something was paid, say what an interruption left. */
import { RetryLater } from "../../engine/host/errors.ts";
import { lookAsOwner } from "./payment-door.ts";
import { afterCancelError, stopError } from "./payment-notes.ts";
import type { OpenPosition, PositionState } from "./port.ts";

/** What an interruption leaves: `isLost` when an old position is dead and the new one is not payable. */
export interface ReplacementProgress {
  isLost: boolean;
}

/** The calls of one order on one payment system. `Old`: how it keeps what it has read of the old positions. */
export interface Replacement<Old> {
  /** As an operator knows it: `GPD`. */
  readonly service: string;
  readOld(): Promise<Old>;
  /** A look at what is ours. */
  probe(): Promise<unknown>;
  listStates(old: Old): readonly PositionState[];
  /** Throws where a position that would be cancelled must stay payable. */
  assertFree(old: Old): Promise<void>;
  /** Takes back what the order has made: nobody has been given its codes yet. */
  withdraw(): Promise<void>;
  replace(before: Old, progress: ReplacementProgress): Promise<OpenPosition>;
  /** Words for an error that left the old positions as they were; default: the error. */
  toUntouched?(error: unknown): unknown;
}

/** Looks, stops the verbale where an old position must not be replaced, replaces. Throws what `replace` throws, with how the old ones stand. */
export async function runReplacement<Old>(order: Replacement<Old>): Promise<OpenPosition> {
  const before = await lookAsOwner(
    order.service,
    () => order.readOld(),
    () => order.probe(),
  );
  const states = order.listStates(before);
  await stopWherePaid(states, () => order.withdraw());
  if (states.includes("open")) await order.assertFree(before);
  const progress = { isLost: countCancelled(states) > 0 };
  try {
    return await order.replace(before, progress);
  } catch (error) {
    if (progress.isLost) throw afterCancelError(order.service, error);
    throw order.toUntouched?.(error) ?? error;
  }
}

/** From what stops a verbale to what does not concern it. */
const gravest: readonly PositionState[] = [
  "paid",
  "partially-paid",
  "notified",
  "unclear",
  "open",
  "draft",
  "expired",
  "cancelled",
];

/** Of several states the one that counts; `absent` of none. */
export function pickGravest(states: readonly PositionState[]): PositionState {
  return gravest.find((state) => states.includes(state)) ?? "absent";
}

/** Rejects the verbale where an old position must not be replaced, after taking back what we made. */
export async function stopWherePaid(
  states: readonly PositionState[],
  withdraw: () => Promise<void>,
): Promise<void> {
  const stop = stopError({ state: pickGravest(states), cancelled: countCancelled(states) });
  if (stop === null) return;
  await withdraw();
  throw stop;
}

/** Read again after they were cancelled: throws RetryLater `NOT_YET_CANCELLED` while one can be paid. */
export function assertNoneOpen(states: readonly PositionState[], service: string): void {
  if (states.includes("open") || states.includes("draft"))
    throw new RetryLater(`Una posizione precedente non risulta ancora annullata su ${service}.`, {
      code: "NOT_YET_CANCELLED",
    });
}

/** No old position can be paid, or has been; else the order goes on from the start. */
export function isAllOver(states: readonly PositionState[]): boolean {
  return states.every((state) => ["absent", "cancelled", "expired"].includes(state));
}

function countCancelled(states: readonly PositionState[]): number {
  return states.filter((state) => state === "cancelled" || state === "expired").length;
}
