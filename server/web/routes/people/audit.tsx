/** The routes of the audit log: the page with its filters, and the same as CSV. */
/** @jsxImportSource ../../markup */
import { Hono } from "hono";
import { addDays, findRomeMidnight, toInstant } from "../../../../engine/host/clock.ts";
import { formatCsvLine } from "../../../../integrations/csv.ts";
import type { Audit, AuditFilter } from "../../../people/audit.ts";
import type { PeopleDesk } from "../../../people/desk.ts";
import { formatSeconds } from "../../../words/format.ts";
import type { AppDeps } from "../../deps.ts";
import { answerText } from "../../downloads.ts";
import {
  AuditPage,
  type AuditPageQuery,
  formatAction,
  formatDetail,
} from "../../pages/people/audit.tsx";
import { renderPage } from "../../render.tsx";

const perPage = 50;

export function createAuditRoutes(deps: AppDeps, { people }: PeopleDesk): Hono {
  const app = new Hono();
  const { audit } = people;
  app.get("/registro-accessi", async (c) => {
    const query = readAuditQuery((name) => c.req.query(name));
    const before = Number(c.req.query("prima") ?? "");
    const filter = {
      ...toAuditFilter(query),
      ...(Number.isInteger(before) && before > 0 && { before }),
    };
    const found = audit.listRows({ ...filter, limit: perPage + 1 });
    const rows = found.slice(0, perPage);
    const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
    const last = rows.at(-1);
    const next =
      found.length > perPage && last !== undefined
        ? `/registro-accessi?${new URLSearchParams([...search, ["prima", String(last.seq)]])}`
        : null;
    return await renderPage(c, deps, {
      title: "Registro degli accessi",
      section: null,
      content: (
        <AuditPage
          rows={rows}
          query={query}
          verdict={audit.verifyNew()}
          next={next}
          csv={`/registro-accessi.csv?${search}`}
        />
      ),
    });
  });
  app.get("/registro-accessi.csv", (c) => {
    const filter = toAuditFilter(readAuditQuery((name) => c.req.query(name)));
    return answerText(
      streamAuditCsv(audit, filter),
      "text/csv; charset=utf-8",
      "registro-accessi.csv",
    );
  });
  return app;
}

function readAuditQuery(read: (name: string) => string | undefined): AuditPageQuery {
  const readText = (name: string): string => (read(name) ?? "").trim().slice(0, 100);
  const readDay = (name: string): string =>
    /^\d{4}-\d{2}-\d{2}$/.test(readText(name)) ? readText(name) : "";
  return {
    persona: readText("persona"),
    azione: readText("azione"),
    ente: readText("ente"),
    oggetto: readText("oggetto"),
    dal: readDay("dal"),
    al: readDay("al"),
  };
}

function toAuditFilter(query: AuditPageQuery): Omit<AuditFilter, "limit"> {
  const { persona, azione, ente, oggetto, dal, al } = query;
  return {
    ...(persona !== "" && { actor: persona }),
    ...(azione !== "" && { action: azione }),
    ...(ente !== "" && { ente }),
    ...(oggetto !== "" && { subject: oggetto }),
    ...(dal !== "" && { from: toInstant(findRomeMidnight(dal)) }),
    ...(al !== "" && { until: toInstant(findRomeMidnight(addDays(al, 1))) }),
  };
}

const csvPage = 1_000;

/** Newest first, with the hashes: so that the chain can be checked elsewhere. */
export async function* streamAuditCsv(
  audit: Audit,
  filter: Omit<AuditFilter, "limit">,
): AsyncGenerator<string, void, undefined> {
  yield `\uFEFF${formatCsvLine(["Riga", "Quando (UTC)", "Quando (Roma)", "Chi", "Che cosa", "Ente", "Su", "Dettagli", "Da", "Impronta precedente", "Impronta"])}`;
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const rows = audit.listRows({ ...filter, before, limit: csvPage });
    let piece = "";
    for (const row of rows) {
      const { seq, at, actor, action, ente, subject, detail, address, previous, hash } = row;
      piece += formatCsvLine([
        String(seq),
        at,
        formatSeconds(at),
        actor,
        formatAction(action),
        ente ?? "",
        subject ?? "",
        detail === null ? "" : formatDetail(detail),
        address ?? "",
        previous,
        hash,
      ]);
      before = seq;
    }
    if (piece !== "") yield piece;
    if (rows.length < csvPage) return;
  }
}
