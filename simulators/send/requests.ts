/** Requests of the simulated SEND: POST with layers G, D, A and the 409 rules, GET of the status; decides what is due. */
import type { Context, Hono } from "hono";
import { toRomeDay } from "../../engine/host/clock.ts";
import type { SimulatedKey } from "./options.ts";
import { answerGatewayProblem, answerJson, answerProblem } from "./problem.ts";
import { pushFees } from "./fees.ts";
import { makeIun } from "./iun.ts";
import { planOutcome, playOut } from "./outcomes/plan.ts";
import { checkDelivery } from "./checks/rules.ts";
import { checkGatewayBody } from "./checks/gateway.ts";
import type { Conflict, StoredRequest } from "./store.ts";
import { recordDecision, recordReceived } from "./timeline.ts";
import { validateRequest, type Validator } from "./checks/validation.ts";
import {
  requestLimits,
  type RequestVersion,
  type WireError,
  type WireRequest,
  type WireStatus,
} from "../../integrations/send/wire.ts";

export interface RequestRoutes extends Validator {
  readonly requireKey: (c: Context) => SimulatedKey;
  /** The key of a PA that a stored request was sent with, for its per-PA rules. */
  readonly findPaKey: (pa: string) => SimulatedKey | undefined;
}

/** Adds `POST|GET /delivery/v2.x/requests` for every version of the table. */
export function addRequestRoutes(app: Hono, routes: RequestRoutes): void {
  for (const version of Object.keys(requestLimits) as RequestVersion[]) {
    const { path } = requestLimits[version];
    app.post(path, async (c) => {
      const body: unknown = await c.req.json().catch(() => null);
      return receiveRequest(version, body, routes.requireKey(c), routes);
    });
    app.get(path, (c) => answerStatus(c, routes));
  }
}

/** Decides every request whose validation is over; called before anything is told about requests. */
export function settleRequests(routes: RequestRoutes): void {
  const { store, world } = routes;
  const now = world.clock.now();
  const changed = new Set<string>();
  // A validation that is tried again may be due again by now.
  for (let due = store.listDue(now); due.length > 0; due = store.listDue(now))
    for (const iun of decideAll(due, routes, now)) changed.add(iun);
  for (const iun of playOut(store, now)) changed.add(iun);
  for (const iun of changed) pushFees(iun, routes);
}

/** Gives the notifications that are accepted now. */
function decideAll(
  due: readonly StoredRequest[],
  routes: RequestRoutes,
  now: number,
): readonly string[] {
  const { store, world } = routes;
  const accepted: string[] = [];
  store.db.transaction(() => {
    for (const request of due) {
      const at = request.dueAt ?? now;
      const end = validateRequest(request, routes.findPaKey(request.pa), routes, at);
      if ("againAt" in end) {
        store.postpone(request.iun, end.againAt);
        continue;
      }
      const { refusals } = end;
      const status = refusals.length === 0 ? "ACCEPTED" : "REFUSED";
      store.decide(
        request.iun,
        status,
        at,
        refusals.length === 0 ? null : JSON.stringify(refusals),
      );
      recordDecision(store, request, refusals, at);
      if (status !== "ACCEPTED") continue;
      planOutcome(store, request, at, world.environment);
      accepted.push(request.iun);
    }
  })();
  return accepted;
}

function receiveRequest(
  version: RequestVersion,
  body: unknown,
  key: SimulatedKey,
  routes: RequestRoutes,
): Response {
  const { store, world } = routes;
  const now = world.clock.now();
  const faults = checkGatewayBody(version, body);
  if (faults.length > 0) {
    store.count("refused");
    return answerGatewayProblem("PN_INVALID_BODY", faults, now);
  }
  const request = body as WireRequest;
  store.countPost(request.paProtocolNumber);
  // Where v2.6 is served pn-delivery is 2.25.0, which looks at the keys of documents too.
  const environment =
    version === "2.6" ? { ...world.environment, checkDocumentKeys: true } : world.environment;
  const errors = checkDelivery(request, key, environment, () =>
    store.countSentSince(key.paTaxId, Date.parse(`${toRomeDay(now).slice(0, 7)}-01T00:00:00Z`)),
  );
  if (errors.length > 0) {
    store.count("refused");
    return answerProblem(400, errors, now);
  }
  if (environment.registry === "request" && environment.isRegistryDown)
    return answerProblem(
      503,
      [{ code: "PN_DELIVERY_ADECHECKCF", detail: "The registry of tax codes does not answer" }],
      now,
    );
  settleRequests(routes);
  const stored = buildStoredRequest(version, request, key, routes);
  const conflicts = store.insert(stored, listNotices(request));
  if (conflicts.length > 0) {
    store.count("repeated");
    return answerProblem(409, conflicts.map(duplicateError), now);
  }
  recordReceived(store, stored);
  return answerJson(202, {
    notificationRequestId: toRequestId(stored.iun),
    paProtocolNumber: request.paProtocolNumber,
    ...(request.idempotenceToken === undefined
      ? {}
      : { idempotenceToken: request.idempotenceToken }),
  });
}

