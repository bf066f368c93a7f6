/** How the codes of a position stand on GPD and what was paid with them: one GET of version 1. */
import { type Clock, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import {
  buildUnknownStanding,
  type CodePayment,
  type CodeStanding,
  type CodeState,
  type StandingOrder,
} from "../port.ts";
import type { GpdCalls } from "./calls.ts";
import { type GpdPosition, isIupd, parseInstant, readPositionState } from "./wire.ts";

type Option = NonNullable<GpdPosition["paymentOption"]>[number];

/** See PaymentsPort. */
export async function readGpdStanding(
  { calls, clock }: { readonly calls: Pick<GpdCalls, "v1">; readonly clock: Clock },
  order: StandingOrder,
  signal?: AbortSignal,
): Promise<readonly CodeStanding[]> {
  // Opened while the ente had another payment system.
  if (!isIupd(order.ref)) return buildUnknownStanding(order);
  const position = await calls.v1.get(order.ref, signal);
  return order.options.map(({ noticeCode, iuv }) => {
    const option = position?.paymentOption?.find(
      (one) => one.iuv === iuv || one.nav === noticeCode,
    );
    if (position === null || option === undefined)
      return { noticeCode, state: "absent", amountCents: null, feeCents: null, payments: [] };
    return {
      noticeCode,
      state: readCodeState(position, option, clock.now()),
      amountCents: option.amount ?? null,
      feeCents: option.notificationFee ?? 0,
      payments: isPaid(option) ? [readPayment(option)] : [],
    };
  });
}

function isPaid({ status }: Option): boolean {
  return status !== undefined && status !== null && status !== "PO_UNPAID";
}

function readCodeState(position: GpdPosition, option: Option, nowMs: number): CodeState {
  if (isPaid(option)) return "paid";
  const state = readPositionState(position);
  if (state === "cancelled") return "cancelled";
  if (state === "unclear") return "unknown";
  // One of two was paid, or all are over their day.
  if (state === "paid" || state === "expired" || state === "draft") return "closed";
  const due = option.dueDate ?? null;
  return due !== null && parseInstant(due) <= nowMs ? "closed" : "payable";
}

/** GPD changes no option that was paid, so that amount and fee are those of the receipt. Source: GPD PaymentsService (only PO_UNPAID). */
function readPayment({ paymentDate, amount, notificationFee, idReceipt }: Option): CodePayment {
  const at = paymentDate ?? null;
  const ms = at === null ? Number.NaN : parseInstant(at);
  return {
    paidOn: Number.isNaN(ms) ? null : toRomeDay(ms),
    paidAt: Number.isNaN(ms) ? null : toInstant(ms),
    amountCents: amount ?? null,
    feeCents: notificationFee ?? 0,
    receiptId: idReceipt ?? null,
  };
}
