/** The authoriser of the simulated SEND: API key, key status, PDND voucher; any failure is the gateway's 401 or 403. */
import type { Context } from "hono";
import type { SimulatedKey, SimulatorWorld } from "./options.ts";
import { answerGatewayMessage } from "./problem.ts";

const deny = "User is not authorized to access this resource with an explicit deny";

/** The refusal of a call, or `null` when it may go on. */
export type Authorizer = (c: Context) => Response | null;

/**
 * Makes the authoriser. What it says of a key value holds for `authorizerCacheMs`, good or bad: the key is all that the cache looks at.
 * Source: pn-auth-fleet apikeyAuthorizerV2; api-delivery-B2B-aws.yaml securitySchemes.
 */
export function createAuthorizer(
  keys: ReadonlyMap<string, SimulatedKey>,
  { clock, environment }: SimulatorWorld,
): Authorizer {
  const remembered = new Map<string, { readonly isAllowed: boolean; readonly until: number }>();

  return (c) => {
    const given = c.req.header("x-api-key");
    // Without the header that names the cache entry the gateway does not even ask.
    if (given === undefined || given === "") return answerGatewayMessage(401, "Unauthorized");
    const now = clock.now();
    let verdict = remembered.get(given);
    if (verdict === undefined || verdict.until <= now) {
      const isAllowed = isLetIn(keys.get(given), c.req.header("authorization"), now);
      verdict = { isAllowed, until: now + environment.authorizerCacheMs };
      remembered.set(given, verdict);
    }
    return verdict.isAllowed ? null : answerGatewayMessage(403, deny);
  };
}

function isLetIn(
  key: SimulatedKey | undefined,
  authorization: string | undefined,
  now: number,
): boolean {
  if (key === undefined || key.status === "BLOCKED") return false;
  if (key.isPdnd !== true) return authorization === undefined;
  const voucher = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  return voucher !== undefined && isVoucherGood(voucher, now);
}

/** Header `typ` and expiry; the signature is the business of the simulated PDND that issued it. */
function isVoucherGood(voucher: string, nowMs: number): boolean {
  const [header, payload] = voucher.split(".").slice(0, 2).map(parsePart);
  return (
    header?.["typ"] === "at+jwt" &&
    typeof payload?.["exp"] === "number" &&
    payload["exp"] * 1000 > nowMs
  );
}

function parsePart(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
}