function buildStoredRequest(
  version: RequestVersion,
  request: WireRequest,
  key: SimulatedKey,
  { world }: RequestRoutes,
): StoredRequest {
  const now = world.clock.now();
  const isNever = request.recipients.some(({ physicalAddress }) =>
    // Our own token beside UAT's: a request whose verdict never comes.
    physicalAddress?.address.includes("@WAITING"),
  );
  return {
    iun: makeIun(toRomeDay(now).slice(0, 7).replace("-", ""), world.random),
    pa: key.paTaxId,
    protocol: request.paProtocolNumber,
    token: request.idempotenceToken ?? "",
    groupName: request.group ?? "",
    version,
    body: JSON.stringify(fillDefaults(request)),
    createdAt: now,
    dueAt: isNever ? null : now + world.validationMs,
    status: "WAITING",
    decidedAt: null,
    errors: null,
  };
}

/** What pn-delivery fills in when it is absent. Source: NotificationReceiverService. */
function fillDefaults(request: WireRequest): WireRequest {
  const hasPayments = request.recipients.some(({ payments = [] }) => payments.length > 0);
  const isDelivery = request.notificationFeePolicy === "DELIVERY_MODE";
  return {
    ...request,
    paFee: request.paFee ?? 100,
    vat: request.vat ?? 22,
    pagoPaIntMode: request.pagoPaIntMode ?? (hasPayments && isDelivery ? "SYNC" : "NONE"),
  };
}

function listNotices(
  request: WireRequest,
): readonly { readonly creditor: string; readonly notice: string }[] {
  return request.recipients.flatMap(({ payments = [] }) =>
    payments.flatMap(({ pagoPa }) =>
      pagoPa === undefined ? [] : { creditor: pagoPa.creditorTaxId, notice: pagoPa.noticeCode },
    ),
  );
}

// Source: pn-delivery NotificationEntityDaoDynamo and pn-commons PnIdConflictException: the kind is the element, kind and value the detail.
function duplicateError({ of, value }: Conflict): WireError {
  const element = `Duplicated notification for ${of}`;
  return { code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED", element, detail: `${element}=${value}` };
}

/** SEND's request id: Base64 of the iun. */
export function toRequestId(iun: string): string {
  return Buffer.from(iun, "utf8").toString("base64");
}

function answerStatus(c: Context, routes: RequestRoutes): Response {
  const { store, world } = routes;
  const now = world.clock.now();
  settleRequests(routes);
  const key = routes.requireKey(c);
  const id = c.req.query("notificationRequestId");
  const protocol = c.req.query("paProtocolNumber");
  const token = c.req.query("idempotenceToken");
  if (id !== undefined && !/^[A-Za-z0-9+/=]{36}$/.test(id))
    return answerGatewayProblem(
      "PN_INVALID_PARAMETERS",
      [`ECMA 262 regex "^[A-Za-z0-9+/=]{36}$" does not match input string "${id}"`],
      now,
    );
  if (id === undefined && (protocol === undefined || token === undefined))
    return answerProblem(
      400,
      [
        {
          code: "PN_GENERIC_INVALIDPARAMETER_REQUIRED",
          element: "notificationRequestId",
          detail: "Please specify notificationRequestId or paProtocolNumber and idempotenceToken",
        },
      ],
      now,
    );
  const request =
    id === undefined
      ? store.findByToken(key.paTaxId, protocol ?? "", token ?? "")
      : store.findByIun(Buffer.from(id, "base64").toString("utf8"));
  if (request === null || !isVisible(request, key))
    return answerProblem(
      404,
      [{ code: "PN_DELIVERY_NOTIFICATIONNOTFOUND", detail: "Notification not found" }],
      now,
    );
  return answerJson(200, buildStatus(request));
}

/** Another PA's, or of a group that the key lacks: as if it were not there. */
export function isVisible(request: StoredRequest, key: SimulatedKey): boolean {
  const groups = key.groups ?? [];
  return request.pa === key.paTaxId && (groups.length === 0 || groups.includes(request.groupName));
}

function buildStatus(request: StoredRequest): WireStatus {
  const echo = JSON.parse(request.body) as WireRequest;
  const base = { ...echo, notificationRequestId: toRequestId(request.iun) };
  if (request.status === "WAITING")
    return { ...base, notificationRequestStatus: "WAITING", retryAfter: 10 };
  if (request.status === "REFUSED")
    return {
      ...base,
      notificationRequestStatus: "REFUSED",
      errors: JSON.parse(request.errors ?? "[]") as WireError[],
    };
  return { ...base, notificationRequestStatus: "ACCEPTED", iun: request.iun };
}
