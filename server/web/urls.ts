/** What the history shows; a day is `YYYY-MM-DD` in Europe/Rome. */
import { toRomeMidnight } from "../words/day.ts";
import { itemStates, runStates, type RunState } from "../../engine/journal/states.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import { type GridQuery, sortKeys } from "../history/grid-query.ts";

export interface EntiQuery {
  /** Part of a name or codice. */
  readonly nome?: string;
  /** Rows to leave out: the next page. */
  readonly from?: number;
}

/** What the page of schedules shows. */
export interface ScheduleQuery {
  readonly ente?: string;
  readonly pipeline?: string;
  readonly state?: DueRow["state"];
}

export function parseScheduleQuery(search: URLSearchParams): ScheduleQuery {
  const ente = search.get("ente")?.trim() ?? "";
  const pipeline = search.get("pipeline")?.trim() ?? "";
  const state = (["run", "skipped", "missed"] as const).find((one) => one === search.get("esito"));
  return {
    ...(ente !== "" && { ente }),
    ...(pipeline !== "" && { pipeline }),
    ...(state !== undefined && { state }),
  };
}

export function buildScheduleUrl({ ente, pipeline, state }: ScheduleQuery): string {
  return appendQuery("/programmazioni", [
    ["ente", ente],
    ["pipeline", pipeline],
    ["esito", state],
  ]);
}

/** Where a schedule is put aside (`pausa`), goes on (`riprendi`), or one start makes up for what passed (`recupera`). */
export function buildPauseUrl(
  { ente, pipeline }: { readonly ente: string; readonly pipeline: string },
  action: "pausa" | "riprendi" | "recupera",
): string {
  return `/programmazioni/${encodeURIComponent(ente)}/${encodeURIComponent(pipeline)}/${action}`;
}

export interface HistoryQuery {
  readonly ente?: string;
  readonly pipeline?: string;
  readonly states?: readonly RunState[];
  readonly since?: string;
  readonly before?: number;
}

export function buildHistoryUrl(query: HistoryQuery): string {
  return appendQuery("/flussi", [
    ["ente", query.ente],
    ["pipeline", query.pipeline],
    ...(query.states ?? []).map((state) => ["stato", state] as const),
    ["dal", query.since],
    ["prima", query.before],
  ]);
}

/** Reads the history's filters; what makes no sense is left out. */
export function parseHistoryQuery(search: URLSearchParams): HistoryQuery {
  const ente = search.get("ente")?.trim() ?? "";
  const pipeline = search.get("pipeline")?.trim() ?? "";
  const since = search.get("dal") ?? "";
  const states = runStates.filter((state) => search.getAll("stato").includes(state));
  const before = parsePosition(search.get("prima"));
  return {
    ...(ente !== "" && { ente }),
    ...(pipeline !== "" && { pipeline }),
    ...(states.length > 0 && { states }),
    ...(toRomeMidnight(since) !== null && { since }),
    ...(before !== null && { before }),
  };
}

export function buildRunUrl(runId: string, query: GridQuery = {}, fragment = "verbali"): string {
  const address = appendQuery(`/flussi/${encodeURIComponent(runId)}`, [
    ...(query.states ?? []).map((state) => ["stato", state] as const),
    ["numero", query.key],
    ["causa", query.code],
    ["ordine", query.sort],
    ["verso", query.isDown === true ? "giu" : undefined],
    ["riga", query.from === undefined ? undefined : query.from + 1],
    ["dopo", query.after],
  ]);
  return address.includes("?") && fragment !== "" ? `${address}#${fragment}` : address;
}

/** Reads the grid's filters; what makes no sense is left out. */
export function parseGridQuery(search: URLSearchParams): GridQuery {
  const states = itemStates.filter((state) => search.getAll("stato").includes(state));
  const key = search.get("numero")?.trim() ?? "";
  const after = parsePosition(search.get("dopo"));
  const code = search.get("causa") ?? "";
  const sort = sortKeys.find((one) => one === search.get("ordine"));
  const from = parsePosition(search.get("riga"));
  return {
    ...(states.length > 0 && { states }),
    ...(key !== "" && { key }),
    ...(/^[A-Z][A-Z0-9_]{1,60}$/.test(code) && { code }),
    ...(sort !== undefined && { sort }),
    ...(sort !== undefined && search.get("verso") === "giu" && { isDown: true }),
    ...(from !== null && { from: from - 1 }),
    ...(after !== null && { after }),
  };
}

export function buildItemUrl(runId: string, key: string): string {
  return `/flussi/${encodeURIComponent(runId)}/verbali/${encodeURIComponent(key)}`;
}

/** The sheet on which a rejected verbale is corrected. */
export function buildSchedaUrl(runId: string, key: string): string {
  return `${buildItemUrl(runId, key)}/scheda`;
}

