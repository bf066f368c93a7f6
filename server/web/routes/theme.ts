/** `POST /aspetto`: light, dark or as the system has it; the browser keeps it in a cookie, so that no page flashes. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isEncrypted, type PublicAccess } from "../access.ts";
import { parseTheme, type Theme } from "../pages/theme.tsx";

const cookieName = "postino_aspetto";
const yearSeconds = 31_536_000;

export function createThemeRoutes(access: PublicAccess): Hono {
  const app = new Hono();
  app.post("/aspetto", bodyLimit({ maxSize: 1_000 }), async (c) => {
    const theme = parseTheme((await c.req.parseBody())["aspetto"]);
    if (theme === null) deleteCookie(c, cookieName, { path: "/" });
    else if (theme !== undefined)
      setCookie(c, cookieName, theme, {
        httpOnly: true,
        sameSite: "Lax",
        path: "/",
        maxAge: yearSeconds,
        secure: isEncrypted(c, access),
      });
    return c.redirect(findWayBack(c), 303);
  });
  return app;
}

/** What this browser chose. */
export function readTheme(c: Context): Theme {
  const kept = getCookie(c, cookieName);
  return kept === "light" || kept === "dark" ? kept : null;
}

/** The page that the form stood on, without its origin: no other site is led to. */
function findWayBack(c: Context): string {
  const from = c.req.header("referer") ?? "";
  if (!URL.canParse(from)) return "/";
  const { pathname, search } = new URL(from);
  // Two slashes would begin the name of another host.
  return `/${pathname.replace(/^\/+/, "")}${search}`;
}
