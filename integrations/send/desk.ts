/** What an office asks of SEND about its notifications, over HTTP: detail, files, price, cancellation, platform state. */
import { createHash } from "node:crypto";
import { laterOf, NoAnswer, type HttpAnswer } from "../../engine/http.ts";
import { RetryLater } from "../../engine/errors.ts";
import { createSendCall, type SendAccess, type SendCallRequest } from "./client-call.ts";
import { errorsOf, readAnswer, sendFault, withoutEffect } from "./client-faults.ts";
import type {
  Downtime,
  LegalFact,
  NotificationPrice,
  SendDesk,
  SendDownload,
  SentNotification,
} from "./desk-port.ts";
import { paths, type WireDocument, type WireRecipient } from "./wire.ts";

/** The desk of one ente. */
export function createSendDesk(access: SendAccess): SendDesk {
  const questions = createQuestions(access);
  const { ask, get, download } = questions;
  return {
    detail: (iun, signal) => get(paths.sent(iun), notificationOf, signal),
    document: (iun, index, signal) => download(paths.document(iun, index), signal),
    paymentAttachment: (iun, recipient, index, signal) =>
      download(paths.payment(iun, recipient, "PAGOPA"), signal, { attachmentIdx: index }),
    legalFacts: (iun, signal) => get(paths.legalFacts(iun), legalFactsOf, signal),
    legalFact: (iun, id, signal) => download(paths.legalFact(iun, id), signal),
    price: (creditorTaxId, noticeCode, signal) =>
      get(paths.price(creditorTaxId, noticeCode), priceOf, signal),
    async cancel(iun, signal) {
      const answer = await ask({ method: "PUT", path: paths.cancel(iun), signal }, 202);
      if (answer === null) return null;
      const { details = [] } = answer.body as { details?: readonly { code: string }[] };
      return details.some(({ code }) => code === "NOTIFICATION_ALREADY_CANCELLED")
        ? "already-cancelled"
        : "requested";
    },
    isWorking: questions.isWorking,
    async downtimes(year, month, signal) {
      const query = { year, month };
      return (await get(paths.downtimes, downtimesOf, signal, query)) ?? [];
    },
  };
}

/** The ways of asking that the desk is made of. */
function createQuestions(access: SendAccess) {
  const { clock, http } = access;
  const call = createSendCall(access);

  /** The answer, or `null` when SEND does not know what was asked for. */
  async function ask(request: SendCallRequest, wanted: number): Promise<HttpAnswer | null> {
    const answer = await call(request).catch((error: unknown) => {
      if (request.method === "GET") calmly(error);
      throw error instanceof NoAnswer ? laterOf(error, "SEND") : error;
    });
    if (answer.status === wanted) return answer;
    if (answer.status === 404 && errorsOf(answer).length > 0) return null;
    const fault = sendFault(answer, clock.now());
    throw request.method === "GET" ? withoutEffect(fault) : fault;
  }

  async function get<Read>(
    path: string,
    read: (body: unknown) => Read,
    signal?: AbortSignal,
    query: Readonly<Record<string, number>> = {},
  ): Promise<Read | null> {
    const answer = await ask({ method: "GET", path, query, signal }, 200);
    return answer === null ? null : readAnswer(answer, read);
  }

  async function download(
    path: string,
    signal?: AbortSignal,
    query: Readonly<Record<string, number>> = {},
  ): Promise<SendDownload | null> {
    const place = await get(path, placeOf, signal, query);
    if (place === null) return null;
    if (place.url === undefined)
      // SEND gives seconds, and no URL while the file is fetched from the archive.
      return { status: "archived", retryAfterMs: (place.retryAfter ?? 60) * 1000 };
    const { url, filename = "" } = place;
    const answer = await http({
      method: "GET",
      url,
      ...(signal === undefined ? {} : { signal }),
    }).catch(calmly);
    if (answer.status !== 200 || !isWhole(answer.bytes, place.sha256))
      throw new RetryLater("Il file di SEND non si è potuto scaricare intero.", {
        code: "DOWNLOAD_FAILED",
        effect: "none",
      });
    return { status: "ready", name: filename, bytes: answer.bytes };
  }

  async function isWorking(signal?: AbortSignal): Promise<boolean> {
    const answer = await call({ method: "GET", path: paths.status, signal }).catch(calmly);
    if (answer.status === 200 && hasIncidents(answer.body)) return true;
    // Source: pn-downtime-logs: 500 with the open incidents; any other 500 says nothing about the platform.
    if (answer.status === 500 && hasIncidents(answer.body)) return false;
    throw withoutEffect(sendFault(answer, clock.now()));
  }

  return { ask, get, download, isWorking };
}

