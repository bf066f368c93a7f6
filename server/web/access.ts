/** Under which addresses browsers reach the dashboard, and what the proxies in front of it tell of them. */
import type { Context } from "hono";

export interface PublicAccess {
  /** Origins as browsers write them: `https://postino.comune.example`; the loopback of this machine is always allowed. */
  readonly origins: readonly string[];
  /** How many proxies of ours stand in front: what they forward is believed, what came before them is not. */
  readonly proxyHops: number;
}

/** No proxy: only browsers of this machine. */
export const localAccess: PublicAccess = { origins: [], proxyHops: 0 };

/** The name under which a request says that it wants us; `null`: no name that could be ours. */
export function isKnownHost(c: Context, access: PublicAccess): boolean {
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  if (!isLoopbackHost(host) && !isPublicHost(host, access)) return false;
  const forwarded = readForwarded(c, "x-forwarded-host", access);
  // A proxy that tells the name it was asked for was asked from outside.
  return forwarded === null || isPublicHost(forwarded, access);
}

/** Whether a page of this origin is one of ours. */
export function isKnownOrigin(c: Context, access: PublicAccess, origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (access.origins.includes(url.origin)) return true;
  const host = c.req.header("host");
  return host !== undefined && isLoopbackHost(host) && url.host === host;
}

/** Whether the browser speaks TLS to the outermost proxy. */
export function isEncrypted(c: Context, access: PublicAccess): boolean {
  const scheme = readForwarded(c, "x-forwarded-proto", access);
  if (scheme !== null) return scheme === "https";
  const host = (
    readForwarded(c, "x-forwarded-host", access) ??
    c.req.header("host") ??
    ""
  ).toLowerCase();
  return access.origins.includes(`https://${host}`);
}

/** Where a request comes from: the nearest that a proxy of ours vouches for, else whoever is connected. */
export function readAddress(c: Context, access: PublicAccess): string {
  const { address } = (c.env ?? {}) as { readonly address?: string };
  return readForwarded(c, "x-forwarded-for", access) ?? address ?? "sconosciuto";
}

/** The origin under which the browser knows us: the public one that it asked for, else this machine's. */
export function readOrigin(c: Context, access: PublicAccess): string {
  const host = (
    readForwarded(c, "x-forwarded-host", access) ??
    c.req.header("host") ??
    ""
  ).toLowerCase();
  const asked = access.origins.find((origin) => new URL(origin).host === host);
  return (
    asked ?? (isLoopbackHost(host) ? `http://${host}` : (access.origins[0] ?? "http://127.0.0.1"))
  );
}

/** `Authorization: Bearer …`; `null`: none. */
export function readBearer(c: Context): string | null {
  const [scheme, key] = (c.req.header("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && key !== undefined ? key : null;
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** With a port that exists and numbers that are an address: else nothing behind us can read the address of the request. */
function isLoopbackHost(host: string): boolean {
  return loopback.test(host) && URL.canParse(`http://${host}`);
}

function isPublicHost(host: string, { origins }: PublicAccess): boolean {
  const name = host.toLowerCase();
  return origins.some((origin) => {
    const url = new URL(origin);
    return (
      url.host === name || `${url.hostname}:${url.port || standardPorts[url.protocol]}` === name
    );
  });
}

const standardPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** What the outermost of our proxies said; `null`: there is none, or it says nothing. A browser's own words stand further left. */
function readForwarded(c: Context, name: string, { proxyHops }: PublicAccess): string | null {
  const header = c.req.header(name);
  if (proxyHops === 0 || header === undefined) return null;
  const said = header.split(",").map((part) => part.trim());
  return said.at(-Math.min(proxyHops, said.length)) ?? null;
}
