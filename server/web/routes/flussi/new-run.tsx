/** The page "Nuovo flusso": starts a run with an uploaded file; offered only where the program gives the means. */
/** @jsxImportSource ../../markup */
import { formatPageHint } from "../../../words/hints.ts";
import { Hono, type Context } from "hono";
import type { UploadedFile } from "../../../../engine/host/files.ts";
import type { AppDeps, StartResult } from "../../deps.ts";
import type { FlussoDraft } from "../../../drafts/draft-store.ts";
import type { FlussoDrafts } from "../../../drafts/flusso-drafts.ts";
import type { Catalog, CatalogParam } from "../../../history/catalog.ts";
import { mayDo } from "../../gate/who.ts";
import {
  NewRunPage,
  type NewRunChoice,
  type NewRunProblem,
  type RegisterPair,
  buildParamField,
} from "../../pages/new-run.tsx";
import { renderPage } from "../../render.tsx";
import { ensureCsrfToken } from "../../security.ts";
import { takeUpload } from "../../upload-faults.tsx";
import type { Upload } from "../../upload.ts";
import { buildDraftUrl, buildRunUrl } from "../../urls.ts";
import { buildWaitingUrl } from "../../waiting-urls.ts";

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
    (await findFormProblem(deps, catalog, choice, file ?? null)) ??
    (file === undefined && before === null
      ? {
          text: "Scegliere il file dei verbali.",
          hint: "Senza file si avvia quello della cartella di arrivo.",
        }
      : null);
  if (problem !== null) {
    // What was brought is not brought again because another field is wrong.
    const draft = file === undefined ? before : await keepBrought(drafts, choice, file);
    return renderNew(c, deps, { catalog, choice, draft, problem });
  }
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

async function keepBrought(
  drafts: FlussoDrafts,
  choice: NewRunChoice,
  file: UploadedFile,
): Promise<FlussoDraft | null> {
  return choice.ente === "" ? null : await drafts.keep(choice, file);
}

function readChoice({ fields }: Upload, catalog: Catalog): NewRunChoice {
  const pipeline = fields["pipeline"] ?? "";
  const params = collectParams(fields, catalog, pipeline);
  return { pipeline, ente: fields["ente"] ?? "", params };
}

function findChoiceProblem(catalog: Catalog, choice: NewRunChoice): NewRunProblem | null {
  if (choice.pipeline === "" || choice.ente === "")
    return { text: "Scegliere la pipeline e l'ente." };
  const missing = listMissingParams(catalog, choice);
  if (missing.length === 0) return null;
  return {
    text:
      missing.length === 1
        ? "Manca un dato per questa pipeline."
        : "Mancano dei dati per questa pipeline.",
    hint: missing.map(({ label }) => label).join("; "),
    params: Object.fromEntries(missing.map(({ name }) => [name, "Manca: scriverlo."])),
  };
}

/** All that is known to be wrong before a file is looked at. */
async function findFormProblem(
  deps: AppDeps,
  catalog: Catalog,
  choice: NewRunChoice,
  input: UploadedFile | null,
): Promise<NewRunProblem | null> {
  const wrong = findChoiceProblem(catalog, choice);
  if (wrong !== null) return wrong;
  const { pipeline, ente } = choice;
  const pairs = input === null ? [] : await listRegisters(deps, ente);
  if (pairs.some((pair) => pair.ente === ente && pair.pipeline === pipeline))
    return {
      text: "Questo ente notifica dal registro, non da un file.",
      link: { href: buildWaitingUrl({ ente }), text: "Scegliere i verbali in «Da notificare»" },
    };
  const refusal = (await deps.judgeStart?.({ ...choice, input })) ?? null;
  return refusal === null ? null : toProblem(refusal);
}

function toProblem({
  reason,
  hint,
  params,
}: Extract<StartResult, { readonly status: "refused" }>): NewRunProblem {
  return {
    text: reason,
    hint: hint === undefined ? undefined : formatPageHint(hint),
    ...(params !== undefined && { params }),
  };
}

const mostRegisters = 50;

/** The pipelines that take the verbali of an ente from the register. */
async function listRegisters(
  { waiting }: AppDeps,
  chosen: string,
): Promise<readonly RegisterPair[]> {
  const pairs: RegisterPair[] = [];
  const enti = (await waiting?.listEnti()) ?? [];
  for (const ente of enti) {
    // Of many the form knows the chosen one; the others are told when they are sent.
    if (enti.length > mostRegisters && ente !== chosen) continue;
    const { generates } = (await waiting?.readUse(ente)) ?? { generates: null };
    if (generates !== null) pairs.push({ ente, pipeline: generates.pipeline });
  }
  return pairs;
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
  const input = upload.files[0] ?? null;
  const wrong = await findFormProblem(deps, catalog, choice, input);
  if (wrong !== null) {
    const { drafts } = deps;
    const draft =
      input === null || drafts === undefined ? null : await keepBrought(drafts, choice, input);
    return renderNew(c, deps, { catalog, choice, draft, problem: wrong });
  }
  const result = await startRun({ ...choice, input });
  if (result.status === "accepted")
    return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
  return renderNew(c, deps, { catalog, choice, draft: null, problem: toProblem(result) });
}

/** The fields of the chosen pipeline; an empty one was not given. */
function collectParams(
  fields: Readonly<Record<string, string>>,
  catalog: Catalog,
  pipeline: string,
): Record<string, string> {
  const params: Record<string, string> = {};
  const declared = catalog.pipelines.find(({ name }) => name === pipeline)?.params ?? [];
  for (const { name, kind } of declared) {
    const text = (fields[buildParamField(pipeline, name)] ?? "").trim();
    // Without the browser's own field for numbers people write a comma.
    if (text !== "") params[name] = kind === "number" ? text.replace(",", ".") : text;
  }
  return params;
}

/** What must be given and is not. */
function listMissingParams(
  catalog: Catalog,
  { pipeline, params }: NewRunChoice,
): readonly CatalogParam[] {
  const declared = catalog.pipelines.find(({ name }) => name === pipeline)?.params ?? [];
  return declared.filter(({ name, isRequired }) => isRequired && params[name] === undefined);
}

interface NewRunView {
  readonly catalog: Catalog;
  readonly choice: NewRunChoice | null;
  /** The file that was brought before. */
  readonly draft: FlussoDraft | null;
  readonly problem: NewRunProblem | null;
}

async function renderNew(c: Context, deps: AppDeps, view: NewRunView): Promise<Response> {
  const waiting = (await deps.drafts?.list()) ?? [];
  return await renderPage(c, deps, {
    title: "Nuovo flusso",
    section: "nuovo",
    content: (
      <NewRunPage
        {...view}
        registers={await listRegisters(deps, view.choice?.ente ?? "")}
        canCheck={deps.drafts !== undefined}
        waiting={waiting.filter(({ handle }) => handle !== view.draft?.handle)}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: view.problem === null ? 200 : 409,
  });
}
