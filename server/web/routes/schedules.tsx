/** The routes of the schedules: what starts by itself, what became of every due time, and how a schedule is put aside. */
/** @jsxImportSource ../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Run } from "../../../engine/journal/runs.ts";
import type { DueRow } from "../../../engine/journal/schedules.ts";
import { formatPageHint } from "../../words/hints.ts";
import { countMissed, namePair } from "../../history/missed-times.ts";
import { createNextTimes, type NextTimes } from "../../history/today/next-times.ts";
import type { AppDeps } from "../deps.ts";
import { readSigner } from "../gate/who.ts";
import type { Notice } from "../pages/notice.tsx";
import { SchedulesPage } from "../pages/schedules.tsx";
import type { SchedulePlan } from "../pages/schedules/plan.tsx";
import { renderPage, renderRefused } from "../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../security.ts";
import { stalePage } from "../upload-faults.tsx";
import { buildNewRunUrl, buildRunUrl, parseScheduleQuery, type ScheduleQuery } from "../urls.ts";

const dueLimit = 100;
/** Rows that are looked through where only some outcomes are wanted. */
const dueSearched = 2_000;
const planLimit = 50;
const nextTimes = 5;

export function createScheduleRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const times = createNextTimes();
  app.get("/programmazioni", async (c) => {
    const search = new URL(c.req.url).searchParams;
    const query = parseScheduleQuery(search);
    const rows = await listDue(deps, query);
    return await renderPage(c, deps, {
      title: "Programmazioni",
      section: "programmazioni",
      content: (
        <SchedulesPage
          rows={rows}
          runs={await readRunsOf(deps, rows)}
          limit={dueLimit}
          inbox={(await deps.listInboxFiles?.()) ?? []}
          catalog={(await deps.loadCatalog?.()) ?? null}
          plan={await readPlan(deps, times, query, rows)}
          query={query}
          csrf={ensureCsrfToken(c, deps.access)}
          notice={describeDone(search)}
        />
      ),
    });
  });
  addMakeUp(app, deps);
  const { pauses } = deps;
  if (pauses === undefined) return app;
  app.post("/programmazioni/:ente/:pipeline/pausa", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const given = await readPause(c, deps);
    if (given instanceof Response) return given;
    await pauses.pause(given.pair, given.by);
    return c.redirect("/programmazioni?fatto=pausa", 303);
  });
  app.post("/programmazioni/:ente/:pipeline/riprendi", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const given = await readPause(c, deps);
    if (given instanceof Response) return given;
    const missed = (await pauses.goOn(given.pair, given.by)) ?? 0;
    return c.redirect(`/programmazioni?fatto=ripresa&saltati=${missed}`, 303);
  });
  return app;
}

/** One start in the place of all times that passed: the source takes whatever has come since. */
function addMakeUp(app: Hono, deps: AppDeps): void {
  const { startRun } = deps;
  if (startRun === undefined) return;
  app.post("/programmazioni/:ente/:pipeline/recupera", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const form = await c.req.parseBody();
    if (!isCsrfToken(c, form["csrf"])) return await renderRefused(c, deps, stalePage);
    const pair = c.req.param();
    const missed = await countMissed({
      journal: deps.journal,
      rows: await listDue(deps, pair),
      pauses: (await deps.pauses?.list()) ?? [],
      now: deps.clock.now(),
    });
    if (!missed.has(namePair(pair)))
      return await renderRefused(
        c,
        deps,
        "Intanto un flusso è già partito: non c'è da recuperare.",
        {
          status: 409,
          hint: "Ricaricare le programmazioni.",
        },
      );
    const result = await startRun({ ...pair, params: {}, input: null });
    if (result.status === "accepted")
      return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
    // What it wants to know is asked for by the form.
    if (result.params !== undefined) return c.redirect(buildNewRunUrl(pair), 303);
    const hint = result.hint === undefined ? {} : { hint: formatPageHint(result.hint) };
    return await renderRefused(c, deps, result.reason, { status: 409, ...hint });
  });
}

