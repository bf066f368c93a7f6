/** One question to a register behind PDND: counted, written down, signed as ModI wants it, and what its answer means. */
import { createHash, randomInt, randomUUID } from "node:crypto";
import {
  addDays,
  type Clock,
  findRomeMidnight,
  toInstant,
  toRomeDay,
} from "../../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import { type Http, type HttpAnswer, type HttpRequest, NoAnswer } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import {
  NoVoucher,
  type PdndAccess,
  requestVoucher,
  signToken,
  type Voucher,
  voucherRefusedError,
} from "../pdnd.ts";
import { httpStatusError, noAnswerError, nothingMore } from "../service-faults.ts";
import type { LookupLedger, LookupQuestion } from "./port.ts";

export interface CallWorld {
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly ledger: LookupLedger;
  readonly ente: string;
}

/** A register as one ente asks it. */
export interface AskedRegister {
  /** `ANPR C020`: in notes and in the audit log. */
  readonly name: string;
  /** Shared by all that use up the same allowance. */
  readonly bucket: string;
  readonly perSecond: number;
  /** `undefined`: as many as it lets through. */
  readonly perDay: number | undefined;
}

/** Throws RetryLater `LOOKUP_QUOTA` where the day allows no more. */
export function assertAllowance(
  { clock, ledger, ente }: CallWorld,
  { name, perDay }: Pick<AskedRegister, "name" | "perDay">,
): void {
  if (perDay === undefined) return;
  const now = clock.now();
  const today = toRomeDay(now);
  if (ledger.count(ente, name, toInstant(findRomeMidnight(today))) < perDay) return;
  throw new RetryLater(
    `Le richieste di oggi a ${name} sono finite (${perDay}): si riprende domani.`,
    {
      code: "LOOKUP_QUOTA",
      effect: "none",
      // Some minutes into the day: whose clock counts is not ours.
      afterMs: findRomeMidnight(addDays(today, 1)) - now + 300_000,
      hint: {
        action: "resume",
        setting: {
          ask: "indicare nel file dell'ente quante richieste la finalità consente, se sono di più",
          technical:
            "Aumentare perDay nella sezione consultazioni, se la finalità su PDND lo consente.",
        },
      },
    },
  );
}

/** Waits for its turn, and writes down who asks before anything leaves. Throws as `assertAllowance`. */
export async function takeTurn(
  world: CallWorld,
  register: AskedRegister,
  { runId, numero, signal }: LookupQuestion,
  by: string,
): Promise<void> {
  const { limiter, ledger, ente } = world;
  const { name, bucket, perSecond } = register;
  await limiter.take(bucket, { perSecond, burst: Math.max(1, perSecond) }, 1, signal);
  assertAllowance(world, register);
  ledger.note({ by, ente, runId, numero, register: name });
}

/** Sends a request and tells what stands in the way of an answer; `reads`: statuses whose meaning is the caller's. */
export async function askRegister(
  { http, clock, limiter }: CallWorld,
  { name, bucket }: AskedRegister,
  request: HttpRequest,
  reads: (answer: HttpAnswer) => boolean,
): Promise<HttpAnswer> {
  const call = { service: name, operation: "consultazione" };
  const answer = await http({ ...request, call }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? noAnswerError(error, name) : error;
  });
  const { status } = answer;
  if (reads(answer)) return answer;
  const nowMs = clock.now();
  if (status === 429) {
    const error = httpStatusError(answer, { service: name, nowMs });
    limiter.pause(bucket, (error instanceof RetryLater ? error.afterMs : undefined) ?? 60_000);
    throw error;
  }
  if (status === 401 || status === 403) throw deniedError(name, status);
  if (status === 408 || status === 425 || status >= 500)
    throw httpStatusError(answer, { service: name, nowMs });
  throw refusedError(name, status);
}

/** What a register says of itself that is no answer. */
export function registerError(name: string, codes: readonly string[]): RetryLater {
  const named = codes.length === 0 ? "" : ` (${codes.join(", ")})`;
  return new RetryLater(`${name} ha risposto con un errore${named}.`, {
    code: "LOOKUP_ERROR",
    effect: "none",
    hint: {
      action: "resume",
      only: "failed",
      first: "Chiedere all'assistenza del registro che cosa vuol dire il codice.",
    },
  });
}

