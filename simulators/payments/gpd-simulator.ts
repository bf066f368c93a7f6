/** A server that speaks GPD v1, and v2 by bulks, and keeps its state rules. */
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import { toInstant } from "../../engine/host/clock.ts";
import {
  buildBaseAnswer,
  buildPaymentAnswer,
  buildPositionAnswer,
  buildGpdReport,
} from "./gpd-answers.ts";
import type { GpdReport } from "./gpd-answers.ts";
import {
  buildDraft,
  payPosition,
  publishPosition,
  publishFault,
  buildSeededPosition,
  computeStatus,
} from "./gpd-changes.ts";
import type { SeededPosition } from "./gpd-changes.ts";
import { createBulkRoutes } from "./gpd-bulk.ts";
import {
  answerConflict,
  answerFeeRefused,
  answerForbidden,
  answerProblemJson,
  findDenial,
  type GpdDesk,
  isOurs,
  joinName,
  joinNavCode,
  keyHeader,
  readJson,
} from "./gpd-desk.ts";
import {
  createFeeRoutes,
  createGpdCounter,
  type FeeStatus,
  type GpdPositions,
  updateFee,
} from "./gpd-counter.ts";
import { takesFee } from "./gpd-fees.ts";
import type { PaymentCounter } from "./payer.ts";
import { buildListAnswer } from "./gpd-list.ts";
import type { StoredPosition } from "./gpd-position.ts";
import { isAllowed, judgeBody } from "./gpd-rules.ts";
import type { GpdAction } from "./gpd-rules.ts";
import { type CallLimit, createRateLimit } from "./rate-limit.ts";
import { openPositionStore, Taken } from "./store.ts";

export interface GpdSimulatorOptions {
  /** SQLite file, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  /** Keys that are let in; absent: any key, but there must be one. */
  readonly subscriptionKeys?: readonly string[];
  /** Segregation codes that the keys may use; absent: all. */
  readonly segregationCodes?: readonly string[];
  /** How many calls of a key the gateway lets through; absent: all. */
  readonly limit?: CallLimit;
}

export interface GpdSimulator {
  /** Version 1. */
  readonly app: Hono;
  /** Version 2: several positions in one call. Both share the limit of a key. */
  readonly v2: Hono;
  report(): GpdReport;
  /** Adds positions as data; those whose IUPD is there already stay as they are. */
  seed(positions: readonly SeededPosition[]): void;
  /** A receipt comes in for a notice code: it counts even on an INVALID position, as on GPD. */
  pay(organization: string, nav: string): void;
  /** What SEND calls, below `/pn-integration-gpd/api/v1`. */
  readonly feeApp: Hono;
  /** Whether SEND may put its fee on a notice code (pagoPaIntMode ASYNC). */
  takesFee(organization: string, nav: string): boolean;
  /** SEND puts its fee on a notice code, as over `feeApp`. */
  putFee(organization: string, nav: string, feeCents: number): FeeStatus;
  readonly counter: PaymentCounter;
  close(): void;
}

/** Opens the simulator's file and builds its routes below `/organizations`. */
export function createGpdSimulator(options: GpdSimulatorOptions): GpdSimulator {
  const store = openPositionStore<StoredPosition>(options.file, {
    scopeOf: ({ organizationFiscalCode }) => organizationFiscalCode,
    buildName: ({ organizationFiscalCode, iupd }) => joinName(organizationFiscalCode, iupd),
    // GPD: UNIQUE(iuv, org) and UNIQUE(nav, org).
    listCodes: ({ organizationFiscalCode: org, paymentOption }) =>
      paymentOption.flatMap(({ iuv, nav }) => [`${org}/iuv/${iuv}`, joinNavCode(org, nav)]),
  });
  const gpd: GpdDesk = { ...options, store };
  const positions = createPositions(gpd);
  const readNow = (): number => options.clock.now();
  const gateway = createGateway(gpd, options.limit);
  return {
    app: createRoutes(gpd, gateway),
    v2: createBulkRoutes(gpd, gateway),
    report: () =>
      buildGpdReport(store.listAll(), {
        created: store.readCount("created"),
        deleted: store.readCount("deleted"),
      }),
    seed: (positions) => {
      for (const seed of positions)
        if (store.get(joinName(seed.organization, seed.iupd)) === null)
          store.insert(buildSeededPosition(seed, readNow()));
    },
    pay: (organization, nav) => {
      const found = store.findByCode(joinNavCode(organization, nav));
      if (found === null) throw new Error("no position has this notice code");
      store.replace(payPosition(found, nav, { nowMs: readNow() }));
    },
    feeApp: createFeeRoutes(positions),
    takesFee: (organization, nav) => {
      const found = positions.find(organization, nav);
      return found !== null && takesFee(found, nav);
    },
    putFee: (organization, nav, feeCents) => updateFee(positions, { organization, nav }, feeCents),
    counter: createGpdCounter(positions),
    close: () => store.close(),
  };
}

