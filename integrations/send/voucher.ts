/** PDND vouchers: a signed client assertion is exchanged for a short-lived token, kept until shortly before it expires. */
import { randomUUID, sign } from "node:crypto";
import type { Clock } from "../../engine/host/clock.ts";
import { messageOf, RunBlocked } from "../../engine/host/errors.ts";
import { NoAnswer, type Http, type HttpAnswer } from "../../engine/host/http.ts";
import { httpStatusError, noAnswerError } from "../service-faults.ts";
import type { VoucherSource } from "./client/call.ts";
import { nothingMore, denyEffect } from "./client/faults.ts";
import { toRecord } from "./reading.ts";
import type { PdndSettings } from "./settings.ts";
import { createSharedRequest } from "./shared-request.ts";

export interface VoucherOptions {
  readonly settings: PdndSettings;
  /** PEM of the RSA key whose public half is registered on PDND. */
  readonly privateKey: string | (() => Promise<string>);
  readonly http: Http;
  readonly clock: Clock;
}

interface Held {
  readonly token: string;
  /** Milliseconds since the epoch from which a new one is fetched. */
  readonly until: number;
}

/** A voucher is renewed this long before it expires. */
const marginMs = 30_000;
/** Life of the assertion itself. */
const assertionSeconds = 120;

/** A source of vouchers; callers at the same time share one request. */
export function createVoucherSource(options: VoucherOptions): VoucherSource {
  const { clock } = options;
  let held: Held | null = null;
  const request = createSharedRequest<Held>();

  return async function voucher(renew, signal) {
    if (!renew && held !== null && clock.now() < held.until) return held.token;
    held = await request.join((shared) => fetchVoucher(options, shared), signal);
    return held.token;
  };
}

async function fetchVoucher(options: VoucherOptions, signal: AbortSignal): Promise<Held> {
  const { settings, http, clock } = options;
  const now = clock.now();
  const form = new URLSearchParams({
    client_id: settings.clientId,
    client_assertion: await signAssertion(options, now),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    grant_type: "client_credentials",
  });
  const answer = await http({
    method: "POST",
    url: settings.tokenUrl,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
    limits: { maxBytes: 64 * 1024 },
    signal,
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? denyEffect(noAnswerError(error, "PDND")) : error;
  });
  if (answer.status === 429 || answer.status >= 500)
    throw denyEffect(httpStatusError(answer, { service: "PDND", nowMs: now }));
  const { access_token: token, expires_in: seconds } = toRecord(answer.body);
  // What cannot stand in a header is no token.
  if (answer.status !== 200 || typeof token !== "string" || !/^[!-~]+$/.test(token))
    throw new RunBlocked(
      "PDND_REFUSED",
      `PDND non ha rilasciato il voucher (${describeAnswer(answer)}).`,
      {
        ofRun: nothingMore,
        hint: {
          action: "resume",
          setting: {
            ask: "controllare le credenziali PDND nel file dell'ente e l'orologio",
            technical:
              "Controllare nella sezione pdnd: del file dell'ente client, chiave, finalità e audience, che la finalità sia attiva e che l'orologio sia giusto.",
          },
        },
      },
    );
  // PDND's vouchers last ten minutes: one that is said to last no time would be fetched for every call.
  const lifeMs = (typeof seconds === "number" && seconds > 0 ? seconds : 600) * 1000;
  return { token, until: now + Math.max(lifeMs - marginMs, lifeMs / 2) };
}

/** `HTTP 400, invalid_client`: the word of OAuth where there is one. Source: RFC 6749 section 5.2. */
function describeAnswer({ status, body }: HttpAnswer): string {
  const { error } = toRecord(body);
  const isWord = typeof error === "string" && /^[a-z_]{3,40}$/.test(error);
  if (status === 200) return "risponde altro, per esempio la pagina di un proxy";
  return isWord ? `HTTP ${status}, ${error}` : `HTTP ${status}`;
}

/** A JWT as PDND wants it: RS256, `kid` of the registered key, purpose inside. */
async function signAssertion(
  { settings, privateKey }: VoucherOptions,
  nowMs: number,
): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  const header = { kid: settings.keyId, alg: "RS256", typ: "JWT" };
  const payload = {
    iss: settings.clientId,
    sub: settings.clientId,
    aud: settings.audience,
    purposeId: settings.purposeId,
    jti: randomUUID(),
    iat,
    exp: iat + assertionSeconds,
  };
  const content = `${encodePart(header)}.${encodePart(payload)}`;
  const pem = typeof privateKey === "string" ? privateKey : await privateKey();
  try {
    return `${content}.${sign("RSA-SHA256", Buffer.from(content), pem).toString("base64url")}`;
  } catch (error) {
    throw new RunBlocked("PDND_KEY_UNREADABLE", "La chiave privata di PDND non è leggibile.", {
      ofRun: nothingMore,
      hint: "Il segreto deve contenere la chiave RSA in formato PEM, senza password.",
      cause: new Error(messageOf(error)),
    });
  }
}

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
