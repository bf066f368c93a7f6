/** What an office asks of SEND about its notifications, over HTTP: detail, files, price, cancellation, platform state. */
import { createHash } from "node:crypto";
import type { Clock } from "../../engine/host/clock.ts";
import { RetryLater } from "../../engine/host/errors.ts";
import { NoAnswer, type HttpAnswer, type Sink } from "../../engine/host/http.ts";
import { noAnswerError } from "../service-faults.ts";
import {
  createSendCall,
  takeQuietTurn,
  type SendAccess,
  type SendCall,
  type SendCallRequest,
} from "./client/call.ts";
import {
  readSendErrors,
  questionError,
  readSendAnswer,
  sendCallError,
  denyEffect,
} from "./client/faults.ts";
import { requireOwnPlace } from "./client/storage-address.ts";
import type {
  Downtime,
  LegalFact,
  NotificationPrice,
  PriceVerdict,
  SendDesk,
  SendDownload,
  SentNotification,
  SentPayment,
} from "./desk-port.ts";
import { toRecord, toRecords, toWaitMs, toWord } from "../reading.ts";
import { readElement, toFactId } from "./timeline-element.ts";
import { paths } from "./wire.ts";

/** The desk of one ente. */
export function createSendDesk(access: SendAccess): SendDesk {
  const questions = createQuestions(access);
  const { ask, get, download } = questions;
  const findNotification: SendDesk["findNotification"] = (iun, signal) =>
    get(paths.sent(iun), readNotification, signal);
  return {
    findNotification,
    async findQuietly(iun, signal) {
      await takeQuietTurn(access, signal);
      return await findNotification(iun, signal);
    },
    downloadDocument: (iun, index, into, signal) =>
      download(paths.document(iun, index), into, signal),
    downloadPaymentAttachment: (iun, recipient, index, into, signal) =>
      download(paths.payment(iun, recipient, "PAGOPA"), into, signal, { attachmentIdx: index }),
    listLegalFacts: (iun, signal) => get(paths.legalFacts(iun), readLegalFacts, signal),
    downloadLegalFact: (iun, id, into, signal) => download(paths.legalFact(iun, id), into, signal),
    downloadAar: (iun, id, into, signal) =>
      download(paths.aar(iun), into, signal, { documentId: id }),
    async findPrice(creditorTaxId, noticeCode, signal) {
      const verdict = await askPrice(questions, paths.price(creditorTaxId, noticeCode), signal);
      return verdict.status === "priced" ? verdict.price : null;
    },
    askPrice: (creditorTaxId, noticeCode, signal) =>
      askPrice(questions, paths.price(creditorTaxId, noticeCode), signal),
    async cancel(iun, signal) {
      const answer = await ask({ method: "PUT", path: paths.cancel(iun), signal }, 202);
      if (answer === null) return null;
      const details = toRecords(toRecord(answer.body)["details"]);
      return details.some(({ code }) => code === "NOTIFICATION_ALREADY_CANCELLED")
        ? "already-cancelled"
        : "requested";
    },
    isWorking: questions.isWorking,
    async listDowntimes(year, month, signal) {
      const query = { year, month };
      return (await get(paths.downtimes, readDowntimes, signal, query)) ?? [];
    },
  };
}

type Questions = ReturnType<typeof createQuestions>;

// Source: pn-delivery-push. The status that goes with the first was not read, so the code decides.
const cancelledCode = "PN_DELIVERYPUSH_NOTIFICATION_CANCELLED";
const notAcceptedCode = "PN_DELIVERY_PUSH_NOTIFICATION_NOT_ACCEPTED";

async function askPrice(
  { look }: Questions,
  path: string,
  signal: AbortSignal | undefined,
): Promise<PriceVerdict> {
  const answer = await look({ method: "GET", path, signal }, 200, [cancelledCode]);
  if (answer.status === 200) return { status: "priced", price: readSendAnswer(answer, readPrice) };
  const codes: readonly string[] = readSendErrors(answer).map(({ code }) => code);
  if (codes.includes(cancelledCode)) return { status: "cancelled" };
  return { status: codes.includes(notAcceptedCode) ? "not-accepted" : "absent" };
}

