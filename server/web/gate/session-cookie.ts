/** The cookie that a session travels in: bound to the host where the connection is encrypted, never read by scripts. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isEncrypted, type PublicAccess } from "../access.ts";

const plainName = "postino_sessione";
const lockedName = "__Host-postino_sessione";

/** The secret that the browser sent; empty: none. */
export function readSessionCookie(c: Context, access: PublicAccess): string {
  return getCookie(c, isEncrypted(c, access) ? lockedName : plainName) ?? "";
}

/** On a shared PC the cookie ends with the browser. Lax, not Strict: a provider sends the browser back from another site. */
export function writeSessionCookie(
  c: Context,
  access: PublicAccess,
  { secret, isShared }: { readonly secret: string; readonly isShared: boolean },
): void {
  const secure = isEncrypted(c, access);
  setCookie(c, secure ? lockedName : plainName, secret, {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    secure,
    ...(!isShared && { maxAge: 12 * 3_600 }),
  });
}

export function dropSessionCookie(c: Context, access: PublicAccess): void {
  const secure = isEncrypted(c, access);
  deleteCookie(c, secure ? lockedName : plainName, { path: "/", secure });
}
