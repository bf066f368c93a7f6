/** The page "Nuovo flusso": starts a run with an uploaded file; offered only where the program gives the means. */
/** @jsxImportSource ../markup */
import { formatPageHint } from "../../words/hints.ts";
import { Hono, type Context } from "hono";
import type { AppDeps } from "../deps.ts";
import type { FlussoDraft } from "../../drafts/draft-store.ts";
import type { FlussoDrafts } from "../../drafts/flusso-drafts.ts";
import type { Catalog } from "../../history/catalog.ts";
import { mayDo } from "../gate/who.ts";
import { NewRunPage, type NewRunChoice, buildParamField } from "../pages/new-run.tsx";
import { renderPage } from "../render.tsx";
import { ensureCsrfToken } from "../security.ts";
import { takeUpload } from "../upload-faults.tsx";
import type { Upload } from "../upload.ts";
import { buildDraftUrl, buildRunUrl } from "../urls.ts";

type Start = NonNullable<AppDeps["startRun"]>;

export function createNewRunRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { startRun, loadCatalog } = deps;
  if (startRun === undefined || loadCatalog === undefined) return app;
  app.get("/nuovo", async (c) => {
    const draft = (await deps.drafts?.read(c.req.query("bozza") ?? "")) ?? null;
    const asked = {
      pipeline: c.req.query("pipeline") ?? "",
      ente: c.req.query("ente") ?? "",
      params: {},
    };
    return await renderNew(c, deps, {
      catalog: await loadCatalog(),
      choice: draft ?? asked,
      draft,
      problem: null,
    });
  });
  app.post("/nuovo", async (c) => {
    const upload = await takeUpload(c, deps, "Dividere il flusso in più file.");
    if (upload instanceof Response) return upload;
    try {
      return await answerStart(c, deps, { startRun, catalog: await loadCatalog(), upload });
    } finally {
      await upload.release();
    }
  });
  const { drafts } = deps;
  if (drafts === undefined) return app;
  app.post("/nuovo/controllo", async (c) => {
    const upload = await takeUpload(c, deps, "Dividere il flusso in più file.");
    if (upload instanceof Response) return upload;
    try {
      return await answerCheck(c, deps, { drafts, catalog: await loadCatalog(), upload });
    } finally {
      await upload.release();
    }
  });
  return app;
}

interface CheckMeans {
  readonly drafts: FlussoDrafts;
  readonly catalog: Catalog;
  readonly upload: Upload;
}

/** The file is kept and looked at before anything starts; without a new one the one that was brought before. */
async function answerCheck(
  c: Context,
  deps: AppDeps,
  { drafts, catalog, upload }: CheckMeans,
): Promise<Response> {
  const choice = readChoice(upload, catalog);
  const before = await drafts.read(upload.fields["bozza"] ?? "");
  const [file] = upload.files;
  const problem =
    findChoiceProblem(catalog, choice) ??
    (file === undefined && before === null
      ? {
          text: "Scegliere il file dei verbali.",
          hint: "Senza file si avvia quello della cartella di arrivo.",
        }
      : null);
  if (problem !== null) return renderNew(c, deps, { catalog, choice, draft: before, problem });
  const kept =
    file === undefined
      ? await drafts.keepAgain(choice, before?.handle ?? "")
      : await drafts.keep(choice, file);
  if (kept === null)
    return renderNew(c, deps, {
      catalog,
      choice,
      draft: null,
      problem: mayDo("start", choice.ente)
        ? { text: "Il file caricato non è più qui: sceglierlo di nuovo." }
        : { text: "Il ruolo di chi è entrato non consente di avviare flussi per questo ente." },
    });
  return c.redirect(buildDraftUrl(kept.handle), 303);
}

function readChoice({ fields }: Upload, catalog: Catalog): NewRunChoice {
  const pipeline = fields["pipeline"] ?? "";
  const params = collectParams(fields, catalog, pipeline);
  return { pipeline, ente: fields["ente"] ?? "", params };
}

function findChoiceProblem(catalog: Catalog, choice: NewRunChoice): NewRunView["problem"] {
  if (choice.pipeline === "" || choice.ente === "")
    return { text: "Scegliere la pipeline e l'ente." };
  const missing = findMissingParam(catalog, choice);
  if (missing === null) return null;
  return { text: "Manca un dato per questa pipeline.", hint: missing };
}

interface Means {
  readonly startRun: Start;
  readonly catalog: Catalog;
  readonly upload: Upload;
}

async function answerStart(
  c: Context,
  deps: AppDeps,
  { startRun, catalog, upload }: Means,
): Promise<Response> {
  const choice = readChoice(upload, catalog);
  const wrong = findChoiceProblem(catalog, choice);
  if (wrong !== null) return renderNew(c, deps, { catalog, choice, draft: null, problem: wrong });
  const input = upload.files[0] ?? null;
  const result = await startRun({ ...choice, input });
  if (result.status === "accepted")
    return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
  const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
  const problem = { text: result.reason, hint };
  return renderNew(c, deps, { catalog, choice, draft: null, problem });
}

/** The fields of the chosen pipeline; an empty one was not given. */
function collectParams(
  fields: Readonly<Record<string, string>>,
  catalog: Catalog,
  pipeline: string,
): Record<string, string> {
  const params: Record<string, string> = {};
  const declared = catalog.pipelines.find(({ name }) => name === pipeline)?.params ?? [];
  for (const { name } of declared) {
    const text = (fields[buildParamField(pipeline, name)] ?? "").trim();
    if (text !== "") params[name] = text;
  }
  return params;
}

/** The label of the first parameter that must be given and is not. */
function findMissingParam(catalog: Catalog, { pipeline, params }: NewRunChoice): string | null {
  const declared = catalog.pipelines.find(({ name }) => name === pipeline)?.params ?? [];
  const missing = declared.find(({ name, isRequired }) => isRequired && params[name] === undefined);
  return missing?.label ?? null;
}

interface NewRunView {
  readonly catalog: Catalog;
  readonly choice: NewRunChoice | null;
  /** The file that was brought before. */
  readonly draft: FlussoDraft | null;
  readonly problem: { readonly text: string; readonly hint?: string | undefined } | null;
}

async function renderNew(c: Context, deps: AppDeps, view: NewRunView): Promise<Response> {
  const waiting = (await deps.drafts?.list()) ?? [];
  return await renderPage(c, deps, {
    title: "Nuovo flusso",
    section: "nuovo",
    content: (
      <NewRunPage
        {...view}
        canCheck={deps.drafts !== undefined}
        waiting={waiting.filter(({ handle }) => handle !== view.draft?.handle)}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: view.problem === null ? 200 : 409,
  });
}
