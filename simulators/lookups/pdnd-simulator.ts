/** PDND's token service: a client assertion for a voucher of one purpose. */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import type { LookupStore } from "./store.ts";
import { findTokenFault, parseToken, sealVoucher } from "./tokens.ts";

/** A client with its only key. */
export interface PdndClientKey {
  readonly clientId: string;
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}

/** What may be asked with a purpose. */
export interface Purpose {
  /** `C030`, `INAD`. */
  readonly service: string;
  /** Calls a day; afterwards the provider says 429. */
  readonly perDay: number;
}

export interface PdndOptions {
  readonly clock: Clock;
  readonly store: LookupStore;
  readonly client: PdndClientKey;
  /** By purposeId. */
  readonly purposes: Readonly<Record<string, Purpose>>;
}

export const simulatedPdndAudience = "auth.simulato/client-assertion";

// Source: PDND, vouchers of ten minutes.
const voucherSeconds = 600;

/** To be mounted at `/pdnd`. */
export function createPdndSimulator(options: PdndOptions): Hono {
  const { clock, store, client, purposes } = options;
  const app = new Hono();
  app.post("/token.oauth2", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const fault = findRequestFault(form, options);
    // Source: memory: PDND tells a caller no more than this.
    if (fault !== null)
      return c.json(
        {
          type: "about:blank",
          status: 400,
          title: "The request contains bad syntax or cannot be fulfilled.",
          errors: [
            { code: "015-0008", detail: "Unable to generate a token for the given request" },
          ],
          // What a person who tries it out wants to know; PDND does not say it.
          simulated: fault,
        },
        400,
      );
    const claims = parseToken(form.get("client_assertion") ?? "")?.claims ?? {};
    const purposeId = String(claims["purposeId"]);
    const now = Math.floor(clock.now() / 1000);
    const voucher = sealVoucher(
      {
        iss: "auth.simulato",
        sub: client.clientId,
        client_id: client.clientId,
        aud: purposes[purposeId]?.service,
        purposeId,
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: now + voucherSeconds,
        ...(claims["digest"] !== undefined && { digest: claims["digest"] }),
      },
      store.secret,
    );
    return c.json({ access_token: voucher, token_type: "Bearer", expires_in: voucherSeconds });
  });
  return app;
}

function findRequestFault(
  form: URLSearchParams,
  { clock, store, client, purposes }: PdndOptions,
): string | null {
  if (form.get("grant_type") !== "client_credentials") return "grant_type";
  if (
    form.get("client_assertion_type") !== "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
  )
    return "client_assertion_type";
  if (form.get("client_id") !== client.clientId) return "client_id";
  const token = parseToken(form.get("client_assertion") ?? "");
  if (token === null) return "client_assertion";
  const fault = findTokenFault(token, {
    publicKey: client.publicKey,
    keyId: client.keyId,
    issuer: client.clientId,
    audience: simulatedPdndAudience,
    nowMs: clock.now(),
    use: (jti) => store.useToken(`pdnd/${jti}`),
  });
  if (fault !== null) return fault;
  const { purposeId, digest } = token.claims;
  if (typeof purposeId !== "string" || purposes[purposeId] === undefined) return "purposeId";
  if (digest === undefined) return null;
  const { alg, value } = (digest ?? {}) as Record<string, unknown>;
  const isDigest = alg === "SHA256" && typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
  return isDigest ? null : "digest";
}
