/** The real SEND adapter: every call of the port over HTTP; the same code talks to the simulator and to SEND. */
import { ItemRejected, RetryLater, type RunBlocked } from "../../../engine/host/errors.ts";
import { NoAnswer, type HttpAnswer } from "../../../engine/host/http.ts";
import { noAnswerError } from "../../service-faults.ts";
import { createSendCall, type SendAccess, type SendCall } from "./call.ts";
import {
  toSendErrors,
  readSendErrors,
  isOwnRefusal,
  questionError,
  sendCallError,
  unreadableSendError,
  denyEffect,
} from "./faults.ts";
import { requireGroup } from "./group.ts";
import { toWireRequest } from "./request.ts";
import { uploadFiles } from "./upload.ts";
import { createVanguard } from "./vanguard.ts";
import { explainRefusalCode, explainRequestCode } from "../notes/notes.ts";
import {
  type SendFileRef,
  type SendPort,
  type SendReceipt,
  type SendRequest,
  type SendStatus,
} from "../port.ts";
import { toRecord, toRecords, toWaitMs, toWord } from "../../reading.ts";
import { requestLimits } from "../wire.ts";

/** What the client needs; see SendAccess for each field. */
export type SendClientOptions = SendAccess;

/** SEND for one ente. */
export function createSendClient(options: SendClientOptions): SendPort {
  const { clock, http } = options;
  const call = createSendCall(options);
  const statusBy = createStatusReader(options, call);
  const find: SendPort["find"] = (protocol, idempotenceToken, signal) =>
    statusBy({ paProtocolNumber: protocol, idempotenceToken }, signal);

  return {
    upload: (files, signal) => uploadFiles(files, { call, http, clock, access: options }, signal),
    send: createHandOver(options, call, find),
    find,
    requireGroup: (signal) => requireGroup(options, signal),
    findStatus: (notificationRequestId, signal) => statusBy({ notificationRequestId }, signal),
  };
}

/** The POST, and what is made of every answer to it. */
function createHandOver(
  { settings, sender, clock }: SendClientOptions,
  call: SendCall,
  find: SendPort["find"],
): SendPort["send"] {
  const { path } = requestLimits[settings.apiVersion];

  /** SEND may have stored the request: protocol and token tell; not found yet means asking again before the next try. */
  async function recover(
    request: SendRequest,
    fault: ItemRejected | RetryLater | RunBlocked,
    signal?: AbortSignal,
  ): Promise<SendReceipt> {
    if (signal?.aborted) throw doubtfulError(fault);
    let found: SendStatus | null;
    try {
      found = await find(request.protocol, request.idempotenceToken, signal);
    } catch {
      // Nobody knows: what went wrong first is told, and asked about again.
      throw doubtfulError(fault);
    }
    if (found === null) throw fault;
    return { notificationRequestId: found.notificationRequestId, found };
  }

  /** 409: if the stored request is ours it was sent before; otherwise another notification holds the notice code. */
  async function settleConflict(
    request: SendRequest,
    answer: HttpAnswer,
    signal?: AbortSignal,
  ): Promise<SendReceipt> {
    const found = await find(request.protocol, request.idempotenceToken, signal).catch(
      throwUnresolved,
    );
    if (found !== null) return { notificationRequestId: found.notificationRequestId, found };
    throw conflictError(answer);
  }

  async function handOver(request: SendRequest, signal?: AbortSignal): Promise<SendReceipt> {
    assertUploaded(request);
    const json = toWireRequest(request, settings, sender);
    let answer: HttpAnswer;
    try {
      answer = await call({ method: "POST", path, json, signal });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.isUnsent) throw noAnswerError(error, "SEND");
      return await recover(request, noAnswerError(error, "SEND"), signal);
    }
    const receipt = readReceipt(answer, request);
    if (receipt !== null) return receipt;
    if (answer.status === 409) return await settleConflict(request, answer, signal);
    const fault = sendCallError(answer, clock.now());
    // SEND itself says no, or that it did nothing: all else may come from something in between, after SEND stored it.
    const isNothingDone = fault instanceof RetryLater && fault.effect === "none";
    if (isOwnRefusal(answer) || isNothingDone) throw fault;
    return await recover(request, fault, signal);
  }

  // A group or a taxonomy that SEND does not take is refused once, however many are sent side by side.
  const vanguard = createVanguard();
  return (request, signal) => vanguard(() => handOver(request, signal), signal);
}

function listFiles({ documents, recipients }: SendRequest): readonly SendFileRef[] {
  const attachments = recipients.flatMap(({ payments }) =>
    payments.flatMap(({ attachment }) => attachment ?? []),
  );
  return [...documents.map(({ file }) => file), ...attachments];
}

/** SEND refuses a notification whose files it does not have, at a price: without a confirmed version of each nothing goes out. */
function assertUploaded(request: SendRequest): void {
  for (const { key, versionToken, sha256Base64 } of listFiles(request))
    if (key === "" || versionToken === "" || sha256Base64 === "")
      throw new RetryLater("Un documento della notifica non risulta caricato su SEND.", {
        code: "UPLOAD_WITHOUT_VERSION",
        effect: "none",
      });
}

