/** The routes of passkeys: a browser comes in with one, or makes one for whoever is in. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { PeopleDesk } from "../../../people/desk.ts";
import { beginSession } from "../../../people/login.ts";
import {
  beginAuthentication,
  beginRegistration,
  finishAuthentication,
  finishRegistration,
  type PasskeyHost,
} from "../../../people/providers/passkey.ts";
import { toFields } from "../../../history/fields.ts";
import { readOrigin } from "../../access.ts";
import type { AppDeps } from "../../deps.ts";
import { readPrincipal } from "../../gate/who.ts";
import { writeSessionCookie } from "../../gate/session-cookie.ts";
import { isCsrfToken } from "../../security.ts";
import { answerApiFault } from "../fault.ts";
import { readFlowCookie, writeFlowCookie } from "./flow-cookie.ts";
import { nameDevice } from "../../pages/people/device.ts";
import { readAfter, readCaller } from "./login.tsx";
import { findRepeatedFault, readOwn, renewSession } from "./profile.tsx";

export function createPasskeyRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  const limit = bodyLimit({ maxSize: 64_000 });
  for (const path of ["/accesso/passkey/*", "/profilo/passkey/inizio", "/profilo/passkey/fine"])
    app.use(path, limit, async (c, next) => {
      if (isCsrfToken(c, c.req.header("x-postino-csrf"))) return await next();
      return answerApiFault(
        c,
        403,
        "STALE_PAGE",
        "La pagina era aperta da troppo tempo: ricaricarla.",
      );
    });
  addEntry(app, deps, desk);
  addOwnKeys(app, deps, desk);
  return app;
}

function readHost(c: Context, { access }: AppDeps): PasskeyHost {
  const origin = readOrigin(c, access);
  return { origin, hostname: new URL(origin).hostname };
}

function addEntry(app: Hono, deps: AppDeps, { people }: PeopleDesk): void {
  app.post("/accesso/passkey/inizio", async (c) => {
    const { options, flow } = await beginAuthentication(people, readHost(c, deps));
    writeFlowCookie(c, deps.access, flow);
    return c.json(options);
  });
  app.post("/accesso/passkey/fine", async (c) => {
    const { response, shared, after } = await readJson(c);
    const caller = readCaller(c, deps, shared !== false);
    const wait = people.throttle.enter("passkey", caller.address);
    const userId =
      wait === null
        ? await finishAuthentication(people, readHost(c, deps), {
            flow: readFlowCookie(c, deps.access),
            response: toFields(response),
          })
        : null;
    const user = userId === null ? null : people.users.read(userId);
    if (user === null || user.disabledAt !== null) {
      people.audit.append({
        actor: user?.name ?? "sconosciuto",
        action: "accesso-negato",
        detail: { con: "passkey" },
        address: caller.address,
      });
      return answerApiFault(
        c,
        401,
        "NOT_SIGNED_IN",
        "La passkey non è di nessuno che possa entrare.",
      );
    }
    people.throttle.forgive("passkey", caller.address, user.id);
    const result = beginSession(people, user, { method: "passkey", hasSecondFactor: true, caller });
    if (result.status === "in") writeSessionCookie(c, deps.access, result);
    return c.json({ to: readAfter(typeof after === "string" ? after : "/") });
  });
}

function addOwnKeys(app: Hono, deps: AppDeps, desk: PeopleDesk): void {
  const { people } = desk;
  app.post("/profilo/passkey/inizio", async (c) => {
    const user = readUser(desk);
    const principal = readPrincipal();
    if (user === null || principal === null) return c.notFound();
    // What a thief of an open session must not do; whoever comes in by a provider has no password here.
    if (user.source === "local") {
      const { password } = await readJson(c);
      const given = typeof password === "string" ? password : "";
      const fault = await findRepeatedFault(desk, { principal, user }, given);
      if (fault !== null) return answerApiFault(c, 403, "BAD_ANSWER", fault);
    }
    const { options, flow } = await beginRegistration(people, readHost(c, deps), user);
    writeFlowCookie(c, deps.access, flow);
    return c.json(options);
  });
  app.post("/profilo/passkey/fine", async (c) => {
    const user = readUser(desk);
    const principal = readPrincipal();
    if (user === null || principal === null) return c.notFound();
    const { response } = await readJson(c);
    const isKept = await finishRegistration(people, readHost(c, deps), {
      flow: readFlowCookie(c, deps.access),
      userId: user.id,
      response: toFields(response),
      name: nameDevice(c.req.header("user-agent") ?? ""),
    });
    if (!isKept)
      return answerApiFault(c, 400, "BAD_ANSWER", "La passkey non è stata accettata: riprovare.");
    people.audit.append({ actor: user.name, action: "passkey", address: principal.address });
    renewSession(c, deps, people, { principal, user });
    return c.json({ status: "kept" });
  });
  app.post("/profilo/passkey/togli", async (c) => {
    const own = await readOwn(c, deps, desk);
    if (own instanceof Response) return own;
    const { user, principal, form } = own;
    if (people.passkeys.remove(user.id, form.read("id")))
      people.audit.append({
        actor: user.name,
        action: "passkey-tolta",
        address: principal.address,
      });
    return c.redirect("/profilo?fatto=passkey-tolta", 303);
  });
}

function readUser({ people }: PeopleDesk) {
  const principal = readPrincipal();
  return principal === null || principal.userId === null
    ? null
    : people.users.read(principal.userId);
}

async function readJson(c: Context): Promise<Readonly<Record<string, unknown>>> {
  try {
    return toFields(await c.req.json());
  } catch {
    return {};
  }
}
