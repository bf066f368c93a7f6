/** Asks everybody who comes in who they are, and whether they may; without users it lets this machine in, as the files on its disk do anyway. */
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { findPrincipal } from "../../people/login.ts";
import type { People } from "../../people/people.ts";
import { buildLocalPrincipal, everyEnte, type Principal, type Role } from "../../people/roles.ts";
import { isEncrypted, readAddress, readBearer } from "../access.ts";
import type { AppDeps } from "../deps.ts";
import { answerApiFault } from "../routes/fault.ts";
import { seesEnte } from "./guard-journal.ts";
import { findRule, type RouteRule } from "./permissions.ts";
import { readSessionCookie } from "./session-cookie.ts";
import { runAs } from "./who.ts";

/** Asked for by a page that brings itself up to date: nobody is doing anything. */
const partsHeader = "x-postino-parts";

export interface GateOptions {
  readonly people: People;
  /** Roles that must have a second factor. */
  readonly secondFactorFor: readonly Role[];
  /** The page that says that somebody may not. */
  renderForbidden(c: Context, text: string): Promise<Response>;
  /** The page that says that there is no such thing. */
  renderMissing(c: Context, text: string): Promise<Response>;
}

export function createGate(deps: AppDeps, options: GateOptions): MiddlewareHandler {
  const { people } = options;
  const isFresh = createFreshness(deps.clock);
  return async (c, next) => {
    if (isEncrypted(c, deps.access))
      c.header("strict-transport-security", "max-age=31536000; includeSubDomains");
    const address = readAddress(c, deps.access);
    if (!people.users.hasAny()) return await runAs(buildLocalPrincipal(address), next);
    const rule = findRouteRule(c);
    const principal = identify(c, deps, { ...options, address });
    if (principal === "bad-key")
      return answerApiFault(
        c,
        401,
        "KEY_UNKNOWN",
        "La chiave non è nota, è stata revocata o è scaduta.",
      );
    if (principal === null) {
      if (rule?.needs !== "public") return answerStranger(c);
      return await runAs(buildStranger(address), next);
    }
    return await runAs(principal, async () => {
      const refusal = await refuse(c, deps, { rule, principal, options });
      if (refusal !== null) return refusal;
      await next();
      noteAct(c, people, { rule, principal, ente: await findEnte(c, deps, rule), isFresh });
      return undefined;
    });
  };
}

/** The line of the table for the route that will answer; `null`: there is none for this address. */
function findRouteRule(c: Context): RouteRule | null {
  const route = matchedRoutes(c).find(({ method }) => method !== "ALL");
  return route === undefined ? null : findRule(route.method, route.path);
}

function identify(
  c: Context,
  deps: AppDeps,
  { people, secondFactorFor, address }: GateOptions & { readonly address: string },
): Principal | "bad-key" | null {
  const key = readBearer(c);
  // The price service has keys of its own.
  if (key !== null && !c.req.path.startsWith("/prezzo/"))
    return people.tokens.find(key, address) ?? "bad-key";
  const secret = readSessionCookie(c, deps.access);
  if (secret === "") return null;
  const isActive = c.req.header(partsHeader) === undefined && c.req.path !== "/events";
  const session = people.sessions.find(secret, isActive);
  return session === null ? null : findPrincipal(people, session, { address, secondFactorFor });
}

/** Somebody at the door: sees the ways in and nothing else. */
function buildStranger(address: string): Principal {
  return {
    kind: "stranger",
    name: "sconosciuto",
    fullName: "",
    userId: null,
    address,
    session: null,
    mustEnroll: false,
    can: () => false,
    enti: [],
  };
}

function answerStranger(c: Context): Response {
  if (isForPrograms(c))
    return answerApiFault(
      c,
      401,
      "NOT_SIGNED_IN",
      "Serve l'accesso: una chiave nell'intestazione Authorization (Bearer), o una sessione.",
    );
  if (c.req.header(partsHeader) !== undefined || c.req.path === "/events")
    return c.text("Serve l'accesso.\n", 401);
  const isPage = c.req.method === "GET";
  const { pathname, search } = new URL(c.req.url);
  const after = isPage && pathname !== "/" ? `?poi=${encodeURIComponent(pathname + search)}` : "";
  return c.redirect(`/accesso${after}`, 303);
}

function isForPrograms(c: Context): boolean {
  return c.req.path.startsWith("/api/") || c.req.path === "/metrics" || readBearer(c) !== null;
}

