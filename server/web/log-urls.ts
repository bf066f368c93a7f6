/** The address of a flusso's log: all of its filters and where the page begins. */
import type { AttemptOutcome } from "../../engine/journal/items.ts";
import { outcomeWords } from "../words/words.ts";
import type { LogKind } from "../history/log-event.ts";
import type { LogPlace, LogQuery } from "../history/run-log.ts";

/** The word of the address for each kind. */
export const kindNames: Readonly<Record<LogKind, string>> = {
  run: "flusso",
  attempt: "tentativi",
  person: "persone",
  warning: "avvertenze",
};

/** The ends that an attempt may have. */
export const outcomes = Object.keys(outcomeWords) as readonly AttemptOutcome[];

export function buildLogUrl(
  runId: string,
  { kind, step, outcome, text, before }: LogQuery,
): string {
  const pairs = [
    ["tipo", kind === undefined ? undefined : kindNames[kind]],
    ["passo", step],
    ["esito", outcome],
    ["testo", text],
    ["prima", before === undefined ? undefined : formatPlace(before)],
  ] as const;
  const search = new URLSearchParams();
  for (const [name, value] of pairs) if (value !== undefined) search.set(name, value);
  const path = `/flussi/${encodeURIComponent(runId)}/registro`;
  return search.size === 0 ? path : `${path}?${search}`;
}

/** Reads the filters; what makes no sense is left out. */
export function parseLogQuery(search: URLSearchParams): LogQuery {
  const kinds = Object.keys(kindNames) as readonly LogKind[];
  const kind = kinds.find((one) => kindNames[one] === search.get("tipo"));
  const outcome = outcomes.find((one) => one === search.get("esito"));
  const step = search.get("passo")?.trim() ?? "";
  const text = search.get("testo")?.trim().slice(0, 200) ?? "";
  const before = parsePlace(search.get("prima") ?? "");
  return {
    ...(kind !== undefined && { kind }),
    ...(step !== "" && { step }),
    ...(outcome !== undefined && { outcome }),
    ...(text !== "" && { text }),
    ...(before !== null && { before }),
  };
}

/** Where a page begins, as one word. */
export function formatPlace({ at, id }: LogPlace): string {
  return `${at}.${id}`;
}

/** `null`: no such word. */
export function parsePlace(text: string): LogPlace | null {
  const found = /^(\d{1,16})\.(\d{1,16})$/.exec(text);
  return found === null ? null : { at: Number(found[1]), id: Number(found[2]) };
}
