/** The page "Nuovo flusso": starts a run with an uploaded file; offered only where the program gives the means. */
/** @jsxImportSource ../markup */
import { formatPageHint } from "../../words/hints.ts";
import { Hono, type Context } from "hono";
import type { AppDeps } from "../deps.ts";
import type { Catalog } from "../../history/catalog.ts";
import { NewRunPage, type NewRunChoice, buildParamField } from "../pages/new-run.tsx";
import { renderPage } from "../render.tsx";
import { ensureCsrfToken } from "../security.ts";
import { takeUpload } from "../upload-faults.tsx";
import type { Upload } from "../upload.ts";
import { buildRunUrl } from "../urls.ts";

type Start = NonNullable<AppDeps["startRun"]>;

export function createNewRunRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { startRun, loadCatalog } = deps;
  if (startRun === undefined || loadCatalog === undefined) return app;
  app.get("/nuovo", async (c) =>
    renderNew(c, deps, {
      catalog: await loadCatalog(),
      choice: {
        pipeline: c.req.query("pipeline") ?? "",
        ente: c.req.query("ente") ?? "",
        params: {},
      },
      problem: null,
    }),
  );
  app.post("/nuovo", async (c) => {
    const upload = await takeUpload(c, deps, "Dividere il flusso in più file.");
    if (upload instanceof Response) return upload;
    try {
      return await answerStart(c, deps, { startRun, catalog: await loadCatalog(), upload });
    } finally {
      await upload.release();
    }
  });
  return app;
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
  const pipeline = upload.fields["pipeline"] ?? "";
  const choice = {
    pipeline,
    ente: upload.fields["ente"] ?? "",
    params: collectParams(upload.fields, catalog, pipeline),
  };
  if (choice.pipeline === "" || choice.ente === "") {
    const problem = { text: "Scegliere la pipeline e l'ente." };
    return renderNew(c, deps, { catalog, choice, problem });
  }
  const missing = findMissingParam(catalog, choice);
  if (missing !== null) {
    const problem = { text: "Manca un dato per questa pipeline.", hint: missing };
    return renderNew(c, deps, { catalog, choice, problem });
  }
  const input = upload.files[0] ?? null;
  const result = await startRun({ ...choice, input });
  if (result.status === "accepted")
    return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
  const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
  const problem = { text: result.reason, hint };
  return renderNew(c, deps, { catalog, choice, problem });
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
  readonly problem: { readonly text: string; readonly hint?: string | undefined } | null;
}

function renderNew(c: Context, deps: AppDeps, view: NewRunView): Promise<Response> {
  return renderPage(c, deps, {
    title: "Nuovo flusso",
    section: "nuovo",
    content: <NewRunPage {...view} csrf={ensureCsrfToken(c, deps.access)} />,
    status: view.problem === null ? 200 : 409,
  });
}
