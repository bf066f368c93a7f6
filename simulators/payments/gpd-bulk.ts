/** GPD v2 by bulks: up to 20 positions in one call, all of them or none. Source: GPD v2 openapi, PaymentPositionCRUDService. */
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { buildDraft, publishPosition } from "./gpd-changes.ts";
import {
  answerConflict,
  answerFeeRefused,
  answerForbidden,
  answerProblemJson,
  type GpdDesk,
  isOurs,
  joinName,
  readJson,
} from "./gpd-desk.ts";
import type { StoredPosition } from "./gpd-position.ts";
import { isAllowed, judgeBody, type PositionBody } from "./gpd-rules.ts";
import { Taken } from "./store.ts";

/** GPD: ValidDebtPositionsSize, and Size of MultipleIUPDModel. */
const mostAtOnce = 20;

const Positions = Type.Object({
  paymentPositions: Type.Array(Type.Unknown(), { minItems: 1, maxItems: mostAtOnce }),
});
const Names = Type.Object({
  paymentPositionIUPDs: Type.Array(Type.String(), { minItems: 1, maxItems: mostAtOnce }),
});

/** The routes below `/organizations` of version 2: no single position can be read, published or invalidated there. */
export function createBulkRoutes(gpd: GpdDesk, gateway: MiddlewareHandler): Hono {
  const app = new Hono();
  app.use("*", gateway);
  app.get("/info", (c) => c.json({ name: "gpd-simulator", version: "2", environment: "test" }));
  const root = "/organizations/:org/debtpositions";
  app.post(root, (c) => createAll(gpd, c));
  app.put(root, (c) => updateAll(gpd, c));
  app.delete(root, (c) => removeAll(gpd, c));
  app.all("*", (c) => answerProblemJson(c, 404, "NOT FOUND", "Resource not found"));
  return app;
}

async function createAll(gpd: GpdDesk, c: Context): Promise<Response> {
  const bodies = await readBodies(gpd, c, false);
  if (bodies instanceof Response) return bodies;
  const organization = readOrganization(c);
  const nowMs = gpd.clock.now();
  const drafts = bodies.flatMap((body) => buildDraft(body, { organization, nowMs }) ?? []);
  const refusal = save(gpd, c, drafts, (all) => gpd.store.insertAll(all));
  if (refusal !== null) return refusal;
  for (const _ of drafts) gpd.store.count("created");
  return c.body(null, 201);
}

/** Each becomes a draft with the new data, and payable again only with `toPublish=true`. */
async function updateAll(gpd: GpdDesk, c: Context): Promise<Response> {
  const bodies = await readBodies(gpd, c, true);
  if (bodies instanceof Response) return bodies;
  // GPD puts them into a map: of two with one name the last counts.
  const byName = new Map(bodies.map((body) => [body.iupd, body]));
  const found = findAll(gpd, c, [...byName.keys()]);
  if (found instanceof Response) return found;
  const organization = readOrganization(c);
  const nowMs = gpd.clock.now();
  const drafts: StoredPosition[] = [];
  for (const before of found) {
    if (!isAllowed("update", before.status))
      return answerConflict(
        c,
        "Existing related payment found or not in updatable state",
        before.iupd,
      );
    const body = byName.get(before.iupd);
    if (body === undefined) continue;
    const draft = buildDraft(body, { organization, nowMs, before });
    if (draft === null) return answerFeeRefused(c);
    drafts.push(draft);
  }
  const refusal = save(gpd, c, drafts, (all) => gpd.store.replaceAll(all));
  return refusal ?? c.body(null, 200);
}

async function removeAll(gpd: GpdDesk, c: Context): Promise<Response> {
  const body = await readJson(c);
  if (!Value.Check(Names, body)) return answerMalformed(c, "paymentPositionIUPDs: 1 to 20 names");
  const found = findAll(gpd, c, body.paymentPositionIUPDs);
  if (found instanceof Response) return found;
  for (const { iupd, status } of found)
    if (!isAllowed("delete", status))
      return answerConflict(c, "Existing related payment found", iupd);
  for (const { organizationFiscalCode, iupd } of found) {
    gpd.store.remove(joinName(organizationFiscalCode, iupd));
    gpd.store.count("deleted");
  }
  return c.json("Debt position deleted");
}

async function readBodies(
  gpd: GpdDesk,
  c: Context,
  isUpdate: boolean,
): Promise<readonly PositionBody[] | Response> {
  const body = await readJson(c);
  if (!Value.Check(Positions, body)) return answerMalformed(c, "paymentPositions: 1 to 20");
  const bodies: PositionBody[] = [];
  for (const one of body.paymentPositions) {
    const judged = judgeBody(one, gpd.clock.now(), isUpdate);
    if (judged.status === "bad")
      return answerProblemJson(
        c,
        judged.http,
        "Error in the debt position request data",
        judged.detail,
      );
    bodies.push(judged.body);
  }
  return bodies;
}

/** Every one of these names, or the refusal of the whole call: GPD compares how many it found with how many were named. */
function findAll(
  gpd: GpdDesk,
  c: Context,
  names: readonly string[],
): readonly StoredPosition[] | Response {
  const organization = readOrganization(c);
  const found = [...new Set(names)].flatMap(
    (name) => gpd.store.get(joinName(organization, name)) ?? [],
  );
  if (found.length !== names.length)
    return answerProblemJson(
      c,
      404,
      "Not found the debt position",
      `Not found a debt position for Organization Fiscal Code ${organization} and IUPD ${JSON.stringify(names)}`,
    );
  return found.every((position) => isOurs(gpd, position)) ? found : answerForbidden(c);
}

/** Publishes where the query says so and writes all in one transaction; the refusal, or `null`. */
function save(
  gpd: GpdDesk,
  c: Context,
  drafts: readonly StoredPosition[],
  write: (all: readonly StoredPosition[]) => void,
): Response | null {
  if (!drafts.every((draft) => isOurs(gpd, draft))) return answerForbidden(c);
  const nowMs = gpd.clock.now();
  const isPublished = c.req.query("toPublish") === "true";
  try {
    write(isPublished ? drafts.map((draft) => publishPosition(draft, nowMs)) : drafts);
    return null;
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    return answerProblemJson(
      c,
      409,
      "The debt position violated constraints of uniqueness",
      `Already exists a debt position for the Organization Fiscal Code ${readOrganization(c)} or one of its payment options is not unique`,
    );
  }
}

function readOrganization(c: Context): string {
  return c.req.param("org") ?? "";
}

function answerMalformed(c: Context, detail: string): Response {
  return answerProblemJson(c, 400, "BAD REQUEST", detail);
}
