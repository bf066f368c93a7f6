/** What can go wrong with a call to SEND, played once or several times between client and simulator. */
import { buildDroppedReply } from "../../simulators/faults.ts";

/** Every kind of trouble of the matrix; `after` = SEND did what was asked and the caller does not learn it. */
export const faults = [
  "timeout before",
  "timeout after",
  "dropped",
  "slow",
  "409 token",
  "409 notice",
  "429",
  "500",
  "500 after",
  "502",
  "503",
  "503 after",
  "504",
  "504 after",
  "403 deny",
  "403 plain",
  "expired URL",
  "wrong checksum",
  "wrong signature",
  "unreadable",
] as const;
export type Fault = (typeof faults)[number];

/** Which call of SEND, of its storage or of PDND a request is. */
export function callOf(request: Request): string {
  const { pathname, hostname, searchParams } = new URL(request.url);
  if (hostname === "pdnd.test") return "voucher";
  const [, name = "other"] =
    patterns.find(([pattern]) => pattern.test(`${request.method} ${pathname}`)) ?? [];
  if (name === "requests") return searchParams.has("idempotenceToken") ? "find" : "status";
  return name;
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\/preload$/, "preload"],
  [/\/upload\//, "upload"],
  [/^POST .*\/requests$/, "post"],
  [/^GET .*\/requests$/, "requests"],
  [/^POST .*\/streams$/, "stream create"],
  [/^GET .*\/streams$/, "stream list"],
  [/\/streams\/[^/]+\/events$/, "stream read"],
  [/^GET .*\/streams\/[^/]+$/, "stream state"],
  [/^PUT .*\/cancel\//, "cancel"],
  [/\/notifications\/sent\/[^/]+$/, "detail"],
  [/\/attachments\/documents\//, "document"],
  [/\/attachments\/payment\//, "payment file"],
  [/\/download\/legal-facts\//, "legal fact"],
  [/\/legal-facts$/, "legal facts"],
  [/\/price\//, "price"],
  [/\/downtime\/v1\/resolved$/, "downtimes"],
  [/\/status$/, "platform"],
  [/\/(legal-fact|download)\/[^/]+$/, "file"],
];

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

function conflict(key: string): Response {
  const code = "PN_GENERIC_INVALIDPARAMETER_DUPLICATED";
  return json(409, {
    status: 409,
    errors: [{ code, detail: `Duplicated notification for ${key}` }],
  });
}

function storage(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code></Error>`, { status });
}

/** Plays one fault over a call. */
export async function play(
  fault: Fault,
  next: () => Promise<Response>,
  advance: (ms: number) => void,
): Promise<Response> {
  switch (fault) {
    case "timeout before":
      throw new DOMException("timed out", "TimeoutError");
    case "timeout after":
      await next();
      throw new DOMException("timed out", "TimeoutError");
    case "dropped":
      await next();
      return buildDroppedReply();
    case "slow":
      // One second before the gateway gives up.
      advance(28_000);
      return await next();
    case "409 token":
      await next();
      return conflict("senderPaId##paProtocolNumber##idempotenceToken");
    case "409 notice":
      return conflict("creditorTaxId##noticeCode");
    case "429":
      return json(429, { message: "Too Many Requests" }, { "retry-after": "2" });
    case "500":
    case "502":
    case "503":
    case "504":
      return json(Number(fault), { message: "x" });
    case "500 after":
    case "503 after":
    case "504 after":
      await next();
      return json(Number(fault.slice(0, 3)), { message: "x" });
    case "403 deny":
      return json(403, { message: "User is not authorized with an explicit deny" });
    case "403 plain":
      return json(403, { message: "Forbidden" });
    case "expired URL":
      advance(3_600_001);
      return await next();
    case "wrong checksum":
      return storage(400, "BadDigest");
    case "wrong signature":
      return storage(403, "SignatureDoesNotMatch");
    case "unreadable":
      // A proxy's page in the place of the answer; nothing arrived.
      return new Response("<html>Accesso alla rete</html>", {
        headers: { "content-type": "text/html" },
      });
    default:
      return fault satisfies never;
  }
}
