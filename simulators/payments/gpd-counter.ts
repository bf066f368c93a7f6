/** What SEND and the Node ask of the simulated GPD: SEND's fee on an option (`/pn-integration-gpd/api/v1`), and the payments. Source: gpd openapi_send_v1. */
import { Hono, type Context } from "hono";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { buildDebtorAnswer, buildPaymentAnswer } from "./gpd-answers.ts";
import { paymentFault, payPosition } from "./gpd-changes.ts";
import type { StoredOption, StoredPosition } from "./gpd-position.ts";
import { putFee } from "./gpd-fees.ts";
import { answerProblemJson } from "./gpd-desk.ts";
import {
  type PaymentArrival,
  type Arrived,
  buildReceipt,
  type Offered,
  type PaymentCounter,
} from "./payer.ts";

/** The positions as the simulator keeps them. */
export interface GpdPositions {
  readonly clock: Clock;
  /** The position of a notice code as it stands now. */
  find(organization: string, nav: string): StoredPosition | null;
  replace(position: StoredPosition): void;
}

/** What GPD says to SEND's fee: put, put while somebody pays, no such notice, or not to be changed. */
export type FeeStatus = 200 | 209 | 404 | 422;

/** Puts SEND's fee, cents, on a notice. */
export function updateFee(
  gpd: GpdPositions,
  notice: { readonly organization: string; readonly nav: string },
  feeCents: number,
): FeeStatus {
  const found = gpd.find(notice.organization, notice.nav);
  if (found === null) return 404;
  const changed = putFee(found, notice.nav, { feeCents, nowMs: gpd.clock.now() });
  if (changed === null) return 422;
  gpd.replace(changed);
  return changed.paymentOption.some(({ nav, isInProgress }) => nav === notice.nav && isInProgress)
    ? 209
    : 200;
}

/** The two calls that SEND makes. */
export function createFeeRoutes(gpd: GpdPositions): Hono {
  const app = new Hono();
  const path = "/organizations/:org/paymentoptions/:nav";
  const readNotice = (c: Context) => ({
    organization: c.req.param("org") ?? "",
    nav: c.req.param("nav") ?? "",
  });
  app.get(path, (c) => {
    const { organization, nav } = readNotice(c);
    const found = gpd.find(organization, nav);
    return found === null ? answerRefusal(c, 404) : c.json(buildDebtorAnswer(found, nav));
  });
  app.put(`${path}/notificationfee`, async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    const fee =
      typeof body === "object" && body !== null && "notificationFee" in body
        ? body.notificationFee
        : null;
    if (typeof fee !== "number" || !Number.isInteger(fee) || fee < 0) return answerRefusal(c, 400);
    const { organization, nav } = readNotice(c);
    const status = updateFee(gpd, { organization, nav }, fee);
    if (status === 404 || status === 422) return answerRefusal(c, status);
    const changed = gpd.find(organization, nav);
    if (changed === null) throw new Error("the position is gone");
    return Response.json(buildPaymentAnswer(changed, nav), { status });
  });
  return app;
}

const titles = {
  400: "Error in the notification fee request data",
  404: "Not found the payment option",
  422: "The payment option is not updatable",
} as const;

function answerRefusal(c: Context, status: 400 | 404 | 422): Response {
  const title = titles[status];
  const { org, nav } = c.req.param() as { readonly org: string; readonly nav: string };
  const detail = `${title}: Organization Fiscal Code ${org} and NAV ${nav}`;
  return answerProblemJson(c, status, title, detail);
}

/** The counter of the positions: the payer is asked for what stands on the option, with SEND's fee. */
export function createGpdCounter(gpd: GpdPositions): PaymentCounter {
  const offer = (organization: string, nav: string): Offered => offerOption(gpd, organization, nav);
  return {
    verify: (organization, nav) => Promise.resolve(offer(organization, nav)),
    begin(organization, nav) {
      const offered = offer(organization, nav);
      if (!("fault" in offered)) markInProgress(gpd, organization, nav);
      return Promise.resolve(offered);
    },
    pay(organization, nav) {
      const offered = offer(organization, nav);
      if ("fault" in offered) return Promise.resolve(offered);
      const arrived = receiveOnGpd(gpd, { organization, nav }, {});
      if ("fault" in arrived) throw new Error(`an option that can be paid: ${arrived.fault}`);
      return Promise.resolve(arrived.receipt);
    },
    receive: (organization, nav, arrival) =>
      Promise.resolve(receiveOnGpd(gpd, { organization, nav }, arrival)),
  };
}

function offerOption(gpd: GpdPositions, organization: string, nav: string): Offered {
  const found = gpd.find(organization, nav);
  if (found === null) return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
  const fault = paymentFault(found, nav, gpd.clock.now());
  if (fault !== null) return { fault };
  const { amount, notificationFee } = pickOption(found, nav);
  return { amountCents: amount, notificationFeeCents: notificationFee };
}

function pickOption(position: StoredPosition, nav: string): StoredOption {
  const option = position.paymentOption.find((one) => one.nav === nav);
  if (option === undefined) throw new Error("the position has no such notice code");
  return option;
}

function markInProgress(gpd: GpdPositions, organization: string, nav: string): void {
  const found = gpd.find(organization, nav);
  if (found === null) throw new Error("the position is gone");
  gpd.replace({
    ...found,
    paymentOption: found.paymentOption.map((one) =>
      one.nav === nav ? { ...one, isInProgress: true } : one,
    ),
  });
}

/**
 * A receipt counts on a cancelled and on an expired position too, and not on one that is paid; the amount of the option stays what
 * it is, whatever was paid. Source: GPD PaymentsService.pay; that it does not compare the amounts is inferred.
 */
function receiveOnGpd(
  gpd: GpdPositions,
  { organization, nav }: { readonly organization: string; readonly nav: string },
  arrival: PaymentArrival,
): Arrived {
  const found = gpd.find(organization, nav);
  if (found === null) return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
  const option = pickOption(found, nav);
  const nowMs = arrival.paidAt === undefined ? gpd.clock.now() : Date.parse(arrival.paidAt);
  const receipt = buildReceipt(
    {
      amountCents: arrival.amountCents ?? option.amount,
      notificationFeeCents: arrival.notificationFeeCents ?? option.notificationFee,
    },
    { creditorTaxId: organization, noticeCode: nav, paidAt: toInstant(nowMs) },
  );
  const isPaid = ["PAID", "REPORTED"].includes(found.status) || option.status !== "PO_UNPAID";
  if (isPaid) return { fault: "PAA_PAGAMENTO_DUPLICATO", receipt };
  const { receiptId } = receipt;
  gpd.replace(payPosition(found, nav, { nowMs, receiptId }));
  return { receipt };
}
