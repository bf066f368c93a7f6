/** `/api`: the run documents as JSON and CSV, the commands for programs, and the description of both. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Answer } from "../../../engine/step/contract.ts";
import type { AppDeps, CommandResult } from "../deps.ts";
import { textResponse } from "../downloads.ts";
import { fieldsOf } from "../../history/item-fields.ts";
import { openApi } from "../openapi.ts";
import { runCsv } from "../../history/run-csv.ts";
import { runDocumentJson, runSummary } from "../../history/run-document.ts";
import { COMMAND_HEADER } from "../security.ts";
import { historyQuery, romeMidnight } from "../urls.ts";
import { resumeRequest } from "./commands.tsx";
import { fault } from "./fault.ts";

const PAGE = 50;
const MAX_PAGE = 500;
const json = "application/json; charset=utf-8";

export function apiRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/api/openapi.json", (c) => c.json(openApi(deps.version)));
  app.get("/api/runs", async (c) => listRuns(c, deps));
  app.get("/api/runs/:name", async (c) => oneRun(c, deps));
  app.use("/api/runs/:id/*", commandGuard, bodyLimit({ maxSize: 64_000, onError: tooLarge }));
  app.post("/api/runs/:id/answer", async (c) => {
    const answer = answerOf(await bodyOf(c));
    if (answer === null) return fault(c, 400, "BAD_ANSWER", "La risposta non ha la forma attesa.");
    return command(c, deps, (runId) => deps.answer(runId, answer));
  });
  app.post("/api/runs/:id/resume", async (c) => {
    const { only, items } = await bodyOf(c);
    const keys = Array.isArray(items) ? items.filter((key) => typeof key === "string") : [];
    const request = { ...resumeRequest(only), ...(keys.length > 0 && { items: keys }) };
    return command(c, deps, (runId) => deps.resume(runId, request));
  });
  app.post("/api/runs/:id/cancel", (c) => command(c, deps, (runId) => deps.cancel(runId)));
  return app;
}

function tooLarge(c: Context): Response {
  return fault(c, 413, "TOO_LARGE", "La richiesta è troppo grande: al massimo 64.000 byte.");
}

async function listRuns(c: Context, deps: AppDeps): Promise<Response> {
  const { before, since, ...filter } = historyQuery(apiSearch(new URL(c.req.url).searchParams));
  const limit = Math.min(MAX_PAGE, Math.max(1, Number(c.req.query("limit") ?? PAGE) || PAGE));
  const from = since === undefined ? null : romeMidnight(since);
  const found = await deps.journal.runs({
    ...filter,
    ...(from !== null && { since: from }),
    ...(before !== undefined && { beforeSeq: before }),
    limit: limit + 1,
  });
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.seq ?? null) : null;
  return c.json({ runs: shown.map(runSummary), next });
}

/** The API's English parameter names as the pages' Italian ones. */
function apiSearch(search: URLSearchParams): URLSearchParams {
  const pages = new URLSearchParams();
  const names = {
    ente: "ente",
    pipeline: "pipeline",
    state: "stato",
    since: "dal",
    before: "prima",
  };
  for (const [name, own] of Object.entries(names))
    for (const value of search.getAll(name)) pages.append(own, value);
  return pages;
}

async function oneRun(c: Context, deps: AppDeps): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const isCsv = name.endsWith(".csv");
  const run = await deps.journal.run(isCsv ? name.slice(0, -4) : name);
  if (run === null) return missing(c);
  if (isCsv)
    return textResponse(runCsv(deps, run), "text/csv; charset=utf-8", `flusso-${run.id}.csv`);
  const source = { journal: deps.journal, pathOf: deps.artifacts.pathOf };
  return textResponse(runDocumentJson(source, run), json);
}

async function commandGuard(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  if (c.req.header(COMMAND_HEADER) === undefined)
    return fault(c, 403, "NO_COMMAND_HEADER", `Manca l'intestazione ${COMMAND_HEADER}.`);
  await next();
  return undefined;
}

async function command(
  c: Context,
  deps: AppDeps,
  handle: (runId: string) => Promise<CommandResult>,
): Promise<Response> {
  const run = await deps.journal.run(c.req.param("id") ?? "");
  if (run === null) return missing(c);
  const result = await handle(run.id);
  if (result.status === "accepted") return c.json({ status: "accepted" }, 202);
  const { reason: message, hint } = result;
  return c.json({ error: { code: "REFUSED", message, ...(hint !== undefined && { hint }) } }, 409);
}

function missing(c: Context): Response {
  return fault(c, 404, "NO_RUN", "Questo flusso non esiste.");
}

/** The JSON body's fields; a body that is no JSON has none. */
async function bodyOf(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await c.req.text();
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function answerOf(body: Readonly<Record<string, unknown>>): Answer | null {
  const { kind, otp, by } = body;
  if (kind === "otp" && typeof otp === "string" && otp !== "" && otp.length <= 64)
    return { kind, otp };
  if (kind === "approval" && typeof by === "string" && by !== "" && by.length <= 80)
    return { kind, by };
  return null;
}
