/** Notifications of the simulated SEND once they have an IUN: detail, documents, price, cancellation, legal facts. */
import type { Context, Hono } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import { addPlatformRoutes } from "./platform.ts";
import { dropPlans } from "./outcomes.ts";
import { gatewayErrors } from "./gateway.ts";
import type { SimulatedKey } from "./options.ts";
import { gatewayProblem, json, problem } from "./problem.ts";
import { isVisible, settle, type RequestRoutes } from "./requests.ts";
import type { StoredRequest } from "./store.ts";
import { record, type TimelineElement } from "./timeline.ts";
import { publicBase } from "./upload.ts";
import { fileOf } from "./validation.ts";
import type { WireAttachment, WireRequest } from "../../integrations/send/wire.ts";

/** Adds the routes. */
export function addNotificationRoutes(app: Hono, routes: RequestRoutes): void {
  const { store } = routes;

  // v2.9 is that of the next release; the older ones are answered as paths that do not exist.
  for (const version of ["v2.8", "v2.9"])
    app.get(`/delivery/${version}/notifications/sent/:iun`, (c) => {
      const request = found(c, routes);
      return request === null ? missing(routes) : json(200, detailOf(request, routes));
    });

  app.get("/delivery/v2.3/price/:paTaxId/:noticeCode", (c) => {
    settle(routes);
    const iun = store.holderOf(c.req.param("paTaxId"), c.req.param("noticeCode"));
    const request = iun === null ? null : store.byIun(iun);
    if (request === null || request.status !== "ACCEPTED") return missing(routes);
    return json(200, priceOf(request, routes));
  });

  app.post("/delivery/events/payment/pagopa", async (c) =>
    takePayments(await c.req.json().catch(() => null), routes.keyOf(c), routes),
  );

  app.put("/delivery-push/v2.0/notifications/cancel/:iun", (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    if (request.status === "CANCELLED")
      return json(202, {
        status: "OK",
        details: [{ code: "NOTIFICATION_ALREADY_CANCELLED", level: "WARN" }],
      });
    // A refused request never became a notification.
    if (request.status === "REFUSED") return missing(routes);
    cancel(request, routes);
    return json(202, {
      status: "OK",
      details: [{ code: "NOTIFICATION_CANCELLATION_ACCEPTED", level: "INFO" }],
    });
  });

  addPlatformRoutes(app, routes);
  addDocumentRoutes(app, routes);
  addLegalFactRoutes(app, routes);
}

/** The validation of a request that is still in it stops with the cancellation, too. */
function cancel(request: StoredRequest, { store, world }: RequestRoutes): void {
  const at = world.clock.now();
  const { recipients } = JSON.parse(request.body) as WireRequest;
  store.db.transaction(() => {
    store.decide(request.iun, "CANCELLED", at, null);
    dropPlans(store, request.iun);
    record(store, request, {
      category: "NOTIFICATION_CANCELLATION_REQUEST",
      at,
      details: { cancellationRequestId: `cancel-${request.iun}` },
    });
    record(store, request, {
      category: "NOTIFICATION_CANCELLED",
      at,
      newStatus: "CANCELLED",
      details: {
        notificationCost: 100 * recipients.length,
        notRefinedRecipientIndexes: recipients.map((_, index) => index),
      },
      legalFact: "NOTIFICATION_CANCELLED",
    });
  })();
}

/** The caller's own notification, from its POST on: also one that is in validation or was refused. */
function found(c: Context, routes: RequestRoutes): StoredRequest | null {
  settle(routes);
  const request = routes.store.byIun(c.req.param("iun") ?? "");
  return request !== null && isVisible(request, routes.keyOf(c)) ? request : null;
}

