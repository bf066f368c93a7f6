/** The sheet of a verbale: its data with the faults beside them, checked while one types, corrected and sent again. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Corrections, OpenScheda } from "../../../correct/corrections.ts";
import { explainFound, takeFoundAddress } from "../../../correct/found-address.ts";
import { type FieldFault, readFormTexts, toFormTexts } from "../../../correct/verbale-form.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { AppDeps } from "../../deps.ts";
import { readSigner } from "../../gate/who.ts";
import { SchedaPage } from "../../pages/scheda/scheda.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { explainUnsigned, explainFaultsLeft, readSheetForm } from "../../sheet-form.ts";
import { stalePage } from "../../upload-faults.tsx";
import { buildItemUrl } from "../../urls.ts";

const limitBody = bodyLimit({
  maxSize: 256_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

export function createSchedaRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { corrections } = deps;
  if (corrections === undefined) return app;
  app.get("/flussi/:id/verbali/:key/scheda", async (c) => {
    const scheda = await findScheda(c, corrections);
    if (scheda === null) return renderMissing(c, deps, "Questo verbale non è nel flusso.");
    const texts = toFormTexts(scheda.verbale);
    return renderScheda(c, deps, { corrections, scheda, texts, by: "", reason: "" });
  });
  app.post("/flussi/:id/verbali/:key/scheda", async (c) => {
    const tooLarge = await limitBody(c, async () => {});
    if (tooLarge instanceof Response) return tooLarge;
    const form = new URLSearchParams(await c.req.text());
    if (!isCsrfToken(c, form.get("csrf"))) return renderRefused(c, deps, stalePage);
    const scheda = await findScheda(c, corrections);
    if (scheda === null) return renderMissing(c, deps, "Questo verbale non è nel flusso.");
    return await answerScheda(c, deps, { corrections, scheda, form });
  });
  return app;
}

async function findScheda(c: Context, corrections: Corrections): Promise<OpenScheda | null> {
  return await corrections.read(c.req.param("id") ?? "", c.req.param("key") ?? "");
}

interface Sent {
  readonly corrections: Corrections;
  readonly scheda: OpenScheda;
  readonly form: URLSearchParams;
}

async function answerScheda(
  c: Context,
  deps: AppDeps,
  { corrections, scheda, form }: Sent,
): Promise<Response> {
  const { texts: typed, by, reason: given, isSent } = readSheetForm(form);
  const taken = form.has("indirizzo-trovato") ? scheda.found : null;
  const texts = taken === null ? typed : takeFoundAddress(typed, taken);
  const reason = taken !== null && given === "" ? explainFound(taken) : given;
  const view = { corrections, scheda, texts, by, reason };
  if (!isSent) return renderScheda(c, deps, view);
  const { verbale, faults } = readFormTexts(scheda.verbale, texts);
  const found = faults.length > 0 ? faults : await corrections.check(scheda, verbale);
  const left = explainFaultsLeft(found);
  if (left !== null) return renderScheda(c, deps, { ...view, problem: left });
  const unsigned = explainUnsigned({ by, reason });
  if (unsigned !== null) return renderScheda(c, deps, { ...view, problem: unsigned });
  const result = await corrections.send(scheda, { verbale, by, reason });
  if (result.status === "accepted")
    return c.redirect(`${buildItemUrl(scheda.run.id, scheda.item.key)}?fatto=rimandato`, 303);
  const hint = result.hint === undefined ? "" : ` ${formatPageHint(result.hint)}`;
  return renderScheda(c, deps, { ...view, problem: `${result.reason}${hint}` });
}

interface SchedaView {
  readonly corrections: Corrections;
  readonly scheda: OpenScheda;
  readonly texts: ReadonlyMap<string, string>;
  readonly by: string;
  readonly reason: string;
  /** Why it was not sent. */
  readonly problem?: string;
}

async function renderScheda(
  c: Context,
  deps: AppDeps,
  { corrections, scheda, texts, by, reason, problem }: SchedaView,
): Promise<Response> {
  const { verbale, faults } = readFormTexts(scheda.verbale, texts);
  const found: readonly FieldFault[] = [...faults, ...(await corrections.check(scheda, verbale))];
  return renderPage(c, deps, {
    title: `Correggi ${scheda.item.key}`,
    section: "flussi",
    content: (
      <SchedaPage
        scheda={scheda}
        texts={texts}
        faults={found}
        places={await corrections.suggest(scheda, verbale)}
        author={{ signer: readSigner(), by, reason }}
        problem={problem ?? null}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: problem === undefined ? 200 : 409,
  });
}
