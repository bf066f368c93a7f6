/** The real SEND adapter: every call of the port over HTTP; the same code talks to the simulator and to SEND. */
import { ItemRejected, RetryLater } from "../../engine/errors.ts";
import { laterOf, NoAnswer, type HttpAnswer } from "../../engine/http.ts";
import { createSendCall, type SendAccess, type SendCall } from "./client-call.ts";
import { errorsOf, sendFault, unreadable, withoutEffect } from "./client-faults.ts";
import { wireOf } from "./client-request.ts";
import { uploadFiles } from "./client-upload.ts";
import { refusalNote, requestNote } from "./notes.ts";
import type { SendPort, SendReceipt, SendRequest, SendStatus } from "./port.ts";
import { requestLimits, type WireAccepted, type WireStatus } from "./wire.ts";

/** What the client needs; see SendAccess for each field. */
export type SendClientOptions = SendAccess;

/** SEND for one ente. */
export function createSendClient(options: SendClientOptions): SendPort {
  const { settings, sender, clock, http } = options;
  const call = createSendCall(options);
  const { path } = requestLimits[settings.apiVersion];

  const statusBy = statusReader(options, call);

  async function post(request: SendRequest, signal?: AbortSignal): Promise<SendReceipt> {
    const json = wireOf(request, settings, sender);
    let answer: HttpAnswer;
    try {
      answer = await call({ method: "POST", path, json, signal });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.isUnsent) throw laterOf(error, "SEND");
      return await recover(request, laterOf(error, "SEND"), signal);
    }
    const receipt = receiptOf(answer);
    if (receipt !== null) return receipt;
    if (answer.status === 409) return await settleConflict(request, answer, signal);
    const fault = sendFault(answer, clock.now());
    if (fault instanceof RetryLater && fault.effect === "unknown")
      return await recover(request, fault, signal);
    throw fault;
  }

  /** SEND may have stored the request: protocol and token tell; not found yet means asking again before the next try. */
  async function recover(
    request: SendRequest,
    fault: RetryLater,
    signal?: AbortSignal,
  ): Promise<SendReceipt> {
    if (signal?.aborted) throw fault;
    const found = await find(request.protocol, request.idempotenceToken, signal).catch(() => null);
    if (found === null) throw fault;
    return { notificationRequestId: found.notificationRequestId };
  }

  /** 409: if the stored request is ours it was sent before; otherwise another notification holds the notice code. */
  async function settleConflict(
    request: SendRequest,
    answer: HttpAnswer,
    signal?: AbortSignal,
  ): Promise<SendReceipt> {
    const found = await find(request.protocol, request.idempotenceToken, signal).catch(unresolved);
    if (found !== null) return { notificationRequestId: found.notificationRequestId };
    throw conflictFault(answer);
  }

  function find(
    protocol: string,
    idempotenceToken: string,
    signal?: AbortSignal,
  ): Promise<SendStatus | null> {
    return statusBy({ paProtocolNumber: protocol, idempotenceToken }, signal);
  }

  return {
    upload: (files, signal) => uploadFiles(files, { call, http, clock }, signal),
    send: post,
    find,
    status: (notificationRequestId, signal) => statusBy({ notificationRequestId }, signal),
  };
}

/** A 409 of a request that is not ours. */
function conflictFault(answer: HttpAnswer): ItemRejected | RetryLater {
  const texts = errorsOf(answer).map(({ element, detail }) => `${element ?? ""} ${detail ?? ""}`);
  if (texts.some((text) => text.includes("creditorTaxId##noticeCode"))) {
    const { note, hint } = requestNote("PN_GENERIC_INVALIDPARAMETER_DUPLICATED");
    return new ItemRejected("NOTICE_CODE_IN_USE", note, { hint });
  }
  if (texts.some((text) => /for iun\b/.test(text)))
    return new RetryLater("SEND chiede di ripetere la richiesta.", {
      code: "DUPLICATED_IUN",
      effect: "none",
      afterMs: 1000,
    });
  return new RetryLater(
    "SEND dice di avere già questa richiesta ma non la mostra a questa chiave.",
    {
      code: "DUPLICATE_NOT_VISIBLE",
      hint: "Controllare che la chiave API abbia il gruppo con cui la richiesta fu inviata.",
    },
  );
}

/** Asks what became of a request. A question changes nothing: its faults never leave a doubt. */
function statusReader({ settings, clock }: SendClientOptions, call: SendCall) {
  const { path } = requestLimits[settings.apiVersion];
  return async function statusBy(
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<SendStatus | null> {
    const answer = await call({ method: "GET", path, query, signal }).catch(calmly);
    if (answer.status === 404 && isUnknownRequest(answer)) return null;
    if (answer.status !== 200) throw withoutEffect(sendFault(answer, clock.now()));
    return statusOf(answer);
  };
}

function unresolved(error: unknown): never {
  throw new RetryLater("SEND ha già questa richiesta ma non dice quale.", {
    code: "DUPLICATE_UNRESOLVED",
    cause: error,
  });
}

function calmly(error: unknown): never {
  throw error instanceof NoAnswer ? withoutEffect(laterOf(error, "SEND")) : error;
}

function receiptOf(answer: HttpAnswer): SendReceipt | null {
  if (answer.status !== 202) return null;
  const { notificationRequestId } = (answer.body ?? {}) as Partial<WireAccepted>;
  return typeof notificationRequestId === "string" && notificationRequestId !== ""
    ? { notificationRequestId }
    : null;
}

/** pn-delivery's own 404, not that of a wrong path. */
function isUnknownRequest(answer: HttpAnswer): boolean {
  return errorsOf(answer).some(({ code }) => code === "PN_DELIVERY_NOTIFICATIONNOTFOUND");
}

function statusOf(answer: HttpAnswer): SendStatus {
  const body = (answer.body ?? {}) as Partial<WireStatus>;
  const { notificationRequestId, notificationRequestStatus, iun } = body;
  if (typeof notificationRequestId !== "string") throw withoutEffect(unreadable());
  const noticeCodes = (body.recipients ?? []).flatMap(({ payments = [] }) =>
    payments.flatMap(({ pagoPa }) => pagoPa?.noticeCode ?? []),
  );
  const base = { notificationRequestId, noticeCodes };
  if (notificationRequestStatus === "WAITING")
    // Source: pn-delivery answers 10 seconds.
    return { ...base, status: "waiting", retryAfterMs: (body.retryAfter ?? 10) * 1000 };
  if (notificationRequestStatus === "ACCEPTED" && typeof iun === "string")
    return { ...base, status: "accepted", iun };
  if (notificationRequestStatus === "REFUSED")
    return {
      ...base,
      status: "refused",
      refusals: (body.errors ?? []).map(({ code, detail }) => {
        const { note, hint } = refusalNote(code, detail);
        return { code, note, hint };
      }),
    };
  throw withoutEffect(unreadable());
}
