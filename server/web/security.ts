/** Who may speak to the dashboard: this machine and the addresses of the installation, and for commands only pages of its own. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import {
  isEncrypted,
  isKnownHost,
  isKnownOrigin,
  readBearer,
  type PublicAccess,
} from "./access.ts";
import { readPrincipal } from "./gate/who.ts";

/** Header that marks a command of a program; a page of another site cannot send it without asking first. */
export const COMMAND_HEADER = "x-postino-command";
const COOKIE = "postino_csrf";

const headers = {
  "content-security-policy":
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not no-referrer: with it browsers send `Origin: null` with our own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

/** Headers of every answer, where its route gives no others; what is not an asset is kept in no cache, for it holds personal data. */
export const setSecurityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(headers))
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
};

/** Refuses names other than our own: a foreign name that resolves to this machine is an attack (DNS rebinding). */
export function refuseForeignHosts(access: PublicAccess): MiddlewareHandler {
  return async (c, next) => (isKnownHost(c, access) ? next() : c.text(foreignHost, 421));
}

const foreignHost =
  "Il pannello risponde solo da questo computer e agli indirizzi scritti in POSTINO_PUBLIC_URL.\n";

/** Refuses a POST that comes from a page of another origin. */
export function refuseForeignPosts(access: PublicAccess): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    // The answer of a SAML provider comes from its page; it is judged by its signature, and by the browser that had asked.
    if (c.req.path === "/accesso/saml") return next();
    // A page of another site cannot send one: the browser asks us first, and we do not agree.
    if (readBearer(c) !== null) return next();
    if (!isSameOrigin(c, access))
      return c.text("Richiesta rifiutata: non viene da questo pannello.\n", 403);
    return next();
  };
}

/** Of an answer that sets the cookie: all its forms bear the same. */
const drawnTokens = new WeakMap<Request, string>();

/** The token that a form must carry: that of the session, or before there is one of a cookie, which is set when the browser has none. */
export function ensureCsrfToken(c: Context, access: PublicAccess): string {
  const ofSession = buildSessionToken();
  if (ofSession !== null) return ofSession;
  const drawn = drawnTokens.get(c.req.raw);
  if (drawn !== undefined) return drawn;
  const known = getCookie(c, COOKIE);
  if (known !== undefined && /^[0-9a-f]{32}$/.test(known)) return known;
  const token = crypto.randomUUID().replaceAll("-", "");
  const secure = isEncrypted(c, access);
  drawnTokens.set(c.req.raw, token);
  setCookie(c, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/", secure });
  return token;
}

/** Made of the session, so that no cookie which somebody planted can stand for it. */
function buildSessionToken(): string | null {
  const session = readPrincipal()?.session ?? null;
  if (session === null) return null;
  return createHash("sha256").update(`csrf:${session}`).digest("hex").slice(0, 32);
}

/** Whether the form's token is the session's, or the cookie's. */
export function isCsrfToken(c: Context, given: unknown): boolean {
  const expected = buildSessionToken() ?? getCookie(c, COOKIE);
  if (expected === undefined || typeof given !== "string") return false;
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function isSameOrigin(c: Context, access: PublicAccess): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = c.req.header("origin");
  if (origin !== undefined) return isKnownOrigin(c, access, origin);
  return site === "same-origin" || c.req.header(COMMAND_HEADER) !== undefined;
}
