/** The route of a flusso's log. */
/** @jsxImportSource ../../markup */
import { Hono } from "hono";
import { readRunLog } from "../../../history/run-log.ts";
import type { AppDeps } from "../../deps.ts";
import { mayDo } from "../../gate/who.ts";
import { parseLogQuery } from "../../log-urls.ts";
import { LogPage } from "../../pages/flusso/log.tsx";
import { readViewBar } from "../verbali/views.tsx";
import { renderMissing, renderPage } from "../../render.tsx";

/** Events of a page. */
const perPage = 50;

export function createLogRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/flussi/:id/registro", async (c) => {
    const run = await deps.journal.readRun(c.req.param("id"));
    if (run === null) return await renderMissing(c, deps, "Questo flusso non esiste.");
    const query = parseLogQuery(new URL(c.req.url).searchParams);
    const log = await readRunLog(deps, run, query, perPage);
    return await renderPage(c, deps, {
      title: `Registro del flusso ${run.id}`,
      section: "flussi",
      content: (
        <LogPage
          run={run}
          log={log}
          query={query}
          isMasked={!mayDo("personal", run.ente)}
          views={await readViewBar(c, deps, "log", run.id)}
        />
      ),
    });
  });
  return app;
}
