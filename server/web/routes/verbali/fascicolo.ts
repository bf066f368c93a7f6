/** The case file of a notification, made while one waits: `/fascicoli/<ente>/<IUN>.zip` and `.pdf`. */
import { type Context, Hono } from "hono";
import type { AppDeps } from "../../deps.ts";
import { answerPieces } from "../../downloads.ts";
import { renderMissing } from "../../render.tsx";

export function createFascicoloRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/fascicoli/:ente/:name", async (c) => {
    const [, iun, kind] =
      /^([A-Z]{4}-[A-Z]{4}-[A-Z]{4}-\d{6}-[A-Z]-\d)\.(zip|pdf)$/.exec(c.req.param("name")) ?? [];
    const written = iun === undefined ? null : await deps.writeCase(c.req.param("ente"), iun);
    if (written === null || kind === undefined) return answerMissing(c, deps);
    return kind === "pdf"
      ? answerPieces([written.pdf], "application/pdf", `${written.name}.pdf`)
      : answerPieces(written.openZip(), "application/zip", `${written.name}.zip`);
  });
  return app;
}

function answerMissing(c: Context, deps: AppDeps): Response | Promise<Response> {
  return renderMissing(
    c,
    deps,
    "Di questa notifica non c'è un fascicolo: non è stata inviata da qui, o lo è stata prima che se ne tenesse uno.",
  );
}
