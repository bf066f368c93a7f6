/** The file of a new ente, its open places filled with what was said. */
import { isMap, isScalar, parseDocument, stringify } from "yaml";
import { numericTaxCodeFault } from "../../integrations/flusso/port.ts";

/** A value by the keys that lead to it. */
export interface EntePlace {
  readonly path: readonly string[];
  readonly value: string;
}

interface OpenPlace {
  readonly path: readonly string[];
  /** The question, Italian. */
  readonly text: string;
  /** What is wrong with an answer; `null`: nothing. */
  readonly check: (answer: string) => string | null;
}

const isThere = (answer: string): string | null =>
  answer.trim() === "" ? "Scrivere un valore." : null;

/** What every ente needs, and only a person knows. */
const places: readonly OpenPlace[] = [
  { path: ["ente", "nome"], text: "Denominazione dell'ente (Comune di …)?", check: isThere },
  {
    path: ["ente", "codiceFiscale"],
    text: "Codice fiscale dell'ente?",
    check: (answer) =>
      numericTaxCodeFault(answer.trim()) === null
        ? null
        : "Undici cifre, con la cifra di controllo giusta.",
  },
  {
    path: ["payments", "segregationCode"],
    text: "Codice di segregazione assegnato da PagoPA (due cifre)?",
    check: (answer) => (/^\d{2}$/.test(answer.trim()) ? null : "Due cifre."),
  },
  { path: ["payments", "iban"], text: "IBAN di accredito?", check: isThere },
  { path: ["render", "prefetto"], text: "Prefettura competente per il ricorso?", check: isThere },
  {
    path: ["render", "giudiceDiPace"],
    text: "Giudice di Pace competente per il ricorso?",
    check: isThere,
  },
];

/** The places that the answers leave open. */
export function listOpenPlaces(others: Readonly<Record<string, unknown>>): readonly OpenPlace[] {
  return places.filter(({ path }) => findValue(others, path) === undefined);
}

function findValue(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const key of path)
    value =
      typeof value === "object" && value !== null
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined;
  return value;
}

/** The template with the answers, its comments kept; a place that got its value loses its arrow. */
export function fillTemplate(
  template: string,
  others: Readonly<Record<string, unknown>>,
  said: readonly EntePlace[],
): string {
  let text = template;
  const rest: (typeof all)[number][] = [];
  const all = [...listLeaves(others, []), ...said];
  for (const place of all) {
    const filled = fillArrow(text, place);
    if (filled === null) rest.push(place);
    else text = filled;
  }
  if (rest.length === 0) return text;
  const document = parseDocument(text);
  for (const { path, value } of rest) {
    const node = document.getIn(path, true);
    if (isScalar(node)) {
      // Its remark stays behind it.
      node.value = value;
      delete node.source;
      continue;
    }
    const above = document.getIn(path.slice(0, -1), true);
    if (path.length > 1 && !isMap(above))
      document.setIn(path.slice(0, -1), document.createNode({}));
    document.setIn(path, document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

/** A line `  nome: # <-- …` below its key; `null`: there is none. */
function fillArrow(
  text: string,
  { path, value }: { readonly path: readonly string[]; readonly value: unknown },
): string | null {
  const [section, key, ...more] = path;
  if (section === undefined || key === undefined || more.length > 0) return null;
  const start = text.search(new RegExp(`^${section}:`, "m"));
  if (start === -1) return null;
  const line = new RegExp(`^  ${key}: # <--.*$`, "m").exec(text.slice(start));
  if (line === null) return null;
  const at = start + line.index;
  const written = stringify({ [key]: value }, { lineWidth: 0 }).trimEnd();
  return `${text.slice(0, at)}  ${written}${text.slice(at + line[0].length)}`;
}

/** Values below their keys; lists and groups in them are taken whole. */
function listLeaves(
  value: Readonly<Record<string, unknown>>,
  before: readonly string[],
): readonly { readonly path: readonly string[]; readonly value: unknown }[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...before, key];
    const isGroup = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isGroup
      ? listLeaves(inner as Readonly<Record<string, unknown>>, path)
      : [{ path, value: inner }];
  });
}