/** Payments that the PA took itself: each must name a notice of a live notification of its own. */
function takePayments(body: unknown, key: SimulatedKey, routes: RequestRoutes): Response {
  const { store, world } = routes;
  const faults = gatewayErrors("paymentEvents", body);
  if (faults.length > 0) return gatewayProblem("PN_INVALID_BODY", faults, world.clock.now());
  settle(routes);
  const { events } = body as { readonly events: readonly PaymentEvent[] };
  const paid = events.map((event) => ({ event, holder: holderOf(event, key, store) }));
  if (paid.some(({ holder }) => holder === null)) return missing(routes);
  store.db.transaction(() => {
    for (const { event, holder } of paid) {
      if (holder === null) continue;
      const { recipients } = JSON.parse(holder.body) as WireRequest;
      const recIndex = recipients.findIndex(({ payments = [] }) =>
        payments.some(({ pagoPa }) => pagoPa?.noticeCode === event.noticeCode),
      );
      record(store, holder, {
        category: "PAYMENT",
        at: world.clock.now(),
        recIndex,
        details: {
          recIndex,
          recipientType: recipients[recIndex]?.recipientType,
          amount: event.amount,
          creditorTaxId: event.creditorTaxId,
          noticeCode: event.noticeCode,
          paymentSourceChannel: "PA",
          eventTimestamp: event.paymentDate,
        },
      });
    }
  })();
  return new Response(null, { status: 204 });
}

interface PaymentEvent {
  readonly noticeCode: string;
  readonly creditorTaxId: string;
  readonly paymentDate: string;
  /** Cents. */
  readonly amount: number;
}

function holderOf(
  { creditorTaxId, noticeCode }: PaymentEvent,
  key: SimulatedKey,
  store: RequestRoutes["store"],
): StoredRequest | null {
  const iun = store.holderOf(creditorTaxId, noticeCode);
  const request = iun === null ? null : store.byIun(iun);
  return request?.status === "ACCEPTED" && isVisible(request, key) ? request : null;
}

function missing({ world }: RequestRoutes): Response {
  return problem(
    404,
    [{ code: "PN_DELIVERY_NOTIFICATIONNOTFOUND", detail: "Notification not found" }],
    world.clock.now(),
  );
}

function addDocumentRoutes(app: Hono, routes: RequestRoutes): void {
  const base = "/delivery/notifications/sent/:iun/attachments";

  app.get(`${base}/documents/:docIdx`, (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    const { documents } = JSON.parse(request.body) as WireRequest;
    const document = documents[Number(c.req.param("docIdx"))];
    return document === undefined ? missing(routes) : json(200, downloadOf(document, c, routes));
  });

  app.get(`${base}/payment/:recipientIdx/:name`, (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    const { recipients } = JSON.parse(request.body) as WireRequest;
    const recipient = recipients[Number(c.req.param("recipientIdx"))];
    const payment = recipient?.payments?.[Number(c.req.query("attachmentIdx") ?? "0")];
    const isF24 = c.req.param("name") === "F24";
    const attachment = isF24 ? payment?.f24?.metadataAttachment : payment?.pagoPa?.attachment;
    return attachment === undefined
      ? missing(routes)
      : json(200, downloadOf(attachment, c, routes));
  });
}

function downloadOf(
  attachment: WireAttachment,
  c: Context,
  { store, world }: RequestRoutes,
): unknown {
  const file = fileOf(attachment, store);
  return {
    filename: attachment.ref.key,
    contentType: attachment.contentType,
    contentLength: file?.bytes ?? 0,
    sha256: attachment.digests.sha256,
    // Without kept bytes the file is as archived: SEND says when to ask again.
    ...(world.keepsFiles
      ? { url: `${publicBase(c.req.url, world.publicUrl)}/download/${attachment.ref.key}` }
      : { retryAfter: archiveSeconds }),
  };
}

