/** What the payer of a notice pays for its notification, by the simulated SEND. Source: pn-delivery-push NotificationProcessCostServiceImpl, CostUtils; pn-delivery NotificationPriceService, RefinementLocalDate. */
import { findEndOfRomeDay, toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { WireRequest } from "../../integrations/send/wire.ts";
import type { SimulatorStore, StoredRequest } from "./store.ts";
import { dropInvalid, type TimelineElement, readTimeline } from "./timeline.ts";

/** SEND's own fee, cents. Source: ENV `pago-pa-notification-base-cost`. */
const sendFee = 100;

/** What the payer of one notice pays for its notification, as the API tells it; cents. */
interface PriceAnswer {
  readonly iun: string;
  /** Without the PA's fee and VAT. */
  readonly partialPrice: number;
  /** The only figure to add: 0 with FLAT_RATE, or where the notice has `applyCost: false`. */
  readonly totalPrice: number;
  readonly vat: number;
  readonly paFee: number;
  readonly sendFee: number;
  /** All letters of the recipient so far, without VAT; told whatever the policy. */
  readonly analogCost: number;
  readonly refinementDate?: string;
  readonly notificationViewDate?: string;
}

/** The price of a notice of an accepted notification now. */
export function computePrice(
  request: StoredRequest,
  noticeCode: string,
  store: SimulatorStore,
): PriceAnswer {
  const body = JSON.parse(request.body) as WireRequest;
  const { paFee = 100, vat = 22 } = body;
  const { recIndex, isCharged } = findRecipient(body, noticeCode);
  const own = dropInvalid(readTimeline(request, store)).filter(
    ({ details }) => details["recIndex"] === recIndex,
  );
  let analogCost = 0;
  for (const { details } of own) analogCost += Number(details["analogCost"] ?? 0);
  return {
    iun: request.iun,
    partialPrice: isCharged ? sendFee + analogCost : 0,
    // Rounded once, half up, and not letter by letter.
    totalPrice: isCharged ? sendFee + paFee + Math.round(analogCost + (analogCost * vat) / 100) : 0,
    vat,
    paFee,
    sendFee,
    analogCost,
    ...pickDates(own),
  };
}

function findRecipient(
  { recipients, notificationFeePolicy }: WireRequest,
  noticeCode: string,
): { readonly recIndex: number; readonly isCharged: boolean } {
  for (const [recIndex, { payments = [] }] of recipients.entries())
    for (const { pagoPa } of payments)
      if (pagoPa?.noticeCode === noticeCode)
        return {
          recIndex,
          isCharged: notificationFeePolicy === "DELIVERY_MODE" && pagoPa.applyCost,
        };
  throw new Error("the notification does not hold the notice");
}

/** While there is no REFINEMENT the scheduled day stands in its place, and may lie ahead; both days are told as their end in Rome. */
function pickDates(own: readonly TimelineElement[]): Partial<PriceAnswer> {
  const find = (wanted: string): TimelineElement | undefined =>
    own.findLast(({ category }) => category === wanted);
  const scheduled = find("SCHEDULE_REFINEMENT")?.details["schedulingDate"];
  const refinement = find("REFINEMENT")?.timestamp ?? scheduled;
  const viewed = find("NOTIFICATION_VIEWED")?.timestamp;
  return {
    ...(typeof refinement === "string" ? { refinementDate: toEndOfDay(refinement) } : {}),
    ...(viewed === undefined ? {} : { notificationViewDate: toEndOfDay(viewed) }),
  };
}

function toEndOfDay(instant: string): string {
  const end = toInstant(findEndOfRomeDay(toRomeDay(toEpochMs(instant))));
  return end.replace(".000Z", ".999999999Z");
}
