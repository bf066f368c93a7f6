/** Notifications of the simulated SEND once they have an IUN: detail, documents, cancellation, legal facts. */
import type { Context, Hono } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import { addPlatformRoutes } from "./platform.ts";
import { dropPlans } from "./outcomes/plan.ts";
import { pushFees } from "./fees.ts";
import { checkGatewayBody } from "./checks/gateway.ts";
import type { SimulatedKey } from "./options.ts";
import { addPriceRoute } from "./price-routes.ts";
import { answerGatewayProblem, answerJson, answerProblem } from "./problem.ts";
import { isVisible, settleRequests, type RequestRoutes } from "./requests.ts";
import type { StoredRequest } from "./store.ts";
import {
  dropInvalid,
  listStatuses,
  readTimeline,
  recordEvent,
  type TimelineElement,
} from "./timeline.ts";
import { resolvePublicBase } from "./upload.ts";
import { findStoredFile } from "./checks/validation.ts";
import type { WireAttachment, WireRequest } from "../../integrations/send/wire.ts";

/** Adds the routes. */
export function addNotificationRoutes(app: Hono, routes: RequestRoutes): void {
  // v2.9 is that of the next release; the older ones are answered as paths that do not exist.
  for (const version of ["v2.8", "v2.9"])
    app.get(`/delivery/${version}/notifications/sent/:iun`, (c) => {
      const request = findNotification(c, routes);
      return request === null
        ? answerMissing(routes)
        : answerJson(200, buildDetail(request, routes));
    });

  app.post("/delivery/events/payment/pagopa", async (c) =>
    takePayments(await c.req.json().catch(() => null), routes.requireKey(c), routes),
  );

  app.put("/delivery-push/v2.0/notifications/cancel/:iun", (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    if (request.status === "CANCELLED")
      return answerJson(202, {
        status: "OK",
        details: [{ code: "NOTIFICATION_ALREADY_CANCELLED", level: "WARN" }],
      });
    // A refused request never became a notification.
    if (request.status === "REFUSED") return answerMissing(routes);
    cancelNotification(request, routes);
    return answerJson(202, {
      status: "OK",
      details: [{ code: "NOTIFICATION_CANCELLATION_ACCEPTED", level: "INFO" }],
    });
  });

  addPriceRoute(app, routes);
  addPlatformRoutes(app, routes);
  addDocumentRoutes(app, routes);
  addLegalFactRoutes(app, routes);
}

/** The validation of a request that is still in it stops with the cancellation, too. */
function cancelNotification(request: StoredRequest, routes: RequestRoutes): void {
  const { store, world } = routes;
  const at = world.clock.now();
  const { recipients } = JSON.parse(request.body) as WireRequest;
  store.db.transaction(() => {
    store.decide(request.iun, "CANCELLED", at, null);
    dropPlans(store, request.iun);
    recordEvent(store, request, {
      category: "NOTIFICATION_CANCELLATION_REQUEST",
      at,
      details: { cancellationRequestId: `cancel-${request.iun}` },
    });
    recordEvent(store, request, {
      category: "NOTIFICATION_CANCELLED",
      at,
      newStatus: "CANCELLED",
      details: {
        notificationCost: 100 * recipients.length,
        notRefinedRecipientIndexes: recipients
          .map((_, index) => index)
          .filter((index) => !isRefined(index, readTimeline(request, store))),
      },
      legalFact: "NOTIFICATION_CANCELLED",
    });
  })();
  pushFees(request.iun, routes);
}

/** The notification is done for this recipient: looked at, or its term is over. */
function isRefined(index: number, timeline: readonly TimelineElement[]): boolean {
  return dropInvalid(timeline).some(
    ({ category, details }) =>
      details["recIndex"] === index &&
      (category === "REFINEMENT" || category === "NOTIFICATION_VIEWED"),
  );
}

/** The caller's own notification, from its POST on: also one that is in validation or was refused. */
function findNotification(c: Context, routes: RequestRoutes): StoredRequest | null {
  settleRequests(routes);
  const request = routes.store.findByIun(c.req.param("iun") ?? "");
  return request !== null && isVisible(request, routes.requireKey(c)) ? request : null;
}

