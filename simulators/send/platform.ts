/** What the simulated SEND says of itself: whether it works now, and when it did not; public, without a key. */
import type { Hono } from "hono";
import { fromInstant, toInstant } from "../../engine/host/clock.ts";
import type { Malfunction, SimulatorWorld } from "./options.ts";
import { json } from "./problem.ts";
import { publicBase } from "./upload.ts";

/** Adds `GET /status`, `GET /downtime/v1/resolved` and the legal facts of malfunctions. */
export function addPlatformRoutes(app: Hono, { world }: { readonly world: SimulatorWorld }): void {
  const { clock, environment, publicUrl } = world;

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

  app.get("/downtime/v1/legal-facts/:id", (c) => {
    const id = c.req.param("id");
    const isOver = (one: Malfunction): boolean => fromInstant(one.to) <= clock.now();
    if (!environment.malfunctions.some((one) => isOver(one) && legalFactId(one) === id))
      // This service has error codes of its own form. Source: pn-downtime-logs schemas-pn-errors-v1.
      return json(
        404,
        {
          status: 404,
          title: "Not Found",
          errors: [{ code: "404-0001", detail: "Unknown legal fact" }],
        },
        "application/problem+json",
      );
    return json(200, {
      filename: id,
      contentLength: legalFact.byteLength,
      url: `${publicBase(c.req.url, publicUrl)}/downtime-legal-fact/${id}`,
    });
  });

  app.get(
    "/downtime-legal-fact/:id",
    () => new Response(legalFact, { headers: { "content-type": "application/pdf" } }),
  );
}

const legalFact = new TextEncoder().encode("%PDF-1.4\n% disservizio simulato\n%%EOF\n");

function legalFactId({ from }: Malfunction): string {
  return `PN_DOWNTIME_LEGAL_FACTS-${from.replaceAll(/\D/g, "")}.pdf`;
}

function entryOf(malfunction: Malfunction): unknown {
  const { functionality, from, to } = malfunction;
  return {
    functionality,
    status: "OK",
    startDate: from,
    endDate: to,
    legalFactId: legalFactId(malfunction),
    fileAvailable: true,
  };
}
