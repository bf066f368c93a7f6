/** One authenticated call to SEND: base URL guard, API key, voucher, rate limit, pause on 429; under every client of SEND. */
import { askTechnician } from "../../../engine/host/hint.ts";
import type { Clock } from "../../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { Http, HttpAnswer } from "../../../engine/host/http.ts";
import { nameCall } from "../../call-names.ts";
import { parseRetryAfter, sendNotActiveError } from "../../service-faults.ts";
import type { Limiter } from "../../../engine/host/limiter.ts";
import type { SendSettings } from "../settings.ts";

/** Gives the PDND voucher; `renew` asks for a fresh one because the last was refused. */
export type VoucherSource = (renew: boolean, signal?: AbortSignal) => Promise<string>;

export interface SendAccess {
  readonly settings: SendSettings;
  readonly sender: { readonly denomination: string; readonly taxId: string };
  /** The key itself, or where to get it. */
  readonly apiKey: string | (() => Promise<string>);
  /** Only for keys made with PDND. */
  readonly voucher?: VoucherSource;
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  /** May this base URL be called? Default: loopback and reserved names only, so that no real SEND is reached by mistake. */
  readonly allowBaseUrl?: (url: URL) => boolean;
  /** The addresses of a name; none: it cannot be found here. Default: as this machine finds them. */
  readonly resolveHost?: (name: string) => Promise<readonly string[]>;
}

export interface SendCallRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base URL, with leading slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  /** The wait that a 429 asks for is that of this path alone, not of the key: a stream's, which is in milliseconds. */
  readonly hasOwnWait?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Makes one call; any status is an answer. Throws NoAnswer, RunBlocked, or RetryLater when aborted before it left. */
export type SendCall = (request: SendCallRequest) => Promise<HttpAnswer>;

/** Who is refused waits as long as SEND asks; the key's other calls are held up no longer than this, then one of them asks again. */
const longestPauseMs = 60_000;

/** Binds the calls to one ente's key. */
export function createSendCall(access: SendAccess): SendCall {
  const { settings, http, clock, limiter, voucher } = access;
  const base = settings.baseUrl.replace(/\/+$/, "");
  const bucket = buildBucketName(access);
  const perSecond = settings.requestsPerSecond;
  // A tenth of a second saved up: calls stay spread over the second.
  const rate = { perSecond, burst: Math.max(1, Math.ceil(perSecond / 10)) };

  async function callOnce(request: SendCallRequest, renew: boolean): Promise<HttpAnswer> {
    await limiter.take(bucket, rate, 1, request.signal).catch(throwInterrupted);
    const answer = await http({
      method: request.method,
      url: base + request.path,
      call: nameCall("SEND", request.method, request.path),
      headers: await buildHeaders(access, voucher, renew, request.signal),
      ...(request.query === undefined ? {} : { query: request.query }),
      ...(request.json === undefined ? {} : { json: request.json }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    const isOwnWait = request.hasOwnWait === true && answer.headers.has("retry-after");
    if (answer.status === 429 && !isOwnWait) {
      const asked = parseRetryAfter(answer.headers, clock.now()) ?? 1000;
      limiter.pause(bucket, Math.min(asked, longestPauseMs));
    }
    return answer;
  }

  return async function call(request) {
    assertAllowed(access, base);
    const answer = await callOnce(request, false);
    const isRefused = answer.status === 401 || answer.status === 403;
    return isRefused && voucher !== undefined ? await callOnce(request, true) : answer;
  };
}

/** Waits for a turn among the calls that look at many notifications; they take their turn among all calls of the key besides. */
export async function takeQuietTurn(access: SendAccess, signal?: AbortSignal): Promise<void> {
  const perSecond = access.settings.followPerSecond ?? 20;
  const rate = { perSecond, burst: Math.max(1, Math.ceil(perSecond / 10)) };
  const bucket = `${buildBucketName(access)}:quiet`;
  await access.limiter.take(bucket, rate, 1, signal).catch(throwInterrupted);
}

function buildBucketName({ settings, sender }: SendAccess): string {
  return `send:${new URL(settings.baseUrl).host}:${sender.taxId}:${settings.apiKey.secret}`;
}

function throwInterrupted(error: unknown): never {
  if (error instanceof RetryLater) throw error;
  throw new RetryLater("Interrotto prima della chiamata a SEND.", {
    code: "INTERRUPTED",
    effect: "none",
    cause: error,
  });
}

async function buildHeaders(
  { apiKey }: SendAccess,
  voucher: VoucherSource | undefined,
  renew: boolean,
  signal: AbortSignal | undefined,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    "x-api-key": typeof apiKey === "string" ? apiKey : await apiKey(),
  };
  if (voucher !== undefined) headers["authorization"] = `Bearer ${await voucher(renew, signal)}`;
  return headers;
}

/** Nothing leaves for an ente without SEND, nor to a real service that was not allowed. */
function assertAllowed({ settings, allowBaseUrl = isHarmless }: SendAccess, base: string): void {
  if (!settings.active) throw sendNotActiveError();
  if (!allowBaseUrl(new URL(base)))
    throw new RunBlocked(
      "LIVE_NOT_ALLOWED",
      "L'indirizzo di SEND è di un servizio reale e questa installazione non è abilitata a usarlo.",
      {
        ofRun: "Nulla è stato inviato.",
        hint: askTechnician(
          "permettere i servizi reali, se si vuole notificare davvero",
          "Per notificare davvero servono POSTINO_LIVE=1 e live: true nel file dell'ente; altrimenti indicare l'indirizzo del simulatore.",
        ),
      },
    );
}

/** Loopback, and the names that RFC 2606 keeps out of the public network. */
export function isHarmless({ hostname }: URL): boolean {
  return (
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) ||
    /\.(localhost|test|example|invalid)$/.test(hostname)
  );
}
