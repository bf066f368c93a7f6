/** The routes of pipelines and enti: list, editor, what a change does, saving, versions, and what the editor asks while one types. */
/** @jsxImportSource ../../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FileDesk, FileText } from "../../../history/edited-files.ts";
import type { AppDeps } from "../../deps.ts";
import { readSigner } from "../../gate/who.ts";
import { EditPage, PreviewPage, VersionsPage } from "../../pages/files/edit.tsx";
import { FilesPage } from "../../pages/files/list.tsx";
import type { Notice } from "../../pages/notice.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildFilesUrl } from "../../urls.ts";

/** A text of the longest file, each letter of it escaped in a form. */
const mostBytes = 1_300_000;

export function createFileRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { files } = deps;
  if (files === undefined) return app;
  app.get("/file", async (c) =>
    renderPage(c, deps, {
      title: "Pipeline ed enti",
      section: "file",
      content: (
        <FilesPage files={await files.list()} catalog={(await deps.loadCatalog?.()) ?? null} />
      ),
    }),
  );
  app.get("/file/modifica", async (c) => {
    const file = await files.read(c.req.query("nome") ?? "");
    if (file === null) return await answerMissing(c, deps);
    const number = Number(c.req.query("versione") ?? 0);
    const version =
      number > 0
        ? (await files.listVersions(file.name)).find((one) => one.number === number)
        : undefined;
    const isSaved = c.req.query("fatto") === "salvato";
    return await renderEditor(c, deps, {
      file,
      text: version?.text ?? file.text,
      notice: describeOpened(isSaved, version?.number),
    });
  });
  app.get("/file/versioni", async (c) => {
    const file = await files.read(c.req.query("nome") ?? "");
    if (file === null) return await answerMissing(c, deps);
    const versions = await files.listVersions(file.name);
    return await renderPage(c, deps, {
      title: `Versioni di ${file.name}`,
      section: "file",
      content: <VersionsPage file={file} versions={versions} />,
    });
  });
  addForms(app, deps, files);
  addQuestions(app, files);
  return app;
}

function describeOpened(isSaved: boolean, version: number | undefined): Notice | null {
  if (isSaved)
    return {
      tone: "good",
      text: "Il file è salvato.",
      hint: "Vale dal prossimo avvio; i flussi in corso vanno avanti con i passi che avevano.",
    };
  if (version === undefined) return null;
  return {
    tone: "good",
    text: `Qui sotto c'è la versione ${version}: non è ancora quella in uso.`,
    hint: "«Vedi che cosa cambia» la mette a confronto con il file di adesso.",
  };
}

interface Opened {
  readonly file: FileText;
  readonly text: string;
  readonly notice: Notice | null;
}

async function renderEditor(c: Context, deps: AppDeps, opened: Opened): Promise<Response> {
  const { file, text } = opened;
  const problems = (await deps.files?.check(file.name, text)) ?? [];
  return await renderPage(c, deps, {
    title: file.name,
    section: "file",
    content: <EditPage {...opened} problems={problems} csrf={ensureCsrfToken(c, deps.access)} />,
  });
}

interface Given {
  readonly file: FileText;
  readonly text: string;
  /** Of the text that the page was made of. */
  readonly version: string;
  read(field: string): string;
}

/** The file and the text of a form, or the page that says why not. */
async function readForm(c: Context, deps: AppDeps, files: FileDesk): Promise<Given | Response> {
  const form = await c.req.parseBody();
  if (!isCsrfToken(c, form["csrf"])) return await renderRefused(c, deps, stalePage);
  const read = (name: string): string => {
    const value = form[name];
    return typeof value === "string" ? value : "";
  };
  const file = await files.read(read("nome"));
  if (file === null) return await answerMissing(c, deps);
  return { file, text: read("testo"), version: read("versione"), read };
}