function calmly(error: unknown): never {
  throw error instanceof NoAnswer ? withoutEffect(laterOf(error, "SEND")) : error;
}

function hasIncidents(body: unknown): boolean {
  return typeof body === "object" && body !== null && "openIncidents" in body;
}

/** SEND tells the digest of documents and payment attachments, not of legal facts. */
function isWhole(bytes: Uint8Array, sha256: string | undefined): boolean {
  return sha256 === undefined || createHash("sha256").update(bytes).digest("base64") === sha256;
}

interface FilePlace {
  readonly filename?: string;
  /** Base64. */
  readonly sha256?: string;
  readonly url?: string;
  readonly retryAfter?: number;
}

/** A place without URL says when to ask again: a body with neither is none. */
function placeOf(body: unknown): FilePlace {
  const place = body as FilePlace;
  if (place.url === undefined && place.retryAfter === undefined)
    throw new TypeError("neither url nor retryAfter");
  return place;
}

interface WireDetail {
  readonly iun: string;
  readonly paProtocolNumber: string;
  readonly sentAt: string;
  readonly notificationStatus: string;
  readonly notificationStatusHistory: readonly {
    readonly status: string;
    readonly activeFrom: string;
  }[];
  readonly timeline: readonly {
    readonly category?: string;
    readonly timestamp?: string;
    readonly elementId?: string;
  }[];
  readonly documents?: readonly WireDocument[];
  readonly recipients?: readonly WireRecipient[];
}

function notificationOf(body: unknown): SentNotification {
  const wire = body as WireDetail;
  return {
    iun: wire.iun,
    protocol: wire.paProtocolNumber,
    sentAt: wire.sentAt,
    status: wire.notificationStatus,
    history: wire.notificationStatusHistory.map(({ status, activeFrom }) => ({
      status,
      since: activeFrom,
    })),
    timeline: wire.timeline.map(({ category = "", timestamp = "", elementId = "" }) => ({
      category,
      at: timestamp,
      elementId,
    })),
    documents: (wire.documents ?? []).map(({ title = "", docIdx }, index) => ({
      index: docIdx === undefined ? index : Number(docIdx),
      title,
    })),
    payments: (wire.recipients ?? []).flatMap(({ payments = [] }, recipient) =>
      payments.flatMap(({ pagoPa }, index) => {
        if (pagoPa === undefined) return [];
        const { creditorTaxId, noticeCode, attachment } = pagoPa;
        return {
          recipient,
          index,
          creditorTaxId,
          noticeCode,
          hasAttachment: attachment !== undefined,
        };
      }),
    ),
  };
}

interface WireFact {
  readonly legalFactsId: { readonly key: string; readonly category: string };
}

function legalFactsOf(body: unknown): readonly LegalFact[] {
  return (body as readonly WireFact[]).map(({ legalFactsId: { key, category } }) => ({
    id: key.replace(/^safestorage:\/\//, ""),
    category,
  }));
}

interface WireDowntime {
  readonly functionality: string;
  readonly startDate: string;
  readonly endDate?: string;
  readonly legalFactId?: string;
}

function downtimesOf(body: unknown): readonly Downtime[] {
  const { result } = body as { readonly result: readonly WireDowntime[] };
  return result.map(({ functionality, startDate, endDate, legalFactId }) => ({
    functionality,
    from: startDate,
    to: endDate ?? null,
    legalFactId: legalFactId ?? null,
  }));
}

interface WirePrice {
  readonly iun?: string;
  readonly totalPrice?: number;
  readonly paFee?: number;
  readonly sendFee?: number;
  readonly analogCost?: number;
  readonly vat?: number;
}

function priceOf(body: unknown): NotificationPrice {
  const wire = body as WirePrice;
  // A price that is not there is no price of nothing.
  if (wire.totalPrice === undefined) throw new TypeError("no totalPrice");
  return {
    iun: wire.iun ?? "",
    totalCents: wire.totalPrice,
    paFeeCents: wire.paFee ?? 0,
    sendFeeCents: wire.sendFee ?? 0,
    analogCents: wire.analogCost ?? 0,
    vat: wire.vat ?? 0,
  };
}
