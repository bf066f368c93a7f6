/** `/registro`: the list of those that wait, what a person says of some, one of them, and the flusso of the chosen. */
/** @jsxImportSource ../../markup */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import type { FieldFault } from "../../../correct/verbale-form.ts";
import { readFormTexts, toFormTexts } from "../../../correct/verbale-form.ts";
import { listWaiting, type WaitingQuery } from "../../../register/list-waiting.ts";
import type { WaitingDesk } from "../../../register/open-desk.ts";
import type { OpenWaiting } from "../../../register/correct-waiting.ts";
import { type WaitingWord, waitingWords } from "../../../register/waiting-desk.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { AppDeps } from "../../deps.ts";
import { createFindHandles } from "../../find-handles.ts";
import { mayDo, readSigner } from "../../gate/who.ts";
import { GeneratePage } from "../../pages/waiting/generate.tsx";
import { WaitingList } from "../../pages/waiting/list.tsx";
import { WaitingOnePage } from "../../pages/waiting/one.tsx";
import type { Notice } from "../../pages/notice.tsx";
import { formatEnteName } from "../../pages/run-table.tsx";
import { renderMissing, renderPage, renderRefused } from "../../render.tsx";
import { ensureCsrfToken, isCsrfToken } from "../../security.ts";
import { explainUnsigned, readSheetForm } from "../../sheet-form.ts";
import { stalePage } from "../../upload-faults.tsx";
import { readViewBar } from "./views.tsx";
import { buildRunUrl } from "../../urls.ts";
import {
  buildWaitingOneUrl,
  buildWaitingUrl,
  parseWaitingQuery,
  type WaitingListQuery,
} from "../../waiting-urls.ts";

/** Numbers of some thousands of verbali. */
const limitBody = bodyLimit({
  maxSize: 2_000_000,
  onError: (c) => c.text("Richiesta troppo grande.\n", 413),
});

interface Place {
  readonly deps: AppDeps;
  readonly waiting: WaitingDesk;
  /** What was typed stays out of addresses. */
  readonly handles: ReturnType<typeof createFindHandles>;
}

export function createWaitingRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  const { waiting } = deps;
  if (waiting === undefined) return app;
  const place: Place = { deps, waiting, handles: createFindHandles(deps.clock) };
  app.get("/registro", (c) => answerList(c, place));
  app.post("/registro/cerca", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const query = readAddress(form);
    const text = (form.get("testo") ?? "").trim().slice(0, 200);
    const month = form.get("mese") ?? "";
    const { handle: _, facets, ...rest } = query;
    const { month: __, ...others } = facets;
    const next = {
      ...rest,
      facets: { ...others, ...(/^\d{4}-\d{2}$/.test(month) && { month }) },
      ...(text !== "" && { handle: place.handles.keep(text) }),
    };
    return c.redirect(buildWaitingUrl(next), 303);
  });
  app.post("/registro/parola", async (c) => {
    const form = await readForm(c, deps);
    return form instanceof Response ? form : await answerWord(c, place, form);
  });
  app.get("/registro/genera", (c) => renderGenerate(c, place, c.req.query("ente") ?? "", null));
  app.post("/registro/genera", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const ente = form.get("ente") ?? "";
    const result = await waiting.generate(ente, Number(form.get("quanti") ?? "0"));
    if (result.status === "accepted")
      return c.redirect(`${buildRunUrl(result.runId)}?fatto=nuovo`, 303);
    const hint = result.hint === undefined ? "" : ` ${formatPageHint(result.hint)}`;
    return await renderGenerate(c, place, ente, `${result.reason}${hint}`);
  });
  app.get("/registro/:ente/:numero", async (c) => {
    const open = await findOpen(c, place);
    if (open === null) return await renderMissing(c, deps, notThere);
    const texts = toFormTexts(open.verbale);
    return await renderOne(c, place, { open, texts, by: "", reason: "" });
  });
  app.post("/registro/:ente/:numero", async (c) => {
    const form = await readForm(c, deps);
    if (form instanceof Response) return form;
    const open = await findOpen(c, place);
    if (open === null) return await renderMissing(c, deps, notThere);
    return await answerOne(c, place, open, form);
  });
  return app;
}

