/** What a person or a test has the simulated SEND do: correct a timeline, have a recipient look. SEND has no such paths. */
import type { Context, Hono } from "hono";
import { pushFees } from "./fees.ts";
import { buildAccess } from "./outcomes/plan.ts";
import { reworkTimeline, type Rework } from "./outcomes/rework.ts";
import { answerJson } from "./problem.ts";
import { settleRequests, type RequestRoutes } from "./requests.ts";
import type { StoredRequest } from "./store.ts";
import { dropInvalid, readTimeline, recordEvent } from "./timeline.ts";

interface ControlBody extends Partial<Rework> {
  readonly iun?: string;
  /** FSU or ALT: over the counter. */
  readonly radd?: string;
}

/** `POST /control/rework` and `POST /control/view`: 204, 404 for an unknown IUN, 409 with the reason where SEND would not. */
export function addControlRoutes(app: Hono, routes: RequestRoutes): void {
  app.post("/control/rework", (c) => control(c, routes, rework));
  app.post("/control/view", (c) => control(c, routes, view));
}

async function control(
  c: Context,
  routes: RequestRoutes,
  act: (request: StoredRequest, body: ControlBody, routes: RequestRoutes) => string | null,
): Promise<Response> {
  const body = ((await c.req.json().catch(() => null)) ?? {}) as ControlBody;
  settleRequests(routes);
  const request = routes.store.findByIun(body.iun ?? "");
  if (request === null) return answerJson(404, { message: "no such notification" });
  try {
    const refusal = act(request, body, routes);
    settleRequests(routes);
    if (refusal !== null) return answerJson(409, { message: refusal });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return answerJson(400, { message: error.message });
  }
  return new Response(null, { status: 204 });
}

function rework(request: StoredRequest, body: ControlBody, routes: RequestRoutes): string | null {
  const { recIndex = 0, attempt = 0, sequence = "P RECAG001A RECAG001B[23L] RECAG001C" } = body;
  const refusal = reworkTimeline(request, { recIndex, attempt, sequence }, routes);
  if (refusal === null) pushFees(request.iun, routes);
  return refusal;
}

function view(
  request: StoredRequest,
  { recIndex = 0, radd }: ControlBody,
  { store, world }: RequestRoutes,
): string | null {
  if (request.status !== "ACCEPTED") return `the notification is ${request.status}`;
  const isViewed = dropInvalid(readTimeline(request, store)).some(
    ({ category, details }) =>
      category === "NOTIFICATION_VIEWED" && details["recIndex"] === recIndex,
  );
  if (isViewed) return "the recipient has NOTIFICATION_VIEWED";
  const at = world.clock.now();
  store.db.transaction(() => {
    for (const event of buildAccess({ recIndex, at, ...(radd === undefined ? {} : { radd }) }))
      recordEvent(store, request, event);
  })();
  return null;
}
