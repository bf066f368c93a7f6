/** What the routes of the simulated GPD share, whatever their version: its store, whom it lets in, its refusals. */
import type { Context } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import type { StoredPosition } from "./gpd-position.ts";
import type { PositionStore } from "./store.ts";

/** What the routes work on. */
export interface GpdDesk {
  readonly clock: Clock;
  /** Keys that are let in; absent: any key, but there must be one. */
  readonly subscriptionKeys?: readonly string[];
  /** Segregation codes that the keys may use; absent: all. */
  readonly segregationCodes?: readonly string[];
  readonly store: PositionStore<StoredPosition>;
}

/** Name of a position in the store. */
export function joinName(org: string, iupd: string): string {
  return `${org}/${iupd}`;
}

/** A notice code in the store. */
export function joinNavCode(org: string, nav: string): string {
  return `${org}/nav/${nav}`;
}

/** Where a call carries its key. */
export const keyHeader = "ocp-apim-subscription-key";

/** Why the gateway lets a key not in, or `null`. */
export function findDenial(gpd: GpdDesk, key: string | undefined): string | null {
  if (key === undefined || key === "")
    return "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.";
  if (gpd.subscriptionKeys === undefined || gpd.subscriptionKeys.includes(key)) return null;
  return "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
}

type Refused = 400 | 404 | 409 | 422;

/** ProblemJson. */
export function answerProblemJson(
  c: Context,
  status: Refused,
  title: string,
  detail: string,
): Response {
  return c.json({ title, status, detail }, status);
}

/** The state of the position does not allow it. */
export function answerConflict(c: Context, title: string, iupd: string): Response {
  const organization = c.req.param("org") ?? "";
  const where = `debt position with Organization Fiscal Code ${organization} and IUPD ${iupd}`;
  return answerProblemJson(c, 409, title, `${title}: ${where}`);
}

/** SEND has put its fee on an option, and the new transfers have none that could bear it. */
export function answerFeeRefused(c: Context): Response {
  return answerProblemJson(
    c,
    422,
    "The payment option is not updatable",
    "No transfer of the organization can bear the notification fee",
  );
}

/** GPD lets a key see and change only positions of its own segregation codes. */
export function isOurs(gpd: GpdDesk, { paymentOption }: StoredPosition): boolean {
  return paymentOption.every(
    ({ nav }) => gpd.segregationCodes?.includes(nav.slice(1, 3)) !== false,
  );
}

/** As the gateway words it. */
export function answerForbidden(c: Context): Response {
  return c.json({ statusCode: 403, message: "You are not allowed to access this resource." }, 403);
}

/** The body; `null` when it is no JSON. */
export async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    return null;
  }
}