function addLegalFactRoutes(app: Hono, routes: RequestRoutes): void {
  app.get("/delivery-push/v2.0/:iun/legal-facts", (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    const facts = timelineOf(request, routes).flatMap(({ legalFactsIds }) => legalFactsIds);
    return json(
      200,
      facts.map((legalFactsId) => ({ iun: request.iun, legalFactsId })),
    );
  });

  app.get("/delivery-push/:iun/download/legal-facts/:id", (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    const id = c.req.param("id");
    const isKnown = timelineOf(request, routes).some(({ legalFactsIds }) =>
      legalFactsIds.some(({ key }) => key.replace(/^safestorage:\/\//, "") === id),
    );
    if (!isKnown) return missing(routes);
    const { clock, environment } = routes.world;
    // An old one lies in the archive: SEND says in how many seconds to ask again.
    if (clock.now() - request.createdAt > environment.archivedAfterMs)
      return json(200, {
        filename: id,
        contentLength: legalFact.byteLength,
        retryAfter: archiveSeconds,
      });
    return json(200, {
      filename: id,
      contentLength: legalFact.byteLength,
      url: `${publicBase(c.req.url, routes.world.publicUrl)}/legal-fact/${id}`,
    });
  });

  app.get(
    "/legal-fact/:id",
    () => new Response(legalFact, { headers: { "content-type": "application/pdf" } }),
  );
}

/** How long it takes to fetch a file from the archive. */
const archiveSeconds = 3600;
const legalFact = new TextEncoder().encode("%PDF-1.4\n% attestazione simulata\n%%EOF\n");

/** What happened so far, oldest first. */
export function timelineOf(
  request: StoredRequest,
  { store }: RequestRoutes,
): readonly TimelineElement[] {
  return eventsOf(request, store).map(({ element }) => JSON.parse(element) as TimelineElement);
}

interface EventRow {
  readonly at: number;
  readonly newStatus: string | null;
  readonly element: string;
}

function eventsOf(request: StoredRequest, store: RequestRoutes["store"]): readonly EventRow[] {
  return store.db
    .query<EventRow, [string]>(
      "SELECT at, newStatus, element FROM events WHERE iun = ? ORDER BY seq",
    )
    .all(request.iun);
}

function detailOf(request: StoredRequest, { store }: RequestRoutes): unknown {
  const events = eventsOf(request, store);
  const history = events.flatMap(({ at, newStatus, element }) =>
    newStatus === null
      ? []
      : {
          status: newStatus,
          activeFrom: toInstant(at),
          relatedTimelineElements: [(JSON.parse(element) as TimelineElement).elementId],
        },
  );
  const echo = JSON.parse(request.body) as WireRequest;
  return {
    ...echo,
    documents: echo.documents.map((document, index) => ({ ...document, docIdx: String(index) })),
    iun: request.iun,
    sentAt: toInstant(request.createdAt),
    documentsAvailable: true,
    notificationStatus: history.at(-1)?.status ?? "IN_VALIDATION",
    notificationStatusHistory: history,
    timeline: events.map(({ element }) => JSON.parse(element) as TimelineElement),
  };
}

/** Cents. VAT is on the letters alone, the fee of the PA and SEND's 100 cents come on top. Source: OpenAPI, NotificationPriceResponseV23. */
function priceOf(request: StoredRequest, routes: RequestRoutes): unknown {
  const { paFee = 0, vat = 0, notificationFeePolicy } = JSON.parse(request.body) as WireRequest;
  const isCharged = notificationFeePolicy === "DELIVERY_MODE";
  const analogCost = isCharged ? lettersCost(request, routes) : 0;
  const sendFee = isCharged ? 100 : 0;
  return {
    iun: request.iun,
    partialPrice: sendFee + analogCost,
    totalPrice: isCharged ? sendFee + paFee + Math.round((analogCost * (100 + vat)) / 100) : 0,
    vat,
    paFee,
    sendFee,
    analogCost,
    ...datesOf(request, routes),
  };
}

function lettersCost(request: StoredRequest, routes: RequestRoutes): number {
  let cents = 0;
  for (const { details } of timelineOf(request, routes))
    cents += Number(details["analogCost"] ?? 0);
  return cents;
}

function datesOf(request: StoredRequest, routes: RequestRoutes): Readonly<Record<string, string>> {
  const timeline = timelineOf(request, routes);
  const of = (wanted: string): string | undefined =>
    timeline.find(({ category }) => category === wanted)?.timestamp;
  const refinementDate = of("REFINEMENT");
  const notificationViewDate = of("NOTIFICATION_VIEWED");
  return {
    ...(refinementDate === undefined ? {} : { refinementDate }),
    ...(notificationViewDate === undefined ? {} : { notificationViewDate }),
  };
}
