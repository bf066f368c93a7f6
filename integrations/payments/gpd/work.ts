/** One order on its way through GPD: what is known of it, and what the states of its positions mean. */
import type { CodedOption } from "../payment-codes.ts";
import { notAddressableError } from "../payment-notes.ts";
import type { Counters, OldPosition, OpenPosition, PositionState, ResetOrder } from "../port.ts";
import type { GpdApi } from "./api.ts";
import type { GpdCalls, GpdDoorOptions } from "./calls.ts";
import {
  buildIupd,
  type GpdPosition,
  type GpdSettings,
  isIupd,
  readPositionState,
} from "./wire.ts";

export interface GpdPaymentsOptions extends GpdDoorOptions {
  readonly settings: GpdSettings;
  readonly counters: Counters;
}

/** One order on its way. */
export interface Work extends GpdPaymentsOptions {
  /** Single calls: those of `calls`, or some whose turn has been waited for. */
  readonly api: GpdApi;
  readonly calls: GpdCalls;
  readonly order: ResetOrder;
  /** Name of the new position. */
  readonly iupd: string;
  /** Names of the positions to cancel, each once, without the new one. */
  readonly old: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Throws ItemRejected when an old position has no name by which GPD can find it. */
export function buildWork(
  options: GpdPaymentsOptions,
  calls: GpdCalls,
  order: ResetOrder,
  signal: AbortSignal | undefined,
): Work {
  const { taxId } = options.creditor;
  const iupd = buildIupd(taxId, order);
  const old = listOldIupds(taxId, order);
  return { ...options, api: calls.v1, calls, order, iupd, old, signal };
}

/** The old positions by name; `null`: GPD has none of that name. */
export type FoundPositions = ReadonlyMap<string, GpdPosition | null>;

/** GPD finds a position by IUPD alone: a notice code, a GovPay id, or what the ente opened while it had another payment system lead nowhere. */
export function requireIupd({ iupd, ref }: OldPosition): string {
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

/** What each old position means to us. */
export function listStates(found: FoundPositions): readonly PositionState[] {
  return [...found.values()].map(readPositionState);
}

/** The notice codes that somebody may have in his hands. */
export function listPayableCodes(position: GpdPosition | null): readonly string[] {
  if (position === null || readPositionState(position) !== "open") return [];
  return (position.paymentOption ?? []).flatMap(
    ({ nav, iuv }) => nav ?? (typeof iuv === "string" ? `3${iuv}` : []),
  );
}

/** Can be paid, now or from its validity date on. */
export function isOpen(position: GpdPosition): boolean {
  return position.status === "VALID" || position.status === "PUBLISHED";
}

/** What an order answers. `found`: the old positions as they were first. */
export function buildOpenPosition(
  work: Work,
  codes: readonly CodedOption[],
  found: FoundPositions,
): OpenPosition {
  const { iupd, creditor, order } = work;
  const named = new Set(order.old.flatMap((old) => old.iupd ?? []));
  const absent = [...named].filter((name) => found.get(name) === null).length;
  const notFound = absent + order.old.filter(isElsewhere).length;
  const missing = notFound === 0 ? {} : { notFound };
  return { ref: iupd, creditorTaxId: creditor.taxId, options: codes, ...missing };
}
