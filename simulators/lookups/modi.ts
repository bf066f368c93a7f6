/** The door of a provider behind PDND: voucher, signed body, trace of who asks, calls a day; a refusal is GovWay's. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { findRomeMidnight, toRomeDay } from "../../engine/host/clock.ts";
import type { PdndOptions } from "./pdnd-simulator.ts";
import { type TokenClaims, findTokenFault, openVoucher, parseToken } from "./tokens.ts";

export interface ModiCaller {
  readonly purposeId: string;
  readonly user: string;
}

export type Entrance = { readonly caller: ModiCaller } | { readonly refusal: Response };

/** The voucher alone. */
export function readVoucher(
  c: Context,
  options: PdndOptions,
  service: string,
): TokenClaims | Response {
  const { clock, store, purposes } = options;
  const token = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const claims = openVoucher(token, store.secret, clock.now());
  if (claims === null) return answerGovWay(c, 401, "TokenInvalid");
  if (purposes[String(claims["purposeId"])]?.service !== service)
    return answerGovWay(c, 403, "AuthorizationDeny");
  return claims;
}

/** Refused once the purpose has used up its day. Source: GovWay, LimitExceeded with Retry-After. */
export function findLimit(c: Context, options: PdndOptions, purposeId: string): Response | null {
  const { clock, store, purposes } = options;
  const since = findRomeMidnight(toRomeDay(clock.now()));
  if (store.countCalls(purposeId, since) < (purposes[purposeId]?.perDay ?? 0)) return null;
  c.header("retry-after", "3600");
  return answerGovWay(c, 429, "LimitExceeded");
}

/** All of ModI: INTEGRITY_REST_02 and AUDIT_REST_02 with correlation. */
export function enter(
  c: Context,
  options: PdndOptions,
  { service, audience, body }: { service: string; audience: string; body: string },
): Entrance {
  const voucher = readVoucher(c, options, service);
  if (voucher instanceof Response) return { refusal: voucher };
  const evidence = c.req.header("agid-jwt-trackingevidence") ?? "";
  const fault =
    findSignatureFault(c, options, audience, body) ??
    findEvidenceFault(evidence, options, { audience, voucher });
  if (fault !== null)
    return { refusal: answerGovWay(c, 400, "InteroperabilityInvalidRequest", fault) };
  const purposeId = String(voucher["purposeId"]);
  const refusal = findLimit(c, options, purposeId);
  if (refusal !== null) return { refusal };
  return { caller: { purposeId, user: String(parseToken(evidence)?.claims["userID"]) } };
}

function findSignatureFault(
  c: Context,
  options: PdndOptions,
  audience: string,
  body: string,
): string | null {
  const token = parseToken(c.req.header("agid-jwt-signature") ?? "");
  if (token === null) return "Agid-JWT-Signature";
  const fault = findOwnFault(token, options, audience);
  if (fault !== null) return `Agid-JWT-Signature: ${fault}`;
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  if (c.req.header("digest") !== digest) return "Digest";
  const { signed_headers: headers } = token.claims;
  if (!Array.isArray(headers)) return "signed_headers";
  const signed = Object.assign({}, ...(headers as object[])) as Record<string, unknown>;
  if (signed["digest"] !== digest) return "signed_headers: digest";
  return signed["content-type"] === c.req.header("content-type")
    ? null
    : "signed_headers: content-type";
}

function findEvidenceFault(
  evidence: string,
  options: PdndOptions,
  { audience, voucher }: { readonly audience: string; readonly voucher: TokenClaims },
): string | null {
  const token = parseToken(evidence);
  if (token === null) return "Agid-JWT-TrackingEvidence";
  const fault = findOwnFault(token, options, audience);
  if (fault !== null) return `Agid-JWT-TrackingEvidence: ${fault}`;
  for (const name of ["userID", "userLocation", "LoA"])
    if (typeof token.claims[name] !== "string" || token.claims[name] === "") return name;
  if (!/^\d{13}$/.test(String(token.claims["dnonce"]))) return "dnonce";
  if (token.claims["purposeId"] !== voucher["purposeId"]) return "purposeId";
  const { value } = (voucher["digest"] ?? {}) as Record<string, unknown>;
  return value === createHash("sha256").update(evidence).digest("hex")
    ? null
    : "digest of the voucher";
}

function findOwnFault(
  token: NonNullable<ReturnType<typeof parseToken>>,
  { clock, store, client }: PdndOptions,
  audience: string,
): string | null {
  return findTokenFault(token, {
    publicKey: client.publicKey,
    keyId: client.keyId,
    issuer: client.clientId,
    audience,
    nowMs: clock.now(),
    use: (jti) => store.useToken(`modi/${jti}`),
  });
}

/** A problem of GovWay; `simulated`: which part it was, which GovWay does not say. */
export function answerGovWay(
  c: Context,
  status: 400 | 401 | 403 | 429,
  type: string,
  simulated?: string,
): Response {
  return c.json(
    {
      type: `https://govway.org/handling-errors/${status}/${type}.html`,
      title: type,
      status,
      ...(simulated !== undefined && { simulated }),
    },
    status,
    { "content-type": "application/problem+json" },
  );
}
