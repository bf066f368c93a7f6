/** Up to 20 orders on GPD together: old positions read by pages, new ones made and published by bulks, each old one cancelled by a call of its own. What is not plain goes the way of a single order. */
import { endOrder, type PaymentsPort, type ResetEnd, type ResetOrder } from "../port.ts";
import { hasPayableAmounts } from "../payment-codes.ts";
import { afterCancelError, clearDoubt, oldUntouchedError } from "../payment-notes.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import { cancelAndPublish, createAll, type Plain, takePlain } from "./bulk-parts.ts";
import { createOldPositions, type OldPositions } from "./old-positions.ts";
import { buildOpenPosition, type GpdPaymentsOptions, type Work } from "./work.ts";
import type { GpdCalls } from "./calls.ts";

/** GPD v2: ValidDebtPositionsSize. */
const mostPositions = 20;

export interface BulkOptions extends GpdPaymentsOptions {
  readonly calls: GpdCalls;
  /** Throws what stops the order before anything is asked. */
  readonly toWork: (order: ResetOrder, signal: AbortSignal | undefined) => Work;
  /** The way of a single order, which finds by name whatever was begun. */
  readonly resetOne: PaymentsPort["reset"];
}

/** An order that goes on by itself. `isLost`: an old position is dead, and the new one is missed until it can be paid. */
interface Alone {
  readonly order: ResetOrder;
  readonly isLost: boolean;
}

/**
 * `resetMany` of GPD. Nothing old is cancelled before its new position is there as a draft, and between the first cancellation and
 * the publication no call waits for the limit. Killed anywhere, `find` and `reset` go on by the same names.
 */
export function createBulkReset(options: BulkOptions): NonNullable<PaymentsPort["resetMany"]> {
  const oldPositions = createOldPositions(options.calls.v1, options.clock);
  return async function* resetMany(orders, signal) {
    for (let start = 0; start < orders.length; start += mostPositions)
      yield* resetTogether(options, oldPositions, {
        orders: orders.slice(start, start + mostPositions),
        signal,
      });
  };
}

interface Given {
  readonly orders: readonly ResetOrder[];
  readonly signal: AbortSignal | undefined;
}

async function* resetTogether(
  options: BulkOptions,
  oldPositions: OldPositions,
  { orders, signal }: Given,
): AsyncGenerator<ResetEnd> {
  const alone: Alone[] = [];
  const works: Work[] = [];
  for (const order of orders) {
    const work = options.calls.presence.isAbsent ? null : tryWork(options, order, signal);
    if (work === null) alone.push({ order, isLost: false });
    else works.push(work);
  }
  const names = new Set(works.flatMap(({ old }) => old));
  const known = names.size === 0 ? new Map() : await oldPositions.read([...names], signal);
  const plain: Plain[] = [];
  // Side by side: SEND is asked for each before its position is cancelled.
  for (const taken of await Promise.all(works.map((work) => takePlain(work, known))))
    if (taken.status === "plain") plain.push(taken.plain);
    else if (taken.status === "alone") alone.push({ order: taken.work.order, isLost: false });
    else yield { order: taken.work.order, status: "failed", error: taken.error };

  for await (const part of workTogether(plain, signal)) {
    for (const one of part.done) yield buildEnd(one);
    for (const { one, error } of part.failed)
      yield buildFailure({ order: one.work.order, isLost: one.isLost }, oldUntouchedError(error));
    for (const { work, isLost } of part.refused) alone.push({ order: work.order, isLost });
  }
  // Those first whose old positions are dead.
  for (const one of alone.toSorted((a, b) => Number(b.isLost) - Number(a.isLost))) {
    const end = await endOrder(one.order, async () => await options.resetOne(one.order, signal));
    yield end.status === "failed" ? buildFailure(one, end.error) : end;
  }
}

/** `null`: a single order says why it cannot be. */
function tryWork(
  { toWork }: BulkOptions,
  order: ResetOrder,
  signal: AbortSignal | undefined,
): Work | null {
  if (!hasPayableAmounts(order)) return null;
  try {
    return toWork(order, signal);
  } catch {
    return null;
  }
}

/** Those that have nothing to cancel are payable at once; the others are drafts until their old positions are dead. */
async function* workTogether(plain: readonly Plain[], signal: AbortSignal | undefined) {
  yield await createAll(
    plain.filter(({ open }) => open.length === 0),
    true,
    signal,
  );
  const drafts = await createAll(
    plain.filter(({ open }) => open.length > 0),
    false,
    signal,
  );
  yield { ...drafts, done: [] };
  for (const slice of splitByTurns(drafts.done)) yield await cancelAndPublish(slice, signal);
}

/** As many in one go as the limit lets through at once: a call for each old position, and one to publish. */
function splitByTurns(plain: readonly Plain[]): readonly (readonly Plain[])[] {
  const slices: Plain[][] = [];
  let left = 0;
  for (const one of plain) {
    if (one.open.length > left || slices.length === 0) {
      slices.push([]);
      left = one.work.calls.mostHeld - 1;
    }
    slices.at(-1)?.push(one);
    left -= one.open.length;
  }
  return slices;
}

function buildEnd({ work, codes, found }: Plain): ResetEnd {
  const position = buildOpenPosition(work, codes, found);
  return { order: work.order, status: "done", position };
}

/** The words of a single order, which may not know that its old position died with others'. */
function buildFailure({ order, isLost }: Alone, error: unknown): ResetEnd {
  const isTold = error instanceof RetryLater && error.code === "CANCELLED_NOT_ACTIVE";
  const told = isLost && !isTold ? afterCancelError("GPD", error) : error;
  return { order, status: "failed", error: clearDoubt(told) };
}
