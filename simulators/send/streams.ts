/** Event streams of the simulated SEND: creation, versions, events with retry-after in milliseconds, acknowledgement by the last id. */
import { randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import { answerGatewayProblem, answerJson, answerProblem } from "./problem.ts";
import { toRequestId, settleRequests, type RequestRoutes } from "./requests.ts";
import { checkGatewayBody } from "./checks/gateway.ts";
import type { SimulatedKey } from "./options.ts";

interface StreamBody {
  readonly title: string;
  readonly eventType: "STATUS" | "TIMELINE";
  readonly groups: readonly string[];
  readonly filterValues?: readonly string[];
  readonly waitForAccepted?: boolean;
  readonly replacedStreamId?: string;
}

interface StreamRow {
  readonly id: string;
  readonly pa: string;
  /** `2.8` */
  readonly version: string;
  readonly body: string;
  readonly activatedAt: number;
  readonly disabledAt: number | null;
  /** Before this instant a call is too early. */
  readonly readyAt: number;
}

/** The versions whose paths exist. Source: pn-stream v2.8, pn-delivery 2.25 bundle v2.9. */
const versions = ["2.8", "2.9"] as const;

// Source: pn-stream configuration: a disabled stream is deleted after 14 days.
const disabledKeptMs = 14 * 86_400_000;

/** What the placeholder DEFAULT of a filter stands for: neither the term that is scheduled nor the corrections. Source: pn-stream. */
const defaultCategories: ReadonlySet<string> = new Set([
  "REQUEST_REFUSED",
  "REQUEST_ACCEPTED",
  "SEND_DIGITAL_DOMICILE",
  "SEND_DIGITAL_FEEDBACK",
  "DIGITAL_SUCCESS_WORKFLOW",
  "DIGITAL_FAILURE_WORKFLOW",
  "SEND_SIMPLE_REGISTERED_LETTER",
  "SEND_SIMPLE_REGISTERED_LETTER_PROGRESS",
  "SEND_ANALOG_DOMICILE",
  "SEND_ANALOG_PROGRESS",
  "SEND_ANALOG_FEEDBACK",
  "ANALOG_SUCCESS_WORKFLOW",
  "ANALOG_FAILURE_WORKFLOW",
  "COMPLETELY_UNREACHABLE",
  "REFINEMENT",
  "NOTIFICATION_VIEWED",
  "NOTIFICATION_CANCELLED",
  "NOTIFICATION_RADD_RETRIEVED",
  "ANALOG_WORKFLOW_RECIPIENT_DECEASED",
]);

/** The first version of streams that tells a category; older ones never do. Source: GA26Q2.B. */
const newCategories: Readonly<Record<string, string>> = {
  NOTIFICATION_TIMELINE_REWORKED: "2.9",
};

/** Adds the routes of every version. */
export function addStreamRoutes(app: Hono, routes: RequestRoutes): void {
  for (const version of versions) {
    const base = `/delivery-progresses/v${version}/streams`;
    app.post(base, async (c) => {
      const body: unknown = await c.req.json().catch(() => null);
      return createStream(version, body, c, routes);
    });
    app.get(base, (c) =>
      answerJson(
        200,
        listStreams(routes.requireKey(c).paTaxId, routes).map(({ id, body }) => ({
          streamId: id,
          title: (JSON.parse(body) as StreamBody).title,
        })),
      ),
    );
    app.get(`${base}/:id`, (c) =>
      answerForStream(version, c, routes, (stream) => answerJson(200, buildMetadata(stream))),
    );
    app.put(`${base}/:id`, async (c) => {
      const body: unknown = await c.req.json().catch(() => null);
      return answerForStream(version, c, routes, (stream) => updateStream(stream, body, routes));
    });
    app.delete(`${base}/:id`, (c) =>
      answerForStream(version, c, routes, ({ id }) => {
        routes.store.db.query("DELETE FROM streams WHERE id = ?").run(id);
        return new Response(null, { status: 204 });
      }),
    );
    app.post(`${base}/:id/action/disable`, (c) =>
      answerForStream(version, c, routes, (stream) =>
        answerJson(200, buildMetadata(disableStream(stream, routes))),
      ),
    );
    app.get(`${base}/:id/events`, (c) =>
      answerForStream(version, c, routes, (stream) => answerEvents(stream, c, routes)),
    );
  }
}

/** Those of the PA; disabled ones are kept for two weeks. */
function listStreams(pa: string, { store, world }: RequestRoutes): readonly StreamRow[] {
  store.db
    .query("DELETE FROM streams WHERE disabledAt <= ?")
    .run(world.clock.now() - disabledKeptMs);
  return store.db
    .query<StreamRow, [string]>("SELECT * FROM streams WHERE pa = ? ORDER BY activatedAt, id")
    .all(pa);
}

function createStream(version: string, body: unknown, c: Context, routes: RequestRoutes): Response {
  const { store, world } = routes;
  const now = world.clock.now();
  const faults = checkGatewayBody("stream", body);
  if (faults.length > 0) return answerGatewayProblem("PN_INVALID_BODY", faults, now);
  const key = routes.requireKey(c);
  const pa = key.paTaxId;
  const { replacedStreamId, ...kept } = body as StreamBody;
  if (!canUse(kept.groups, key)) return answerForbidden(notItsGroups, now);
  const live = listStreams(pa, routes).filter(({ disabledAt }) => disabledAt === null);
  const replaced = live.find(({ id }) => id === replacedStreamId);
  if (replacedStreamId !== undefined && replaced === undefined) return answerMissing(now);
  if (replaced !== undefined && !canUse(parseBody(replaced).groups, key))
    return answerForbidden(notItsGroups, now);
  if (live.length - (replaced === undefined ? 0 : 1) >= world.environment.maxStreams)
    return answerProblem(
      409,
      [{ code: "PN_WEBHOOK_MAXSTREAMSCOUNTREACHED", detail: "Max streams count reached" }],
      now,
    );
  // A stream tells only what happens after its creation.
  settleRequests(routes);
  if (replaced !== undefined) disableStream(replaced, routes);
  const row: StreamRow = {
    id: randomUUID(),
    pa,
    version,
    body: JSON.stringify(kept),
    activatedAt: now,
    disabledAt: null,
    readyAt: now,
  };
  store.db
    .query(
      "INSERT INTO streams (id, pa, version, body, activatedAt, readyAt) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(row.id, row.pa, row.version, row.body, row.activatedAt, row.readyAt);
  const last = store.db.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM events");
  acknowledge(row.id, last.get()?.seq ?? 0, routes);
  return answerJson(200, buildMetadata(row));
}

function answerForStream(
  version: string,
  c: Context,
  routes: RequestRoutes,
  answer: (stream: StreamRow) => Response,
): Response {
  const now = routes.world.clock.now();
  const id = c.req.param("id");
  const key = routes.requireKey(c);
  const stream = listStreams(key.paTaxId, routes).find((row) => row.id === id);
  if (stream === undefined) return answerMissing(now);
  if (stream.version !== version)
    return answerForbidden(`Only supported version v${stream.version}`, now);
  if (!canUse(parseBody(stream).groups, key)) return answerForbidden(notItsGroups, now);
  return answer(stream);
}

const notItsGroups = "The API key lacks groups of the stream";

/** A key without groups may use every stream, another one only those whose groups, at least one, are all its own. */
function canUse(wanted: readonly string[], { groups = [] }: SimulatedKey): boolean {
  if (groups.length === 0) return true;
  return wanted.length > 0 && wanted.every((group) => groups.includes(group));
}

function parseBody({ body }: StreamRow): StreamBody {
  return JSON.parse(body) as StreamBody;
}

function answerForbidden(detail: string, now: number): Response {
  return answerProblem(403, [{ code: "PN_WEBHOOK_FORBIDDEN", detail }], now);
}

/** Title, type, groups (more, never fewer) and filter; whether it waits for acceptance stays as it was. */
function updateStream(stream: StreamRow, body: unknown, { store, world }: RequestRoutes): Response {
  const now = world.clock.now();
  const faults = checkGatewayBody("stream", body);
  if (faults.length > 0) return answerGatewayProblem("PN_INVALID_BODY", faults, now);
  if (stream.disabledAt !== null) return answerForbidden("Stream is disabled", now);
  const { title, eventType, groups, filterValues } = body as StreamBody;
  const { groups: before, waitForAccepted } = parseBody(stream);
  const isWider = before.every((group) => groups.includes(group));
  if (!isWider || (before.length === 0 && groups.length > 0))
    return answerForbidden("Groups of a stream may only be added", now);
  const kept = {
    title,
    eventType,
    groups,
    ...(filterValues === undefined ? {} : { filterValues }),
    ...(waitForAccepted === undefined ? {} : { waitForAccepted }),
  };
  const changed = { ...stream, body: JSON.stringify(kept) };
  store.db.query("UPDATE streams SET body = ? WHERE id = ?").run(changed.body, stream.id);
  return answerJson(200, buildMetadata(changed));
}

function answerMissing(now: number): Response {
  return answerProblem(404, [{ code: "PN_STREAM_NOTFOUND", detail: "Stream not found" }], now);
}

function disableStream(stream: StreamRow, { store, world }: RequestRoutes): StreamRow {
  const disabledAt = world.clock.now();
  store.db.query("UPDATE streams SET disabledAt = ? WHERE id = ?").run(disabledAt, stream.id);
  return { ...stream, disabledAt };
}

function buildMetadata({ id, version, body, activatedAt, disabledAt }: StreamRow): unknown {
  return {
    ...(JSON.parse(body) as StreamBody),
    streamId: id,
    activationDate: toInstant(activatedAt),
    ...(disabledAt === null ? {} : { disabledDate: toInstant(disabledAt) }),
    version: `v${version.replace(".", "")}`,
  };
}

function acknowledge(stream: string, seq: number, { store }: RequestRoutes): void {
  store.db
    .query(
      "INSERT INTO acknowledged (stream, seq) VALUES (?, ?) ON CONFLICT (stream) DO UPDATE SET seq = max(seq, excluded.seq)",
    )
    .run(stream, seq);
}

interface EventRow {
  readonly seq: number;
  readonly iun: string;
  readonly category: string;
  readonly newStatus: string | null;
  readonly groupName: string;
  readonly element: string;
}

function answerEvents(stream: StreamRow, c: Context, routes: RequestRoutes): Response {
  const { store, world } = routes;
  const now = world.clock.now();
  const lastEventId = c.req.query("lastEventId");
  if (lastEventId !== undefined && !/^0\d{37}$/.test(lastEventId))
    return answerGatewayProblem(
      "PN_INVALID_PARAMETERS",
      [`ECMA 262 regex "^0\\d{37}$" does not match input string "${lastEventId}"`],
      now,
    );
  if (now < stream.readyAt)
    return answerJson(
      429,
      { status: 429, errors: [{ code: "PN_STREAM_RETRY_AFTER_ERROR" }] },
      "application/problem+json",
      { "retry-after": String(stream.readyAt - now) },
    );
  if (lastEventId !== undefined) acknowledge(stream.id, Number(lastEventId), routes);
  settleRequests(routes);
  const found = readPendingEvents(stream, now, routes);
  const limit = world.environment.eventsPerCall;
  const waitMs = found.length > limit ? 0 : world.environment.streamIdleMs;
  store.db.query("UPDATE streams SET readyAt = ? WHERE id = ?").run(now + waitMs, stream.id);
  return answerJson(
    200,
    found.slice(0, limit).map((event) => toEvent(event)),
    "application/json",
    { "retry-after": String(waitMs) },
  );
}

function readPendingEvents(
  stream: StreamRow,
  now: number,
  { store, world }: RequestRoutes,
): readonly EventRow[] {
  const { eventType, filterValues = [], waitForAccepted, groups } = parseBody(stream);
  const rows = store.db
    .query<EventRow, [string, string, number, number]>(
      "SELECT seq, iun, category, newStatus, groupName, element FROM events WHERE pa = ? AND seq > (SELECT seq FROM acknowledged WHERE stream = ?) AND at >= ? AND at <= ? ORDER BY seq",
    )
    // A disabled stream gives what it holds, and nothing that happened since.
    .all(
      stream.pa,
      stream.id,
      now - world.environment.eventRetentionMs,
      stream.disabledAt ?? Number.MAX_SAFE_INTEGER,
    );
  const isStatus = eventType === "STATUS";
  return rows.filter(({ category, newStatus, groupName }) => {
    // Only the first status is held back: the elements of a validation are told without delay.
    if (isStatus && waitForAccepted === true && newStatus === "IN_VALIDATION") return false;
    if (groups.length > 0 && !groups.includes(groupName)) return false;
    const told = isStatus ? newStatus : category;
    if (told === null || (newCategories[category] ?? "") > stream.version) return false;
    if (filterValues.length === 0 || filterValues.includes(told)) return true;
    return filterValues.includes("DEFAULT") && (isStatus || defaultCategories.has(told));
  });
}

function toEvent({ seq, iun, newStatus, element }: EventRow): unknown {
  const isRefused = newStatus === "REFUSED" || newStatus === "IN_VALIDATION";
  return {
    eventId: String(seq).padStart(38, "0"),
    notificationRequestId: toRequestId(iun),
    // The iun has a meaning only once the request was accepted.
    ...(isRefused ? {} : { iun }),
    ...(newStatus === null ? {} : { newStatus }),
    element: JSON.parse(element) as unknown,
  };
}
