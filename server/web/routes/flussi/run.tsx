/** The routes of one flusso and of one verbale: their pages and the downloads of their files. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import type { StoredArtifact } from "../../../../engine/host/files.ts";
import type { ItemRow } from "../../../../engine/journal/items.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import type { AppDeps } from "../../deps.ts";
import { mayDo } from "../../gate/who.ts";
import { answerFile } from "../../downloads.ts";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { endedRunStates } from "../../../../engine/journal/states.ts";
import type { ChainLink } from "../../../../integrations/register/chain.ts";
import { findCases } from "../../../fascicolo/collect.ts";
import { tellStory } from "../../../fascicolo/story.ts";
import { readNotifications } from "../../../history/amount/read-notifications.ts";
import { findRightAmount } from "../../../history/amount/right-amount.ts";
import { readNumberTerm } from "../../../search/terms.ts";
import type { ToldNotification } from "../../pages/verbale/notification.tsx";
import { buildItemView, listItemFiles } from "../../../history/item-view.ts";
import { listDoubts } from "../../../history/doubts.ts";
import { ItemPage } from "../../pages/item.tsx";
import type { Notice } from "../../pages/notice.tsx";
import { MessagePage } from "../../pages/message.tsx";
import { RunPage } from "../../pages/run.tsx";
import { renderMissing, renderPage } from "../../render.tsx";
import { readRunLog } from "../../../history/run-log.ts";
import { loadRunView } from "../../../history/run-view.ts";
import { parseSpecSteps } from "../../../history/run-spec.ts";
import { buildSections, collectFieldSchemas } from "../../../history/item-sections.ts";
import { ensureCsrfToken } from "../../security.ts";
import { parseGridQuery } from "../../urls.ts";
import { answerApiFault } from "../fault.ts";
import { readViewBar } from "../verbali/views.tsx";
import { readHiddenColumns } from "./grid.tsx";
import type { GridQuery } from "../../../history/grid-query.ts";
import { openSheets } from "../../sheets.ts";

/** What the address may say after a command was accepted; only these words are shown. */
const notices: Readonly<Record<string, string>> = {
  otp: "Codice consegnato: la firma è in corso.",
  benestare: "Benestare registrato: il flusso prosegue.",
  firmati: "Documenti caricati: sono in corso i controlli delle firme.",
  riprendi: "Il flusso riprende.",
  annulla: "Il flusso è stato annullato.",
  escludi:
    "I verbali scelti sono esclusi dal flusso: non sono inviati. Chi era già partito è rimasto.",
  nuovo: "Il flusso è partito.",
  registrato: "La nuova notifica entra tra i verbali da notificare.",
  primi: "I primi verbali sono partiti: gli altri attendono in «Nuovo flusso».",
};

export function createRunRoutes(deps: AppDeps): Hono {
  const app = new Hono();

  app.get("/flussi/:id", async (c) => {
    const run = await deps.journal.readRun(c.req.param("id"));
    if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
    const done = c.req.query("fatto") ?? "";
    // A file that was refused did start nothing, whatever the address still says.
    const isRefused = done === "nuovo" && run.state === "failed";
    const text = isRefused ? undefined : notices[done];
    return renderRun(c, deps, {
      run,
      query: parseGridQuery(new URL(c.req.url).searchParams),
      notice: text === undefined ? null : { tone: "good", text },
    });
  });

  app.get("/flussi/:id/file/:sha256", async (c) => {
    const run = await deps.journal.readRun(c.req.param("id"));
    if (run === null) return renderMissing(c, deps, "Questo flusso non esiste.");
    const files = await deps.journal.listFiles(run.id);
    return answerDownload(c, deps, run.input === null ? files : [...files, run.input]);
  });

  app.get("/flussi/:id/verbali/:key", async (c) => await renderItem(c, deps));

  addItemFiles(app, deps);
  return app;
}

