/** What an answer of an outside service that is no success means for an item and its run, or that no answer came. */
import { ItemRejected, RetryLater, RunBlocked } from "../engine/host/errors.ts";
import type { HttpAnswer, NoAnswer } from "../engine/host/http.ts";

/** Who asks for more is asked again in between: a wait of years would lose an item. */
const longestRetryAfterMs = 6 * 3_600_000;

/**
 * The wait that `retry-after` asks for, in milliseconds and six hours at the most; seconds or an HTTP date. A wait of nothing,
 * and a date that is past by our clock, ask for none: the usual one holds.
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  const ms = /^[\d.+-]*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return ms > 0 ? Math.min(ms, longestRetryAfterMs) : undefined;
}

/** What a run that stops says of its verbali: some of them may have been sent before. */
export const nothingMore =
  "Da questo momento nulla è stato inviato; ciò che era stato inviato prima resta valido.";

export interface ServiceFault {
  /** Name of the other side as an operator knows it: `SEND`. */
  readonly service: string;
  readonly nowMs: number;
}

/** The error class of an answer that is not a success: 401/403 block the run, 408/425/429/5xx wait, other 4xx reject the item. */
export function httpStatusError(
  answer: HttpAnswer,
  { service, nowMs }: ServiceFault,
): ItemRejected | RetryLater | RunBlocked {
  const { status } = answer;
  if (status === 401 || status === 403)
    return new RunBlocked(
      "ACCESS_DENIED",
      `${service} ha rifiutato le credenziali (HTTP ${status}). Nulla è stato inviato.`,
      {
        hint: {
          action: "resume",
          first: "Controllare la chiave nel file dell'ente e che sia attiva.",
        },
      },
    );
  if (status === 429) {
    const afterMs = parseRetryAfter(answer.headers, nowMs);
    return new RetryLater(`${service} chiede di rallentare (HTTP 429).`, {
      code: "TOO_MANY_REQUESTS",
      effect: "none",
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  if (status === 408 || status === 425 || status >= 500) {
    const afterMs = parseRetryAfter(answer.headers, nowMs);
    return new RetryLater(`${service} non è disponibile ora (HTTP ${status}).`, {
      code: "SERVICE_UNAVAILABLE",
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
  return new ItemRejected(
    `HTTP_${status}`,
    `${service} ha rifiutato la richiesta (HTTP ${status}).`,
  );
}

/** No answer becomes «later»: at once reconcilable when the request never left. */
export function noAnswerError(error: NoAnswer, service: string): RetryLater {
  const { why, hint } = reasons[error.reason];
  return new RetryLater(`${service} non risponde (${error.origin}${why}).`, {
    code: "NO_ANSWER",
    cause: error,
    effect: error.isUnsent ? "none" : "unknown",
    hint,
  });
}

interface Reason {
  readonly why: string;
  readonly hint: string;
}

/** What the operator reads of each reason. */
const reasons: Readonly<Record<NoAnswer["reason"], Reason>> = {
  name: {
    why: ": il nome non si trova in rete",
    hint: "Controllare l'indirizzo del servizio nel file dell'ente e il DNS di questa macchina.",
  },
  certificate: {
    why: ": questa macchina non riconosce il suo certificato",
    hint: "Controllare l'ora di questa macchina, e che nessun proxy cambi i certificati; quello di un proxy voluto si indica in NODE_EXTRA_CA_CERTS.",
  },
  "no-tls": {
    why: ": non parla https",
    hint: "Controllare nel file dell'ente se l'indirizzo comincia con http o https, e la porta.",
  },
  oversized: {
    why: ": risponde più di quanto il servizio risponda mai",
    hint: "Controllare l'indirizzo del servizio nel file dell'ente, e che nessun proxy risponda al suo posto.",
  },
  other: {
    why: "",
    hint: "Controllare la rete e l'indirizzo del servizio nel file dell'ente.",
  },
};

/** What needs SEND is asked of an ente that has not joined it. */
export function sendNotActiveError(): RunBlocked {
  return new RunBlocked("SEND_NOT_ACTIVE", "SEND non è attivo per questo ente.", {
    ofRun: "Nulla è stato inviato.",
    hint: {
      action: "resume",
      setting: {
        ask: "indicare nel file dell'ente che SEND è attivo, quando l'ente ha aderito",
        technical: "Quando l'ente ha aderito a SEND indicare active: true nel suo file.",
      },
    },
  });
}
