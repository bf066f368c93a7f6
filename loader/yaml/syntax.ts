/** Says in Italian what the YAML parser found wrong, one message per cause. */
import { isCollection, isScalar, visit, type Document, type YAMLError } from "yaml";
import {
  toPosition,
  reportFault,
  type Fault,
  type Fix,
  type Problem,
  type Source,
  type Span,
} from "./diagnostics.ts";
import { findSlips, type ParserStop } from "./slips.ts";

const strangeSpace = /[\u00a0\u2007\u202f\u200b\ufeff]+/;

/** After these the rest of the file can still be looked at. */
const harmless: ReadonlySet<string> = new Set([
  "DUPLICATE_KEY",
  "BAD_SCALAR_START",
  "TAG_RESOLVE_FAILED",
]);

/** The parser's errors as problems: the first of each line, since the others follow from it. */
export function checkSyntax(
  source: Source,
  document: Document.Parsed | Document,
): { problems: readonly Problem[]; isUsable: boolean } {
  const problems: Problem[] = [];
  const lines = new Set<number>();
  let isUsable = true;
  if (document.errors.some((error) => !harmless.has(error.code))) {
    const tabs = checkTabs(source, document);
    if (tabs.length > 0) return { problems: tabs, isUsable: false };
    const pasted = checkPastedSpaces(source);
    if (pasted.length > 0) return { problems: pasted, isUsable: false };
    const first = document.errors.find((error) => !harmless.has(error.code));
    const slips = first === undefined ? [] : findSlips(source, toStop(first));
    if (slips.length > 0) return { problems: slips, isUsable: false };
  }
  for (const error of [...document.errors, ...document.warnings]) {
    if (!harmless.has(error.code)) isUsable = false;
    const at = locateError(source, document, error);
    const { line } = toPosition(source, at.start);
    if (lines.has(line)) continue;
    lines.add(line);
    const fault = toFault(source, error, at);
    reportFault(problems, at, fault);
    // Behind a brace that is no brace, or one that was never closed, the parser is lost: the rest follows from it.
    if (!isUsable && (fault.code === "P007" || isUnclosed(error.message))) break;
  }
  return { problems, isUsable };
}

function toStop({ pos, message }: YAMLError): ParserStop {
  return { start: pos[0], isUnclosed: isUnclosed(message) };
}

/** After a tab the parser has lost its way: every line that begins with one is told, and nothing else. */
function checkTabs(source: Source, document: Document): readonly Problem[] {
  if (!document.errors.some((error) => error.code === "TAB_AS_INDENT")) return [];
  const problems: Problem[] = [];
  for (const start of source.lineStarts) {
    const tab = /^ *(\t+)\s*[^\s#]/.exec(pickLineAt(source, start));
    if (tab === null) continue;
    const from = start + tab[0].indexOf("\t");
    const at = { source, start: from, end: from + (tab[1] ?? "").length };
    reportFault(problems, at, {
      code: "P008",
      message: "la riga rientra con una tabulazione: YAML ammette solo spazi",
      why: "tabulazione",
      remedy: "sostituisci la tabulazione con spazi, due per ogni livello",
    });
  }
  return problems;
}

/** Spaces from a word processor break the file in places that have nothing to do with them: they alone are told. */
function checkPastedSpaces(source: Source): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [index, start] of source.lineStarts.entries()) {
    const end = source.lineStarts[index + 1] ?? source.text.length;
    const code = source.text.slice(start, end).replace(/(?:^|\s)#.*/s, "");
    const space = strangeSpace.exec(code);
    if (space === null || (start === 0 && space.index === 0)) continue;
    const at = { source, start: start + space.index, end: start + space.index + space[0].length };
    const fault = strangeCharactersFault(at);
    if (fault !== null) reportFault(problems, at, fault);
  }
  return problems;
}

