/** The routes of the history and of a run's pipeline: pages that only read. */
/** @jsxImportSource ../../markup */
import { Hono } from "hono";
import type { Run } from "../../../../engine/journal/runs.ts";
import { diffLines } from "../../../history/diff-lines.ts";
import type { AppDeps } from "../../deps.ts";
import { HistoryPage } from "../../pages/history.tsx";
import { PipelinePage } from "../../pages/pipeline.tsx";
import { renderMissing, renderPage } from "../../render.tsx";
import { formatSpecAsYaml } from "../../../history/spec-text.ts";
import { readViewBar } from "../verbali/views.tsx";
import { parseHistoryQuery } from "../../urls.ts";
import { toRomeMidnight } from "../../../words/day.ts";

const HISTORY_PAGE = 25;

export function createHistoryRoutes(deps: AppDeps): Hono {
  const app = new Hono();

  app.get("/flussi", async (c) => {
    const query = parseHistoryQuery(new URL(c.req.url).searchParams);
    const since = query.since === undefined ? null : toRomeMidnight(query.since);
    const found = await deps.journal.listRuns({
      limit: HISTORY_PAGE + 1,
      ...(query.ente !== undefined && { ente: query.ente }),
      ...(query.pipeline !== undefined && { pipeline: query.pipeline }),
      ...(query.states !== undefined && { states: query.states }),
      ...(since !== null && { since }),
      ...(query.before !== undefined && { beforeSeq: query.before }),
    });
    return renderPage(c, deps, {
      title: "Flussi",
      section: "flussi",
      content: (
        <HistoryPage
          runs={found.slice(0, HISTORY_PAGE)}
          hasMore={found.length > HISTORY_PAGE}
          query={query}
          catalog={(await deps.loadCatalog?.()) ?? null}
          canStart={deps.startRun !== undefined}
          views={await readViewBar(c, deps, "runs")}
          now={deps.clock.now()}
        />
      ),
    });
  });

  app.get("/flussi/:id/pipeline", async (c) => {
    const run = await deps.journal.readRun(c.req.param("id"));
    if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
    const spec = await deps.journal.readSpec(run.id);
    return renderPage(c, deps, {
      title: `Pipeline del flusso ${run.id}`,
      section: "flussi",
      content: (
        <PipelinePage
          runId={run.id}
          yaml={formatSpecAsYaml(spec)}
          before={await compareBefore(deps, run, spec)}
          today={await compareToday(deps, run, spec)}
        />
      ),
    });
  });

  return app;
}

/** What differs from the flusso before of the same pipeline and ente. */
async function compareBefore({ journal }: AppDeps, run: Run, spec: string) {
  const { pipeline, ente, seq } = run;
  const [before] = await journal.listRuns({ pipeline, ente, beforeSeq: seq, limit: 1 });
  if (before === undefined) return null;
  return { id: before.id, lines: compareSpecs(await journal.readSpec(before.id), spec) };
}

/** What differs in the files as they are now. */
async function compareToday({ resolveToday }: AppDeps, run: Run, spec: string) {
  const today = (await resolveToday?.(run)) ?? null;
  return today === null ? null : compareSpecs(spec, today);
}

/** Where a value stands in its file is no difference. */
function compareSpecs(before: string, after: string) {
  const [old, fresh] = [before, after].map(formatSpecAsYaml);
  return diffLines(old ?? "", fresh ?? "", (line) => line.replace(/ # [^#]*$/, ""));
}
