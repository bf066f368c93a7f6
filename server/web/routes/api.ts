/** `/api`: the run documents as JSON and CSV, the commands for programs, and the description of both. */
import { formatPageHint } from "../../words/hints.ts";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Answer } from "../../../engine/step/context.ts";
import type { AppDeps, CommandResult } from "../deps.ts";
import { answerText } from "../downloads.ts";
import { toFields } from "../../history/fields.ts";
import { buildOpenApi } from "../openapi.ts";
import { streamRunCsv } from "../../history/run-csv.ts";
import { streamRunJson, buildRunSummary } from "../../history/run-document.ts";
import { COMMAND_HEADER } from "../security.ts";
import { parseHistoryQuery } from "../urls.ts";
import { toRomeMidnight } from "../../words/day.ts";
import { toResumeRequest } from "./commands.tsx";
import { answerApiFault } from "./fault.ts";

const PAGE = 50;
const MAX_PAGE = 500;
const json = "application/json; charset=utf-8";

export function createApiRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/api/openapi.json", (c) => c.json(buildOpenApi(deps.version)));
  app.get("/api/runs", async (c) => listRuns(c, deps));
  app.get("/api/runs/:name", async (c) => answerRun(c, deps));
  app.use("/api/runs/:id/*", guardCommand, bodyLimit({ maxSize: 64_000, onError: answerTooLarge }));
  app.post("/api/runs/:id/answer", async (c) => {
    const answer = parseAnswer(await readJsonFields(c));
    if (answer === null)
      return answerApiFault(c, 400, "BAD_ANSWER", "La risposta non ha la forma attesa.");
    return handleCommand(c, deps, (runId) => deps.answer(runId, answer));
  });
  app.post("/api/runs/:id/resume", async (c) => {
    const { only, items } = await readJsonFields(c);
    const keys = Array.isArray(items) ? items.filter((key) => typeof key === "string") : [];
    const request = { ...toResumeRequest(only), ...(keys.length > 0 && { items: keys }) };
    return handleCommand(c, deps, (runId) => deps.resume(runId, request));
  });
  app.post("/api/runs/:id/cancel", (c) => handleCommand(c, deps, (runId) => deps.cancel(runId)));
  return app;
}

function answerTooLarge(c: Context): Response {
  return answerApiFault(
    c,
    413,
    "TOO_LARGE",
    "La richiesta è troppo grande: al massimo 64.000 byte.",
  );
}

async function listRuns(c: Context, deps: AppDeps): Promise<Response> {
  const { before, since, ...filter } = parseHistoryQuery(
    toPageSearch(new URL(c.req.url).searchParams),
  );
  const limit = Math.min(MAX_PAGE, Math.max(1, Number(c.req.query("limit") ?? PAGE) || PAGE));
  const from = since === undefined ? null : toRomeMidnight(since);
  const found = await deps.journal.listRuns({
    ...filter,
    ...(from !== null && { since: from }),
    ...(before !== undefined && { beforeSeq: before }),
    limit: limit + 1,
  });
  const shown = found.slice(0, limit);
  const next = found.length > limit ? (shown.at(-1)?.seq ?? null) : null;
  return c.json({ runs: shown.map(buildRunSummary), next });
}

/** The API's English parameter names as the pages' Italian ones. */
function toPageSearch(search: URLSearchParams): URLSearchParams {
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

async function answerRun(c: Context, deps: AppDeps): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const isCsv = name.endsWith(".csv");
  const run = await deps.journal.readRun(isCsv ? name.slice(0, -4) : name);
  if (run === null) return answerMissing(c);
  if (isCsv)
    return answerText(streamRunCsv(deps, run), "text/csv; charset=utf-8", `flusso-${run.id}.csv`);
  const source = { journal: deps.journal, locateBlob: deps.artifacts.locate };
  return answerText(streamRunJson(source, run), json);
}

async function guardCommand(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  if (c.req.header(COMMAND_HEADER) === undefined)
    return answerApiFault(c, 403, "NO_COMMAND_HEADER", `Manca l'intestazione ${COMMAND_HEADER}.`);
  await next();
  return undefined;
}

async function handleCommand(
  c: Context,
  deps: AppDeps,
  handle: (runId: string) => Promise<CommandResult>,
): Promise<Response> {
  const run = await deps.journal.readRun(c.req.param("id") ?? "");
  if (run === null) return answerMissing(c);
  const result = await handle(run.id);
  if (result.status === "accepted") return c.json({ status: "accepted" }, 202);
  const { reason: message, hint } = result;
  return c.json(
    {
      error: {
        code: "REFUSED",
        message,
        ...(hint !== undefined && { hint: formatPageHint(hint) }),
      },
    },
    409,
  );
}

function answerMissing(c: Context): Response {
  return answerApiFault(c, 404, "NO_RUN", "Questo flusso non esiste.");
}

/** The JSON body's fields; a body that is no JSON has none. */
async function readJsonFields(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await c.req.text();
  try {
    return toFields(JSON.parse(text));
  } catch {
    return {};
  }
}

function parseAnswer(body: Readonly<Record<string, unknown>>): Answer | null {
  const { kind, otp, by } = body;
  if (kind === "otp" && typeof otp === "string" && otp !== "" && otp.length <= 64)
    return { kind, otp };
  if (kind === "approval" && typeof by === "string" && by !== "" && by.length <= 80)
    return { kind, by };
  return null;
}
