/** The dashboard and its API as one Hono app; server/main.ts serves it, tests call it directly. */
/** @jsxImportSource ./markup */
import { Hono, type Context } from "hono";
import { compress } from "hono/compress";
import { HTTPException } from "hono/http-exception";
import { explainReport, nameBug } from "../../engine/host/bug-report.ts";
import { messageOf } from "../../engine/host/errors.ts";
import type { ScheduleListing } from "../../engine/schedule/scheduled.ts";
import type { AppDeps } from "./deps.ts";
import type { Catalog } from "../history/catalog.ts";
import { createEnteSummaries } from "../history/today/ente-summaries.ts";
import { createGate } from "./gate/gate.ts";
import { guardDeps } from "./gate/guard-deps.ts";
import { MessagePage } from "./pages/message.tsx";
import { renderMissing, renderPage } from "./render.tsx";
import { createAlertRoutes } from "./routes/alerts.tsx";
import { createApiRoutes } from "./routes/api.ts";
import { createAssetRoutes } from "./routes/assets.ts";
import { createCommandRoutes } from "./routes/flussi/commands.tsx";
import { createDoubtRoutes } from "./routes/flussi/doubts.tsx";
import { createDraftRoutes } from "./routes/flussi/drafts.tsx";
import { createEnteFormRoutes } from "./routes/ente-form.tsx";
import { createEventRoutes } from "./routes/flussi/events.ts";
import { answerApiFault } from "./routes/fault.ts";
import { createFascicoloRoutes } from "./routes/verbali/fascicolo.ts";
import { createFileRoutes } from "./routes/flussi/files.tsx";
import { createFindPageRoutes } from "./routes/verbali/find-page.tsx";
import { createGridRoutes } from "./routes/flussi/grid.tsx";
import { createHistoryRoutes } from "./routes/flussi/history.tsx";
import { createNewRunRoutes } from "./routes/flussi/new-run.tsx";
import { createPriceRoutes } from "./routes/price.ts";
import { createApiPageRoutes } from "./routes/people/keys.tsx";
import { createPeopleRoutes } from "./routes/people/routes.ts";
import { createRenotifyRoutes } from "./routes/verbali/renotify.tsx";
import { createReportRoutes } from "./routes/report.tsx";
import { createRunRoutes } from "./routes/flussi/run.tsx";
import { createLogRoutes } from "./routes/flussi/log.tsx";
import { createManualRoutes } from "./routes/manual.tsx";
import { createCrestRoutes } from "./routes/crest.ts";
import { createScheduleRoutes } from "./routes/schedules.tsx";
import { createSchedaRoutes } from "./routes/verbali/scheda.tsx";
import { createViewRoutes } from "./routes/verbali/views.tsx";
import { createWaitingRoutes } from "./routes/verbali/waiting.tsx";
import { createThemeRoutes } from "./routes/theme.ts";
import { createTodayRoutes } from "./routes/today.tsx";
import { createUpkeepRoutes } from "./routes/upkeep.ts";
import { refuseForeignHosts, refuseForeignPosts, setSecurityHeaders } from "./security.ts";

/**
 * All pages and the API. It only reads the journal; commands go through `deps`.
 * Serve it with `idleTimeout` above 8 s (event streams) and a `maxRequestBodySize` above `uploadLimits`, so that a refusal can be read.
 */
export function createApp(given: AppDeps): Hono {
  const kept = keepFiles(given);
  const { people } = kept;
  const deps = people === undefined ? kept : guardDeps(kept, people.people);
  const app = new Hono();
  app.use(setSecurityHeaders);
  app.use(compress({ encoding: "gzip" }));
  app.use(refuseForeignHosts(deps.access));
  app.use(refuseForeignPosts(deps.access));
  if (people !== undefined)
    app.use(
      createGate(kept, {
        ...people,
        renderMissing: (c, text) => renderMissing(c, deps, text),
        renderForbidden: (c, text) =>
          renderPage(c, deps, {
            title: "Non consentito",
            section: null,
            content: <MessagePage title="Non consentito" text={text} hint={askForRole} />,
            status: 403,
          }),
      }),
    );
  for (const route of listRoutes(deps)) app.route("/", route);
  app.notFound((c) => {
    const methods = listMethods(app, c.req.path);
    const asked = c.req.method === "HEAD" ? "GET" : c.req.method;
    if (methods.length > 0 && !methods.includes(asked)) return answerOtherMethod(c, methods);
    if (isApi(c)) return answerApiFault(c, 404, "NOT_FOUND", "Questo indirizzo non esiste.");
    return renderMissing(c, deps, "Questa pagina non esiste.");
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    return answerFailure(c, deps, error);
  });
  return app;
}