function createPositions(gpd: GpdDesk): GpdPositions {
  return {
    clock: gpd.clock,
    find(organization, nav) {
      const found = gpd.store.findByCode(joinNavCode(organization, nav));
      return found === null ? null : agePosition(gpd, found);
    },
    replace: gpd.store.replace,
  };
}

/** Key and limit, before the calls of any version. */
function createGateway(gpd: GpdDesk, limit: CallLimit | undefined): MiddlewareHandler {
  const readKey = (read: (name: string) => string | undefined): string => read(keyHeader) ?? "";
  const limited = limit === undefined ? null : createRateLimit(limit, gpd.clock, readKey);
  return async (c, next) => {
    c.header("X-Request-Id", c.req.header("x-request-id") ?? crypto.randomUUID());
    const denial = findDenial(gpd, c.req.header(keyHeader));
    if (denial !== null) return c.json({ statusCode: 401, message: denial }, 401);
    if (limited !== null) return await limited(c, next);
    return await next();
  };
}

function createRoutes(gpd: GpdDesk, gateway: MiddlewareHandler): Hono {
  const app = new Hono();
  app.use("*", gateway);
  app.get("/info", (c) => c.json({ name: "gpd-simulator", version: "1", environment: "test" }));
  const root = "/organizations/:org/debtpositions";
  app.post(root, (c) => createPosition(gpd, c));
  app.get(root, (c) => {
    const positions = gpd.store.list(c.req.param("org")).filter((found) => isOurs(gpd, found));
    const page = buildListAnswer(positions, c.req.query(), gpd.clock.now());
    return "fault" in page
      ? answerProblemJson(c, 400, "The debt positions cannot be recovered", String(page.fault))
      : c.json(page);
  });
  app.get(`${root}/:iupd`, (c) =>
    answerForPosition(gpd, c, (found) => c.json(buildBaseAnswer(found))),
  );
  app.put(`${root}/:iupd`, (c) =>
    answerForPosition(gpd, c, (found) => updatePosition(gpd, c, found)),
  );
  app.delete(`${root}/:iupd`, (c) => actOnPosition(gpd, c, "delete"));
  app.post(`${root}/:iupd/publish`, (c) => actOnPosition(gpd, c, "publish"));
  app.post(`${root}/:iupd/invalidate`, (c) => actOnPosition(gpd, c, "invalidate"));
  app.post("/organizations/:org/paymentoptions/paids/:nav", (c) => markPaid(gpd, c));
  // Not `notFound`: that one is lost where the app is mounted below a path.
  app.all("*", (c) => answerProblemJson(c, 404, "NOT FOUND", "Resource not found"));
  return app;
}

function answerNotAllowed(c: Context, title: string): Response {
  return answerConflict(c, title, readNames(c).iupd);
}

function readNames(c: Context): { readonly org: string; readonly iupd: string } {
  return { org: c.req.param("org") ?? "", iupd: c.req.param("iupd") ?? "" };
}

function answerForPosition(
  gpd: GpdDesk,
  c: Context,
  then: (found: StoredPosition) => Response | Promise<Response>,
): Response | Promise<Response> {
  const { org, iupd } = readNames(c);
  const found = gpd.store.get(joinName(org, iupd));
  if (found !== null)
    return isOurs(gpd, found) ? then(agePosition(gpd, found)) : answerForbidden(c);
  return answerProblemJson(
    c,
    404,
    "Not found the debt position",
    `Not found a debt position for Organization Fiscal Code ${org} and IUPD ${iupd}`,
  );
}

function agePosition(gpd: GpdDesk, position: StoredPosition): StoredPosition {
  const status = computeStatus(position, gpd.clock.now());
  return status === position.status ? position : saveChanged(gpd, { ...position, status });
}