/** The ways of asking that the desk is made of. */
function createQuestions(access: SendAccess) {
  const { clock, http } = access;
  const call = createSendCall(access);

  const look = createLook(call, clock);

  /** The answer, or `null` when SEND does not know what was asked for. */
  async function ask(request: SendCallRequest, wanted: number): Promise<HttpAnswer | null> {
    const answer = await look(request, wanted);
    return answer.status === wanted ? answer : null;
  }

  async function get<Read>(
    path: string,
    read: (body: unknown) => Read,
    signal?: AbortSignal,
    query: Readonly<Record<string, number | string>> = {},
  ): Promise<Read | null> {
    const answer = await ask({ method: "GET", path, query, signal }, 200);
    return answer === null ? null : readSendAnswer(answer, read);
  }

  async function download(
    path: string,
    into: Sink,
    signal?: AbortSignal,
    query: Readonly<Record<string, number | string>> = {},
  ): Promise<SendDownload | null> {
    const place = await get(path, readPlace, signal, query);
    if (place === null) return null;
    if (place.status === "archived") return place;
    const { url, filename } = place;
    const hash = createHash("sha256");
    const answer = await http({
      method: "GET",
      ...(await requireOwnPlace(url, access)),
      call: { service: "SEND", operation: "scaricamento di un documento" },
      limits: { maxBytes: largestFile },
      sink(piece) {
        hash.update(piece);
        return into(piece);
      },
      ...(signal === undefined ? {} : { signal }),
    }).catch(throwCalmly);
    const isWhole = place.sha256 === undefined || hash.digest("base64") === place.sha256;
    if (answer.status !== 200 || !isWhole)
      throw new RetryLater("Il file di SEND non si è potuto scaricare intero.", {
        code: "DOWNLOAD_FAILED",
        effect: "none",
      });
    return { status: "ready", name: filename };
  }

  return {
    look,
    ask,
    get,
    download,
    isWorking: (signal?: AbortSignal) => readState(call, clock, signal),
  };
}

/** The wanted answer, or SEND's own word that it does not have it: a 404, or one of the codes. */
type Look = (
  request: SendCallRequest,
  wanted: number,
  codes?: readonly string[],
) => Promise<HttpAnswer>;

function createLook(call: SendCall, clock: Clock): Look {
  return async function look(
    request: SendCallRequest,
    wanted: number,
    codes = [],
  ): Promise<HttpAnswer> {
    const answer = await call(request).catch((error: unknown) => {
      if (request.method === "GET") throwCalmly(error);
      throw error instanceof NoAnswer ? noAnswerError(error, "SEND") : error;
    });
    if (answer.status === wanted) return answer;
    const errors = readSendErrors(answer);
    if (answer.status === 404 && errors.length > 0) return answer;
    if (errors.some(({ code }) => codes.includes(code))) return answer;
    throw request.method === "GET"
      ? questionError(answer, clock.now())
      : sendCallError(answer, clock.now());
  };
}

async function readState(call: SendCall, clock: Clock, signal?: AbortSignal): Promise<boolean> {
  const answer = await call({ method: "GET", path: paths.status, signal }).catch(throwCalmly);
  if (answer.status === 200 && hasIncidents(answer.body)) return true;
  // Source: pn-downtime-logs: 500 with the open incidents; any other 500 says nothing about the platform.
  if (answer.status === 500 && hasIncidents(answer.body)) return false;
  throw questionError(answer, clock.now());
}

// SEND: 200 MB a file.
const largestFile = 200 * 1024 * 1024;

function throwCalmly(error: unknown): never {
  throw error instanceof NoAnswer ? denyEffect(noAnswerError(error, "SEND")) : error;
}

function hasIncidents(body: unknown): boolean {
  return typeof body === "object" && body !== null && "openIncidents" in body;
}

/** SEND tells the digest of documents and payment attachments, not of legal facts. */
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
function readPlace(body: unknown): FilePlace {
  const { url, filename, sha256, retryAfter } = toRecord(body);
  const address = toWord(url);
  if (address !== undefined && /^https?:\/\/./.test(address) && URL.canParse(address))
    return {
      status: "ready",
      url: address,
      filename: toWord(filename) ?? "",
      sha256: toWord(sha256),
    };
  const retryAfterMs = toWaitMs(retryAfter, 1000);
  if (retryAfterMs === null) throw new TypeError("neither url nor retryAfter");
  return { status: "archived", retryAfterMs };
}

