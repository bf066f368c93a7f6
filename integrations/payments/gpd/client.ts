/** PaymentsPort over GPD v1: draft first, then cancel, re-read, publish, so that a failure never leaves a verbale without a word. */
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { guardReset, guardSchedule, pickCodeOptions } from "../online-client.ts";
import { allocateCodes, mostCodeAttempts } from "../payment-codes.ts";
import type { CodedOption } from "../payment-codes.ts";
import {
  dataRefusedError,
  lookIfAddressable,
  alreadyPaidError,
  numbersInUseError,
  positionConflictError,
  stopError,
  oldUntouchedError,
  maskDebtor,
} from "../payment-notes.ts";
import type { OpenPosition, PaymentsPort, PositionState, ResetOrder } from "../port.ts";
import {
  assertNoneOpen,
  isAllOver,
  type ReplacementProgress,
  runReplacement,
  stopWherePaid,
} from "../replacement.ts";
import { createBulkReset } from "./bulk.ts";
import { openGpdCalls } from "./calls.ts";
import { scheduleOnGpd, scheduleTogether } from "./schedule.ts";
import { readGpdStanding } from "./standing.ts";
import { findOrderCodes, isOverdue, buildPositionBody, readPositionState } from "./wire.ts";
import type { GpdPosition } from "./wire.ts";
import {
  buildOpenPosition,
  buildWork,
  type FoundPositions,
  type GpdPaymentsOptions,
  isOpen,
  listPayableCodes,
  listStates,
  requireIupd,
  type Work,
} from "./work.ts";

interface OwnPosition {
  readonly isOpen: boolean;
  readonly codes: readonly CodedOption[];
}

/** The payment system of an ente whose positions lie on GPD. */
export function createGpdPayments(options: GpdPaymentsOptions): PaymentsPort {
  const calls = openGpdCalls(options);
  const toWork = (order: ResetOrder, signal: AbortSignal | undefined): Work =>
    buildWork(options, calls, order, signal);
  const resetOne = guardReset(async (order, signal) => reset(toWork(order, signal)));
  const scheduleOne = guardSchedule((order, signal) =>
    scheduleOnGpd({ ...options, calls }, order, signal),
  );
  const { v2 } = calls;
  return {
    reset: resetOne,
    ...(v2 === null ? {} : { resetMany: createBulkReset({ toWork, resetOne, calls, ...options }) }),
    find: async (order, signal) => find(toWork(order, signal)),
    inspect: (position, signal) =>
      lookIfAddressable(async () =>
        readPositionState(await calls.v1.get(requireIupd(position), signal)),
      ),
    readStanding: (order, signal) => readGpdStanding({ ...options, calls }, order, signal),
    schedule: scheduleOne,
    ...(v2 === null
      ? {}
      : {
          scheduleMany: (orders, signal) =>
            scheduleTogether({ ...options, calls, scheduleOne }, orders, signal),
        }),
  };
}

/** Ours alone does not say that the order is complete: somebody may have published the draft before the old ones were cancelled. */
async function find(work: Work): Promise<OpenPosition | null> {
  const position = await work.api.get(work.iupd, work.signal);
  if (position === null || !isOpen(position)) return null;
  const codes = findOrderCodes(position, work.order);
  if (codes === null) return null;
  const found = await readOld(work);
  return isAllOver(listStates(found)) ? buildOpenPosition(work, codes, found) : null;
}

// Source: reference order for GPD v1: draft, cancel, read again, publish.
async function reset(work: Work): Promise<OpenPosition> {
  return await runReplacement<FoundPositions>({
    service: "GPD",
    readOld: () => readOld(work),
    probe: () => work.api.get(work.iupd, work.signal),
    listStates,
    assertFree: async (found) => {
      await work.order.assertFree?.([...found.values()].flatMap(listPayableCodes));
    },
    withdraw: () => withdraw(work),
    replace: (before, progress) => replace(work, before, progress),
    toUntouched: oldUntouchedError,
  });
}

async function replace(
  given: Work,
  before: FoundPositions,
  progress: ReplacementProgress,
): Promise<OpenPosition> {
  const own = await makeDraft(given);
  if (own.isOpen) progress.isLost = false;
  // Cancel, read again and publish: once the first goes out none has to wait for the limit.
  const cancels = listStates(before).filter((state) => state === "open" || state === "draft");
  const turns = cancels.length + before.size + (own.isOpen ? 0 : 1);
  const { v1 } = await given.calls.hold(turns, given.signal);
  const work = { ...given, api: v1 };
  for (const [iupd, position] of before) {
    const isCancelled = await cancel(work, iupd, readPositionState(position));
    if (isCancelled && !own.isOpen) progress.isLost = true;
  }
  const states = listStates(await readOld(work));
  await stopWherePaid(states, () => withdraw(work));
  assertNoneOpen(states, "GPD");
  if (!own.isOpen) await publish(work);
  return buildOpenPosition(work, own.codes, before);
}

async function readOld(work: Work): Promise<FoundPositions> {
  const found = new Map<string, GpdPosition | null>();
  for (const iupd of work.old) found.set(iupd, await work.api.get(iupd, work.signal));
  return found;
}