async function renderItem(c: Context, deps: AppDeps): Promise<Response> {
  const { id = "", key = "" } = c.req.param() as Record<string, string>;
  const found = await findItem(deps, id, key);
  if (found === null) return renderMissing(c, deps, "Questo verbale non è nel flusso.");
  const [attempts, spec, decided] = await Promise.all([
    deps.journal.listAttempts(found.run.id, key),
    deps.journal.readSpec(found.run.id),
    deps.journal.listDecisions(found.run.id),
  ]);
  const steps = parseSpecSteps(spec, deps.registry);
  const told = await tellNotifications(deps, found);
  const sections = buildSections(found.item.data, collectFieldSchemas(steps, deps.registry));
  return renderPage(c, deps, {
    title: `Verbale ${key}`,
    section: "flussi",
    content: (
      <ItemPage
        run={found.run}
        item={buildItemView(found.item, steps)}
        attempts={attempts}
        decisions={decided.filter(({ itemKey }) => itemKey === key)}
        doubt={
          isDecidable(found) ? ((await listDoubts(deps, found.run, { key }))[0] ?? null) : null
        }
        csrf={ensureCsrfToken(c, deps.access)}
        numero={readNumberTerm(key, found.item.data)}
        notifications={told.notifications}
        chain={told.chain}
        canRenotify={deps.renotifications !== undefined && mayDo("start", found.run.ente)}
        canCorrect={deps.corrections !== undefined && mayDo("correct", found.run.ente)}
        canSendAgain={
          found.item.state === "rejected" &&
          endedRunStates.includes(found.run.state) &&
          found.run.state !== "cancelled" &&
          mayDo("resume", found.run.ente) &&
          (await deps.corrections?.read(found.run.id, key))?.refusal === null
        }
        notice={
          c.req.query("fatto") === "rimandato"
            ? { tone: "good", text: "Il verbale corretto è ripartito, con codici nuovi." }
            : null
        }
        steps={steps}
        sections={sections}
      />
    ),
  });
}

/** Nobody's, where the item has no verbale. */
async function tellNotifications(
  { journal, clock }: AppDeps,
  { run, item }: { readonly run: Run; readonly item: ItemRow },
): Promise<{
  readonly notifications: readonly ToldNotification[];
  readonly chain: readonly ChainLink[];
}> {
  const numero = readNumberTerm(item.key, item.data);
  const known = await readNotifications(journal, run.ente, numero);
  if (known.length === 0) return { notifications: [], chain: [] };
  const cases = await findCases(journal, run.ente, numero);
  const stories = new Map(cases.map((one) => [one.iun, tellStory(one)]));
  const today = toRomeDay(clock.now());
  const notifications = known.map((one) => ({
    iun: one.iun,
    right: findRightAmount(one, today),
    story: stories.get(one.iun) ?? [],
  }));
  return { notifications, chain: cases.at(-1)?.chain ?? [] };
}

/** The documents of a verbale: to look at in a page, and to keep. */
function addItemFiles(app: Hono, deps: AppDeps): void {
  app.get("/flussi/:id/verbali/:key/vedi/:sha256", async (c) => {
    const { id, key } = c.req.param();
    const found = await findItem(deps, id, key);
    if (found === null) return renderMissing(c, deps, "Questo verbale non è nel flusso.");
    const files = listItemFiles(buildItemView(found.item, [])).filter(isPdf);
    return toPreview(await answerDownload(c, deps, files));
  });

  app.get("/flussi/:id/verbali/:key/file/:sha256", async (c) => {
    const { id, key } = c.req.param();
    const found = await findItem(deps, id, key);
    if (found === null) return renderMissing(c, deps, "Questo verbale non è nel flusso.");
    return answerDownload(c, deps, listItemFiles(buildItemView(found.item, [])));
  });
}

function isPdf({ name }: StoredArtifact): boolean {
  return name.toLowerCase().endsWith(".pdf");
}

/** What the frame of a page of ours may show, and nobody else's. */
const framed = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'self'",
  "x-frame-options": "SAMEORIGIN",
};

