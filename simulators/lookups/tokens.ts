/** JSON web tokens as the simulated PDND and its providers read them: signature, whom they are for, from when until when, once. */
import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";

export type TokenClaims = Readonly<Record<string, unknown>>;

export interface ReadToken {
  readonly header: TokenClaims;
  readonly claims: TokenClaims;
  /** What is signed, and the signature. */
  readonly content: string;
  readonly signature: Buffer;
}

/** `null`: no token. */
export function parseToken(token: string): ReadToken | null {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0 || signature === "") return null;
  const [head, claims] = [parsePart(header), parsePart(payload)];
  if (head === null || claims === null) return null;
  const content = `${header}.${payload}`;
  return { header: head, claims, content, signature: Buffer.from(signature, "base64url") };
}

function parsePart(part: string): TokenClaims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as TokenClaims) : null;
  } catch {
    return null;
  }
}

export interface TokenDemands {
  readonly publicKey: string;
  readonly keyId: string;
  readonly issuer: string;
  readonly audience: string;
  readonly nowMs: number;
  /** False: this one was used before. */
  readonly use: (jti: string) => boolean;
}

/** Why a signed token is not taken, for the log of whoever offered it; `null`: it is. A clock that is ahead of ours is not waited for. */
export function findTokenFault(token: ReadToken, demands: TokenDemands): string | null {
  const { header, claims, content, signature } = token;
  const { publicKey, keyId, issuer, audience, nowMs, use } = demands;
  const now = nowMs / 1000;
  if (header["alg"] !== "RS256" || header["typ"] !== "JWT") return "alg or typ";
  if (header["kid"] !== keyId) return "kid";
  if (!verify("RSA-SHA256", Buffer.from(content), createPublicKey(publicKey), signature))
    return "signature";
  if (claims["iss"] !== issuer || claims["sub"] !== issuer) return "iss or sub";
  if (claims["aud"] !== audience) return "aud";
  const [iat, exp] = [claims["iat"], claims["exp"]];
  if (typeof iat !== "number" || !Number.isInteger(iat) || iat > now) return "iat";
  if (typeof exp !== "number" || exp <= now || exp <= iat) return "exp";
  const nbf = claims["nbf"];
  if (nbf !== undefined && (typeof nbf !== "number" || nbf > now)) return "nbf";
  const jti = claims["jti"];
  if (typeof jti !== "string" || jti === "" || !use(jti)) return "jti";
  return null;
}

/** A voucher, in the form of PDND's; only this PDND reads it. */
export function sealVoucher(claims: TokenClaims, secret: Buffer): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const content = `${encode({ typ: "at+jwt", alg: "HS256" })}.${encode(claims)}`;
  return `${content}.${hash(content, secret).toString("base64url")}`;
}

/** What a voucher says; `null`: it is none of ours, or over. */
export function openVoucher(token: string, secret: Buffer, nowMs: number): TokenClaims | null {
  const read = parseToken(token);
  if (read === null) return null;
  const own = hash(read.content, secret);
  if (own.length !== read.signature.length || !timingSafeEqual(own, read.signature)) return null;
  const { exp } = read.claims;
  return typeof exp === "number" && exp * 1000 > nowMs ? read.claims : null;
}

function hash(content: string, secret: Buffer): Buffer {
  return createHmac("sha256", secret).update(content).digest();
}
