/** SEND's error answers: the gateway's, pn-delivery's problem+json and S3's XML. */
import { toInstant } from "../../engine/host/clock.ts";
import type { WireError, WireProblem } from "../../integrations/send/wire.ts";

/** A problem as pn-delivery words it: masked title and detail, the truth is in `errors`. */
export function answerProblem(
  status: number,
  errors: readonly WireError[],
  nowMs: number,
): Response {
  const body = {
    type: "GENERIC_ERROR",
    status,
    title: status >= 500 ? "Unexpected error" : "Handled error",
    detail: "See logs for details in PN-DELIVERY",
    traceId: buildTraceId(nowMs),
    timestamp: toInstant(nowMs),
    errors,
  } satisfies WireProblem;
  return answerJson(status, body, "application/problem+json");
}

/** The gateway's own refusal of a body or of parameters. */
export function answerGatewayProblem(
  code: "PN_INVALID_BODY" | "PN_INVALID_PARAMETERS",
  messages: readonly string[],
  nowMs: number,
): Response {
  const detail = `Validation errors: [${messages.join(", ")}]`;
  const body = {
    status: 400,
    title: "VALIDATION ERROR",
    traceId: buildTraceId(nowMs),
    errors: [{ code, detail: detail.slice(0, 1024) }],
  };
  return answerJson(400, body, "application/json");
}

/** `{"message": …}`: the gateway's answer outside of validation. */
export function answerGatewayMessage(status: number, message: string): Response {
  return answerJson(status, { message }, "application/json");
}

/** S3's XML error. */
export function answerS3Error(status: number, code: string, message: string): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>SIMULATED0000000</RequestId></Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml" } });
}

export function answerJson(
  status: number,
  body: unknown,
  type = "application/json",
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": type, ...headers },
  });
}

function buildTraceId(nowMs: number): string {
  return `Root=1-${Math.floor(nowMs / 1000).toString(16)}-000000000000000000000000`;
}

export const generic = "PN_GENERIC_INVALIDPARAMETER";

export function deliveryError(detail: string, code = generic): WireError {
  return { code, detail };
}
