/** `POST /api/find`: any verbale of any run. What is looked for may name a person: it travels in the body, never in the address. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { toFields } from "../../history/fields.ts";
import type { AppDeps } from "../deps.ts";
import { answerApiFault } from "./fault.ts";

const mostVerbali = 200;

export function createFindRoutes({ find }: AppDeps): Hono {
  const app = new Hono();
  const answerTooLarge = (c: Context): Response =>
    answerApiFault(c, 413, "TOO_LARGE", "La richiesta è troppo grande.");
  app.post("/api/find", bodyLimit({ maxSize: 4_000, onError: answerTooLarge }), async (c) => {
    const body = parseBody(await c.req.text());
    const { text, ente, limit = 20 } = body;
    if (typeof text !== "string" || text.trim() === "" || text.length > 200)
      return answerApiFault(c, 400, "BAD_QUERY", "text: che cosa cercare, fino a 200 caratteri.");
    if (ente !== undefined && typeof ente !== "string")
      return answerApiFault(c, 400, "BAD_QUERY", "ente: il codice di un ente.");
    if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > mostVerbali)
      return answerApiFault(c, 400, "BAD_QUERY", `limit: un numero da 1 a ${mostVerbali}.`);
    return c.json(await find({ text: text.trim(), limit, ...(ente !== undefined && { ente }) }));
  });
  return app;
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    return toFields(JSON.parse(text));
  } catch {
    return {};
  }
}
