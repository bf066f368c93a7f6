/** The search of every page: `POST /cerca` takes the words, `/cerca/<name>` shows what they find; and a verbale by ente and number. */
/** @jsxImportSource ../../markup */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { readNotifications } from "../../../history/amount/read-notifications.ts";
import { findRightAmount } from "../../../history/amount/right-amount.ts";
import type { AppDeps } from "../../deps.ts";
import { createFindHandles } from "../../find-handles.ts";
import { FindPage } from "../../pages/search/find.tsx";
import { AmountPage } from "../../pages/verbale/amount.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { buildFoundUrl, buildItemUrl, buildRunUrl } from "../../urls.ts";

const mostVerbali = 50;
const longestText = 200;
const searchAgain = "Scrivere di nuovo che cosa cercare, in cima alla pagina.";

export function createFindPageRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const handles = createFindHandles(deps.clock);
  app.post("/cerca", bodyLimit({ maxSize: 4_000 }), async (c) => {
    const given = (await c.req.parseBody())["testo"];
    const text = typeof given === "string" ? given.trim().slice(0, longestText) : "";
    if (text === "")
      return await renderRefused(c, deps, "Non è stato scritto che cosa cercare.", {
        status: 400,
        hint: searchAgain,
      });
    const only = await findOnly(deps, text);
    return c.redirect(only ?? buildFoundUrl(handles.keep(text)), 303);
  });
  app.get("/cerca/:handle", async (c) => {
    const text = handles.read(c.req.param("handle"));
    if (text === null)
      return await renderMissing(c, deps, `Questa ricerca non è più in memoria. ${searchAgain}`);
    const [result, run, catalog] = await Promise.all([
      deps.find({ text, limit: mostVerbali }),
      findRun(deps, text),
      deps.loadCatalog?.() ?? null,
    ]);
    return await renderPage(c, deps, {
      title: "Ricerca",
      section: null,
      content: <FindPage text={text} result={result} run={run} catalog={catalog} />,
    });
  });
  app.get("/verbali/:ente/:numero", async (c) => await leadToVerbale(c, deps));
  app.get("/verbali/:ente/:numero/importo", async (c) => await answerAmount(c, deps));
  return app;
}

/** Where one thing alone fits as a whole, its page. */
async function findOnly(deps: AppDeps, text: string): Promise<string | null> {
  const run = await findRun(deps, text);
  if (run !== null) return buildRunUrl(run.id);
  const { verbali, isPart, isTooWide } = await deps.find({ text, limit: 2 });
  const [one, other] = verbali;
  if (one === undefined || other !== undefined || isPart || isTooWide) return null;
  // A name that only one person has today is no code: tomorrow's namesake must be seen.
  if (one.kinds.every((kind) => kind === "nome")) return null;
  return buildItemUrl(one.run.id, one.item.key);
}

async function findRun({ journal }: AppDeps, text: string) {
  return /^\d{8}-\d{4,}$/.test(text) ? await journal.readRun(text) : null;
}

/** What is to be paid for a verbale, as one tells it on the phone. */
async function answerAmount(c: Context, deps: AppDeps): Promise<Response> {
  const { ente = "", numero = "" } = c.req.param() as Record<string, string>;
  const known = await readNotifications(deps.journal, ente, numero);
  const today = toRomeDay(deps.clock.now());
  const notifications = known.map((one) => ({ iun: one.iun, right: findRightAmount(one, today) }));
  return await renderPage(c, deps, {
    title: `Importo del verbale ${numero}`,
    section: "flussi",
    content: <AmountPage ente={ente} numero={numero} notifications={notifications} />,
  });
}

async function leadToVerbale(c: Context, deps: AppDeps): Promise<Response> {
  const { ente = "", numero = "" } = c.req.param() as Record<string, string>;
  const { verbali } = await deps.find({ text: numero, ente, limit: mostVerbali });
  const found = verbali.find((verbale) => verbale.numero === numero);
  if (found === undefined)
    return await renderMissing(c, deps, `Il verbale ${numero} non si trova in nessun flusso.`);
  return c.redirect(buildItemUrl(found.run.id, found.item.key), 303);
}
