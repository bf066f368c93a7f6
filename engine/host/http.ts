/** The one door to the network: timeout, abort, redaction and the error class of an answer; retries belong to the engine. */
import { FetchError, ofetch } from "ofetch";
import { codeOf, ItemRejected, messageOf, RetryLater, RunBlocked } from "./errors.ts";
import {
  type AnswerLimits,
  OversizedAnswer,
  readAnswer,
  type Sink,
  SinkFailure,
} from "./http-answer.ts";

export type { Sink } from "./http-answer.ts";

/** The part of `fetch` that the door uses; tests hand in a simulator's. */
export type Fetch = (input: Request | string | URL, init?: RequestInit) => Promise<Response>;

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: Uint8Array | string;
  /** Default 35 000: longer than the 29 s after which SEND's gateway gives up. */
  readonly timeoutMs?: number;
  /** What the answer may be; see AnswerLimits for the defaults. */
  readonly limits?: AnswerLimits;
  /** Where the body of a 200 goes, piece by piece; `body` and `bytes` of the answer are empty then. */
  readonly sink?: Sink;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when the content type says JSON, else the text; empty body: `null`. */
  readonly body: unknown;
  readonly bytes: Uint8Array;
}

/** Sends one request. Any status is an answer; no answer at all is a NoAnswer. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** The connection failed, or the answer did not come in time or was larger than any of the service: what was asked may have happened, unless it never left. */
export class NoAnswer extends Error {
  /** True when the request certainly never reached the other side (connection refused, name unknown). */
  readonly isUnsent: boolean;
  readonly origin: string;
  /** What a person can do something about: the name, the certificate, that no TLS is spoken there, or that something else answers. */
  readonly reason: "name" | "certificate" | "no-tls" | "oversized" | "other";

  constructor(origin: string, isUnsent: boolean, cause: unknown) {
    super(`no answer from ${origin}: ${messageOf(cause)}`, { cause });
    this.name = "NoAnswer";
    this.isUnsent = isUnsent;
    this.origin = origin;
    this.reason = classifyCause(cause);
  }
}

/** The door, over the machine's fetch or a given one. */
export function createHttp(fetchWith: Fetch = fetch): Http {
  const raw = ofetch.create(
    { retry: false, ignoreResponseError: true },
    { fetch: fetchWith as typeof fetch, Headers, AbortController },
  );
  return async function http(request) {
    const origin = new URL(request.url).origin;
    const headers: Record<string, string> = { ...request.headers };
    if (request.json !== undefined) headers["content-type"] ??= "application/json";
    const timeout = AbortSignal.timeout(request.timeoutMs ?? 35_000);
    const signal =
      request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const response = await raw.raw<unknown, "stream">(request.url, {
        method: request.method,
        headers,
        ...(request.query === undefined ? {} : { query: request.query }),
        ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
        ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
        responseType: "stream",
        ...({ decompress: false } satisfies BunFetchRequestInit),
        redirect: "manual",
        signal,
      });
      // Unpacked here and no further than the limit: a fetch would fill memory first.
      const sink = response.status === 200 ? request.sink : undefined;
      const { bytes, body } = await readAnswer(response, request.limits ?? {}, signal, sink);
      return { status: response.status, headers: response.headers, body, bytes };
    } catch (error) {
      if (error instanceof SinkFailure) throw error.cause;
      throw new NoAnswer(origin, isUnsent(error), stripAddress(error));
    }
  };
}

/** What ofetch wraps in a message with the whole address: its path and query have no place in a log. */
function stripAddress(error: unknown): unknown {
  return error instanceof FetchError && error.cause !== undefined ? error.cause : error;
}

function isUnsent(error: unknown): boolean {
  return collectCodes(error).some((code) => unconnected.has(code));
}

const unconnected: ReadonlySet<string> = new Set([
  "ConnectionRefused",
  "ECONNREFUSED",
  "ENOTFOUND",
  "FailedToOpenSocket",
]);

function classifyCause(error: unknown): NoAnswer["reason"] {
  if (error instanceof OversizedAnswer) return "oversized";
  const codes = collectCodes(error);
  if (codes.includes("ENOTFOUND")) return "name";
  if (codes.includes("EPROTO")) return "no-tls";
  // Source: OpenSSL's names of verification faults, as Node and Bun give them.
  return codes.some((code) => /CERT|UNABLE_TO_VERIFY/.test(code)) ? "certificate" : "other";
}

/** The codes of an error and of its causes. */
function collectCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code = codeOf(current);
    if (typeof code === "string") codes.push(code);
    current = current.cause;
  }
  return codes;
}

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