/** The rejected and failed of a flusso, one case for each cause. */
export function buildCasesUrl(runId: string): string {
  return `${buildRunUrl(runId)}#cause`;
}

/** A verbale of an ente, wherever its newest flusso is. */
export function buildVerbaleUrl(ente: string, numero: string): string {
  return `/verbali/${encodeURIComponent(ente)}/${encodeURIComponent(numero)}`;
}

/** What is to be paid for it, as one tells it on the phone. */
export function buildAmountUrl(ente: string, numero: string): string {
  return `${buildVerbaleUrl(ente, numero)}/importo`;
}

/** Where it is notified anew. */
export function buildRenotifyUrl(ente: string, numero: string): string {
  return `${buildVerbaleUrl(ente, numero)}/rinotifica`;
}

/** What a search found; what was looked for stays out of the address. */
export function buildFoundUrl(handle: string): string {
  return `/cerca/${handle}`;
}

/** «Oggi» of one ente. */
export function buildTodayUrl(ente: string): string {
  return appendQuery("/", [["ente", ente]]);
}

/** The report of an ente and a month, as a file. */
export function buildReportFileUrl(ente: string, month: string, kind: "xlsx" | "pdf"): string {
  return `/rapporti/${encodeURIComponent(ente)}/${month}.${kind}`;
}

/** A pipeline or an ente in the editor, or its versions; `version`: that text in the place of the one on disk. */
export function buildFilesUrl(
  page: "modifica" | "guidata" | "versioni",
  name: string,
  version?: number,
  done?: string,
): string {
  return appendQuery(`/file/${page}`, [
    ["nome", name],
    ["versione", version],
    ["fatto", done],
  ]);
}

/** The table of enti. */
export function buildEntiUrl({ nome, from }: EntiQuery): string {
  const address = appendQuery("/", [
    ["nome", nome],
    ["da", from === 0 ? undefined : from],
  ]);
  return `${address}#enti`;
}

export function parseEntiQuery(search: URLSearchParams): EntiQuery {
  const nome = search.get("nome")?.trim() ?? "";
  const from = parsePosition(search.get("da"));
  return { ...(nome !== "" && { nome }), ...(from !== null && { from }) };
}

/** The form of a new flusso, filled in as this one was. */
export function buildNewRunUrl(run: { readonly pipeline: string; readonly ente: string }): string {
  return appendQuery("/nuovo", [
    ["pipeline", run.pipeline],
    ["ente", run.ente],
  ]);
}

/** A file that waits for its start; the form again with what was chosen for it; what its columns are. */
export function buildDraftUrl(handle: string): string {
  return `/nuovo/${handle}`;
}

export function buildDraftFormUrl(handle: string): string {
  return appendQuery("/nuovo", [["bozza", handle]]);
}

export function buildColumnsUrl(handle: string): string {
  return `${buildDraftUrl(handle)}/colonne`;
}

/** Where people say how the verbali in doubt stand. */
export function buildDoubtsUrl(runId: string): string {
  return `/flussi/${encodeURIComponent(runId)}/dubbi`;
}

/** Download of a file of the whole run. */
export function buildRunFileUrl(runId: string, sha256: string): string {
  return `/flussi/${encodeURIComponent(runId)}/file/${sha256}`;
}

/** Download of a file of one verbale. */
export function buildItemFileUrl(runId: string, key: string, sha256: string): string {
  return `${buildItemUrl(runId, key)}/file/${sha256}`;
}

/** The same to look at in a page. */
export function buildPreviewUrl(runId: string, key: string, sha256: string): string {
  return `${buildItemUrl(runId, key)}/vedi/${sha256}`;
}

/** The case file of a notification. */
export function buildCaseUrl(ente: string, iun: string, kind: "pdf" | "zip"): string {
  return `/fascicoli/${encodeURIComponent(ente)}/${encodeURIComponent(iun)}.${kind}`;
}

/** The crest in the head of every page. */
export function buildCrestUrl(ente: string): string {
  return `/stemmi/${encodeURIComponent(ente)}`;
}

/** The key of a row that a page follows or precedes: those begin at 1. */
function parsePosition(text: string | null): number | null {
  if (text === null || !/^[1-9]\d{0,14}$/.test(text)) return null;
  return Number(text);
}

function appendQuery(
  path: string,
  pairs: readonly (readonly [string, string | number | undefined])[],
): string {
  let address = path;
  for (const [name, value] of pairs) {
    if (value === undefined) continue;
    const text = String(value);
    // What stands in most addresses, in dozens a page, needs no marks.
    const written = plain.test(text)
      ? `${name}=${text}`
      : String(new URLSearchParams([[name, text]]));
    address += `${address === path ? "?" : "&"}${written}`;
  }
  return address;
}

const plain = /^[\w.*-]*$/;
