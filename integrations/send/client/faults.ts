/** What an answer of SEND means: which error class, with which Italian note. */
import { type ErrorCode, passOnCode } from "../../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import { askTechnician, joinHints } from "../../../engine/host/hint.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { httpStatusError, nothingMore, parseRetryAfter } from "../../service-faults.ts";
import { codesFree, notTaken, toPlainCode, explainRequestCode } from "../notes/notes.ts";
import { toRecord, toRecords, toWord } from "../../reading.ts";
import type { WireError } from "../wire.ts";

/** The `errors` of a problem, whatever else the body holds. */
export function readSendErrors(answer: HttpAnswer): readonly SendError[] {
  return toSendErrors(toRecord(answer.body)["errors"]);
}

/** One error as SEND tells it, its code as we carry it. */
interface SendError extends WireError {
  readonly code: ErrorCode;
}

/** SEND's errors out of a list of any form. */
export function toSendErrors(list: unknown): readonly SendError[] {
  return toRecords(list).map(({ code, errorCode, element, detail }) => ({
    code: toPlainCode(toWord(code) ?? toWord(errorCode) ?? ""),
    element: toWord(element) ?? "",
    detail: toWord(detail) ?? "",
  }));
}

/** The fault of an answer that is no success: 400 by SEND's codes, the rest by status. */
export function sendCallError(
  answer: HttpAnswer,
  nowMs: number,
): ItemRejected | RetryLater | RunBlocked {
  const { status } = answer;
  const errors = readSendErrors(answer);
  if (status < 300) return unreadableSendError();
  if (status === 401 || status === 403) return accessError(answer);
  if (isOwnRefusal(answer)) return refusedRequestError(errors);
  if (status === 503 && errors.some(({ code }) => code === "PN_DELIVERY_ADECHECKCF")) {
    const afterMs = parseRetryAfter(answer.headers, nowMs);
    return new RetryLater(explainRequestCode("PN_DELIVERY_ADECHECKCF").note, {
      code: passOnCode("PN_DELIVERY_ADECHECKCF"),
      effect: "none",
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  if (status === 407) return proxyError();
  if (status === 413)
    return new ItemRejected(
      "REQUEST_TOO_LARGE",
      "La richiesta è troppo grande per SEND (HTTP 413). Nulla è stato inviato.",
      { hint: "Ridurre i testi del verbale nel gestionale e mandarlo con un altro flusso." },
    );
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return noEndpointError(status);
  if (status >= 500 || retried.has(status))
    return httpStatusError(answer, { service: "SEND", nowMs });
  return isJson(answer) ? noReasonError(status) : notSendError(status);
}

/** Statuses below 500 that ask to come again. */
const retried: ReadonlySet<number> = new Set([408, 425, 429]);

/** SEND's own no, with its reasons: the request was looked at and not stored. */
export function isOwnRefusal(answer: HttpAnswer): boolean {
  const { status } = answer;
  return (
    status >= 400 && status < 500 && !statusesApart.has(status) && readSendErrors(answer).length > 0
  );
}

/** What these mean, the status says and not the code. */
const statusesApart: ReadonlySet<number> = new Set([401, 403, 404, 405, 407, 408, 409, 425, 429]);

function isJson({ body }: HttpAnswer): boolean {
  return typeof body === "object" && body !== null;
}

/** A request that SEND does not take, without a reason. */
function noReasonError(status: number): ItemRejected {
  return new ItemRejected(
    `HTTP_${status}`,
    `SEND non accetta la richiesta e non dice perché (HTTP ${status}).${ending}`,
    {
      hint: {
        action: "resume",
        only: "rejected",
        after: "Se succede ancora, avvisare l'assistenza con il numero del flusso e del verbale.",
      },
    },
  );
}

/** No answer of SEND: a page of something between us and it. */
function notSendError(status: number): RunBlocked {
  return new RunBlocked(
    "UNEXPECTED_ANSWER",
    `Al posto di SEND risponde un apparato di rete (HTTP ${status}).`,
    {
      ofRun: nothingMore,
      hint: {
        action: "resume",
        setting: {
          ask: "controllare l'indirizzo di SEND, la rete e il proxy",
          technical: "Controllare baseUrl, rete e proxy.",
        },
      },
    },
  );
}

function proxyError(): RunBlocked {
  return new RunBlocked(
    "UNEXPECTED_ANSWER",
    "Il proxy della rete chiede di autenticarsi (HTTP 407).",
    {
      ofRun: nothingMore,
      hint: {
        action: "resume",
        first: "Escludere dal proxy gli indirizzi di SEND, o chiedere a chi lo gestisce.",
      },
    },
  );
}

/**
 * What went wrong with a question. A question changes nothing and decides nothing: whatever it is answered with, the
 * verbale that it is about is not rejected by it, and no effect is in doubt because of it.
 */
export function questionError(answer: HttpAnswer, nowMs: number): RetryLater | RunBlocked {
  const fault = isOwnRefusal(answer) ? null : sendCallError(answer, nowMs);
  if (fault instanceof RunBlocked) return fault;
  if (fault instanceof RetryLater) return fault.effect === "none" ? fault : calm(fault);
  const codes = [...new Set(readSendErrors(answer).map(({ code }) => code))].join(", ");
  return new RetryLater(
    `SEND non risponde alla domanda (HTTP ${answer.status}${codes === "" ? "" : `, ${codes}`}).`,
    {
      code: "QUESTION_REFUSED",
      effect: "none",
      hint: askTechnician(
        "controllare, se succede ancora, l'indirizzo e la versione di SEND, e di avvisare l'assistenza: la domanda viene ripetuta da sola",
        "La domanda viene ripetuta. Se succede ancora, controllare baseUrl e apiVersion nel file dell'ente e avvisare l'assistenza.",
      ),
    },
  );
}

/** A success of another form than the agreed one: something between us and SEND has answered, or changed the answer. */
export function unreadableSendError(cause?: unknown): RetryLater {
  return new RetryLater("SEND ha risposto in una forma che non si riesce a leggere.", {
    code: "UNREADABLE_ANSWER",
    hint: "Controllare che fra Postino e SEND non ci sia un proxy che cambia le risposte.",
    cause,
  });
}

/** What an answer of SEND says, by a reading that may find it in another form. */
export function readSendAnswer<Read>(answer: HttpAnswer, read: (body: unknown) => Read): Read {
  try {
    return read(answer.body);
  } catch (error) {
    // A field that is not there, or is no list.
    if (error instanceof TypeError) throw denyEffect(unreadableSendError(error));
    throw error;
  }
}

function noEndpointError(status: number): RunBlocked {
  return new RunBlocked(
    "ENDPOINT_NOT_FOUND",
    `All'indirizzo configurato non risponde l'API di SEND attesa (HTTP ${status}).`,
    {
      ofRun: nothingMore,
      hint: {
        action: "resume",
        setting: {
          ask: "controllare indirizzo e versione di SEND nel file dell'ente",
          technical: "Controllare baseUrl e apiVersion nel file dell'ente.",
        },
      },
    },
  );
}

/** A 401 or 403: the key, the voucher, the path, or something between us and SEND. */
export function accessError(answer: HttpAnswer): RunBlocked {
  // Source: Amazon API Gateway answers so for a path that it does not have.
  if (JSON.stringify(answer.body ?? "").includes("Missing Authentication Token"))
    return noEndpointError(answer.status);
  const isDenied = JSON.stringify(answer.body ?? "").includes("explicit deny");
  if (answer.status === 401)
    return new RunBlocked(
      "ACCESS_DENIED",
      "SEND non ha ricevuto la chiave API o il voucher è scaduto (HTTP 401).",
      {
        ofRun: nothingMore,
        hint: {
          action: "resume",
          setting: {
            ask: "controllare la chiave di SEND",
            technical: "Controllare apiKey nel file dell'ente e il segreto che nomina.",
          },
        },
      },
    );
  if (isDenied)
    return new RunBlocked(
      "ACCESS_DENIED",
      "SEND ha rifiutato le credenziali (HTTP 403): chiave API errata o bloccata, oppure voucher PDND mancante, scaduto o non previsto per questa chiave.",
      {
        ofRun: nothingMore,
        hint: {
          action: "resume",
          setting: {
            ask: "controllare la chiave di SEND e le credenziali PDND",
            technical:
              "Controllare la chiave e, se è stata creata con PDND, la sezione pdnd: del file dell'ente; SEND impiega fino a un minuto a vedere la correzione.",
          },
        },
      },
    );
  return new RunBlocked(
    "ACCESS_FORBIDDEN",
    "SEND o un apparato di rete nega l'accesso (HTTP 403) senza dire il motivo.",
    {
      ofRun: nothingMore,
      hint: {
        action: "resume",
        setting: {
          ask: "controllare l'indirizzo di SEND, la rete e il proxy",
          technical: "Controllare baseUrl, rete e proxy.",
        },
      },
    },
  );
}

/** All errors of one answer at once; one that concerns the ente's settings stops the run. */
function refusedRequestError(errors: readonly SendError[]): ItemRejected | RunBlocked {
  const notes = errors.map(({ code, detail, element }) => ({
    code,
    ...explainRequestCode(code, detail, element),
  }));
  const ofRun = notes.find(({ scope }) => scope === "run");
  if (ofRun !== undefined) return new RunBlocked(ofRun.code, ofRun.note, { hint: ofRun.hint });
  const texts = new Set(notes.map(({ note }) => note));
  const hint = joinHints(notes.map((one) => one.hint));
  return new ItemRejected(
    notes[0]?.code ?? "HTTP_400",
    joinNotes(texts),
    hint === undefined ? {} : { hint },
  );
}

const ending = ` ${notTaken}; ${codesFree}.`;

/** Several notes share their last sentence: it is said once. */
function joinNotes(notes: ReadonlySet<string>): string {
  const heads = Array.from(notes, (note) => note.replace(ending, ""));
  return `${heads.join(" ")}${ending}`;
}

/** A copy that says: the other side did nothing that counts, the next try may run at once. */
export function denyEffect<Fault extends Error>(fault: Fault): Fault | RetryLater {
  return fault instanceof RetryLater && fault.effect !== "none" ? calm(fault) : fault;
}

function calm(fault: RetryLater): RetryLater {
  return new RetryLater(fault.message, {
    code: fault.code,
    effect: "none",
    cause: fault.cause,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    ...(fault.afterMs === undefined ? {} : { afterMs: fault.afterMs }),
  });
}