/** A field without which the answer is none. Throws TypeError. */
function requireWord(fields: Readonly<Record<string, unknown>>, name: string): string {
  const word = toWord(fields[name]);
  if (word === undefined) throw new TypeError(`no ${name}`);
  return word;
}

/** An instant without which the answer is none. Throws TypeError. */
function requireInstant(fields: Readonly<Record<string, unknown>>, name: string): string {
  const instant = requireWord(fields, name);
  if (Number.isNaN(Date.parse(instant))) throw new TypeError(`${name} is no instant`);
  return instant;
}

function readNotification(body: unknown): SentNotification {
  const wire = toRecord(body);
  return {
    iun: requireWord(wire, "iun"),
    protocol: requireWord(wire, "paProtocolNumber"),
    sentAt: requireInstant(wire, "sentAt"),
    status: requireWord(wire, "notificationStatus"),
    history: toRecords(wire["notificationStatusHistory"]).map((past) => ({
      status: requireWord(past, "status"),
      since: requireInstant(past, "activeFrom"),
    })),
    timeline: toRecords(wire["timeline"]).map(readElement),
    documents: toRecords(wire["documents"]).map(({ title, docIdx }, index) => ({
      index: /^\d{1,3}$/.test(toWord(docIdx) ?? "") ? Number(docIdx) : index,
      title: toWord(title) ?? `Documento ${index + 1}`,
    })),
    payments: toRecords(wire["recipients"]).flatMap(({ payments }, recipient) =>
      toRecords(payments).flatMap((payment, index) => readPayment(payment, { recipient, index })),
    ),
  };
}

/** The notice of one payment; none of an F24. */
function readPayment(
  payment: Readonly<Record<string, unknown>>,
  place: { readonly recipient: number; readonly index: number },
): readonly SentPayment[] {
  const { creditorTaxId, noticeCode, attachment } = toRecord(payment["pagoPa"]);
  const code = toWord(noticeCode);
  if (code === undefined) return [];
  const hasAttachment = Object.keys(toRecord(attachment)).length > 0;
  return [
    { ...place, creditorTaxId: toWord(creditorTaxId) ?? "", noticeCode: code, hasAttachment },
  ];
}

function readLegalFacts(body: unknown): readonly LegalFact[] {
  if (!Array.isArray(body)) throw new TypeError("no list");
  return toRecords(body).map(({ legalFactsId }) => {
    const fact = toRecord(legalFactsId);
    const category = toWord(fact["category"]) ?? "";
    return { id: toFactId(requireWord(fact, "key")), category };
  });
}

function readDowntimes(body: unknown): readonly Downtime[] {
  const { result } = toRecord(body);
  if (!Array.isArray(result)) throw new TypeError("no result");
  return toRecords(result).map((downtime) => ({
    functionality: requireWord(downtime, "functionality"),
    from: requireInstant(downtime, "startDate"),
    to: toWord(downtime["endDate"]) ?? null,
    legalFactId: toWord(downtime["legalFactId"]) ?? null,
    attestedAt: toWord(downtime["fileAvailableTimestamp"]) ?? null,
  }));
}

function readPrice(body: unknown): NotificationPrice {
  const wire = toRecord(body);
  const { totalPrice } = wire;
  const readCents = (name: string): number => {
    const cents = wire[name];
    return typeof cents === "number" ? cents : 0;
  };
  // A price that is not there is no price of nothing.
  if (typeof totalPrice !== "number") throw new TypeError("no totalPrice");
  return {
    iun: toWord(wire["iun"]) ?? "",
    totalCents: totalPrice,
    paFeeCents: readCents("paFee"),
    sendFeeCents: readCents("sendFee"),
    analogCents: readCents("analogCost"),
    vat: readCents("vat"),
    refinedAt: toWord(wire["refinementDate"]) ?? null,
    viewedAt: toWord(wire["notificationViewDate"]) ?? null,
  };
}
