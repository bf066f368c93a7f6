/** The price API of the simulated SEND. Source: pn-delivery NotificationPriceService, pn-delivery-push NotificationProcessCostServiceImpl. */
import type { Context, Hono } from "hono";
import { computePrice } from "./price.ts";
import { answerJson, answerProblem } from "./problem.ts";
import { settleRequests, type RequestRoutes } from "./requests.ts";

/** Adds `GET /delivery/v2.3/price/{paTaxId}/{noticeCode}`. */
export function addPriceRoute(app: Hono, routes: RequestRoutes): void {
  app.get("/delivery/v2.3/price/:paTaxId/:noticeCode", (c) => answerPrice(c, routes));
}

function answerPrice(c: Context, routes: RequestRoutes): Response {
  const { store, world } = routes;
  settleRequests(routes);
  const creditor = c.req.param("paTaxId") ?? "";
  const notice = c.req.param("noticeCode") ?? "";
  const answerFault = (status: number, code: string, detail: string): Response =>
    answerProblem(status, [{ code, detail }], world.clock.now());
  const holder = store.findHolder(creditor, notice);
  if (holder === null) {
    return store.isOfCancelled(creditor, notice)
      ? answerFault(
          world.environment.cancelledPriceStatus,
          "PN_DELIVERYPUSH_NOTIFICATION_CANCELLED",
          "Notification cancelled",
        )
      : answerFault(404, "PN_DELIVERY_NOTIFICATIONNOTFOUND", "Notification not found");
  }
  const request = store.findByIun(holder);
  if (request?.status !== "ACCEPTED")
    return answerFault(
      404,
      "PN_DELIVERY_PUSH_NOTIFICATION_NOT_ACCEPTED",
      "Notification not accepted",
    );
  return answerJson(200, computePrice(request, notice, store));
}
