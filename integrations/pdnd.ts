/** PDND: signed JSON web tokens, and the vouchers that a signed client assertion is exchanged for. */
import { randomUUID, sign } from "node:crypto";
import { Type, type Static } from "typebox";
import type { Clock } from "../engine/host/clock.ts";
import { messageOf, RunBlocked } from "../engine/host/errors.ts";
import type { Http, HttpAnswer } from "../engine/host/http.ts";
import { toRecord } from "./reading.ts";
import { SecretRef } from "./secret-ref.ts";
import { nothingMore } from "./service-faults.ts";

/** Whom PDND knows as a client: what every purpose of it shares. */
export const pdndClientFields = {
  tokenUrl: Type.String({
    pattern: "^https?://",
    description: "Indirizzo del rilascio dei voucher: https://auth.interop.pagopa.it/token.oauth2",
  }),
  audience: Type.String({ minLength: 1, description: "Audience della client assertion" }),
  clientId: Type.String({ minLength: 1, description: "Identificativo del client su PDND" }),
  keyId: Type.String({
    minLength: 1,
    description: "Identificativo (kid) della chiave pubblica caricata",
  }),
  privateKey: SecretRef,
} as const;

const PdndClient = Type.Object(pdndClientFields);
export type PdndClient = Static<typeof PdndClient>;

export interface PdndAccess {
  readonly client: PdndClient;
  /** PEM of the RSA key whose public half is registered on PDND. */
  readonly privateKey: string | (() => Promise<string>);
  readonly http: Http;
  readonly clock: Clock;
}

/** What one voucher is asked for. */
export interface VoucherRequest {
  readonly purposeId: string;
  /** What else the assertion says: the digest of the evidence that goes with the call. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Voucher {
  readonly token: string;
  readonly lifeMs: number;
}

/** What PDND answered that is no voucher: for who asks, to say what it means. */
export class NoVoucher extends Error {
  readonly answer: HttpAnswer;
  constructor(answer: HttpAnswer) {
    super("PDND gave no voucher");
    this.answer = answer;
  }
}

/** Life of the assertion itself. */
const assertionSeconds = 120;

/** Exchanges an assertion for a voucher. Throws NoVoucher where the answer is another, NoAnswer, and RunBlocked `PDND_KEY_UNREADABLE`. */
export async function requestVoucher(
  access: PdndAccess,
  request: VoucherRequest,
  signal?: AbortSignal,
): Promise<Voucher> {
  const { client, http, clock } = access;
  const { clientId } = client;
  const iat = Math.floor(clock.now() / 1000);
  const form = new URLSearchParams({
    client_id: clientId,
    client_assertion: await signToken(access, {
      iss: clientId,
      sub: clientId,
      aud: client.audience,
      purposeId: request.purposeId,
      jti: randomUUID(),
      iat,
      exp: iat + assertionSeconds,
      ...request.claims,
    }),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    grant_type: "client_credentials",
  });
  const answer = await http({
    method: "POST",
    url: client.tokenUrl,
    call: { service: "PDND", operation: "rilascio del voucher" },
    headers: { "content-type": "application/x-www-form-urlencoded", ...request.headers },
    body: form.toString(),
    limits: { maxBytes: 64 * 1024 },
    ...(signal === undefined ? {} : { signal }),
  });
  const { access_token: token, expires_in: seconds } = toRecord(answer.body);
  // What cannot stand in a header is no token.
  if (answer.status !== 200 || typeof token !== "string" || !/^[!-~]+$/.test(token))
    throw new NoVoucher(answer);
  // PDND's vouchers last ten minutes: one that is said to last no time would be fetched for every call.
  return { token, lifeMs: (typeof seconds === "number" && seconds > 0 ? seconds : 600) * 1000 };
}

/** `PDND non ha rilasciato il voucher (HTTP 400, invalid_client).` */
export function voucherRefusedError(answer: HttpAnswer, section: string): RunBlocked {
  return new RunBlocked(
    "PDND_REFUSED",
    `PDND non ha rilasciato il voucher (${describeAnswer(answer)}).`,
    {
      ofRun: nothingMore,
      hint: {
        action: "resume",
        setting: {
          ask: "controllare le credenziali PDND nel file dell'ente e l'orologio",
          technical: `Controllare nella sezione ${section} del file dell'ente client, chiave, finalità e audience, che la finalità sia attiva e che l'orologio sia giusto.`,
        },
      },
    },
  );
}

/** `HTTP 400, invalid_client`: the word of OAuth where there is one. Source: RFC 6749 section 5.2. */
function describeAnswer({ status, body }: HttpAnswer): string {
  const { error } = toRecord(body);
  const isWord = typeof error === "string" && /^[a-z_]{3,40}$/.test(error);
  if (status === 200) return "risponde altro, per esempio la pagina di un proxy";
  return isWord ? `HTTP ${status}, ${error}` : `HTTP ${status}`;
}

/** A JWT as PDND and ModI want it: RS256, `kid` of the registered key. Throws RunBlocked `PDND_KEY_UNREADABLE`. */
export async function signToken(
  { client, privateKey }: Pick<PdndAccess, "client" | "privateKey">,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const header = { kid: client.keyId, alg: "RS256", typ: "JWT" };
  const content = `${encodePart(header)}.${encodePart(claims)}`;
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