function addForms(app: Hono, deps: AppDeps, files: FileDesk): void {
  const limit = bodyLimit({ maxSize: mostBytes });
  app.post("/file/modifica", limit, async (c) => {
    const given = await readForm(c, deps, files);
    return given instanceof Response
      ? given
      : await renderEditor(c, deps, { ...given, notice: null });
  });
  // A page that was sent by a form is asked for again by its own script, or by whoever reloads it.
  for (const path of ["/file/anteprima", "/file/salva"])
    app.get(path, (c) => c.redirect("/file", 303));
  app.post("/file/anteprima", limit, async (c) => {
    const given = await readForm(c, deps, files);
    if (given instanceof Response) return given;
    const { file, version } = given;
    const notice = version === file.version ? null : changedMeanwhile;
    return await renderPreview(c, deps, { given, notice });
  });
  app.post("/file/salva", limit, async (c) => {
    const given = await readForm(c, deps, files);
    if (given instanceof Response) return given;
    const { file, text, version, read } = given;
    const by = readSigner() ?? read("chi").trim().slice(0, 80);
    const reason = read("motivo").trim().slice(0, 200);
    if (by === "" || reason === "")
      return await renderPreview(c, deps, {
        given,
        notice: { tone: "bad", text: "Mancano il nome di chi cambia, o il perché." },
      });
    const isForced = read("comunque") === "si";
    const result = await files.save({ name: file.name, text, version, by, reason, isForced });
    if (result.status === "saved")
      return c.redirect(buildFilesUrl("modifica", file.name, undefined, "salvato"), 303);
    const notice: Notice =
      result.status === "conflict" ? changedMeanwhile : { tone: "bad", text: result.reason };
    return await renderPreview(c, deps, { given, notice });
  });
}

const changedMeanwhile: Notice = {
  tone: "bad",
  text: "Intanto il file è stato cambiato da un'altra parte.",
  hint: "Qui sotto c'è la differenza con il file di adesso: salvare toglie anche quelle modifiche. Per tenerle, tornare al testo e riportarle.",
};

/** What the text would change, before it is saved. */
export async function renderPreview(
  c: Context,
  deps: AppDeps,
  { given, notice }: { readonly given: Given; readonly notice: Notice | null },
): Promise<Response> {
  const { file, text, read } = given;
  const preview = (await deps.files?.preview(file.name, text)) ?? null;
  if (preview === null) return await answerMissing(c, deps);
  return await renderPage(c, deps, {
    title: `Che cosa cambia in ${file.name}`,
    section: "file",
    content: (
      <PreviewPage
        file={file}
        text={text}
        preview={preview}
        notice={notice}
        csrf={ensureCsrfToken(c, deps.access)}
        signer={readSigner()}
        typed={{ by: read("chi"), reason: read("motivo") }}
      />
    ),
    ...(notice !== null && { status: 409 as const }),
  });
}

/** What the editor asks: nothing of it writes. */
function addQuestions(app: Hono, files: FileDesk): void {
  const limit = bodyLimit({ maxSize: mostBytes });
  app.post("/file/controlla", limit, async (c) => {
    const asked = await readQuestion(c, files);
    if (asked === null) return c.json({ problems: [] }, 400);
    return c.json({ problems: await files.check(asked.name, asked.text) });
  });
  app.post("/file/completa", limit, async (c) => {
    const asked = await readQuestion(c, files);
    if (asked === null) return c.json({ start: 0, end: 0, offers: [] }, 400);
    return c.json(await files.complete(asked.name, asked.text, asked.offset));
  });
  app.post("/file/spiega", limit, async (c) => {
    const asked = await readQuestion(c, files);
    if (asked === null) return c.json({}, 400);
    return c.json((await files.describe(asked.name, asked.text, asked.offset)) ?? {});
  });
}

async function readQuestion(
  c: Context,
  files: FileDesk,
): Promise<{ readonly name: string; readonly text: string; readonly offset: number } | null> {
  const asked: unknown = await c.req.json().catch(() => null);
  if (typeof asked !== "object" || asked === null) return null;
  const { name, text, offset = 0 } = asked as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof text !== "string" || typeof offset !== "number")
    return null;
  if ((await files.read(name)) === null || !Number.isInteger(offset)) return null;
  return { name, text, offset: Math.min(Math.max(offset, 0), text.length) };
}

async function answerMissing(c: Context, deps: AppDeps): Promise<Response> {
  return await renderMissing(c, deps, "Questo file non c'è, o non è una pipeline né un ente.");
}