export function unreadableRegisterError(name: string): RetryLater {
  return new RetryLater(`La risposta di ${name} non si capisce.`, {
    code: "UNREADABLE_ANSWER",
    effect: "none",
  });
}

function deniedError(name: string, status: number): RunBlocked {
  return new RunBlocked("LOOKUP_DENIED", `${name} non ci lascia consultare (HTTP ${status}).`, {
    ofRun: nothingMore,
    hint: {
      action: "resume",
      setting: {
        ask: "controllare che la finalità di questo e-service sia attiva su PDND, o togliere il passo",
        technical:
          "Controllare nella sezione consultazioni: purposeId e audience, e che la finalità sia attiva su PDND; oppure togliere il passo.",
      },
    },
  });
}

function refusedError(name: string, status: number): RunBlocked {
  return new RunBlocked("LOOKUP_REFUSED", `${name} non accetta la richiesta (HTTP ${status}).`, {
    ofRun: nothingMore,
    hint: {
      action: "resume",
      setting: {
        ask: "controllare l'indirizzo dell'e-service nel file dell'ente",
        technical:
          "Controllare nella sezione consultazioni: baseUrl, path e audience (l'audience delle firme è l'indirizzo dell'e-service senza «-PDND» e senza nulla dopo la versione), purposeId e l'orologio di questa macchina.",
      },
    },
  });
}

export interface ModiAccess extends PdndAccess {
  readonly purposeId: string;
  /** Of the two signatures. */
  readonly audience: string;
  readonly userLocation: string;
  readonly loa: string;
}

/** A voucher that is bound to the trace that goes with it: good for one call. */
export interface BoundVoucher {
  readonly evidence: string;
  readonly voucher: Voucher;
}

// Providers take no token that is younger than their clock.
const earlierSeconds = 5;
const lifeSeconds = 120;

/** Throws RunBlocked `PDND_REFUSED`, RetryLater where PDND does not answer. */
export async function requestBoundVoucher(
  access: ModiAccess,
  by: string,
  signal?: AbortSignal,
): Promise<BoundVoucher> {
  const { purposeId, userLocation, loa } = access;
  const evidence = await signToken(access, {
    ...buildClaims(access),
    purposeId,
    userID: by,
    userLocation,
    LoA: loa,
    dnonce: randomInt(1e12, 1e13 - 1),
  });
  const digest = { alg: "SHA256", value: createHash("sha256").update(evidence).digest("hex") };
  try {
    const voucher = await requestVoucher(access, { purposeId, claims: { digest } }, signal);
    return { evidence, voucher };
  } catch (error) {
    throw toVoucherError(error, access.clock.now());
  }
}

/** Also for who asks for a voucher of many calls. */
export function toVoucherError(error: unknown, nowMs: number): unknown {
  if (error instanceof NoAnswer) return noAnswerError(error, "PDND");
  if (!(error instanceof NoVoucher)) return error;
  const { answer } = error;
  return answer.status === 429 || answer.status >= 500
    ? httpStatusError(answer, { service: "PDND", nowMs })
    : voucherRefusedError(answer, "consultazioni: pdnd:");
}

/** The headers of one call. Source: ModI INTEGRITY_REST_02, AUDIT_REST_02. */
export async function buildModiHeaders(
  access: ModiAccess,
  { evidence, voucher }: BoundVoucher,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const contentType = "application/json";
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  return {
    authorization: `Bearer ${voucher.token}`,
    "content-type": contentType,
    digest,
    "agid-jwt-signature": await signToken(access, {
      ...buildClaims(access),
      signed_headers: [{ digest }, { "content-type": contentType }],
    }),
    "agid-jwt-trackingevidence": evidence,
  };
}

function buildClaims({ client, audience, clock }: ModiAccess): Readonly<Record<string, unknown>> {
  const iat = Math.floor(clock.now() / 1000) - earlierSeconds;
  const { clientId } = client;
  const jti = randomUUID();
  return {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti,
    iat,
    nbf: iat,
    exp: iat + lifeSeconds,
  };
}
