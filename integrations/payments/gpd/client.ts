/** PaymentsPort over GPD v1: draft first, then cancel, re-read, publish, so that a failure never leaves a verbale without a word. */
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { createGpdApi } from "./api.ts";
import type { GpdApi } from "./api.ts";
import {
  findOrderCodes,
  isIupd,
  isOverdue,
  buildIupd,
  buildPositionBody,
  readPositionState,
} from "./wire.ts";
import type { GpdPosition, GpdSettings } from "./wire.ts";
import { pickCodeOptions, type OnlineDoorOptions, openDoor, guardReset } from "../online-client.ts";
import { allocateCodes, mostCodeAttempts } from "../payment-codes.ts";
import type { CodedOption } from "../payment-codes.ts";
import type { Door } from "../payment-door.ts";
import {
  dataRefusedError,
  lookIfAddressable,
  alreadyPaidError,
  notAddressableError,
  numbersInUseError,
  positionConflictError,
  stopError,
  oldUntouchedError,
  maskDebtor,
} from "../payment-notes.ts";
import type {
  Counters,
  OldPosition,
  OpenPosition,
  PaymentsPort,
  PositionState,
  ResetOrder,
} from "../port.ts";
import {
  assertNoneOpen,
  isAllOver,
  type ReplacementProgress,
  runReplacement,
  stopWherePaid,
} from "../replacement.ts";

export interface GpdDoorOptions extends OnlineDoorOptions {
  /** Asked for at each call; throws RunBlocked when the secret is missing. */
  readonly subscriptionKey: () => Promise<string>;
}

export interface GpdPaymentsOptions extends GpdDoorOptions {
  readonly settings: GpdSettings;
  readonly counters: Counters;
}

/** One order on its way. */
interface Work extends GpdPaymentsOptions {
  readonly api: GpdApi;
  readonly order: ResetOrder;
  /** Name of the new position. */
  readonly iupd: string;
  /** Names of the positions to cancel, each once, without the new one. */
  readonly old: readonly string[];
  readonly signal: AbortSignal | undefined;
}

interface OwnPosition {
  readonly isOpen: boolean;
  readonly codes: readonly CodedOption[];
}

/** The old positions by name; `null`: GPD has none of that name. */
type Found = ReadonlyMap<string, GpdPosition | null>;

/**
 * GPD lets 100 calls of a key through in any 10 seconds, those of v1 to v3 and of all its creditors together; its count is not exact.
 * Source: pagopa-debt-position, infra/gps/api/external_api, _base_policy.xml (rate-limit-by-key).
 */
const windowSeconds = 10;
const usualPerSecond = 9;

/** The door to GPD. */
export function openGpdDoor(options: GpdDoorOptions): Door {
  return openDoor(options, {
    service: "GPD",
    headers: async () => ({ "ocp-apim-subscription-key": await options.subscriptionKey() }),
    rate: {
      calls: Math.floor((options.settings.requestsPerSecond ?? usualPerSecond) * windowSeconds),
      windowMs: windowSeconds * 1_000,
    },
  });
}

/** The payment system of an ente whose positions lie on GPD. */
export function createGpdPayments(options: GpdPaymentsOptions): PaymentsPort {
  const { creditor } = options;
  const api = createGpdApi(openGpdDoor(options), creditor.taxId);
  const buildWork = (order: ResetOrder, signal: AbortSignal | undefined): Work => {
    const iupd = buildIupd(creditor.taxId, order);
    return { ...options, api, order, iupd, old: listOldIupds(creditor.taxId, order), signal };
  };
  return {
    reset: guardReset(async (order, signal) => reset(buildWork(order, signal))),
    find: async (order, signal) => find(buildWork(order, signal)),
    inspect: (position, signal) =>
      lookIfAddressable(async () =>
        readPositionState(await api.get(requireIupd(position), signal)),
      ),
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
  return await runReplacement<Found>({
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
  work: Work,
  before: Found,
  progress: ReplacementProgress,
): Promise<OpenPosition> {
  const own = await makeDraft(work);
  if (own.isOpen) progress.isLost = false;
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

/** GPD finds a position by IUPD alone: a notice code, a GovPay id, or what the ente opened while it had another payment system lead nowhere. */
function requireIupd({ iupd, ref }: OldPosition): string {
  if (iupd !== undefined) return iupd;
  if (ref === undefined || !isIupd(ref)) throw notAddressableError("GPD", "l'IUPD");
  return ref;
}

/** Opened in an earlier round, while the ente had another payment system: nobody can cancel it from here. */
function isElsewhere({ iupd, ref }: OldPosition): boolean {
  return iupd === undefined && ref !== undefined && !isIupd(ref);
}

/** The verbale's own earlier generations count as old even where nobody knows whether they were made. */
function listOldIupds(creditorTaxId: string, order: ResetOrder): readonly string[] {
  const names = new Set(order.old.filter((old) => !isElsewhere(old)).map(requireIupd));
  for (let generation = 1; generation < order.generation; generation += 1)
    names.add(buildIupd(creditorTaxId, { ...order, generation }));
  names.delete(buildIupd(creditorTaxId, order));
  return [...names];
}

async function readOld(work: Work): Promise<Found> {
  const found = new Map<string, GpdPosition | null>();
  for (const iupd of work.old) found.set(iupd, await work.api.get(iupd, work.signal));
  return found;
}

function listStates(found: Found): readonly PositionState[] {
  return [...found.values()].map(readPositionState);
}

/** The notice codes that somebody may have in his hands. */
function listPayableCodes(position: GpdPosition | null): readonly string[] {
  if (position === null || readPositionState(position) !== "open") return [];
  return (position.paymentOption ?? []).flatMap(
    ({ nav, iuv }) => nav ?? (typeof iuv === "string" ? `3${iuv}` : []),
  );
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

function isOpen(position: GpdPosition): boolean {
  return position.status === "VALID" || position.status === "PUBLISHED";
}

/** `found`: as they were first. */
function buildOpenPosition(work: Work, codes: readonly CodedOption[], found: Found): OpenPosition {
  const { iupd, creditor, order } = work;
  const named = new Set(order.old.flatMap((old) => old.iupd ?? []));
  const absent = [...named].filter((name) => found.get(name) === null).length;
  const notFound = absent + order.old.filter(isElsewhere).length;
  const missing = notFound === 0 ? {} : { notFound };
  return { ref: iupd, creditorTaxId: creditor.taxId, options: codes, ...missing };
}

function explainRefusal(answer: HttpAnswer, work: Work): string {
  const { body } = answer;
  if (typeof body !== "object" || body === null || !("detail" in body)) return "";
  return typeof body.detail === "string" ? maskDebtor(body.detail, work.order.debtor) : "";
}
