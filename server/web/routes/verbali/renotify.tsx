/** «Rinotifica»: the form, its checks while one types, and where the prepared verbale goes. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { readFormTexts, toFormTexts } from "../../../correct/verbale-form.ts";
import {
  type OpenRenotification,
  readRenotifiedNumber,
  type Renotifications,
} from "../../../register/renotify.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { AppDeps } from "../../deps.ts";
import { RenotifyPage } from "../../pages/verbale/renotify.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { explainFaultsLeft, readSheetForm } from "../../sheet-form.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildDraftUrl, buildRunUrl } from "../../urls.ts";

const limitBody = bodyLimit({
  maxSize: 256_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

const unsent =
  "Questo verbale non risulta inviato a SEND da Postino: non c'è una notifica da rifare.";

export function createRenotifyRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { renotifications } = deps;
  if (renotifications === undefined) return app;
  app.get("/verbali/:ente/:numero/rinotifica", async (c) => {
    const open = await renotifications.read(c.req.param("ente"), c.req.param("numero"));
    if (open === null) return renderMissing(c, deps, unsent);
    const { verbale } = open;
    const texts = new Map([...toFormTexts(verbale), ["numero", readRenotifiedNumber(verbale)]]);
    return renderForm(c, deps, { renotifications, open, texts });
  });
  app.post("/verbali/:ente/:numero/rinotifica", async (c) => {
    const tooLarge = await limitBody(c, async () => {});
    if (tooLarge instanceof Response) return tooLarge;
    const form = new URLSearchParams(await c.req.text());
    if (!isCsrfToken(c, form.get("csrf"))) return renderRefused(c, deps, stalePage);
    const open = await renotifications.read(c.req.param("ente"), c.req.param("numero"));
    if (open === null) return renderMissing(c, deps, unsent);
    return await answerForm(c, deps, { renotifications, open, form });
  });
  return app;
}

interface SentForm {
  readonly renotifications: Renotifications;
  readonly open: OpenRenotification;
  readonly form: URLSearchParams;
}

async function answerForm(
  c: Context,
  deps: AppDeps,
  { renotifications, open, form }: SentForm,
): Promise<Response> {
  const { texts, isSent } = readSheetForm(form);
  const view = { renotifications, open, texts };
  if (!isSent) return renderForm(c, deps, view);
  const { verbale, faults } = await judgeForm(view);
  const left = explainFaultsLeft(faults);
  if (left !== null) return renderForm(c, deps, { ...view, problem: left });
  const result = await renotifications.prepare(open, verbale);
  if (result.status === "draft") return c.redirect(buildDraftUrl(result.handle), 303);
  if (result.status === "run")
    return c.redirect(`${buildRunUrl(result.runId)}?fatto=registrato`, 303);
  const hint = result.hint === undefined ? "" : ` ${formatPageHint(result.hint)}`;
  return renderForm(c, deps, { ...view, problem: `${result.reason}${hint}` });
}

interface FormView {
  readonly renotifications: Renotifications;
  readonly open: OpenRenotification;
  readonly texts: ReadonlyMap<string, string>;
  readonly problem?: string;
}

async function judgeForm({ renotifications, open, texts }: FormView) {
  const read = readFormTexts(open.verbale, texts);
  const verbale = { ...read.verbale, numero: (texts.get("numero") ?? "").trim() };
  const faults = [...read.faults, ...(await renotifications.check(open, verbale))];
  return { verbale, faults };
}

async function renderForm(c: Context, deps: AppDeps, view: FormView): Promise<Response> {
  const { renotifications, open, texts, problem } = view;
  const { verbale, faults } = await judgeForm(view);
  return renderPage(c, deps, {
    title: `Rinotifica ${open.numero}`,
    section: "flussi",
    content: (
      <RenotifyPage
        open={open}
        texts={texts}
        faults={faults}
        places={await renotifications.suggest(open, verbale)}
        problem={problem ?? null}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: problem === undefined ? 200 : 409,
  });
}