/** A 409 of a request that is not ours. */
function conflictError(answer: HttpAnswer): ItemRejected | RetryLater {
  const texts = readSendErrors(answer).map(
    ({ element, detail }) => `${element ?? ""} ${detail ?? ""}`,
  );
  if (texts.some((text) => text.includes("creditorTaxId##noticeCode"))) {
    const { note, hint } = explainRequestCode("PN_GENERIC_INVALIDPARAMETER_DUPLICATED");
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

/** No verbale is rejected while SEND may have its request; a run that stops leaves the intent open by itself. */
function doubtfulError(fault: ItemRejected | RetryLater | RunBlocked): RetryLater | RunBlocked {
  if (!(fault instanceof ItemRejected)) return fault;
  return new RetryLater("SEND non dice se ha preso in carico la richiesta.", {
    code: fault.code,
    cause: fault,
  });
}

/** Asks what became of a request. A question changes nothing: its faults never leave a doubt, and reject nothing. */
function createStatusReader({ settings, clock }: SendClientOptions, call: SendCall) {
  const { path } = requestLimits[settings.apiVersion];
  return async function statusBy(
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<SendStatus | null> {
    const answer = await call({ method: "GET", path, query, signal }).catch(throwCalmly);
    if (answer.status === 404 && isUnknownRequest(answer)) return null;
    if (answer.status !== 200) throw questionError(answer, clock.now());
    const body = toRecord(answer.body);
    if (!isAbout(body, query)) throw denyEffect(unreadableSendError());
    return readStatus(body);
  };
}

function throwUnresolved(error: unknown): never {
  throw new RetryLater("SEND ha già questa richiesta ma non dice quale.", {
    code: "DUPLICATE_UNRESOLVED",
    cause: error,
  });
}

function throwCalmly(error: unknown): never {
  throw error instanceof NoAnswer ? denyEffect(noAnswerError(error, "SEND")) : error;
}

/** Whether an answer, where it repeats what was asked, repeats it rightly: that of another request would give a verbale the IUN of another. */
function isAbout(
  body: Readonly<Record<string, unknown>>,
  asked: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(asked).every(([name, value]) => (body[name] ?? value) === value);
}

function readReceipt(answer: HttpAnswer, request: SendRequest): SendReceipt | null {
  if (answer.status !== 202) return null;
  const body = toRecord(answer.body);
  const { protocol: paProtocolNumber, idempotenceToken } = request;
  const notificationRequestId = toWord(body["notificationRequestId"]) ?? "";
  // Source: NewNotificationResponse, base64 of 36 characters; one of another form is asked for by protocol and token.
  if (!/^[A-Za-z0-9+/=]{16,100}$/.test(notificationRequestId)) return null;
  return isAbout(body, { paProtocolNumber, idempotenceToken }) ? { notificationRequestId } : null;
}

/** pn-delivery's own 404, not that of a wrong path. */
function isUnknownRequest(answer: HttpAnswer): boolean {
  return readSendErrors(answer).some(({ code }) => code === "PN_DELIVERY_NOTIFICATIONNOTFOUND");
}

/** Of every file that the request carries; none where one is told without. */
function readDigests(body: Readonly<Record<string, unknown>>): Pick<SendStatus, "digests"> {
  const attachments = toRecords(body["recipients"]).flatMap(({ payments }) =>
    toRecords(payments).flatMap(({ pagoPa }) => toRecord(pagoPa)["attachment"] ?? []),
  );
  const digests = [...toRecords(body["documents"]), ...attachments].map((file) =>
    toWord(toRecord(toRecord(file)["digests"])["sha256"]),
  );
  const told = digests.filter((digest) => digest !== undefined);
  return told.length === 0 || told.length < digests.length ? {} : { digests: told };
}

function readStatus(body: Readonly<Record<string, unknown>>): SendStatus {
  const notificationRequestId = toWord(body["notificationRequestId"]);
  if (notificationRequestId === undefined) throw denyEffect(unreadableSendError());
  const noticeCodes = toRecords(body["recipients"]).flatMap(({ payments }) =>
    toRecords(payments).flatMap(({ pagoPa }) => toWord(toRecord(pagoPa)["noticeCode"]) ?? []),
  );
  const base = { notificationRequestId, noticeCodes, ...readDigests(body) };
  const status = body["notificationRequestStatus"];
  const iun = toWord(body["iun"]);
  if (status === "ACCEPTED" && iun !== undefined) return { ...base, status: "accepted", iun };
  if (status === "REFUSED")
    return {
      ...base,
      status: "refused",
      refusals: toSendErrors(body["errors"]).map(({ code, detail }) => {
        const { note, hint, scope } = explainRefusalCode(code, detail);
        return { code, note, hint, ...(scope === "run" ? { isOfEnte: true } : {}) };
      }),
    };
  // Any other word is no verdict: the request is there, and is asked about again.
  return {
    ...base,
    status: "waiting",
    // Source: pn-delivery answers 10 seconds.
    retryAfterMs: toWaitMs(body["retryAfter"], 1000) ?? 10_000,
    ...(status === "WAITING" ? {} : { isUnclear: true }),
  };
}
