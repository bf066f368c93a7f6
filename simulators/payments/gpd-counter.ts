/** What SEND and the Node ask of the simulated GPD: SEND's fee on an option (`/pn-integration-gpd/api/v1`), and the payments. Source: gpd openapi_send_v1. */
import { Hono, type Context } from "hono";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { buildDebtorAnswer, buildPaymentAnswer } from "./gpd-answers.ts";
import { paymentFault, payPosition } from "./gpd-changes.ts";
import type { StoredPosition } from "./gpd-position.ts";
import { putFee } from "./gpd-fees.ts";
import { answerProblemJson } from "./gpd-desk.ts";
import { buildReceipt, type Offered, type PaymentCounter } from "./payer.ts";

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
export function createGpdCounter(gpd: GpdPositions): PaymentCounter & {
  /** The Node asks for the notice, and its receipt is still to come. */
  begin(organization: string, nav: string): void;
} {
  function offer(organization: string, nav: string): Offered {
    const found = gpd.find(organization, nav);
    if (found === null) return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
    const fault = paymentFault(found, nav, gpd.clock.now());
    if (fault !== null) return { fault };
    const option = found.paymentOption.find((one) => one.nav === nav);
    if (option === undefined) throw new Error("the position has no such notice code");
    return { amountCents: option.amount, notificationFeeCents: option.notificationFee };
  }
  return {
    verify: (organization, nav) => Promise.resolve(offer(organization, nav)),
    pay(organization, nav) {
      const offered = offer(organization, nav);
      const found = gpd.find(organization, nav);
      if ("fault" in offered) return Promise.resolve(offered);
      if (found === null) throw new Error("the position is gone");
      const paidAt = toInstant(gpd.clock.now());
      const facts = { creditorTaxId: organization, noticeCode: nav, paidAt };
      const receipt = buildReceipt(offered, facts);
      const { receiptId } = receipt;
      gpd.replace(payPosition(found, nav, { nowMs: gpd.clock.now(), receiptId }));
      return Promise.resolve(receipt);
    },
    begin(organization, nav) {
      const found = gpd.find(organization, nav);
      if (found === null) throw new Error("no position has this notice code");
      gpd.replace({
        ...found,
        paymentOption: found.paymentOption.map((one) =>
          one.nav === nav ? { ...one, isInProgress: true } : one,
        ),
      });
    },
  };
}
