/** What the simulated SEND says of itself: whether it works now, and when it did not; public, without a key. */
import type { Hono } from "hono";
import { fromInstant, toInstant } from "../../engine/clock.ts";
import type { Malfunction, SimulatorWorld } from "./simulator-options.ts";
import { json } from "./simulator-problem.ts";

/** Adds `GET /status` and `GET /downtime/v1/resolved`. */
export function addPlatformRoutes(app: Hono, { world }: { readonly world: SimulatorWorld }): void {
  const { clock, environment } = world;

  app.get("/status", () => {
    const open = environment.malfunctions.filter(
      ({ from, to }) => fromInstant(from) <= clock.now() && clock.now() < fromInstant(to),
    );
    const status = open.length === 0 ? 200 : 500;
    const body = {
      status,
      functionalities: [
        "NOTIFICATION_CREATE",
        "NOTIFICATION_VISUALIZATION",
        "NOTIFICATION_WORKFLOW",
      ],
      openIncidents: open.map(({ functionality, from }) => ({
        functionality,
        status: "KO",
        startDate: from,
      })),
    };
    return json(status, body, "application/problem+json");
  });

  app.get("/downtime/v1/resolved", (c) => {
    const [year, month] = toInstant(clock.now()).split("-");
    const wanted = `${c.req.query("year") ?? year}-${(c.req.query("month") ?? month ?? "").padStart(2, "0")}`;
    const resolved = environment.malfunctions.filter(
      ({ from, to }) => fromInstant(to) <= clock.now() && from.startsWith(wanted),
    );
    return json(200, { result: resolved.map(entryOf) });
  });
}

function entryOf({ functionality, from, to }: Malfunction): unknown {
  return {
    functionality,
    status: "OK",
    startDate: from,
    endDate: to,
    legalFactId: `PN_DOWNTIME_LEGAL_FACTS-${from.replaceAll(/\D/g, "")}.pdf`,
    fileAvailable: true,
  };
}
