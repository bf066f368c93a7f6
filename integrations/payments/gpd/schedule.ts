/** Until when the codes of a position may be paid, on GPD: one PUT with two due dates, by which GPD closes each code by itself. */
import type { Clock } from "../../../engine/host/clock.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import { maskDebtor, scheduleRefusedError } from "../payment-notes.ts";
import type { ScheduleEnd, ScheduleOrder } from "../port.ts";
import type { GpdApi } from "./api.ts";
import {
  buildScheduleBody,
  type GpdPosition,
  type GpdSettings,
  isIupd,
  isScheduled,
  readPositionState,
} from "./wire.ts";

interface ScheduleTools {
  readonly api: GpdApi;
  readonly settings: GpdSettings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  readonly clock: Clock;
}

/** See PaymentsPort. Source: GPD ExpirationHandler, PaymentsService: with `switchToExpired` an option whose due date is over is expired while its sibling can be paid. */
export async function scheduleOnGpd(
  { api, settings, creditor, clock }: ScheduleTools,
  order: ScheduleOrder,
  signal?: AbortSignal,
): Promise<ScheduleEnd> {
  // Opened while the ente had another payment system.
  if (!isIupd(order.ref)) return "unclear";
  const position = await api.get(order.ref, signal);
  const stop = findStop(position, order);
  if (stop !== null) return stop;
  const nowMs = clock.now();
  if (position !== null && isScheduled(position, order, nowMs)) return "scheduled";
  const body = buildScheduleBody(order, { position, settings, creditor, nowMs });
  const answer = await api.update(order.ref, body, signal);
  if (answer.status === 200) return "scheduled";
  // Paid or cancelled since we looked: what it says now decides.
  const now = findStop(await api.get(order.ref, signal), order);
  if (now !== null) return now;
  const detail = maskDebtor(readDetail(answer.body), order.debtor);
  throw scheduleRefusedError("GPD", answer.status, detail);
}

/** Why the position is left as it is; `null`: its dates may be written. */
function findStop(position: GpdPosition | null, order: ScheduleOrder): ScheduleEnd | null {
  const state = readPositionState(position);
  switch (state) {
    case "paid":
    case "partially-paid":
    case "cancelled":
    case "absent":
    case "unclear":
      return state;
    case "draft":
    case "open":
    case "notified":
    case "expired":
      return hasOurCodes(position, order) ? null : "unclear";
  }
  throw new RetryLater("GPD: stato sconosciuto.", { code: "UNREADABLE_ANSWER" });
}

/** What GPD has besides SEND's fee is what we opened: a PUT would undo what an office has changed by hand. */
function hasOurCodes(position: GpdPosition | null, order: ScheduleOrder): boolean {
  const found = position?.paymentOption ?? [];
  if (found.length !== order.options.length) return false;
  return order.options.every(({ iuv, amountCents }) =>
    found.some(
      (one) => one.iuv === iuv && (one.amount ?? 0) - (one.notificationFee ?? 0) === amountCents,
    ),
  );
}

function readDetail(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { detail, title } = body as { readonly detail?: unknown; readonly title?: unknown };
  if (typeof detail === "string") return detail;
  return typeof title === "string" ? title : "";
}
