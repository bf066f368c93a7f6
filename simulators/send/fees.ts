/** SEND's own push of the costs (pagoPaIntMode ASYNC): at acceptance, at each letter, after a correction and at a cancellation GPD is told what each notice bears now. */
import type { WireRequest } from "../../integrations/send/wire.ts";
import type { SimulatorWorld } from "./options.ts";
import { computePrice } from "./price.ts";
import type { SimulatorStore, StoredRequest } from "./store.ts";
import type { TimelineEvent } from "./timeline.ts";

/** Whether an event changes what the payer is asked for. */
export function changesCosts({ category, details = {} }: TimelineEvent): boolean {
  return details["analogCost"] !== undefined || category === "NOTIFICATION_TIMELINE_REWORKED";
}

/** Tells the fee of every notice of the notification that bears the costs; nothing is told of other modes. A cancelled one costs nothing. */
export function pushFees(
  iun: string,
  { store, world }: { readonly store: SimulatorStore; readonly world: SimulatorWorld },
): void {
  const request = store.findByIun(iun);
  if (request === null) return;
  const body = JSON.parse(request.body) as WireRequest;
  if (body.pagoPaIntMode !== "ASYNC" || body.notificationFeePolicy !== "DELIVERY_MODE") return;
  for (const { payments = [] } of body.recipients)
    for (const { pagoPa } of payments)
      if (pagoPa?.applyCost === true)
        world.pushFee(
          pagoPa.creditorTaxId,
          pagoPa.noticeCode,
          readFee(request, pagoPa.noticeCode, store),
        );
}

function readFee(request: StoredRequest, noticeCode: string, store: SimulatorStore): number {
  return request.status === "CANCELLED" ? 0 : computePrice(request, noticeCode, store).totalPrice;
}