function saveChanged(gpd: GpdDesk, position: StoredPosition): StoredPosition {
  const now = { ...position, lastUpdatedDate: toInstant(gpd.clock.now()) };
  gpd.store.replace(now);
  return now;
}

async function createPosition(gpd: GpdDesk, c: Context): Promise<Response> {
  return acceptBody(gpd, c, undefined, (position) => {
    gpd.store.insert(position);
    gpd.store.count("created");
    return c.json(buildPositionAnswer(position), 201);
  });
}

function updatePosition(
  gpd: GpdDesk,
  c: Context,
  found: StoredPosition,
): Response | Promise<Response> {
  if (!isAllowed("update", found.status)) return answerNotAllowed(c, refusals.update);
  return acceptBody(gpd, c, found, (position) => {
    gpd.store.replace(position);
    return c.json(buildPositionAnswer(position));
  });
}

/** Judges the body, makes the position of it and hands it on; codes that are taken are a 409. */
async function acceptBody(
  gpd: GpdDesk,
  c: Context,
  before: StoredPosition | undefined,
  then: (position: StoredPosition) => Response,
): Promise<Response> {
  const nowMs = gpd.clock.now();
  const judged = judgeBody(await readJson(c), nowMs, before !== undefined);
  if (judged.status === "bad")
    return answerProblemJson(
      c,
      judged.http,
      "Error in the debt position request data",
      judged.detail,
    );
  const organization = readNames(c).org;
  const body = before === undefined ? judged.body : { ...judged.body, iupd: before.iupd };
  const facts = { organization, nowMs, ...(before === undefined ? {} : { before }) };
  const draft = buildDraft(body, facts);
  if (draft === null) return answerFeeRefused(c);
  if (!isOurs(gpd, draft)) return answerForbidden(c);
  try {
    return then(c.req.query("toPublish") === "true" ? publishPosition(draft, nowMs) : draft);
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    return answerProblemJson(
      c,
      409,
      "The debt position violated constraints of uniqueness",
      `Already exists a debt position for the Organization Fiscal Code ${organization} or one of its payment options is not unique`,
    );
  }
}

const refusals: Readonly<Record<GpdAction, string>> = {
  publish: "Existing related payment found or not in publishable state",
  invalidate: "Existing related payment found or not in invalidable state",
  update: "Existing related payment found or not in updatable state",
  delete: "Existing related payment found",
};

function actOnPosition(gpd: GpdDesk, c: Context, action: "publish" | "invalidate" | "delete") {
  return answerForPosition(gpd, c, (found) => {
    if (!isAllowed(action, found.status)) return answerNotAllowed(c, refusals[action]);
    if (action === "delete") {
      gpd.store.remove(joinName(found.organizationFiscalCode, found.iupd));
      gpd.store.count("deleted");
      return c.json("Debt position deleted");
    }
    if (action === "invalidate")
      return c.json(buildPositionAnswer(saveChanged(gpd, { ...found, status: "INVALID" })));
    const nowMs = gpd.clock.now();
    const fault = publishFault(found, nowMs);
    if (fault !== null) return answerNotAllowed(c, fault);
    return c.json(buildPositionAnswer(saveChanged(gpd, publishPosition(found, nowMs))));
  });
}

function markPaid(gpd: GpdDesk, c: Context): Response {
  const { org } = readNames(c);
  const nav = c.req.param("nav") ?? "";
  const at = `for Organization Fiscal Code ${org} and NAV ${nav}`;
  const raw = gpd.store.findByCode(joinNavCode(org, nav));
  if (raw === null)
    return answerProblemJson(
      c,
      404,
      "Not found the payment option",
      `Not found a payment option ${at}`,
    );
  if (!isOurs(gpd, raw)) return answerForbidden(c);
  const found = agePosition(gpd, raw);
  if (found.status === "PAID" || found.status === "REPORTED")
    return answerProblemJson(
      c,
      409,
      "Existing related payment found",
      `A payment was carried out ${at}`,
    );
  if (found.status !== "VALID" && found.status !== "PARTIALLY_PAID")
    return answerProblemJson(
      c,
      422,
      "Not in payable state",
      `The payment option is not payable ${at}`,
    );
  const now = payPosition(found, nav, { nowMs: gpd.clock.now() });
  gpd.store.replace(now);
  return c.json(buildPaymentAnswer(now, nav));
}
