/** The routes of the alerts: what was told to whom, and a message to try it. */
/** @jsxImportSource ../markup */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { everyEnte } from "../../people/roles.ts";
import type { AppDeps } from "../deps.ts";
import { mayDo } from "../gate/who.ts";
import { AlertsPage } from "../pages/alerts/alerts.tsx";
import type { Notice } from "../pages/notice.tsx";
import { renderPage, renderRefused } from "../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../security.ts";
import { stalePage } from "../upload-faults.tsx";

export function createAlertRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { alerts } = deps;
  if (alerts === undefined) return app;
  app.get("/avvisi", async (c) =>
    renderPage(c, deps, {
      title: "Avvisi",
      section: "avvisi",
      content: (
        <AlertsPage
          messages={await alerts.list()}
          catalog={(await deps.loadCatalog?.()) ?? null}
          csrf={ensureCsrfToken(c, deps.access)}
          notice={describeTest(c.req.query("prova"))}
          canTest={mayDo("upkeep", everyEnte)}
        />
      ),
    }),
  );
  app.post("/avvisi/prova", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const form = await c.req.parseBody();
    if (!isCsrfToken(c, form["csrf"])) return await renderRefused(c, deps, stalePage);
    return c.redirect(`/avvisi?prova=${await alerts.test()}`, 303);
  });
  return app;
}

function describeTest(count: string | undefined): Notice | null {
  if (count === undefined) return null;
  if (!/^[1-9]\d{0,3}$/.test(count))
    return {
      tone: "bad",
      text: "Nessuno da avvisare.",
      hint: "Scrivere in avvisi.yaml, nella cartella dei dati, a chi (to:) o dove (webhook:).",
    };
  return {
    tone: "good",
    text:
      count === "1"
        ? "Un messaggio di prova parte entro un minuto."
        : `${count} messaggi di prova partono entro un minuto.`,
    hint: "L'esito compare qui sotto.",
  };
}
