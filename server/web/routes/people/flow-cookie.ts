/** The cookie of a login that has begun: it binds what comes back to the browser that asked. */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { isEncrypted, type PublicAccess } from "../../access.ts";

const plainName = "postino_accesso";
const lockedName = "__Host-postino_accesso";

/** Empty: nothing was begun. */
export function readFlowCookie(c: Context, access: PublicAccess): string {
  return getCookie(c, isEncrypted(c, access) ? lockedName : plainName) ?? "";
}

export function writeFlowCookie(c: Context, access: PublicAccess, flow: string): void {
  const secure = isEncrypted(c, access);
  setCookie(c, secure ? lockedName : plainName, flow, {
    httpOnly: true,
    // Lax: a provider sends the browser back from another site.
    sameSite: "Lax",
    path: "/",
    secure,
    maxAge: 600,
  });
}
