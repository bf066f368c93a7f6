/** The authoriser of the simulated SEND: API key, key status, PDND voucher; any failure is the gateway's 401 or 403. */
import type { Context } from "hono";
import type { SimulatedKey, SimulatorWorld } from "./simulator-options.ts";
import { gatewayMessage } from "./simulator-problem.ts";

const deny = "User is not authorized to access this resource with an explicit deny";

/** The refusal of a call, or `null` when it may go on. Source: pn-auth-fleet apikeyAuthorizerV2. */
export function authFault(
  c: Context,
  keys: ReadonlyMap<string, SimulatedKey>,
  { clock }: SimulatorWorld,
): Response | null {
  const given = c.req.header("x-api-key");
  if (given === undefined || given === "") return gatewayMessage(401, "Unauthorized");
  const key = keys.get(given);
  if (key === undefined || key.status === "BLOCKED") return gatewayMessage(403, deny);
  const authorization = c.req.header("authorization");
  if (key.isPdnd !== true) return authorization === undefined ? null : gatewayMessage(403, deny);
  const voucher = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  return voucher !== undefined && isVoucherGood(voucher, clock.now())
    ? null
    : gatewayMessage(403, deny);
}

/** Header `typ` and expiry; the signature is the business of the simulated PDND that issued it. */
function isVoucherGood(voucher: string, nowMs: number): boolean {
  const [header, payload] = voucher.split(".").slice(0, 2).map(partOf);
  return (
    header?.["typ"] === "at+jwt" &&
    typeof payload?.["exp"] === "number" &&
    payload["exp"] * 1000 > nowMs
  );
}

function partOf(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
}
