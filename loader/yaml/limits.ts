/** What a YAML file may be at most, asked before it is parsed: a file made to hang a parser, or one that is no settings file. */
import { Lexer } from "yaml";
import { buildProblem, type Fault, type Problem, type Source } from "./diagnostics.ts";

/** Settings of an office are some hundred lines: what is beyond these was not written for Postino. */
export const mostYamlBytes = 256 * 1024;
const mostLines = 5_000;
const mostLineLength = 10_000;
/** Brackets inside brackets. */
const mostNesting = 20;
/** `- - -` or `? ? ?` before a value, in one line. */
const mostDashes = 20;
const mostAliases = 100;

/** The limit that the text breaks, at its place; `null` when it may be parsed. Takes time in proportion to the text. */
export function findLimitFault(source: Source): Problem | null {
  const { text, lineStarts } = source;
  if (text.length > mostYamlBytes) {
    const size = Math.round(text.length / 1024);
    return sizeFault(source, `${size} KB, al massimo ${mostYamlBytes / 1024} KB`);
  }
  if (lineStarts.length > mostLines)
    return sizeFault(source, `${lineStarts.length} righe, al massimo ${mostLines}`);
  const long = findLongLine(source);
  return long === null ? findDeepPlace(source) : longLineFault(source, long);
}

/** Brackets, dashes and aliases are counted by the lexer, which does not climb into them. */
function findDeepPlace(source: Source): Problem | null {
  // Most files have fewer of each in all: a look at the text tells what costs half of a parse.
  if (
    countSigns(source.text, /[[{]/g) <= mostNesting &&
    countSigns(source.text, /[-?](?=\s)/g) <= mostDashes &&
    countSigns(source.text, /\*/g) <= mostAliases
  )
    return null;
  let at = 0;
  let nesting = 0;
  let dashes = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    // The lexer marks the beginning of a document and of a scalar with control characters that are not in the text.
    if (lexeme === "\u0002" || lexeme === "\u001f" || lexeme === "\u0018") continue;
    if (lexeme === "[" || lexeme === "{") nesting += 1;
    if (lexeme === "]" || lexeme === "}") nesting = Math.max(0, nesting - 1);
    if (lexeme === "-" || lexeme === "?") dashes += 1;
    if (lexeme.includes("\n")) dashes = 0;
    if (lexeme.startsWith("*") && lexeme.length > 1) aliases += 1;
    if (nesting > mostNesting || dashes > mostDashes) return nestingFault(source, at);
    if (aliases > mostAliases) return aliasFault(source, at);
    at += lexeme.length;
  }
  return null;
}

function countSigns(text: string, sign: RegExp): number {
  return text.match(sign)?.length ?? 0;
}

/** Where the first line begins that is too long; `null` when there is none. */
function findLongLine({ text, lineStarts }: Source): number | null {
  for (const [index, start] of lineStarts.entries())
    if ((lineStarts[index + 1] ?? text.length) - start > mostLineLength) return start;
  return null;
}

/** One character is pointed at: what is beyond a limit is too long to be shown. */
function refuseAt(source: Source, start: number, words: Omit<Fault, "code">): Problem {
  return buildProblem({ source, start, end: start + 1 }, { code: "P001", ...words });
}

function sizeFault(source: Source, why: string): Problem {
  return refuseAt(source, 0, {
    message: "il file è troppo grande per essere una pipeline o un ente",
    why,
    remedy:
      "controlla di aver salvato il file giusto: le impostazioni stanno in poche centinaia di righe",
  });
}

function longLineFault(source: Source, at: number): Problem {
  return refuseAt(source, at, {
    message: `la riga ha più di ${mostLineLength.toLocaleString("it")} caratteri`,
    why: "nessuna impostazione è così lunga: il file è rovinato",
    remedy: "riprendi l'ultima copia buona del file",
  });
}

function nestingFault(source: Source, at: number): Problem {
  return refuseAt(source, at, {
    message: `qui ci sono più di ${mostNesting} parentesi o trattini uno dentro l'altro`,
    why: "nessuna impostazione è così profonda: il file è rovinato, o una parentesi non è mai chiusa",
    remedy: "togli le parentesi in più, oppure riprendi l'ultima copia buona del file",
  });
}

function aliasFault(source: Source, at: number): Problem {
  return refuseAt(source, at, {
    message: `il file ha più di ${mostAliases} richiami (*)`,
    remedy: "scrivi i valori per esteso; un asterisco che fa parte di un testo va tra virgolette",
  });
}
