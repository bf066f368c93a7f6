/** The routes of the reports: a month of an ente as a page, a spreadsheet and one page to print. */
/** @jsxImportSource ../markup */
import { Hono } from "hono";
import { toRomeDay } from "../../../engine/host/clock.ts";
import { drawMonthReport, writeReportSpreadsheet } from "../../report/files.ts";
import { isMonth } from "../../report/words.ts";
import type { AppDeps } from "../deps.ts";
import { answerPieces } from "../downloads.ts";
import { ReportPage } from "../pages/report/report.tsx";
import { renderMissing, renderPage } from "../render.tsx";

const shownMonths = 24;

export function createReportRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { readReport, loadCatalog, clock } = deps;
  if (readReport === undefined || loadCatalog === undefined) return app;
  app.get("/rapporti", async (c) => {
    const catalog = await loadCatalog();
    const ente = chooseEnte(c.req.query("ente"), catalog.enti);
    const months = listMonths(toRomeDay(clock.now()));
    const asked = c.req.query("mese") ?? "";
    const month = isMonth(asked) ? asked : (months[0] ?? "");
    return await renderPage(c, deps, {
      title: "Rapporti",
      section: "rapporti",
      content: (
        <ReportPage
          catalog={catalog}
          ente={ente}
          month={month}
          months={months.includes(month) ? months : [month, ...months]}
          report={ente === null ? null : await readReport(ente, month)}
        />
      ),
    });
  });
  app.get("/rapporti/:ente/:name", async (c) => {
    const ente = c.req.param("ente");
    const [, month = "", kind] = /^(\d{4}-\d{2})\.(xlsx|pdf)$/.exec(c.req.param("name")) ?? [];
    const report = isMonth(month) ? await readReport(ente, month) : null;
    if (report === null)
      return await renderMissing(c, deps, "Di quell'ente e mese non c'è un rapporto.");
    const name = `rapporto-${ente}-${month}.${kind ?? ""}`;
    if (kind === "xlsx") return answerPieces([writeReportSpreadsheet(report)], xlsx, name);
    const { enti } = await loadCatalog();
    const nome = enti.find(({ codice }) => codice === ente)?.nome ?? ente;
    const pdf = drawMonthReport(report, { name: nome, day: toRomeDay(clock.now()) });
    return answerPieces([pdf], "application/pdf", name);
  });
  return app;
}

const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

function chooseEnte(
  asked: string | undefined,
  enti: readonly { readonly codice: string }[],
): string | null {
  if (asked !== undefined) return enti.find(({ codice }) => codice === asked)?.codice ?? null;
  return enti[0]?.codice ?? null;
}

/** Newest first. */
function listMonths(today: string): readonly string[] {
  const [year = 0, month = 0] = today.split("-").map(Number);
  return Array.from({ length: shownMonths }, (_, back) => {
    const index = year * 12 + month - 1 - back;
    return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
  });
}