/** A document that the browser shows inside of a page; where there is none, a line that says so in its place. */
function toPreview(answer: Response): Response {
  const isDocument = answer.headers.get("content-type") === "application/pdf";
  if (!isDocument)
    return new Response("Il documento non si può mostrare: non è più com'era, o non c'è.\n", {
      status: answer.status,
      headers: { "content-type": "text/plain; charset=utf-8", ...framed },
    });
  for (const [name, value] of Object.entries(framed)) answer.headers.set(name, value);
  answer.headers.set("content-disposition", "inline");
  return answer;
}

export interface RunPageRequest {
  readonly run: Run;
  readonly query: GridQuery;
  readonly notice: Notice | null;
}

/** The page of a flusso; a refused command shows it with the reason. */
export async function renderRun(
  c: Context,
  deps: AppDeps,
  { run, query, notice }: RunPageRequest,
): Promise<Response> {
  const view = await loadRunView(
    {
      ...deps,
      sheets: openSheets(deps),
      sight: mayDo("personal", run.ente) ? "whole" : "covered",
    },
    run,
    query,
  );
  return renderPage(c, deps, {
    title: `Flusso ${run.id}`,
    section: "flussi",
    content: (
      <RunPage
        view={view}
        log={await readRunLog(deps, run, {}, newestEvents)}
        views={await readViewBar(c, deps, "run", run.id)}
        left={(await deps.rest?.count(run)) ?? 0}
        canExclude={deps.exclude !== undefined && mayDo("cancel", run.ente)}
        csrf={ensureCsrfToken(c, deps.access)}
        uploadLimits={deps.uploadLimits}
        notice={notice}
        hidden={readHiddenColumns(c)}
      />
    ),
    status: notice?.tone === "bad" ? 409 : 200,
  });
}

/** On the page of the flusso; the others have a page of their own. */
const newestEvents = 8;

/** What a cancelled run left in doubt is for the next flusso to find out. */
function isDecidable({ run, item }: { readonly run: Run; readonly item: ItemRow }): boolean {
  return item.state === "in-doubt" && run.state !== "cancelled";
}

async function findItem(
  deps: AppDeps,
  runId: string,
  key: string,
): Promise<{ readonly run: Run; readonly item: ItemRow } | null> {
  const run = await deps.journal.readRun(runId);
  if (run === null) return null;
  const [item] = await deps.journal.listItems(run.id, { key, limit: 1 });
  return item === undefined ? null : { run, item };
}

const alteredHint =
  "Recuperarlo da una copia di sicurezza della cartella dei dati, oppure far rifare i documenti: un nuovo flusso con lo stesso file non notifica due volte. Avvisare il tecnico: un disco che cambia i file va sostituito.";

/** Answers with the file of the address if it is one of `files`: nothing else can be asked for. */
async function answerDownload(
  c: Context,
  deps: AppDeps,
  files: readonly StoredArtifact[],
): Promise<Response> {
  const file = files.find(({ sha256 }) => sha256 === c.req.param("sha256"));
  if (file === undefined) return renderMissing(c, deps, "Questo file non fa parte del flusso.");
  const answer = await answerFile(c, deps.artifacts, file);
  if (answer instanceof Response) return answer;
  const { name, sha256 } = file;
  if (answer === "missing")
    return renderMissing(c, deps, `Il file ${name} non è più nell'archivio su disco.`);
  deps.log.error("artifact altered", { sha256, route: c.req.routePath });
  const text = `Il file ${name} sul disco non è più com'era quando è stato fatto: non viene consegnato.`;
  if ((c.req.header("accept") ?? "").includes("application/json"))
    return answerApiFault(c, 410, "FILE_ALTERED", text);
  return renderPage(c, deps, {
    title: "File guasto",
    section: null,
    content: <MessagePage title="File guasto" text={text} hint={alteredHint} />,
    status: 410,
  });
}