function pickKey(source: Source, start: number): string {
  return /^["']?([^:"'\s]+)/.exec(source.text.slice(start))?.[1] ?? "";
}

/** The parser points behind an unclosed quote or bracket, which is often the end of the file: point at its beginning. */
function locateError(source: Source, document: Document, error: YAMLError): Span {
  const [start, end] = error.pos;
  if (error.code === "DUPLICATE_KEY")
    return { source, start, end: start + pickKey(source, start).length };
  const foreign = error.code === "UNEXPECTED_TOKEN" ? findForeignExpression(source, start) : null;
  if (foreign !== null) return foreign;
  if (!isUnclosed(error.message)) return { source, start, end };
  let opened = start;
  visit(document, {
    Node(_key, node) {
      const range = node.range;
      if (range === null || range === undefined || range[0] > start || range[1] < start - 1) return;
      const isQuoted = isScalar(node) && (node.type ?? "").startsWith("QUOTE");
      if (isQuoted || (isCollection(node) && node.flow)) opened = range[0];
    },
  });
  return { source, start: opened, end: opened + 1 };
}

function isUnclosed(message: string): boolean {
  return /^Missing closing|must be sufficiently indented and end with/.test(message);
}

function toFault(source: Source, error: YAMLError, at: Span): Fault {
  const starred = starredValueFault(source, at.start);
  if (error.code === "DUPLICATE_KEY") return duplicateKeyFault(source, at);
  const foreign = engineSyntaxFault(at, source.text.slice(at.start, at.end));
  if (foreign !== null) return foreign;
  if (starred !== null && (error.code === "BAD_ALIAS" || error.code === "UNEXPECTED_TOKEN"))
    return starred;
  if (error.code === "BAD_SCALAR_START") return badStartFault(source, at);
  return { code: "P001", ...explainError(error) };
}

function duplicateKeyFault(source: Source, at: Span): Fault {
  const key = pickKey(source, at.start);
  return {
    code: "P002",
    message: `la chiave "${key}" è scritta due volte`,
    why: "una delle due non avrebbe effetto",
    remedy: "lascia una sola delle due",
  };
}

function badStartFault(source: Source, at: Span): Fault {
  const character = source.text[at.start] ?? "";
  const fix = quoteRestOfLine(source, at.start);
  return {
    code: "P007",
    message: `un valore senza virgolette non può cominciare con ${character}`,
    remedy: fix === null ? "metti il valore tra virgolette" : fix.text,
    ...(fix !== null && { fix }),
  };
}

/** `cron: * * * * *`: YAML takes the asterisk for an alias. */
function starredValueFault(source: Source, offset: number): Fault | null {
  if (source.text[offset] !== "*") return null;
  const fix = quoteRestOfLine(source, offset);
  return {
    code: "P007",
    message: "un valore che comincia con un asterisco va tra virgolette",
    why: "in YAML l'asterisco richiama un'àncora",
    remedy: fix === null ? "metti il valore tra virgolette" : fix.text,
    ...(fix !== null && { fix }),
  };
}

/** Quotes a block-style value up to the end of its line or its comment. */
function quoteRestOfLine(source: Source, start: number): Fix | null {
  const before = source.text.slice(source.text.lastIndexOf("\n", start - 1) + 1, start);
  if (!/^\s*(?:- +)*[\w-]+: +$/.test(before)) return null;
  const rest = /^[^\r\n]*/.exec(source.text.slice(start))?.[0] ?? "";
  const value = rest.replace(/\s+#.*$/, "").trimEnd();
  if (value === "" || /["'\\]/.test(value)) return null;
  return { start, end: start + value.length, text: `"${value}"` };
}

/** `${…}` in the line of a place; `null` when there is none. */
function findForeignExpression(source: Source, offset: number): Span | null {
  const lineStart = source.text.lastIndexOf("\n", offset - 1) + 1;
  const found = /\$\{[^}\n]*\}/.exec(pickLineAt(source, offset));
  if (found === null) return null;
  const start = lineStart + found.index;
  return { source, start, end: start + found[0].length };
}

const missingColon: Omit<Fault, "code"> = {
  message: "qui manca qualcosa: una chiave sta su una riga ed è seguita da due punti",
  remedy: "aggiungi i due punti dopo la chiave",
};

const wordsByCode: Readonly<Record<string, Omit<Fault, "code">>> = {
  BLOCK_AS_IMPLICIT_KEY: {
    message: "ci sono due volte i due punti sulla stessa riga",
    remedy: "se i due punti fanno parte del testo, metti il valore tra virgolette",
  },
  MULTIPLE_DOCS: {
    message: "il file contiene più documenti separati da ---",
    remedy: "lascia un solo documento per file",
  },
  MULTILINE_IMPLICIT_KEY: missingColon,
  KEY_OVER_1024_CHARS: missingColon,
  TAG_RESOLVE_FAILED: {
    message: "le etichette di tipo (!!) non si usano: il tipo lo decide il passo",
    remedy: "togli l'etichetta",
  },
  BAD_ALIAS: {
    message: "c'è un richiamo (*) a un'àncora che non esiste",
    remedy: "metti il valore tra virgolette",
  },
};

function explainError(error: YAMLError): Omit<Fault, "code"> {
  if (error.code === "MISSING_CHAR" || error.code === "BAD_INDENT")
    return explainIndentation(error.message);
  return (
    wordsByCode[error.code] ?? {
      message: "sintassi YAML non valida",
      why: `il lettore YAML si è fermato qui (${error.code})`,
      remedy: "controlla rientri, virgolette, parentesi e due punti di questa riga",
    }
  );
}

function explainIndentation(message: string): Omit<Fault, "code"> {
  if (/quote/.test(message))
    return { message: "virgolette aperte e mai chiuse", remedy: "aggiungi le virgolette mancanti" };
  if (/end with a|flow/i.test(message))
    return { message: "parentesi aperta e mai chiusa", remedy: "chiudi con ] oppure }" };
  return {
    message: "il rientro di questa riga non corrisponde a quello delle righe vicine",
    remedy: "allinea la riga con le altre dello stesso livello, con soli spazi",
  };
}

/** `${ }` and `{{ }}` are other engines' expressions; `null` when the text has none. */
export function engineSyntaxFault(at: Span, text: string): Fault | null {
  const found = /\$\{\{?([^{}]*)\}?\}|\{\{([^{}]*)\}\}/.exec(text);
  if (found === null) return null;
  const inner = (found[1] ?? found[2] ?? "").trim();
  const isOurs = /^(?:params|ente)(?:\.[A-Za-z0-9_-]+)+$/.test(inner);
  // A variable of the environment: what is taken from there are secrets, by their name.
  const isSecret = /^(?:env\.|secrets\.)?[A-Z][A-Z0-9_]+$/.test(inner);
  const name = inner.replace(/^(?:env|secrets)\./, "");
  const start = at.source.text.indexOf(found[0], at.start);
  const isWhole = start === at.start && at.end - at.start === found[0].length;
  return {
    code: "P007",
    message: `"${found[0]}" è la sintassi di un altro programma`,
    why: isSecret
      ? "un valore segreto si indica con il suo nome, e sta nell'ambiente o nella cartella dei segreti"
      : "in questa lingua si scrive $(params.nome) oppure $(ente.nome)",
    remedy: explainForeign(inner, { isOurs, isSecret, name }),
    ...(isOurs &&
      start !== -1 &&
      (isWhole || start < at.end) && {
        fix: { start, end: start + found[0].length, text: `$(${inner})` },
      }),
  };
}

function explainForeign(
  inner: string,
  { isOurs, isSecret, name }: { isOurs: boolean; isSecret: boolean; name: string },
): string {
  if (isOurs) return `$(${inner})`;
  if (isSecret) return `{ secret: ${name} }`;
  return "usa $(params.nome) o $(ente.nome), oppure togli l'espressione";
}

/** Characters that a word processor or a web page leaves behind in unquoted text; `null` when there are none. */
export function strangeCharactersFault(at: Span): Fault | null {
  const raw = at.source.text.slice(at.start, at.end);
  const space = strangeSpace.exec(raw);
  if (space !== null) {
    const start = at.start + space.index;
    const run = space[0];
    const isWidthless = /[\u200b\ufeff]/.test(run);
    return {
      code: "P008",
      message: "c'è uno spazio speciale, incollato da un altro programma",
      why: "sembra uno spazio, ma per YAML è una lettera",
      remedy: "sostituiscilo con uno spazio normale",
      fix: { start, end: start + run.length, text: isWidthless ? "" : " ".repeat(run.length) },
    };
  }
  const quoted = /^[“”„«‘’](.*)[“”»‘’]$/s.exec(raw);
  if (quoted === null) return null;
  const inner = quoted[1] ?? "";
  return {
    code: "P008",
    message: "virgolette tipografiche, incollate da un altro programma",
    why: "per YAML fanno parte del testo",
    remedy: `"${inner}"`,
    ...(!/["\\\n]/.test(inner) && { fix: { start: at.start, end: at.end, text: `"${inner}"` } }),
  };
}

function pickLineAt(source: Source, offset: number): string {
  const start = source.text.lastIndexOf("\n", offset - 1) + 1;
  const end = source.text.indexOf("\n", offset);
  return source.text.slice(start, end === -1 ? undefined : end);
}
