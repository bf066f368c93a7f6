/** The routes by which a browser goes to a provider and comes back: OIDC and SAML. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { toText } from "../../../history/fields.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import { enterVouched, ProviderAway, type Vouched } from "../../../people/login.ts";
import type { OidcBegun, OidcProvider } from "../../../people/providers/oidc.ts";
import type { SamlProvider } from "../../../people/providers/saml.ts";
import { hashSecret } from "../../../people/store.ts";
import { readOrigin } from "../../access.ts";
import type { AppDeps } from "../../deps.ts";
import { readFlowCookie, writeFlowCookie } from "./flow-cookie.ts";
import { concludeLogin, readAfter, readCaller } from "./login.tsx";

const forMs = 10 * 60_000;

/** Routes of what is set up; the others do not exist. */
export function createProviderRoutes(deps: AppDeps, desk: PeopleDesk): Hono {
  const app = new Hono();
  if (desk.oidc !== undefined) addOidc(app, deps, desk, desk.oidc);
  if (desk.saml !== undefined) addSaml(app, deps, desk, desk.saml);
  return app;
}

function addOidc(app: Hono, deps: AppDeps, desk: PeopleDesk, oidc: OidcProvider): void {
  const { flows } = desk.people;
  const findCallback = (c: Context): string => `${readOrigin(c, deps.access)}/accesso/oidc/ritorno`;
  app.get("/accesso/oidc", (c) =>
    orAway(c, deps, async () => {
      const { url, begun } = await oidc.begin(findCallback(c));
      const data = { ...begun, after: readAfter(c.req.query("poi") ?? "") };
      writeFlowCookie(c, deps.access, flows.begin("oidc", { userId: null, data }, { forMs }));
      return c.redirect(url, 303);
    }),
  );
  app.get("/accesso/oidc/ritorno", (c) =>
    orAway(c, deps, async () => {
      const begun = flows.take("oidc", readFlowCookie(c, deps.access));
      if (begun === null) return c.redirect("/accesso?fatto=rifiutato", 303);
      const { after, ...rest } = begun.data;
      // The address that the provider knows, whatever the proxy made of it.
      const address = new URL(`${findCallback(c)}${new URL(c.req.url).search}`);
      const vouched = await oidc.finish(address, rest as unknown as OidcBegun);
      return conclude(c, deps, desk, vouched, toText(after) ?? "/");
    }),
  );
}

/**
 * The provider's answer comes as a form of another site, without our cookies: it is checked, kept for a moment under a word of
 * its own, and taken by the browser that had asked.
 */
function addSaml(app: Hono, deps: AppDeps, desk: PeopleDesk, saml: SamlProvider): void {
  const { flows } = desk.people;
  app.get("/accesso/saml", async (c) => {
    const data = { after: readAfter(c.req.query("poi") ?? "") };
    const flow = flows.begin("oidc", { userId: null, data }, { forMs });
    writeFlowCookie(c, deps.access, flow);
    return c.redirect(await saml.begin(readOrigin(c, deps.access), hashSecret(flow)), 303);
  });
  app.get("/accesso/saml/metadati", async (c) =>
    c.body(await saml.describe(readOrigin(c, deps.access)), 200, {
      "content-type": "application/samlmetadata+xml",
    }),
  );
  app.post("/accesso/saml", bodyLimit({ maxSize: 512_000 }), async (c) => {
    const { SAMLResponse: answer, RelayState: relay } = await c.req.parseBody();
    const vouched =
      typeof answer === "string" ? await saml.finish(readOrigin(c, deps.access), answer) : null;
    if (vouched === null || typeof relay !== "string") {
      const { address } = readCaller(c, deps, true);
      desk.people.audit.append({ actor: "saml", action: "accesso-negato", address });
      return c.redirect("/accesso?fatto=rifiutato", 303);
    }
    const step = flows.begin("saml", { userId: null, data: { vouched, relay } }, { forMs: 60_000 });
    return c.redirect(`/accesso/saml/fine?passo=${step}`, 303);
  });
  app.get("/accesso/saml/fine", (c) => {
    const cookie = readFlowCookie(c, deps.access);
    const answered = flows.take("saml", c.req.query("passo") ?? "")?.data;
    const begun = flows.take("oidc", cookie);
    const isOurs =
      answered !== undefined && begun !== null && answered["relay"] === hashSecret(cookie);
    const vouched = isOurs ? (answered["vouched"] as Vouched) : null;
    return conclude(c, deps, desk, vouched, toText(begun?.data["after"]) ?? "/");
  });
}

async function orAway(c: Context, deps: AppDeps, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderAway)) throw error;
    deps.log.warn("login provider away", { message: String(error.cause) });
    return c.redirect("/accesso?fatto=assente", 303);
  }
}

function conclude(
  c: Context,
  deps: AppDeps,
  { people }: PeopleDesk,
  vouched: Vouched | null,
  after: string,
): Response {
  // The provider says how long a device is trusted; here the browser's end is the end.
  const caller = readCaller(c, deps, true);
  if (vouched === null) {
    people.audit.append({
      actor: "sconosciuto",
      action: "accesso-negato",
      address: caller.address,
    });
    return c.redirect("/accesso?fatto=rifiutato", 303);
  }
  const result = enterVouched(people, vouched, caller);
  if (result.status === "in") return concludeLogin(c, deps, result, readAfter(after));
  return c.redirect(`/accesso?fatto=${result.status === "no-role" ? "ruolo" : "rifiutato"}`, 303);
}
