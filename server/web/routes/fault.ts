/** An error as a program reads it. */
import type { Context } from "hono";

/** An error of the API: a code and an Italian sentence. */
export function answerApiFault(
  c: Context,
  status: 400 | 403 | 404 | 409 | 413 | 500 | 507,
  code: string,
  message: string,
): Response {
  return c.json({ error: { code, message } }, status);
}
