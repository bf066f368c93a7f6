/** The routes of the guided form beside the editor: the same file, field by field, with the same checks, preview and saving. */
/** @jsxImportSource ../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { EnteForm, FileDesk, FileProblem, FileText } from "../../history/edited-files.ts";
import type { AppDeps } from "../deps.ts";
import { FormPage } from "../pages/files/form.tsx";
import type { Notice } from "../pages/notice.tsx";
import { renderMissing, renderPage, renderRefused } from "../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../security.ts";
import { stalePage } from "../upload-faults.tsx";
import { buildFilesUrl } from "../urls.ts";
import { renderPreview } from "./flussi/files.tsx";

/** The text of the longest file, each letter of it escaped, and its fields. */
const mostBytes = 1_500_000;
const notThere = "Questo file non c'è, o non è di un ente.";

export function createEnteFormRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { files } = deps;
  if (files === undefined) return app;
  app.get("/file/guidata", async (c) => {
    const file = await files.read(c.req.query("nome") ?? "");
    if (file === null || file.ente === null) return await renderMissing(c, deps, notThere);
    return await renderForm(c, deps, { files, file, text: file.text, notice: null });
  });
  app.post("/file/guidata", bodyLimit({ maxSize: mostBytes }), async (c) => {
    const form = new URLSearchParams(await c.req.text());
    if (!isCsrfToken(c, form.get("csrf"))) return await renderRefused(c, deps, stalePage);
    const file = await files.read(form.get("nome") ?? "");
    if (file === null || file.ente === null) return await renderMissing(c, deps, notThere);
    return await answerForm(c, deps, { files, file, form });
  });
  return app;
}

interface Given {
  readonly files: FileDesk;
  readonly file: FileText;
  readonly form: URLSearchParams;
}

async function answerForm(c: Context, deps: AppDeps, given: Given): Promise<Response> {
  const { files, file, form } = given;
  const typed = new Map<string, string>();
  for (const [name, value] of form)
    if (name.startsWith("campo.")) typed.set(name.slice("campo.".length), value);
  const before = form.get("testo") ?? "";
  const text = await files.fillForm(file.name, before, {
    given: typed,
    shown: form.getAll("campi"),
  });
  const isStale = form.get("versione") !== file.version;
  if (form.get("azione") === "vedi") {
    const read = (name: string): string => form.get(name) ?? "";
    const problems = await files.check(file.name, text);
    // What was wrong before is no reason to hold back what mends something else.
    const isWorse = countErrors(problems) > countErrors(await files.check(file.name, file.text));
    if (!isWorse || form.get("testo") === text)
      return await renderPreview(c, deps, {
        given: { file, text, version: read("versione"), read },
        notice: isStale ? changed : null,
      });
    return await renderForm(c, deps, { files, file, text, notice: wrong });
  }
  return await renderForm(c, deps, { files, file, text, notice: isStale ? changed : null });
}

function countErrors(problems: readonly FileProblem[]): number {
  return problems.filter(({ severity }) => severity === "error").length;
}

const wrong: Notice = {
  tone: "bad",
  text: "Ci sono errori accanto ai campi.",
  hint: "Correggerli, oppure premere di nuovo «Vedi che cosa cambia» per andare avanti così.",
};
const changed: Notice = {
  tone: "bad",
  text: "Intanto il file è stato cambiato da un'altra parte.",
  hint: "«Vedi che cosa cambia» mostra la differenza con il file di adesso.",
};

interface Opened {
  readonly files: FileDesk;
  readonly file: FileText;
  readonly text: string;
  readonly notice: Notice | null;
}

async function renderForm(c: Context, deps: AppDeps, opened: Opened): Promise<Response> {
  const { files, file, text, notice } = opened;
  const form = await files.readForm(file.name, text);
  if (form === null) return c.redirect(buildFilesUrl("modifica", file.name), 303);
  const faults = placeProblems(form, await files.check(file.name, text));
  return await renderPage(c, deps, {
    title: `${file.name}: modulo guidato`,
    section: "file",
    content: (
      <FormPage
        file={file}
        text={text}
        form={form}
        faults={faults}
        notice={notice}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
  });
}

/** Each beside the field whose value it is about; of a value that is missing, beside the field of that name. */
function placeProblems(
  form: EnteForm,
  problems: readonly FileProblem[],
): ReadonlyMap<string, readonly FileProblem[]> {
  const fields = form.sections.flatMap((section) => section.fields);
  const placed = new Map<string, FileProblem[]>();
  for (const problem of problems) {
    const field =
      fields.find(({ value, path }) => value === "" && isMissing(problem, path)) ??
      fields.find(({ start, end }) => isWithin(problem, start, end));
    const name = field?.name ?? "";
    placed.set(name, [...(placed.get(name) ?? []), problem]);
  }
  return placed;
}

function isWithin({ start }: FileProblem, from: number | null, to: number | null): boolean {
  return from !== null && to !== null && from <= start && start <= to;
}

/** The checks name it by its keys, in quotes. */
function isMissing({ message }: FileProblem, path: readonly string[]): boolean {
  const name = path.filter((key) => key !== "secret").join(".");
  return message.includes(`manca "${name}"`);
}
