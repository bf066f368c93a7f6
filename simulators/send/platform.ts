/** What the simulated SEND says of itself: whether it works now, and when it did not; public, without a key. */
import type { Hono } from "hono";
import { toEpochMs, toInstant } from "../../engine/host/clock.ts";
import type { Malfunction, SimulatorWorld } from "./options.ts";
import { answerJson } from "./problem.ts";
import { resolvePublicBase } from "./upload.ts";

/** Adds `GET /status`, `GET /downtime/v1/resolved` and the legal facts of malfunctions. */
export function addPlatformRoutes(app: Hono, { world }: { readonly world: SimulatorWorld }): void {
  const { clock, environment, publicUrl } = world;

  app.get("/status", () => {
    const open = environment.malfunctions.filter(
      ({ from, to }) => toEpochMs(from) <= clock.now() && clock.now() < toEpochMs(to),
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
    return answerJson(status, body, "application/problem+json");
  });

  app.get("/downtime/v1/resolved", (c) => {
    const [year, month] = toInstant(clock.now()).split("-");
    const wanted = `${c.req.query("year") ?? year}-${(c.req.query("month") ?? month ?? "").padStart(2, "0")}`;
    const resolved = environment.malfunctions.filter(
      ({ from, to }) => toEpochMs(to) <= clock.now() && from.startsWith(wanted),
    );
    const result = resolved.map((one) => buildEntry(one, isAttested(one, clock.now())));
    return answerJson(200, { result });
  });

  app.get("/downtime/v1/legal-facts/:id", (c) => {
    const id = c.req.param("id");
    const isKnown = environment.malfunctions.some(
      (one) => isAttested(one, clock.now()) && buildLegalFactId(one) === id,
    );
    if (!isKnown)
      // This service has error codes of its own form. Source: pn-downtime-logs schemas-pn-errors-v1.
      return answerJson(
        404,
        {
          status: 404,
          title: "Not Found",
          errors: [{ code: "404-0001", detail: "Unknown legal fact" }],
        },
        "application/problem+json",
      );
    return answerJson(200, {
      filename: id,
      contentLength: legalFact.byteLength,
      url: `${resolvePublicBase(c.req.url, publicUrl)}/downtime-legal-fact/${id}`,
    });
  });

  app.get(
    "/downtime-legal-fact/:id",
    () => new Response(legalFact, { headers: { "content-type": "application/pdf" } }),
  );
}

const legalFact = new TextEncoder().encode("%PDF-1.4\n% disservizio simulato\n%%EOF\n");

function buildLegalFactId({ from }: Malfunction): string {
  return `PN_DOWNTIME_LEGAL_FACTS-${from.replaceAll(/\D/g, "")}.pdf`;
}

function isAttested({ to, attestedAt = to }: Malfunction, nowMs: number): boolean {
  return toEpochMs(attestedAt) <= nowMs;
}

// Source: pn-downtime-logs schemas-pn-components-v1: no legal fact in the first minutes after the end.
function buildEntry(malfunction: Malfunction, hasLegalFact: boolean): unknown {
  const { functionality, from, to, attestedAt = to } = malfunction;
  return {
    functionality,
    status: "OK",
    startDate: from,
    endDate: to,
    fileAvailable: hasLegalFact,
    ...(hasLegalFact && {
      legalFactId: buildLegalFactId(malfunction),
      fileAvailableTimestamp: attestedAt,
    }),
  };
}
