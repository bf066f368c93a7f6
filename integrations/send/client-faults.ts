/** What an answer of SEND means: which error class, with which Italian note; used by the clients of SEND. */
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/errors.ts";
import { faultOf, retryAfterMs, type HttpAnswer } from "../../engine/http.ts";
import { codesFree, notTaken, requestNote } from "./notes.ts";
import type { WireError } from "./wire.ts";

/** The `errors` of a problem, whatever else the body holds. */
export function errorsOf(answer: HttpAnswer): readonly WireError[] {
  const { body } = answer;
  if (typeof body !== "object" || body === null || !("errors" in body)) return [];
  const { errors } = body;
  return Array.isArray(errors) ? errors.filter(isWireError) : [];
}

function isWireError(value: unknown): value is WireError {
  return typeof value === "object" && value !== null && "code" in value;
}

/** The fault of an answer that is no success: 400 by SEND's codes, the rest by status. */
export function sendFault(
  answer: HttpAnswer,
  nowMs: number,
): ItemRejected | RetryLater | RunBlocked {
  const { status } = answer;
  const errors = errorsOf(answer);
  if (status < 300) return unreadable();
  if (status === 401 || status === 403) return accessFault(answer);
  if (status === 400 && errors.length > 0) return refusedRequest(errors);
  if (status === 503 && errors.some(({ code }) => code === "PN_DELIVERY_ADECHECKCF")) {
    const afterMs = retryAfterMs(answer.headers, nowMs);
    return new RetryLater(requestNote("PN_DELIVERY_ADECHECKCF").note, {
      code: "PN_DELIVERY_ADECHECKCF",
      effect: "none",
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  if (status === 413)
    return new ItemRejected(
      "REQUEST_TOO_LARGE",
      "La richiesta è troppo grande per SEND (HTTP 413). Nulla è stato inviato.",
      { hint: "Ridurre documenti e testi del verbale e rimandarlo." },
    );
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return noEndpoint(status);
  return faultOf(answer, { service: "SEND", nowMs });
}

/** A success of another form than the agreed one: something between us and SEND has answered, or changed the answer. */
export function unreadable(cause?: unknown): RetryLater {
  return new RetryLater("SEND ha risposto in una forma che non si riesce a leggere.", {
    code: "UNREADABLE_ANSWER",
    hint: "Controllare che fra Postino e SEND non ci sia un proxy che cambia le risposte.",
    cause,
  });
}

/** What an answer of SEND says, by a reading that may find it in another form. */
export function readAnswer<Read>(answer: HttpAnswer, read: (body: unknown) => Read): Read {
  try {
    return read(answer.body);
  } catch (error) {
    // A field that is not there, or is no list.
    if (error instanceof TypeError) throw withoutEffect(unreadable(error));
    throw error;
  }
}

function noEndpoint(status: number): RunBlocked {
  return new RunBlocked(
    "ENDPOINT_NOT_FOUND",
    `All'indirizzo configurato non risponde l'API di SEND attesa (HTTP ${status}). Nulla è stato inviato.`,
    { hint: "Controllare baseUrl e apiVersion nel file dell'ente, poi riprendere il flusso." },
  );
}

/** A 401 or 403: the key, the voucher, the path, or something between us and SEND. */
export function accessFault(answer: HttpAnswer): RunBlocked {
  // Source: Amazon API Gateway answers so for a path that it does not have.
  if (JSON.stringify(answer.body ?? "").includes("Missing Authentication Token"))
    return noEndpoint(answer.status);
  const isDenied = JSON.stringify(answer.body ?? "").includes("explicit deny");
  if (answer.status === 401)
    return new RunBlocked(
      "ACCESS_DENIED",
      "SEND non ha ricevuto la chiave API o il voucher è scaduto (HTTP 401). Nulla è stato inviato.",
      {
        hint: "Controllare apiKey nel file dell'ente e il segreto che nomina, poi riprendere il flusso.",
      },
    );
  if (isDenied)
    return new RunBlocked(
      "ACCESS_DENIED",
      "SEND ha rifiutato le credenziali (HTTP 403): chiave API errata o bloccata, oppure voucher PDND mancante, scaduto o non previsto per questa chiave. Nulla è stato inviato.",
      {
        hint: "Controllare la chiave e, se è stata creata con PDND, la sezione pdnd: del file dell'ente; SEND impiega fino a un minuto a vedere la correzione. Poi riprendere il flusso.",
      },
    );
  return new RunBlocked(
    "ACCESS_FORBIDDEN",
    "SEND o un apparato di rete nega l'accesso (HTTP 403) senza dire il motivo. Nulla è stato inviato.",
    { hint: "Controllare baseUrl, rete e proxy; poi riprendere il flusso." },
  );
}

/** All errors of one answer at once; one that concerns the ente's settings stops the run. */
function refusedRequest(errors: readonly WireError[]): ItemRejected | RunBlocked {
  const notes = errors.map(({ code, detail, element }) => ({
    code,
    ...requestNote(code, detail, element),
  }));
  const ofRun = notes.find(({ scope }) => scope === "run");
  if (ofRun !== undefined) return new RunBlocked(ofRun.code, ofRun.note, { hint: ofRun.hint });
  const texts = new Set(notes.map(({ note }) => note));
  const hints = new Set(notes.map(({ hint }) => hint));
  return new ItemRejected(notes[0]?.code ?? "HTTP_400", joined(texts), {
    hint: Array.from(hints).join(" "),
  });
}

const ending = ` ${notTaken}; ${codesFree}.`;

/** Several notes share their last sentence: it is said once. */
function joined(notes: ReadonlySet<string>): string {
  const heads = Array.from(notes, (note) => note.replace(ending, ""));
  return `${heads.join(" ")}${ending}`;
}

/** A copy that says: the other side did nothing that counts, the next try may run at once. */
export function withoutEffect<Fault extends Error>(fault: Fault): Fault | RetryLater {
  if (!(fault instanceof RetryLater) || fault.effect === "none") return fault;
  return new RetryLater(fault.message, {
    code: fault.code,
    effect: "none",
    cause: fault.cause,
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    ...(fault.afterMs === undefined ? {} : { afterMs: fault.afterMs }),
  });
}
