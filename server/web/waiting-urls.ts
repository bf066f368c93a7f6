/** Addresses of the register «da notificare»: what narrows its list stands in them, save what somebody typed, which may name a person. */
import {
  type WaitingFacet,
  type WaitingState,
  waitingStates,
} from "../../integrations/register/waiting.ts";
import type { WaitingPlace } from "../register/list-waiting.ts";

export interface WaitingListQuery {
  readonly ente: string;
  readonly state: WaitingState;
  readonly sort: "term" | "number";
  readonly facets: Readonly<Partial<Record<WaitingFacet, string>>>;
  /** The name of what was typed. */
  readonly handle?: string;
  readonly after?: WaitingPlace;
}

const facetNames: Readonly<Record<WaitingFacet, string>> = {
  origin: "arrivo",
  month: "mese",
  code: "causa",
  flusso: "flusso",
};
const facets = Object.keys(facetNames) as readonly WaitingFacet[];

const shapes: Readonly<Record<WaitingFacet, RegExp>> = {
  origin: /^[\w-]{1,40}$/,
  month: /^\d{4}-\d{2}$/,
  code: /^[A-Z][A-Z0-9_]{1,60}$/,
  flusso: /^[\w-]{1,40}$/,
};

/** What makes no sense is left out. */
export function parseWaitingQuery(search: URLSearchParams): WaitingListQuery {
  const state = waitingStates.find((one) => one === search.get("stato")) ?? "ready";
  const handle = search.get("cerca") ?? "";
  const [, dueAt = "", key = ""] =
    /^(\d{4}-\d{2}-\d{2})?~(.{1,100})$/.exec(search.get("dopo") ?? "") ?? [];
  const found: Partial<Record<WaitingFacet, string>> = {};
  for (const facet of facets) {
    const value = search.get(facetNames[facet]) ?? "";
    if (shapes[facet].test(value)) found[facet] = value;
  }
  return {
    ente: search.get("ente")?.trim() ?? "",
    state,
    sort: search.get("ordine") === "numero" ? "number" : "term",
    facets: found,
    ...(/^[0-9a-f]{32}$/.test(handle) && { handle }),
    ...(key !== "" && {
      after: { key, dueAt: dueAt === "" ? null : `${dueAt}T00:00:00.000Z` },
    }),
  };
}

/** The same list from its beginning. */
export function withoutPlace(query: WaitingListQuery): WaitingListQuery {
  const { after: _, ...rest } = query;
  return rest;
}

export function buildWaitingUrl(
  query: Partial<WaitingListQuery> & { readonly ente: string },
): string {
  const { ente, state, sort, handle, after } = query;
  const search = new URLSearchParams({ ente });
  if (state !== undefined && state !== "ready") search.set("stato", state);
  for (const facet of facets) {
    const value = query.facets?.[facet];
    if (value !== undefined) search.set(facetNames[facet], value);
  }
  if (sort === "number") search.set("ordine", "numero");
  if (handle !== undefined) search.set("cerca", handle);
  if (after !== undefined) search.set("dopo", `${after.dueAt?.slice(0, 10) ?? ""}~${after.key}`);
  return `/registro?${search}`;
}

/** The sheet of one. */
export function buildWaitingOneUrl(ente: string, numero: string): string {
  return `/registro/${encodeURIComponent(ente)}/${encodeURIComponent(numero)}`;
}

/** Where «Genera flusso SEND» asks before it starts. */
export function buildGenerateUrl(ente: string): string {
  return `/registro/genera?${new URLSearchParams({ ente })}`;
}
