/** The routes of what is in doubt: the list, the word on one verbale, the word on all with a second look. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import type { DecisionWord } from "../../../../engine/journal/items.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import { listDoubts } from "../../../history/doubts.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { AppDeps, CommandResult, ResumeRequest } from "../../deps.ts";
import { ConfirmAllPage, DoubtsPage } from "../../pages/doubts.tsx";
import type { Notice } from "../../pages/notice.tsx";
import { readSigner } from "../../gate/who.ts";
import { renderMissing, renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { buildDoubtsUrl } from "../../urls.ts";
import { type Form, readCommandForm } from "../form.tsx";

const shownAtOnce = 50;

export function createDoubtRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/flussi/:id/dubbi", async (c) => {
    const run = await deps.journal.readRun(c.req.param("id"));
    if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
    const isSaid = c.req.query("fatto") === "dubbio";
    const notice: Notice = { tone: "good", text: "La risposta è registrata: il flusso riprende." };
    return await renderDoubts(c, deps, run, isSaid ? notice : null);
  });
  app.post("/flussi/:id/verbali/:key/dubbio", async (c) => {
    const given = await readCommandForm(c, deps);
    if (given instanceof Response) return given;
    const { run, form } = given;
    const { key } = c.req.param();
    const decision = parseDecision(form);
    if (typeof decision === "string") return await refuse(c, deps, run, decision);
    const doubts = await listDoubts(deps, run, { key });
    const [doubt] = doubts;
    if (decision.word === "done" && doubt?.evidence != null && decision.evidence === null)
      return await refuse(
        c,
        deps,
        run,
        doubt.isSending
          ? "Scrivere l'IUN o il token che SEND mostra."
          : `Scrivere: ${doubt.evidence}.`,
      );
    return await resume(c, deps, run, { only: "in-doubt", items: [key], decision });
  });
  app.post("/flussi/:id/dubbi", async (c) => {
    const given = await readCommandForm(c, deps);
    if (given instanceof Response) return given;
    const { run, form } = given;
    const decision = parseDecision(form);
    if (typeof decision === "string") return await refuse(c, deps, run, decision);
    if (decision.word === "done")
      return await refuse(c, deps, run, "Che sia avvenuto si dice di un verbale alla volta.");
    // Others may have come since the page was made: those were not looked at.
    if (form["confirmed"] !== String(run.counts.inDoubt))
      return renderPage(c, deps, {
        title: "Conferma",
        section: "flussi",
        content: (
          <ConfirmAllPage run={run} decision={decision} csrf={ensureCsrfToken(c, deps.access)} />
        ),
      });
    return await resume(c, deps, run, { only: "in-doubt", decision });
  });
  return app;
}

/** The word of a form, or in Italian what it lacks. */
function parseDecision(form: Form): DecisionWord | string {
  const [typed, reason, evidence] = ["by", "reason", "evidence"].map((name) =>
    (form[name] ?? "").trim(),
  );
  const by = readSigner() ?? typed;
  const word = (["done", "not-done", "ask"] as const).find((one) => one === form["word"]);
  if (word === undefined) return "Scegliere che cosa è successo.";
  if (by === undefined || by === "" || by.length > 80)
    return "Scrivere nome e cognome di chi risponde.";
  if (reason === undefined || reason === "" || reason.length > 300)
    return "Scrivere il motivo: che cosa si è visto, e dove.";
  const proof = evidence === undefined || evidence === "" ? null : evidence.slice(0, 200);
  return { word, by, reason, evidence: proof };
}

async function resume(
  c: Context,
  deps: AppDeps,
  run: Run,
  request: ResumeRequest,
): Promise<Response> {
  const result: CommandResult = await deps.resume(run.id, request);
  if (result.status === "accepted")
    return c.redirect(`${buildDoubtsUrl(run.id)}?fatto=dubbio`, 303);
  const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
  return await refuse(c, deps, run, result.reason, hint);
}

async function refuse(
  c: Context,
  deps: AppDeps,
  run: Run,
  text: string,
  hint?: string,
): Promise<Response> {
  const fresh = (await deps.journal.readRun(run.id)) ?? run;
  return await renderDoubts(c, deps, fresh, { tone: "bad", text, hint });
}

async function renderDoubts(
  c: Context,
  deps: AppDeps,
  run: Run,
  notice: Notice | null,
): Promise<Response> {
  return renderPage(c, deps, {
    title: `In dubbio nel flusso ${run.id}`,
    section: "flussi",
    content: (
      <DoubtsPage
        run={run}
        doubts={await listDoubts(deps, run, { limit: shownAtOnce })}
        csrf={ensureCsrfToken(c, deps.access)}
        notice={notice}
      />
    ),
    status: notice?.tone === "bad" ? 409 : 200,
  });
}
