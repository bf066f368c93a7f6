/** What an office asks of SEND about its notifications, over HTTP: detail, files, price, cancellation, platform state. */
import { createHash } from "node:crypto";
import { RetryLater } from "../../engine/host/errors.ts";
import { laterOf, NoAnswer, type HttpAnswer } from "../../engine/host/http.ts";
import { createSendCall, type SendAccess, type SendCallRequest } from "./client/call.ts";
import { errorsOf, questionFault, readAnswer, sendFault, withoutEffect } from "./client/faults.ts";
import type {
  Downtime,
  LegalFact,
  NotificationPrice,
  SendDesk,
  SendDownload,
  SentNotification,
  SentPayment,
} from "./desk-port.ts";
import { recordOf, recordsOf, waitMsOf, wordOf } from "./reading.ts";
import { paths } from "./wire.ts";

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
      const details = recordsOf(recordOf(answer.body)["details"]);
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
    throw request.method === "GET"
      ? questionFault(answer, clock.now())
      : sendFault(answer, clock.now());
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
    if (place.status === "archived") return place;
    const { url, filename } = place;
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
    throw questionFault(answer, clock.now());
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

type FilePlace =
  | { readonly status: "archived"; readonly retryAfterMs: number }
  | {
      readonly status: "ready";
      readonly url: string;
      readonly filename: string;
      /** Base64. */
      readonly sha256: string | undefined;
    };

/** SEND gives an address, or seconds while the file is fetched from the archive: a body with neither is none. */
function placeOf(body: unknown): FilePlace {
  const { url, filename, sha256, retryAfter } = recordOf(body);
  const address = wordOf(url);
  if (address !== undefined && /^https?:\/\/./.test(address) && URL.canParse(address))
    return {
      status: "ready",
      url: address,
      filename: wordOf(filename) ?? "",
      sha256: wordOf(sha256),
    };
  const retryAfterMs = waitMsOf(retryAfter, 1000);
  if (retryAfterMs === null) throw new TypeError("neither url nor retryAfter");
  return { status: "archived", retryAfterMs };
}

/** A field without which the answer is none. Throws TypeError. */
function needed(fields: Readonly<Record<string, unknown>>, name: string): string {
  const word = wordOf(fields[name]);
  if (word === undefined) throw new TypeError(`no ${name}`);
  return word;
}

/** An instant without which the answer is none. Throws TypeError. */
function neededInstant(fields: Readonly<Record<string, unknown>>, name: string): string {
  const instant = needed(fields, name);
  if (Number.isNaN(Date.parse(instant))) throw new TypeError(`${name} is no instant`);
  return instant;
}

function notificationOf(body: unknown): SentNotification {
  const wire = recordOf(body);
  return {
    iun: needed(wire, "iun"),
    protocol: needed(wire, "paProtocolNumber"),
    sentAt: neededInstant(wire, "sentAt"),
    status: needed(wire, "notificationStatus"),
    history: recordsOf(wire["notificationStatusHistory"]).map((past) => ({
      status: needed(past, "status"),
      since: neededInstant(past, "activeFrom"),
    })),
    timeline: recordsOf(wire["timeline"]).map(({ category, timestamp, elementId }) => ({
      category: wordOf(category) ?? "",
      at: wordOf(timestamp) ?? "",
      elementId: wordOf(elementId) ?? "",
    })),
    documents: recordsOf(wire["documents"]).map(({ title, docIdx }, index) => ({
      index: /^\d{1,3}$/.test(wordOf(docIdx) ?? "") ? Number(docIdx) : index,
      title: wordOf(title) ?? `Documento ${index + 1}`,
    })),
    payments: recordsOf(wire["recipients"]).flatMap(({ payments }, recipient) =>
      recordsOf(payments).flatMap((payment, index) => paymentOf(payment, { recipient, index })),
    ),
  };
}

/** The notice of one payment; none of an F24. */
function paymentOf(
  payment: Readonly<Record<string, unknown>>,
  place: { readonly recipient: number; readonly index: number },
): readonly SentPayment[] {
  const { creditorTaxId, noticeCode, attachment } = recordOf(payment["pagoPa"]);
  const code = wordOf(noticeCode);
  if (code === undefined) return [];
  const hasAttachment = Object.keys(recordOf(attachment)).length > 0;
  return [
    { ...place, creditorTaxId: wordOf(creditorTaxId) ?? "", noticeCode: code, hasAttachment },
  ];
}

function legalFactsOf(body: unknown): readonly LegalFact[] {
  if (!Array.isArray(body)) throw new TypeError("no list");
  return recordsOf(body).map(({ legalFactsId }) => {
    const fact = recordOf(legalFactsId);
    const category = wordOf(fact["category"]) ?? "";
    return { id: needed(fact, "key").replace(/^safestorage:\/\//, ""), category };
  });
}

function downtimesOf(body: unknown): readonly Downtime[] {
  const { result } = recordOf(body);
  if (!Array.isArray(result)) throw new TypeError("no result");
  return recordsOf(result).map((downtime) => ({
    functionality: needed(downtime, "functionality"),
    from: neededInstant(downtime, "startDate"),
    to: wordOf(downtime["endDate"]) ?? null,
    legalFactId: wordOf(downtime["legalFactId"]) ?? null,
  }));
}

function priceOf(body: unknown): NotificationPrice {
  const wire = recordOf(body);
  const { totalPrice } = wire;
  const centsOf = (name: string): number => {
    const cents = wire[name];
    return typeof cents === "number" ? cents : 0;
  };
  // A price that is not there is no price of nothing.
  if (typeof totalPrice !== "number") throw new TypeError("no totalPrice");
  return {
    iun: wordOf(wire["iun"]) ?? "",
    totalCents: totalPrice,
    paFeeCents: centsOf("paFee"),
    sendFeeCents: centsOf("sendFee"),
    analogCents: centsOf("analogCost"),
    vat: centsOf("vat"),
  };
}
