/** The routes of the keys for scripts, and of the page that explains the API. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { makeToken, revokeToken } from "../../../people/keys.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import { keyPermissions } from "../../../people/tokens.ts";
import { readOrigin } from "../../access.ts";
import { buildOpenApi } from "../../api/openapi.ts";
import type { AppDeps } from "../../deps.ts";
import { requirePrincipal } from "../../gate/who.ts";
import type { Notice } from "../../pages/notice.tsx";
import { ApiPage } from "../../pages/people/api.tsx";
import { KeysPage } from "../../pages/people/keys.tsx";
import { renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { listOperations } from "../api.ts";
import { readPeopleForm } from "./form.ts";

export function createApiPageRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/api", (c) =>
    renderPage(c, deps, {
      title: "API",
      section: null,
      content: (
        <ApiPage
          document={buildOpenApi({ version: deps.version, operations: listOperations(deps) })}
          origin={readOrigin(c, deps.access)}
        />
      ),
    }),
  );
  return app;
}

export function createKeyRoutes(deps: AppDeps, { people }: PeopleDesk): Hono {
  const app = new Hono();
  const nothing = { notice: null, made: null };
  app.get("/chiavi", (c) => {
    const notice: Notice = { tone: "good", text: "La chiave è revocata: non vale più." };
    const isSaid = c.req.query("fatto") === "revoca";
    return renderKeys(c, deps, people, isSaid ? { notice, made: null } : nothing);
  });
  app.post("/chiavi", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    const scopes = form.readAll("puo");
    const endsOn = form.read("fino");
    const made = makeToken(people, requirePrincipal(), {
      name: form.read("nome").trim(),
      scopes: keyPermissions.filter((one) => scopes.includes(one)),
      ente: form.read("ente"),
      ...(endsOn !== "" && { endsOn }),
    });
    if (made.status === "done")
      return await renderKeys(c, deps, people, { notice: null, made: made.value });
    return await renderKeys(c, deps, people, {
      notice: { tone: "bad", text: made.reason },
      made: null,
    });
  });
  app.post("/chiavi/revoca", async (c) => {
    const form = await readPeopleForm(c, deps);
    if (form instanceof Response) return form;
    revokeToken(people, requirePrincipal(), Number(form.read("id")));
    return c.redirect("/chiavi?fatto=revoca", 303);
  });
  return app;
}

async function renderKeys(
  c: Context,
  deps: AppDeps,
  { tokens }: PeopleDesk["people"],
  view: { readonly notice: Notice | null; readonly made: string | null },
): Promise<Response> {
  return await renderPage(c, deps, {
    title: "Chiavi",
    section: null,
    content: (
      <KeysPage
        {...view}
        tokens={tokens.list()}
        enti={(await deps.loadCatalog?.())?.enti ?? []}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: view.notice?.tone === "bad" ? 409 : 200,
  });
}
