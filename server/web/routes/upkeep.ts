/** `/healthz` and `/metrics`: for the programs that watch over the service. */
import { Hono } from "hono";
import type { AppDeps } from "../deps.ts";
import { createMetrics } from "../../history/metrics.ts";

export function createUpkeepRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const metrics = createMetrics(deps.journal, deps.clock, deps.loadCatalog);
  app.get("/healthz", async (c) => {
    await deps.journal.listRuns({ limit: 1 });
    return c.json({ status: "ok", version: deps.version });
  });
  app.get("/metrics", async (c) =>
    c.body(await metrics(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
  return app;
}