const notThere = "Questo verbale non è nel registro.";

async function readForm(c: Context, deps: AppDeps): Promise<URLSearchParams | Response> {
  const tooLarge = await limitBody(c, async () => {});
  if (tooLarge instanceof Response) return tooLarge;
  const form = new URLSearchParams(await c.req.text());
  return isCsrfToken(c, form.get("csrf")) ? form : await renderRefused(c, deps, stalePage);
}

/** The list that the form stood on. */
function readAddress(form: URLSearchParams): WaitingListQuery {
  const address = form.get("indirizzo") ?? "";
  return parseWaitingQuery(new URLSearchParams(address.split("?")[1] ?? ""));
}

async function answerList(c: Context, place: Place): Promise<Response> {
  const { deps, waiting } = place;
  const enti = await waiting.listEnti();
  const asked = parseWaitingQuery(new URL(c.req.url).searchParams);
  const ente = asked.ente === "" ? enti[0] : asked.ente;
  const catalog = (await deps.loadCatalog?.()) ?? null;
  if (ente === undefined || !mayDo("see", ente) || !isKnown(catalog, ente))
    return await renderMissing(c, deps, "Nessun ente usa il registro dei verbali da notificare.");
  await waiting.settle(ente);
  const query = { ...asked, ente };
  const filter = toFilter(query, place);
  const page = await listWaiting(deps.journal, ente, filter);
  return await renderPage(c, deps, {
    title: "Da notificare",
    section: "registro",
    content: (
      <WaitingList
        query={query}
        page={page}
        text={filter.text ?? ""}
        enti={enti}
        use={await waiting.readUse(ente)}
        files={await nameFiles(deps, query)}
        catalog={catalog}
        today={toRomeDay(deps.clock.now())}
        notice={readNotice(c, place)}
        views={await readViewBar(c, deps, "waiting")}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
  });
}

function isKnown(
  catalog: { readonly enti: readonly { readonly codice: string }[] } | null,
  ente: string,
): boolean {
  return catalog === null || catalog.enti.some(({ codice }) => codice === ente);
}

/** Whoever may not see names finds nobody by them. */
function toFilter(query: WaitingListQuery, { handles }: Pick<Place, "handles">): WaitingQuery {
  const { state, sort, facets, handle, after } = query;
  const text = handle === undefined || !mayDo("personal", query.ente) ? null : handles.read(handle);
  return {
    state,
    sort,
    facets,
    ...(text !== null && { text }),
    ...(after !== undefined && { after }),
  };
}

async function nameFiles(
  { journal }: AppDeps,
  { facets: { origin } }: WaitingListQuery,
): Promise<ReadonlyMap<string, string>> {
  const run = origin === undefined ? null : await journal.readRun(origin);
  return new Map(run === null ? [] : [[run.id, run.input?.name ?? run.id]]);
}

async function answerWord(c: Context, place: Place, form: URLSearchParams): Promise<Response> {
  const { deps, waiting } = place;
  const query = readAddress(form);
  const word = waitingWords.find((one) => one === form.get("parola"));
  if (word === undefined)
    return await renderRefused(c, deps, "Questa azione non c'è.", { status: 400 });
  const numbers = form.getAll("verbale");
  const isAll = form.get("tutti") === "si";
  const { after: _, ...filter } = toFilter(query, place);
  if (isAll && query.handle !== undefined && filter.text === undefined)
    return await renderRefused(c, deps, "La ricerca è scaduta: cercare di nuovo e ripetere.", {
      status: 409,
    });
  const answer = await waiting.say(query.ente, {
    subject: isAll ? { filter } : { numbers },
    word,
    by: readSigner() ?? "",
  });
  const told = new URLSearchParams({ fatto: word, mossi: String(answer.moved) });
  if (answer.left.length > 0)
    told.set("rimasti", place.handles.keep(answer.left.slice(0, 5).join(" ")));
  return c.redirect(`${buildWaitingUrl(query)}&${told}`, 303);
}

const doneWords: Readonly<Record<WaitingWord, readonly [one: string, many: string]>> = {
  choose: ["1 verbale scelto per il prossimo flusso.", "verbali scelti per il prossimo flusso."],
  leave: ["1 verbale tolto dalla scelta.", "verbali tolti dalla scelta."],
  exclude: ["1 verbale messo da parte.", "verbali messi da parte."],
  restore: ["1 verbale può ripartire.", "verbali possono ripartire."],
};

function readNotice(c: Context, { handles }: Place): Notice | null {
  const word = waitingWords.find((one) => one === c.req.query("fatto"));
  const moved = Number(c.req.query("mossi") ?? "");
  if (word === undefined || !Number.isSafeInteger(moved)) return null;
  const left = handles.read(c.req.query("rimasti") ?? "") ?? "";
  if (moved === 0)
    return {
      tone: "bad",
      text: left === "" ? "Nessun verbale è stato mosso: sceglierne almeno uno." : left,
    };
  const [one, many] = doneWords[word];
  const text = moved === 1 ? one : `${moved.toLocaleString("it")} ${many}`;
  return { tone: "good", text, ...(left !== "" && { hint: left }) };
}

async function renderGenerate(
  c: Context,
  { deps, waiting }: Place,
  ente: string,
  problem: string | null,
): Promise<Response> {
  const preview = mayDo("start", ente) ? await waiting.preview(ente) : null;
  if (preview === null) return await renderMissing(c, deps, "Questo ente non c'è.");
  return await renderPage(c, deps, {
    title: "Genera flusso SEND",
    section: "registro",
    content: (
      <GeneratePage
        ente={ente}
        enteName={formatEnteName((await deps.loadCatalog?.()) ?? null, ente)}
        preview={preview}
        problem={problem}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: problem === null ? 200 : 409,
  });
}

async function findOpen(c: Context, { waiting }: Place): Promise<OpenWaiting | null> {
  const ente = c.req.param("ente") ?? "";
  await waiting.settle(ente);
  return await waiting.read(ente, c.req.param("numero") ?? "");
}

interface OneView {
  readonly open: OpenWaiting;
  readonly texts: ReadonlyMap<string, string>;
  readonly by: string;
  readonly reason: string;
  readonly problem?: string;
}

async function answerOne(
  c: Context,
  place: Place,
  open: OpenWaiting,
  form: URLSearchParams,
): Promise<Response> {
  const { texts, by, reason, isSent } = readSheetForm(form);
  const view = { open, texts, by, reason };
  if (!isSent) return await renderOne(c, place, view);
  const { verbale, faults } = readFormTexts(open.verbale, texts);
  const problem =
    faults.length > 0
      ? "Restano difetti: sono segnati qui sotto."
      : explainUnsigned({ by, reason });
  if (problem !== null) return await renderOne(c, place, { ...view, problem });
  const result = await place.waiting.correct(open, { verbale, by, reason });
  if (result.status === "accepted")
    return c.redirect(`${buildWaitingOneUrl(open.ente, open.standing.key)}?fatto=corretto`, 303);
  return await renderOne(c, place, { ...view, problem: result.reason });
}

async function renderOne(
  c: Context,
  { deps, waiting }: Place,
  { open, texts, by, reason, problem }: OneView,
): Promise<Response> {
  const { verbale, faults } = readFormTexts(open.verbale, texts);
  const isOpen = open.refusal === null;
  const found: readonly FieldFault[] = isOpen
    ? [...faults, ...(await waiting.check(open, verbale))]
    : [];
  const done: Notice | null =
    c.req.query("fatto") === "corretto" ? { tone: "good", text: "Correzione salvata." } : null;
  return await renderPage(c, deps, {
    title: `Verbale ${open.standing.key}`,
    section: "registro",
    content: (
      <WaitingOnePage
        open={open}
        texts={texts}
        faults={found}
        places={isOpen ? await waiting.suggest(open, verbale) : []}
        author={{ signer: readSigner(), by, reason }}
        notice={problem === undefined ? done : { tone: "bad", text: problem }}
        csrf={ensureCsrfToken(c, deps.access)}
      />
    ),
    status: problem === undefined ? 200 : 409,
  });
}
