/** An error as a program reads it. */
import type { Context } from "hono";
import type { ErrorCode } from "../../../engine/host/error-codes.ts";

/** An error of the API: a code and an Italian sentence. */
export function answerApiFault(
  c: Context,
  status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 500 | 507,
  code: ErrorCode,
  message: string,
): Response {
  return c.json({ error: { code, message } }, status);
}
