/** The addresses of saved views: which filters of a page may be kept, and where a view leads. */
import { formatDay } from "../words/format.ts";
import { waitingStateWords } from "../words/waiting-words.ts";
import { itemStateWords, outcomeWords, runStateWords } from "../words/words.ts";
import type { SavedView, ViewPage } from "../views/saved-views.ts";
import { buildLogUrl, parseLogQuery } from "./log-urls.ts";
import { buildHistoryUrl, buildRunUrl, parseGridQuery, parseHistoryQuery } from "./urls.ts";
import { buildWaitingUrl, parseWaitingQuery } from "./waiting-urls.ts";

/** What people call the pages. */
export const viewPageWords: Readonly<Record<ViewPage, string>> = {
  runs: "Flussi",
  run: "Verbali di un flusso",
  log: "Registro di un flusso",
  waiting: "Da notificare",
};

/** The filters of the page's address in their one form; what was typed and may name a person, and where a page begins, is left out. */
export function cleanViewQuery(page: ViewPage, search: URLSearchParams): string {
  return builders[page](search).split("#")[0]?.split("?")[1] ?? "";
}

const builders: Readonly<Record<ViewPage, (search: URLSearchParams) => string>> = {
  runs(search) {
    const { before: _, ...query } = parseHistoryQuery(search);
    return buildHistoryUrl(query);
  },
  run(search) {
    const { after: _, from: __, ...query } = parseGridQuery(search);
    return buildRunUrl("", query, "");
  },
  log(search) {
    const { before: _, ...query } = parseLogQuery(search);
    return buildLogUrl("", query);
  },
  waiting(search) {
    const { after: _, handle: __, ...query } = parseWaitingQuery(search);
    return query.ente === "" ? "" : buildWaitingUrl(query);
  },
};

/** Where a view leads; `null`: to the page of a flusso, and none is given. */
export function buildViewUrl(
  { page, query }: Pick<SavedView, "page" | "query">,
  runId: string | null,
): string | null {
  const search = new URLSearchParams(query);
  if (page === "runs") return buildHistoryUrl(parseHistoryQuery(search));
  if (page === "waiting") return `/registro?${query}`;
  if (runId === null) return null;
  return page === "run"
    ? buildRunUrl(runId, parseGridQuery(search))
    : buildLogUrl(runId, parseLogQuery(search));
}

const stateWords: Readonly<Record<ViewPage, Readonly<Record<string, string>>>> = {
  runs: runStateWords,
  run: itemStateWords,
  log: {},
  waiting: waitingStateWords,
};

/** What the filters of an address are to people: `Stato: Scartato · Causa: ADDRESS_CAP`. */
export function describeFilters({ page, query }: Pick<SavedView, "page" | "query">): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => `${filterWords[name] ?? name}: ${describeValue(page, name, value)}`)
    .join(" · ");
}

const filterWords: Readonly<Record<string, string>> = {
  ente: "Ente",
  pipeline: "Pipeline",
  stato: "Stato",
  dal: "Dal",
  numero: "Verbale",
  causa: "Causa",
  ordine: "In ordine di",
  verso: "Verso",
  tipo: "Tipo",
  passo: "Passo",
  esito: "Esito",
  testo: "Testo",
  arrivo: "Arrivo",
  mese: "Mese",
  flusso: "Flusso",
};

function describeValue(page: ViewPage, name: string, value: string): string {
  if (name === "dal") return formatDay(value);
  if (name === "verso") return "dall'ultimo";
  const words: Readonly<Record<string, string>> =
    name === "esito" ? outcomeWords : stateWords[page];
  return name === "stato" || name === "esito" ? (words[value] ?? value) : value;
}
