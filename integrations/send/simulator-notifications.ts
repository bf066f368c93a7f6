/** Notifications of the simulated SEND once they have an IUN: detail, documents, price, cancellation, legal facts. */
import type { Context, Hono } from "hono";
import { toInstant } from "../../engine/clock.ts";
import { addPlatformRoutes } from "./simulator-platform.ts";
import { dropPlans } from "./simulator-outcomes.ts";
import { json, problem } from "./simulator-problem.ts";
import { isVisible, settle, type RequestRoutes } from "./simulator-requests.ts";
import type { StoredRequest } from "./simulator-store.ts";
import { record, type TimelineElement } from "./simulator-timeline.ts";
import { publicBase } from "./simulator-upload.ts";
import type { WireAttachment, WireRequest } from "./wire.ts";

/** Adds the routes. */
export function addNotificationRoutes(app: Hono, routes: RequestRoutes): void {
  const { store, world } = routes;

  app.get("/delivery/v2.8/notifications/sent/:iun", (c) => {
    const request = found(c, routes);
    return request === null ? missing(routes) : json(200, detailOf(request, routes));
  });

  app.get("/delivery/v2.3/price/:paTaxId/:noticeCode", (c) => {
    settle(routes);
    const iun = store.holderOf(c.req.param("paTaxId"), c.req.param("noticeCode"));
    const request = iun === null ? null : store.byIun(iun);
    if (request === null || request.status !== "ACCEPTED") return missing(routes);
    return json(200, priceOf(request));
  });

  app.put("/delivery-push/v2.0/notifications/cancel/:iun", (c) => {
    const request = found(c, routes);
    if (request === null) return missing(routes);
    if (request.status === "CANCELLED")
      return json(202, {
        status: "OK",
        details: [{ code: "NOTIFICATION_ALREADY_CANCELLED", level: "WARN" }],
      });
    const at = world.clock.now();
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
        details: { notificationCost: 100, notRefinedRecipientIndexes: [0] },
      });
    })();
    return json(202, {
      status: "OK",
      details: [{ code: "NOTIFICATION_CANCELLATION_ACCEPTED", level: "INFO" }],
    });
  });

  addPlatformRoutes(app, routes);
  addDocumentRoutes(app, routes);
  addLegalFactRoutes(app, routes);
}

/** The caller's own notification that has an IUN. */
function found(c: Context, routes: RequestRoutes): StoredRequest | null {
  settle(routes);
  const request = routes.store.byIun(c.req.param("iun") ?? "");
  return request !== null &&
    isVisible(request, routes.keyOf(c)) &&
    (request.status === "ACCEPTED" || request.status === "CANCELLED")
    ? request
    : null;
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
  const file = store.file(attachment.ref.key);
  return {
    filename: attachment.ref.key,
    contentType: attachment.contentType,
    contentLength: file?.bytes ?? 0,
    sha256: attachment.digests.sha256,
    // Without kept bytes the file is as archived: SEND says when to ask again.
    ...(world.keepsFiles
      ? { url: `${publicBase(c.req.url, world.publicUrl)}/download/${attachment.ref.key}` }
      : { retryAfter: 3600 }),
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

/** sendFee is 100 cents; no letter was sent yet, so there is no analog cost. */
function priceOf(request: StoredRequest): unknown {
  const { paFee = 0, vat = 0, notificationFeePolicy } = JSON.parse(request.body) as WireRequest;
  const isCharged = notificationFeePolicy === "DELIVERY_MODE";
  return {
    iun: request.iun,
    partialPrice: isCharged ? 100 : 0,
    totalPrice: isCharged ? 100 + paFee : 0,
    vat,
    paFee,
    sendFee: isCharged ? 100 : 0,
    analogCost: 0,
  };
}