function describeDone(search: URLSearchParams): Notice | null {
  const done = search.get("fatto");
  if (done === "pausa")
    return {
      tone: "good",
      text: "La programmazione è in pausa: non parte finché qualcuno la riprende.",
    };
  if (done !== "ripresa") return null;
  const missed = Number(search.get("saltati") ?? 0) || 0;
  return {
    tone: "good",
    text: "La programmazione riprende dal prossimo orario.",
    ...(missed > 0 && {
      hint: `Durante la pausa ${missed === 1 ? "è passato un orario" : `sono passati ${missed} orari`}: non si recuperano da soli. Se serve, premere «Recupera».`,
    }),
  };
}

async function listDue(
  { journal }: AppDeps,
  { ente, pipeline, state }: ScheduleQuery,
): Promise<readonly DueRow[]> {
  const rows = await journal.listDue({
    ...(ente !== undefined && { ente }),
    ...(pipeline !== undefined && { pipeline }),
    limit: state === undefined ? dueLimit : dueSearched,
  });
  return rows.filter((row) => state === undefined || row.state === state).slice(0, dueLimit);
}

async function readPlan(
  deps: AppDeps,
  times: NextTimes,
  query: ScheduleQuery,
  rows: readonly DueRow[],
): Promise<SchedulePlan> {
  const { listSchedules, pauses, clock, startRun, loadCatalog } = deps;
  const { scheduled } = (await listSchedules?.()) ?? { scheduled: [] };
  const now = clock.now();
  const fitting = scheduled.filter(
    ({ ente, pipeline }) =>
      (query.ente === undefined || query.ente === ente) &&
      (query.pipeline === undefined || query.pipeline === pipeline),
  );
  const kept = (await pauses?.list()) ?? [];
  const missed = await countMissed({ journal: deps.journal, rows, pauses: kept, now });
  return {
    rows: fitting.slice(0, planLimit).map(({ ente, pipeline, schedule }) => ({
      ente,
      pipeline,
      next: times.listNext(schedule, now, nextTimes),
      pause: kept.find((one) => one.ente === ente && one.pipeline === pipeline) ?? null,
      missed: missed.get(namePair({ pipeline, ente })) ?? 0,
    })),
    total: fitting.length,
    canPause: pauses !== undefined,
    canStart: startRun !== undefined && loadCatalog !== undefined,
    now,
  };
}

/** Which schedule, and whose name; or the page that says what is missing. */
async function readPause(
  c: Context,
  deps: AppDeps,
): Promise<
  | { readonly pair: { readonly ente: string; readonly pipeline: string }; readonly by: string }
  | Response
> {
  const form = await c.req.parseBody();
  if (!isCsrfToken(c, form["csrf"])) return await renderRefused(c, deps, stalePage);
  const { ente = "", pipeline = "" } = c.req.param() as Record<string, string>;
  const { scheduled } = (await deps.listSchedules?.()) ?? { scheduled: [] };
  if (!scheduled.some((one) => one.ente === ente && one.pipeline === pipeline))
    return await renderRefused(c, deps, "Questa pipeline non parte da sola per questo ente.", {
      status: 404,
      hint: "Ricaricare le programmazioni.",
    });
  const typed = form["by"];
  const by = readSigner() ?? (typeof typed === "string" ? typed.trim() : "");
  if (by === "" || by.length > 80)
    return await renderRefused(c, deps, "Manca il nome di chi lo chiede.", {
      status: 400,
      hint: "Tornare alle programmazioni e scrivere nome e cognome.",
    });
  return { pair: { ente, pipeline }, by };
}

/** The runs that these ticks started, by id. */
async function readRunsOf(
  { journal }: AppDeps,
  rows: readonly DueRow[],
): Promise<ReadonlyMap<string, Run>> {
  const runs = new Map<string, Run>();
  for (const { run } of rows) {
    const found = run === null ? null : await journal.readRun(run);
    if (found !== null) runs.set(found.id, found);
  }
  return runs;
}