/** Takes the new position back: nobody has been given its codes yet. */
async function withdraw(work: Work): Promise<void> {
  const { api, iupd, signal } = work;
  const own = await api.get(iupd, signal);
  if (!canBePaid(own)) return;
  // SEND has its fee on it: a notice with these codes is on its way, so they must stay payable.
  const stop =
    readPositionState(own) === "notified" ? stopError({ state: "notified", cancelled: 0 }) : null;
  if (stop !== null) throw stop;
  await work.order.assertFree?.(listPayableCodes(own));
  const answer =
    own?.status === "DRAFT" ? await api.remove(iupd, signal) : await api.invalidate(iupd, signal);
  if (!canBePaid(await api.get(iupd, signal))) return;
  throw new RetryLater(`GPD non ha ritirato la nuova posizione (HTTP ${answer.status}).`, {
    code: "NOT_WITHDRAWN",
  });
}

/** Now, or once somebody publishes it. */
function canBePaid(own: GpdPosition | null): boolean {
  return own !== null && (own.status === "DRAFT" || isOpen(own));
}

async function makeDraft(work: Work): Promise<OwnPosition> {
  let told = "";
  for (let attempt = 0; attempt < mostCodeAttempts; attempt += 1) {
    const codes = await allocateCodes(work.order, attempt, pickCodeOptions(work));
    const own = await createOrAdopt(work, codes);
    if (typeof own !== "string") return own;
    told = own;
  }
  throw numbersInUseError(work.settings.segregationCode, told);
}

/** The draft with these codes, or what an earlier try left; GPD's words when somebody else has one of the codes. */
async function createOrAdopt(
  work: Work,
  codes: readonly CodedOption[],
): Promise<OwnPosition | string> {
  const { api, iupd, order, signal } = work;
  const body = buildPositionBody(order, codes, { ...work, nowMs: work.clock.now() });
  let answer = await api.create(body, signal);
  if (answer.status === 409) {
    const existing = await api.get(iupd, signal);
    if (existing === null) return explainRefusal(answer, work);
    if (!isReplaceable(work, existing)) return adopt(work, existing);
    await api.remove(iupd, signal);
    answer = await api.create(body, signal);
    if (answer.status === 409) return explainRefusal(answer, work);
  }
  if (answer.status === 201) return { isOpen: false, codes };
  throw dataRefusedError("GPD", answer.status, explainRefusal(answer, work));
}

/** A draft of ours that nobody can use: other amounts than the order's, or a due date gone by. */
function isReplaceable(work: Work, existing: GpdPosition): boolean {
  if (existing.status !== "DRAFT") return false;
  return findOrderCodes(existing, work.order) === null || isOverdue(existing, work.clock.now());
}

function adopt(work: Work, existing: GpdPosition): OwnPosition {
  const codes = findOrderCodes(existing, work.order);
  if (readPositionState(existing) === "paid" || readPositionState(existing) === "partially-paid")
    throw alreadyPaidError();
  if (existing.status !== "DRAFT" && !isOpen(existing))
    throw positionConflictError("che è stata annullata o è scaduta");
  if (codes === null) throw positionConflictError("aperta con altri importi");
  return { isOpen: isOpen(existing), codes };
}

/** True when a payable position was cancelled now. */
async function cancel(work: Work, iupd: string, state: PositionState): Promise<boolean> {
  const { api, signal } = work;
  if (state !== "open" && state !== "draft") return false;
  // GPD: invalidate answers 409 on a draft, which was never payable and can go.
  const answer =
    state === "draft" ? await api.remove(iupd, signal) : await api.invalidate(iupd, signal);
  if (answer.status === 200) return state === "open";
  if (answer.status === 404) return false;
  if (answer.status === 409) {
    // Something happened in between: only a payment stops the order, the rest shows when all are read again.
    await stopWherePaid(listStates(await readOld(work)), () => withdraw(work));
    return false;
  }
  await withdraw(work);
  throw new ItemRejected(
    "CANCEL_REFUSED",
    `GPD ha rifiutato l'annullamento di una posizione precedente (HTTP ${answer.status}). La nuova posizione è stata eliminata.`,
    { hint: "Far verificare la posizione sul sistema dei pagamenti, poi ritentare il verbale." },
  );
}

async function publish(work: Work): Promise<void> {
  const { api, iupd, signal } = work;
  const { status, position } = await api.publish(iupd, signal);
  if (position !== null && isOpen(position)) return;
  const own = await api.get(iupd, signal);
  if (own !== null && isOpen(own)) return;
  if (own !== null && own.status !== "DRAFT") adopt(work, own);
  throw new RetryLater(`GPD non ha pubblicato la nuova posizione (HTTP ${status}).`, {
    code: "NOT_PUBLISHED",
  });
}

function explainRefusal(answer: HttpAnswer, work: Work): string {
  const { body } = answer;
  if (typeof body !== "object" || body === null || !("detail" in body)) return "";
  return typeof body.detail === "string" ? maskDebtor(body.detail, work.order.debtor) : "";
}