/** Payments that the PA took itself: each must name a notice of a live notification of its own. */
function takePayments(body: unknown, key: SimulatedKey, routes: RequestRoutes): Response {
  const { store, world } = routes;
  const faults = checkGatewayBody("paymentEvents", body);
  if (faults.length > 0) return answerGatewayProblem("PN_INVALID_BODY", faults, world.clock.now());
  settleRequests(routes);
  const { events } = body as { readonly events: readonly PaymentEvent[] };
  const paid = events.map((event) => ({ event, holder: findHolder(event, key, store) }));
  if (paid.some(({ holder }) => holder === null)) return answerMissing(routes);
  store.db.transaction(() => {
    for (const { event, holder } of paid) {
      if (holder === null) continue;
      const { recipients } = JSON.parse(holder.body) as WireRequest;
      const recIndex = recipients.findIndex(({ payments = [] }) =>
        payments.some(({ pagoPa }) => pagoPa?.noticeCode === event.noticeCode),
      );
      recordEvent(store, holder, {
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

function findHolder(
  { creditorTaxId, noticeCode }: PaymentEvent,
  key: SimulatedKey,
  store: RequestRoutes["store"],
): StoredRequest | null {
  const iun = store.findHolder(creditorTaxId, noticeCode);
  const request = iun === null ? null : store.findByIun(iun);
  return request?.status === "ACCEPTED" && isVisible(request, key) ? request : null;
}

function answerMissing({ world }: RequestRoutes): Response {
  return answerProblem(
    404,
    [{ code: "PN_DELIVERY_NOTIFICATIONNOTFOUND", detail: "Notification not found" }],
    world.clock.now(),
  );
}

function addDocumentRoutes(app: Hono, routes: RequestRoutes): void {
  const base = "/delivery/notifications/sent/:iun/attachments";

  app.get(`${base}/documents/:docIdx`, (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    const { documents } = JSON.parse(request.body) as WireRequest;
    const document = documents[Number(c.req.param("docIdx"))];
    return document === undefined
      ? answerMissing(routes)
      : answerJson(200, buildDownload(document, c, routes));
  });

  app.get(`${base}/payment/:recipientIdx/:name`, (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    const { recipients } = JSON.parse(request.body) as WireRequest;
    const recipient = recipients[Number(c.req.param("recipientIdx"))];
    const payment = recipient?.payments?.[Number(c.req.query("attachmentIdx") ?? "0")];
    const isF24 = c.req.param("name") === "F24";
    const attachment = isF24 ? payment?.f24?.metadataAttachment : payment?.pagoPa?.attachment;
    return attachment === undefined
      ? answerMissing(routes)
      : answerJson(200, buildDownload(attachment, c, routes));
  });
}

function buildDownload(
  attachment: WireAttachment,
  c: Context,
  { store, world }: RequestRoutes,
): unknown {
  const file = findStoredFile(attachment, store);
  return {
    filename: attachment.ref.key,
    contentType: attachment.contentType,
    contentLength: file?.bytes ?? 0,
    sha256: attachment.digests.sha256,
    // Without kept bytes the file is as archived: SEND says when to ask again.
    ...(world.keepsFiles
      ? { url: `${resolvePublicBase(c.req.url, world.publicUrl)}/download/${attachment.ref.key}` }
      : { retryAfter: archiveSeconds }),
  };
}

function addLegalFactRoutes(app: Hono, routes: RequestRoutes): void {
  app.get("/delivery-push/v2.0/:iun/legal-facts", (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    const facts = readTimeline(request, routes.store).flatMap(({ legalFactsIds }) => legalFactsIds);
    return answerJson(
      200,
      facts.map((legalFactsId) => ({ iun: request.iun, legalFactsId })),
    );
  });

  app.get("/delivery-push/:iun/download/legal-facts/:id", async (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    const id = c.req.param("id");
    const isKnown = readTimeline(request, routes.store).some(({ legalFactsIds }) =>
      legalFactsIds.some(({ key }) => key.replace(/^safestorage:\/\//, "") === id),
    );
    if (!isKnown) return answerMissing(routes);
    const { clock, environment } = routes.world;
    const file = await buildLegalFact(id, request, routes);
    const isZip = id.endsWith(".zip");
    // An old one lies in the archive: SEND says in how many seconds to ask again.
    if (clock.now() - request.createdAt > environment.archivedAfterMs)
      return answerJson(200, {
        filename: id,
        contentLength: file.byteLength,
        retryAfter: archiveSeconds,
      });
    const whose = isZip ? `${request.iun}/` : "";
    return answerJson(200, {
      filename: id,
      contentLength: file.byteLength,
      url: `${resolvePublicBase(c.req.url, routes.world.publicUrl)}/legal-fact/${whose}${id}`,
    });
  });

  app.get("/delivery-push/:iun/document/AAR", (c) => {
    const request = findNotification(c, routes);
    if (request === null) return answerMissing(routes);
    const id = c.req.query("documentId") ?? "";
    const isKnown = readTimeline(request, routes.store).some(
      ({ details }) => readAarId(details) === id,
    );
    if (!isKnown) return answerMissing(routes);
    return answerJson(200, {
      filename: id,
      contentLength: legalFact.byteLength,
      url: `${resolvePublicBase(c.req.url, routes.world.publicUrl)}/legal-fact/${id}`,
    });
  });

  app.get(
    "/legal-fact/:id",
    () => new Response(legalFact, { headers: { "content-type": "application/pdf" } }),
  );

  // Signed by its address alone, as S3 does it.
  app.get("/legal-fact/:iun/:id", async (c) => {
    const { iun, id } = c.req.param();
    const request = routes.store.findByIun(iun);
    if (request === null) return answerMissing(routes);
    const body = new Uint8Array(await buildLegalFact(id, request, routes));
    return new Response(body, { headers: { "content-type": "application/zip" } });
  });
}

/** The carrier's archive where it attests by XML; else a PDF that says nothing. */
async function buildLegalFact(
  id: string,
  request: StoredRequest,
  routes: RequestRoutes,
): Promise<Uint8Array> {
  const { attest } = routes.world;
  if (attest === null || !id.endsWith(".zip")) return legalFact;
  for (const { details } of readTimeline(request, routes.store)) {
    const files = (details["attachments"] ?? []) as readonly {
      readonly url: string;
      readonly documentType: string;
      readonly date: string;
    }[];
    const file = files.find(({ url }) => url.endsWith(`//${id}`));
    if (file === undefined) continue;
    const cause = details["deliveryFailureCause"];
    return await attest({
      kind: file.documentType,
      letter: String(details["registeredLetterCode"]),
      code: String(details["deliveryDetailCode"]),
      ...(typeof cause === "string" && { cause }),
      at: file.date,
    });
  }
  return legalFact;
}

function readAarId(details: unknown): string | null {
  const url =
    typeof details === "object" && details !== null && "generatedAarUrl" in details
      ? details.generatedAarUrl
      : null;
  return typeof url === "string" ? url.replace(/^safestorage:\/\//, "") : null;
}

/** How long it takes to fetch a file from the archive. */
const archiveSeconds = 3600;
const legalFact = new TextEncoder().encode("%PDF-1.4\n% attestazione simulata\n%%EOF\n");

function buildDetail(request: StoredRequest, { store }: RequestRoutes): unknown {
  const echo = JSON.parse(request.body) as WireRequest;
  const timeline = readTimeline(request, store);
  const history = listStatuses(timeline, echo.recipients.length);
  return {
    ...echo,
    documents: echo.documents.map((document, index) => ({ ...document, docIdx: String(index) })),
    iun: request.iun,
    sentAt: toInstant(request.createdAt),
    documentsAvailable: true,
    notificationStatus: history.at(-1)?.status ?? "IN_VALIDATION",
    notificationStatusHistory: history,
    // What a correction took back stands within it alone.
    timeline: dropInvalid(timeline),
  };
}
