/** The one door to the network: timeout, abort, limits and why no answer came; what an answer means is the affair of who asked. */
import { lookup } from "node:dns/promises";
import { FetchError, ofetch } from "ofetch";
import { beginCall, type CallName } from "./calls.ts";
import { codeOf, messageOf } from "./errors.ts";
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
  /** What people read of it beside the attempt that it belongs to; absent: nothing. */
  readonly call?: CallName;
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

/** All addresses of a name, as this machine finds them; none where it finds none, or where only a proxy does. */
export async function resolveHost(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/** The door, over the machine's fetch or a given one. `assertMayCall`: asked before each call, throws what forbids it. */
export function createHttp(
  fetchWith: Fetch = fetch,
  assertMayCall: () => Promise<void> = async () => {},
): Http {
  /** Nothing lies between the answer and the call. */
  const fetchOwned: Fetch = async (input, init) => {
    try {
      await assertMayCall();
    } catch (error) {
      throw new Forbidden(error);
    }
    return await fetchWith(input, init);
  };
  const raw = ofetch.create(
    { retry: false, ignoreResponseError: true },
    { fetch: fetchOwned as typeof fetch, Headers, AbortController },
  );
  return async function http(request) {
    const origin = new URL(request.url).origin;
    const headers: Record<string, string> = { ...request.headers };
    if (request.json !== undefined) headers["content-type"] ??= "application/json";
    const timeout = AbortSignal.timeout(request.timeoutMs ?? 35_000);
    const signal =
      request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const end = beginCall(request.call);
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
      end(response.status);
      return { status: response.status, headers: response.headers, body, bytes };
    } catch (error) {
      end(null);
      if (error instanceof SinkFailure) throw error.cause;
      const cause = stripAddress(error);
      if (cause instanceof Forbidden) throw cause.cause;
      throw new NoAnswer(origin, isUnsent(error), cause);
    }
  };
}

/** The call was not ours to make: on its way through ofetch, which wraps what is thrown. */
class Forbidden extends Error {
  constructor(cause: unknown) {
    super("forbidden", { cause });
    this.name = "Forbidden";
  }
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