const noRun = "Questo flusso non esiste.";
const forbidden = "Il ruolo di chi è entrato non consente questa pagina o questa azione.";

interface Asked {
  readonly rule: RouteRule | null;
  readonly principal: Principal;
  readonly options: GateOptions;
}

async function refuse(
  c: Context,
  deps: AppDeps,
  { rule, principal, options }: Asked,
): Promise<Response | null> {
  // Nothing answers at this address: the page for that does.
  if (rule === null && matchedRoutes(c).every(({ method }) => method === "ALL")) return null;
  if (principal.mustEnroll && rule?.needs !== "public" && rule?.isBefore !== true)
    return isForPrograms(c)
      ? answerApiFault(
          c,
          403,
          "SECOND_FACTOR_NEEDED",
          "Prima va attivato il secondo fattore, dalla pagina del profilo.",
        )
      : c.redirect("/profilo", 303);
  if (rule !== null && (await isAllowed(c, deps, rule, principal))) {
    if (rule.of !== "run") return null;
    const ente = await findEnte(c, deps, rule);
    // Of another ente: told as what is not there at all, whatever the route would have done.
    if (ente !== null && seesEnte(principal, ente)) return null;
    return isForPrograms(c)
      ? answerApiFault(c, 404, "NO_RUN", noRun)
      : await options.renderMissing(c, noRun);
  }
  options.people.audit.append({
    actor: principal.name,
    action: "vietato",
    subject: `${c.req.method} ${rule?.path ?? "?"}`,
    address: principal.address,
  });
  return isForPrograms(c)
    ? answerApiFault(c, 403, "FORBIDDEN", forbidden)
    : await options.renderForbidden(c, forbidden);
}

async function isAllowed(
  c: Context,
  deps: AppDeps,
  rule: RouteRule,
  principal: Principal,
): Promise<boolean> {
  const { needs, of } = rule;
  if (needs === "public") return true;
  // A key has no profile.
  if (needs === "own") return principal.kind !== "token" || rule.path.startsWith("/api/");
  if (of === "any") return principal.can(needs, null);
  if (of === "all") return principal.can(needs, everyEnte);
  const ente = await findEnte(c, deps, rule);
  // Neither a flusso that is not there nor one of another ente is: both are told alike, by the route.
  if (ente === null || !seesEnte(principal, ente)) return principal.can(needs, null);
  return principal.can(needs, ente);
}

async function findEnte(c: Context, deps: AppDeps, rule: RouteRule | null): Promise<string | null> {
  if (rule?.of === "ente") return readParam(c, "ente");
  if (rule?.of !== "run") return null;
  const id = readParam(c, "id")?.replace(/\.csv$/, "") ?? "";
  return (await deps.journal.readRun(id))?.ente ?? null;
}

/** A part of the address by its name in the route that will answer: the gate itself stands at every address. */
function readParam(c: Context, name: string): string | null {
  const route = matchedRoutes(c).find(({ method }) => method !== "ALL");
  const at = route?.path.split("/").indexOf(`:${name}`) ?? -1;
  const part = at === -1 ? undefined : c.req.path.split("/")[at];
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** What was read is written down once it was answered; commands write their own line. */
function noteAct(
  c: Context,
  people: People,
  {
    rule,
    principal,
    ente,
    isFresh,
  }: {
    readonly rule: RouteRule | null;
    readonly principal: Principal;
    readonly ente: string | null;
    readonly isFresh: (act: string) => boolean;
  },
): void {
  const { act } = rule ?? {};
  if (act === undefined || !c.res.ok || c.req.header(partsHeader) !== undefined) return;
  // What a part of a file is asked for again is one download.
  if (c.req.header("range") !== undefined && c.res.status === 206) return;
  const subject = ["id", "name", "ente", "key"]
    .map((name) => readParam(c, name))
    .filter((part) => part !== null)
    .join("/");
  if (!isFresh([principal.name, principal.session, act, subject].join("\n"))) return;
  people.audit.append({
    actor: principal.name,
    action: act,
    ente,
    subject: subject === "" ? null : subject,
    address: principal.address,
  });
}

const readAgainMs = 10 * 60_000;

/** What somebody reads again and again, as a script does that waits, is one line in ten minutes. */
function createFreshness({ now }: AppDeps["clock"]): (act: string) => boolean {
  const told = new Map<string, number>();
  return (act) => {
    const last = told.get(act);
    if (last !== undefined && now() - last < readAgainMs) return false;
    if (told.size >= 10_000) told.clear();
    told.set(act, now());
    return true;
  };
}
