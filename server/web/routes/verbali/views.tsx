/** The routes of saved views, and what a page needs to show its own. */
/** @jsxImportSource ../../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { viewPages, type ViewPage, type ViewResult } from "../../../views/saved-views.ts";
import type { AppDeps } from "../../deps.ts";
import { mayChangeView } from "../../gate/guard-views.ts";
import { mayDo, readPrincipal } from "../../gate/who.ts";
import type { Notice } from "../../pages/notice.tsx";
import { ViewsPage } from "../../pages/views/list.tsx";
import type { ViewBar } from "../../pages/views/saved-views.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildViewUrl, cleanViewQuery } from "../../view-urls.ts";

const hint = "Tornare indietro e riprovare con un altro nome.";

export function createViewRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { views } = deps;
  if (views === undefined) return app;
  app.get("/viste", async (c) =>
    renderPage(c, deps, {
      title: "Viste salvate",
      section: null,
      content: (
        <ViewsPage
          views={await views.list()}
          csrf={ensureCsrfToken(c, deps.access)}
          notice={describeDone(c.req.query("fatto"))}
          mayShare={mayDo("start", null)}
          canChange={(view) => {
            const principal = readPrincipal();
            return principal === null || mayChangeView(principal, view);
          }}
        />
      ),
    }),
  );
  app.post("/viste", bodyLimit({ maxSize: 16_000 }), async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const page = viewPages.find((one) => one === form.get("pagina"));
    if (page === undefined)
      return await renderRefused(c, deps, "Questa pagina non ha viste.", { status: 400 });
    const query = cleanViewQuery(page, new URLSearchParams(form.get("filtri") ?? ""));
    if (query === "")
      return await renderRefused(c, deps, "Non c'è nessun filtro da salvare.", {
        status: 400,
        hint: "Scegliere prima un filtro nella pagina.",
      });
    const result = await views.save({ page, query, ...readName(form) });
    if (result.status !== "saved") return await refuse(c, deps, result);
    return c.redirect(buildViewUrl(result.view, form.get("flusso")) ?? "/viste?fatto=tenuta", 303);
  });
  app.post("/viste/:id", bodyLimit({ maxSize: 16_000 }), async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const result = await views.change(c.req.param("id"), readName(form));
    return result.status === "saved"
      ? c.redirect("/viste?fatto=cambiata", 303)
      : await refuse(c, deps, result);
  });
  app.post("/viste/:id/togli", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    return (await views.remove(c.req.param("id")))
      ? c.redirect("/viste?fatto=tolta", 303)
      : await renderMissing(c, deps, notThere);
  });
  return app;
}

/** What the page shows of its views; `null`: none are kept here. */
export async function readViewBar(
  c: Context,
  deps: AppDeps,
  page: ViewPage,
  runId: string | null = null,
): Promise<ViewBar | null> {
  if (deps.views === undefined) return null;
  const views = (await deps.views.list()).filter((view) => view.page === page);
  const query = cleanViewQuery(page, new URL(c.req.url).searchParams);
  return { page, query, views, runId, csrf: ensureCsrfToken(c, deps.access) };
}

const notThere = "Questa vista non c'è più.";

async function refuse(
  c: Context,
  deps: AppDeps,
  result: Exclude<ViewResult, { status: "saved" }>,
): Promise<Response> {
  if (result.status === "missing") return await renderMissing(c, deps, notThere);
  return await renderRefused(c, deps, result.reason, { status: 409, hint });
}

function readName(form: URLSearchParams): { readonly name: string; readonly isShared: boolean } {
  return { name: (form.get("nome") ?? "").trim(), isShared: form.get("ufficio") === "si" };
}

async function readForm(c: Context, deps: AppDeps): Promise<URLSearchParams | Response> {
  const form = new URLSearchParams(await c.req.text());
  return isCsrfToken(c, form.get("csrf")) ? form : await renderRefused(c, deps, stalePage);
}

const doneWords: Readonly<Record<string, string>> = {
  tenuta: "La vista è salvata.",
  cambiata: "La vista è cambiata.",
  tolta: "La vista non c'è più.",
};

function describeDone(word: string | undefined): Notice | null {
  const text = doneWords[word ?? ""];
  return text === undefined ? null : { tone: "good", text };
}
