/** `/`: «Oggi» of an office, or of all enti with their table. */
/** @jsxImportSource ../markup */
import { Hono } from "hono";
import type { Catalog } from "../../history/catalog.ts";
import { createEnteSummaries } from "../../history/today/ente-summaries.ts";
import { type EnteRow, listEnteRows } from "../../history/today/list-enti.ts";
import { createNextTimes } from "../../history/today/next-times.ts";
import { createTodayReader, type TodaySources } from "../../history/today/read-today.ts";
import type { AppDeps } from "../deps.ts";
import { mayDo } from "../gate/who.ts";
import { Enti } from "../pages/today/enti.tsx";
import { TodayPage } from "../pages/today/today.tsx";
import { listDoubtful, renderPage } from "../render.tsx";
import { parseEntiQuery } from "../urls.ts";

export function createTodayRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { journal, clock, listSchedules, summaries = createEnteSummaries(journal, clock) } = deps;
  const sources: TodaySources = {
    journal,
    clock,
    summaries,
    times: createNextTimes(),
    ...(listSchedules !== undefined && { listSchedules }),
  };
  const readToday = createTodayReader(sources);
  app.get("/", async (c) => {
    const catalog = (await deps.loadCatalog?.()) ?? null;
    const ente = chooseEnte(c.req.query("ente"), catalog);
    const [today, asks, doubtful, inbox, latest] = await Promise.all([
      readToday(ente, mayDo("personal", ente) ? "whole" : "covered"),
      journal.listAsks(),
      listDoubtful(deps),
      deps.listInboxFiles?.() ?? [],
      ente === null ? [] : journal.listRuns({ ente, limit: shownFlussi }),
    ]);
    const isOf = await createEnteTest(deps, ente);
    return await renderPage(c, deps, {
      title: "Oggi",
      section: "oggi",
      isWithoutBanner: true,
      content: (
        <TodayPage
          today={today}
          ente={ente}
          asks={asks.filter(({ run }) => isOf(run))}
          doubtful={doubtful.filter((run) => ente === null || run.ente === ente)}
          inbox={inbox}
          latest={latest}
          catalog={catalog}
          now={clock.now()}
        >
          {ente === null && catalog !== null && (
            <Enti
              rows={await readRows(sources, catalog)}
              query={parseEntiQuery(new URL(c.req.url).searchParams)}
              now={clock.now()}
            />
          )}
        </TodayPage>
      ),
    });
  });
  return app;
}

/** Whether a flusso that waits for a person is one of this ente. */
async function createEnteTest(
  { journal }: AppDeps,
  ente: string | null,
): Promise<(run: string) => boolean> {
  if (ente === null) return () => true;
  const waiting = await journal.listRuns({ ente, states: ["waiting-for-person"], limit: 500 });
  const ids = new Set(waiting.map(({ id }) => id));
  return (run) => ids.has(run);
}

/** The newest ones, on the page of an office. */
const shownFlussi = 5;

/** The one that was asked for, or the only one there is; `null`: all. */
function chooseEnte(asked: string | undefined, catalog: Catalog | null): string | null {
  const enti = catalog?.enti ?? [];
  if (asked !== undefined && enti.some(({ codice }) => codice === asked)) return asked;
  return enti.length === 1 ? (enti[0]?.codice ?? null) : null;
}

/** So long the table of enti is as it was. */
const keepMs = 2_000;

const keptRows = new WeakMap<Catalog, { readonly at: number; readonly rows: readonly EnteRow[] }>();

/** Whoever sees some enti alone has a catalog of their own. */
async function readRows(sources: TodaySources, catalog: Catalog): Promise<readonly EnteRow[]> {
  const now = sources.clock.now();
  const kept = keptRows.get(catalog);
  if (kept !== undefined && Math.abs(now - kept.at) < keepMs) return kept.rows;
  const { scheduled } = (await sources.listSchedules?.()) ?? { scheduled: [] };
  const summaries = await sources.summaries.read();
  const rows = listEnteRows({ catalog, summaries, scheduled, times: sources.times, now });
  keptRows.set(catalog, { at: now, rows });
  return rows;
}