/** Every page and operation, in the order in which they are asked. */
function listRoutes(deps: AppDeps): readonly Hono[] {
  const { people } = deps;
  return [
    createAssetRoutes(),
    createThemeRoutes(deps.access),
    createCrestRoutes(deps),
    createManualRoutes(deps),
    ...(people === undefined ? [] : [createPeopleRoutes(deps, people)]),
    createEventRoutes(deps),
    createUpkeepRoutes(deps),
    createApiRoutes(deps),
    createFascicoloRoutes(deps),
    createApiPageRoutes(deps),
    createFindPageRoutes(deps),
    createPriceRoutes(deps),
    createTodayRoutes(deps).route("/", createWaitingRoutes(deps)),
    createHistoryRoutes(deps),
    createScheduleRoutes(deps),
    createAlertRoutes(deps),
    createViewRoutes(deps),
    createReportRoutes(deps),
    createFileRoutes(deps).route("/", createEnteFormRoutes(deps)),
    createNewRunRoutes(deps),
    createDraftRoutes(deps).route("/", createSchedaRoutes(deps)),
    createRenotifyRoutes(deps),
    createCommandRoutes(deps),
    createDoubtRoutes(deps),
    createRunRoutes(deps).route("/", createLogRoutes(deps)),
    createGridRoutes(deps),
  ];
}

const everyMethod = ["GET", "POST", "PUT", "DELETE"];

/** The methods that the address knows; none: there is no such address. */
function listMethods(app: Hono, path: string): readonly string[] {
  return everyMethod.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method !== "ALL"),
  );
}

function answerOtherMethod(c: Context, methods: readonly string[]): Response {
  c.header("allow", methods.join(", "));
  const text = `Questo indirizzo vuole ${methods.join(" o ")}.`;
  return isApi(c) ? answerApiFault(c, 405, "METHOD_NOT_ALLOWED", text) : c.text(`${text}\n`, 405);
}

const askForRole = "Se serve, chiedere il ruolo a chi gestisce le persone di Postino.";

/** What the files say is read at most so often. */
const keepMs = 10_000;

/** A catalog or schedules that cannot be read leave names out, never a page. */
function keepFiles(deps: AppDeps): AppDeps {
  const { loadCatalog, listSchedules, waiting } = deps;
  const noNames: Catalog = { enti: [], pipelines: [] };
  const noTimes: ScheduleListing = { scheduled: [], unreadable: [] };
  return {
    ...deps,
    // Over the journal itself: what each may see of it is asked with every request.
    summaries: deps.summaries ?? createEnteSummaries(deps.journal, deps.clock),
    ...(waiting !== undefined && {
      waiting: { ...waiting, listEnti: keepReading(deps, waiting.listEnti, []) },
    }),
    ...(loadCatalog !== undefined && { loadCatalog: keepReading(deps, loadCatalog, noNames) }),
    ...(listSchedules !== undefined && {
      listSchedules: keepReading(deps, listSchedules, noTimes),
    }),
  };
}

function keepReading<T>(
  { clock, log }: AppDeps,
  read: () => Promise<T>,
  nothing: T,
): () => Promise<T> {
  let at = Number.NEGATIVE_INFINITY;
  let kept: Promise<T> | null = null;
  return () => {
    if (kept !== null && clock.now() - at < keepMs) return kept;
    at = clock.now();
    kept = read().catch((error: unknown) => {
      log.warn("catalog not readable", { message: messageOf(error) });
      return nothing;
    });
    return kept;
  };
}

/** A fault of ours: logged once with its stack, told without details. */
async function answerFailure(c: Context, deps: AppDeps, error: Error): Promise<Response> {
  deps.log.error("request failed", {
    method: c.req.method,
    route: c.req.routePath,
    message: messageOf(error),
    stack: error.stack,
  });
  const doing = `${c.req.method} ${c.req.routePath}`;
  const report = deps.reportBug?.(error, { doing }) ?? null;
  const hint = explainReport(report);
  const text = `Si è verificato un errore imprevisto del programma (${nameBug(error)}).`;
  if (isApi(c)) return answerApiFault(c, 500, "INTERNAL", `${text} ${hint}`);
  try {
    return await renderPage(c, deps, {
      title: "Errore",
      section: null,
      content: <MessagePage title="Qualcosa non ha funzionato" text={text} hint={hint} />,
      status: 500,
    });
  } catch {
    // The journal itself is unreadable: the frame cannot be drawn either.
    return c.text(`${text} ${hint}\n`, 500);
  }
}

function isApi(c: Context): boolean {
  return c.req.path.startsWith("/api/") || c.req.path.startsWith("/prezzo/");
}
