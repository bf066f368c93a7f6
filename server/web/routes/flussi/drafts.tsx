/** «Nuovo flusso» between the upload and the start: the file as it was understood, its columns, and the word that starts it. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { DraftMappings, MappingChoice } from "../../../drafts/draft-mapping.ts";
import type { FlussoDraft } from "../../../drafts/draft-store.ts";
import type { FlussoDrafts } from "../../../drafts/flusso-drafts.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { AppDeps } from "../../deps.ts";
import { mayDo } from "../../gate/who.ts";
import { DraftPage } from "../../pages/draft/draft.tsx";
import { ColumnsPage } from "../../pages/draft/columns.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildDraftUrl, buildRunUrl } from "../../urls.ts";

/** A small file is told at once, a large one by a page that asks again. */
const patienceMs = 4_000;
/** What «Prova i primi» takes. */
export const aheadCount = 5;

export function createDraftRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { drafts, startRun } = deps;
  if (drafts === undefined || startRun === undefined) return app;

  app.get("/nuovo/:draft", async (c) => {
    const draft = await findDraft(c, drafts);
    if (draft === null) return renderGone(c, deps);
    return renderDraft(c, deps, { drafts, draft, problem: null });
  });

  app.post("/nuovo/:draft/avvia", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const draft = await findDraft(c, drafts);
    if (draft === null) return renderGone(c, deps);
    const first = form.get("primi") === "si" ? aheadCount : null;
    const result = await drafts.start(draft, first, startRun);
    if (result.status === "accepted")
      return c.redirect(
        `${buildRunUrl(result.runId)}?fatto=${first === null ? "nuovo" : "primi"}`,
        303,
      );
    const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
    return renderDraft(c, deps, { drafts, draft, problem: { text: result.reason, hint } });
  });

  app.post("/nuovo/:draft/scarta", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const draft = await findDraft(c, drafts);
    if (draft !== null) await drafts.drop(draft.handle);
    return c.redirect("/nuovo", 303);
  });

  if (deps.mappings !== undefined) addMapping(app, deps, { drafts, mappings: deps.mappings });
  return app;
}

function addMapping(
  app: Hono,
  deps: AppDeps,
  { drafts, mappings }: { readonly drafts: FlussoDrafts; readonly mappings: DraftMappings },
): void {
  app.get("/nuovo/:draft/colonne", async (c) => {
    const draft = await findDraft(c, drafts);
    if (draft === null || !mayDo("mapping", draft.ente)) return renderGone(c, deps);
    const choice = { columns: new Map(), constants: new Map(), recipient: null };
    return renderColumns(c, deps, { mappings, draft, choice });
  });

  app.post("/nuovo/:draft/colonne", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const draft = await findDraft(c, drafts);
    if (draft === null || !mayDo("mapping", draft.ente)) return renderGone(c, deps);
    const choice = toChoice(form);
    if (form.get("azione") !== "scrivi") return renderColumns(c, deps, { mappings, draft, choice });
    const mapping = await mappings.propose(draft, choice);
    const reason = "code" in mapping ? mapping.message : await mappings.save(draft, mapping);
    if (reason !== null) return renderColumns(c, deps, { mappings, draft, choice, reason });
    await drafts.readTrial(draft, { waitMs: 0, again: true });
    return c.redirect(`${buildDraftUrl(draft.handle)}?fatto=colonne`, 303);
  });
}

function toChoice(form: URLSearchParams): MappingChoice {
  const columns = new Map<string, string>();
  const constants = new Map<string, string>();
  for (const [name, value] of form) {
    if (name.startsWith("colonna.")) columns.set(name.slice("colonna.".length), value);
    if (name.startsWith("valore.")) constants.set(name.slice("valore.".length), value.trim());
  }
  const recipient = form.get("destinatario") ?? "";
  return { columns, constants, recipient: recipient === "" ? null : recipient };
}

async function findDraft(c: Context, drafts: FlussoDrafts): Promise<FlussoDraft | null> {
  return await drafts.read(c.req.param("draft") ?? "");
}

const limitBody = bodyLimit({
  maxSize: 256_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

async function readForm(c: Context, deps: AppDeps): Promise<URLSearchParams | Response> {
  const tooLarge = await limitBody(c, async () => {});
  if (tooLarge instanceof Response) return tooLarge;
  const form = new URLSearchParams(await c.req.text());
  return isCsrfToken(c, form.get("csrf")) ? form : renderRefused(c, deps, stalePage);
}

function renderGone(c: Context, deps: AppDeps): Promise<Response> {
  return renderMissing(c, deps, "Questo file non è più qui: caricarlo di nuovo da «Nuovo flusso».");
}

interface DraftView {
  readonly drafts: FlussoDrafts;
  readonly draft: FlussoDraft;
  readonly problem: { readonly text: string; readonly hint: string | undefined } | null;
}

async function renderDraft(
  c: Context,
  deps: AppDeps,
  { drafts, draft, problem }: DraftView,
): Promise<Response> {
  const again = c.req.query("di-nuovo") !== undefined;
  const trial = await drafts.readTrial(draft, { waitMs: patienceMs, again });
  // The page asks again by itself; a header, because it works without script.
  if (trial.status === "busy") c.header("refresh", `1; url=${buildDraftUrl(draft.handle)}`);
  const catalog = await deps.loadCatalog?.();
  const ente = catalog?.enti.find(({ codice }) => codice === draft.ente)?.nome ?? draft.ente;
  const titles = new Map(deps.registry.listSteps().map(({ name, title }) => [name, title]));
  return renderPage(c, deps, {
    title: `Controllo di ${draft.file.name}`,
    section: "nuovo",
    content: (
      <DraftPage
        draft={draft}
        result={trial}
        ente={ente}
        pipeline={
          catalog?.pipelines.find(({ name }) => name === draft.pipeline)?.title ?? draft.pipeline
        }
        stepTitles={titles}
        canMap={deps.mappings !== undefined && mayDo("mapping", draft.ente)}
        isMapped={c.req.query("fatto") === "colonne"}
        ahead={aheadCount}
        problem={problem}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: problem === null ? 200 : 409,
  });
}

interface ColumnsView {
  readonly mappings: DraftMappings;
  readonly draft: FlussoDraft;
  readonly choice: MappingChoice;
  readonly reason?: string;
}

async function renderColumns(
  c: Context,
  deps: AppDeps,
  { mappings, draft, choice, reason }: ColumnsView,
): Promise<Response> {
  const mapping = await mappings.propose(draft, choice);
  return renderPage(c, deps, {
    title: `Colonne di ${draft.file.name}`,
    section: "nuovo",
    content: (
      <ColumnsPage
        draft={draft}
        mapping={mapping}
        recipient={choice.recipient}
        reason={reason ?? null}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: reason === undefined ? 200 : 409,
  });
}
