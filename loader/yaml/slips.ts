/** Slips of the hand that break a file elsewhere than where they are: found by looking at the lines as a person would. */
import { buildProblem, type Fault, type Problem, type Source, type Span } from "./diagnostics.ts";

/** A line that is neither blank nor a comment. */
interface Line {
  readonly start: number;
  readonly text: string;
  readonly indent: number;
}

type Slip = (source: Source, line: Line, above: readonly Line[]) => Problem | null;

/** In the order in which they are asked: the first that fits a line is told. */
const slips: readonly Slip[] = [
  findStarredKey,
  findBareStep,
  findBackslash,
  findCutKey,
  findGluedValue,
  findStrayIndent,
];

/** Where the parser stopped, as an offset; `isUnclosed`: for a bracket or a quote that it missed. */
export interface ParserStop {
  readonly start: number;
  readonly isUnclosed: boolean;
}

/**
 * The slips of a file that the parser could not read, where one of them explains why it stopped: all slips of the file then,
 * each with its place and remedy. Empty where none does: the parser's own words are told.
 */
export function findSlips(source: Source, stop: ParserStop): readonly Problem[] {
  const lines = readLines(source);
  const found: Problem[] = [];
  let isExplained = false;
  for (const [index, line] of lines.entries()) {
    const slip = slips
      .map((find) => find(source, line, lines.slice(0, index)))
      .find((one) => one !== null);
    if (slip === undefined || slip === null) continue;
    found.push(slip);
    // The parser stops in the line itself, in the one above or at the beginning of the one below.
    const start = lines[index - 1]?.start ?? line.start;
    const end = lines[index + 2]?.start ?? source.text.length + 1;
    const isNear = stop.start >= start && stop.start < end;
    if (isNear || (stop.isUnclosed && stop.start >= line.start)) isExplained = true;
  }
  return isExplained ? found : [];
}

function readLines({ text, lineStarts }: Source): readonly Line[] {
  return lineStarts.flatMap((lineStart, index) => {
    // A byte order mark is no indentation.
    const start = text.charCodeAt(lineStart) === 0xfeff ? lineStart + 1 : lineStart;
    const line = text.slice(start, lineStarts[index + 1] ?? text.length).trimEnd();
    const indent = line.length - line.trimStart().length;
    return line.trim() === "" || line.trimStart().startsWith("#")
      ? []
      : [{ start, text: line, indent }];
  });
}

function toSpan(source: Source, line: Line, from: number, to: number): Span {
  return { source, start: line.start + from, end: line.start + to };
}

/** `*Ora: x`: for YAML the asterisk calls an anchor. */
function findStarredKey(source: Source, line: Line): Problem | null {
  const found = /^(\s*(?:- +)*)(\*[^:#"']*[^:#"'\s])\s*:(?:\s|$)/.exec(line.text);
  if (found === null) return null;
  const [, before = "", name = ""] = found;
  const at = toSpan(source, line, before.length, before.length + name.length);
  return buildProblem(at, {
    code: "P007",
    message: "un nome che comincia con un asterisco va tra virgolette",
    why: "in YAML l'asterisco richiama un'àncora",
    remedy: `"${name}": …`,
    fix: { start: at.start, end: at.end, text: `"${name}"` },
  });
}

/** `- zip` above its settings: a step is named with `uses`. */
function findBareStep(source: Source, line: Line, above: readonly Line[]): Problem | null {
  const before = above.at(-1);
  const name = /^\s*- ([a-z][a-z0-9-]*)$/.exec(before?.text ?? "")?.[1];
  if (before === undefined || name === undefined) return null;
  if (line.indent !== before.indent + 2 || !/^\s*[\w-]+:(?:\s|$)/.test(line.text)) return null;
  const from = before.text.length - name.length;
  const at = toSpan(source, before, from, before.text.length);
  return buildProblem(at, {
    code: "P001",
    message: "un passo si scrive con uses",
    remedy: `- uses: ${name}`,
    fix: { start: at.start, end: at.end, text: `uses: ${name}` },
  });
}

/** `"C:\chiavi"`: between double quotes a backslash means something else. */
function findBackslash(source: Source, line: Line): Problem | null {
  for (const { 0: quoted, index } of line.text.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const wrong = /\\(?![0abtnvfre "/\\N_LPxuU])/.exec(quoted);
    if (wrong === null) continue;
    const inner = quoted.slice(1, -1);
    const at = toSpan(source, line, index, index + quoted.length);
    const canFix = !inner.includes("'");
    return buildProblem(at, {
      code: "P007",
      message: "tra virgolette doppie la barra rovesciata (\\) ha un significato proprio",
      why: "un percorso di Windows va tra virgolette semplici",
      remedy: canFix ? `'${inner}'` : "raddoppia ogni barra rovesciata: \\\\",
      ...(canFix && { fix: { start: at.start, end: at.end, text: `'${inner}'` } }),
    });
  }
  return null;
}

const cutKey = /^(\s*(?:- +)*)([^\s"'{[#:][^"'{[#:]*?\s#[^"'#:]*?)\s*:\s+[^\s#]/;
const cutFlowKey = /^(.*?[{,]\s*)([^\s"'{}[\],#:][^"'{}[\],#:]*?\s#[^"'{}[\],#:]*?)\s*:\s/;

/** `N. #: numero`: a number sign behind a space begins a comment, and the rest of the line is gone. */
function findCutKey(source: Source, line: Line): Problem | null {
  const found = cutKey.exec(line.text) ?? cutFlowKey.exec(line.text);
  if (found === null) return null;
  const [, before = "", name = ""] = found;
  const at = toSpan(source, line, before.length, before.length + name.length);
  return buildProblem(at, {
    code: "P007",
    message: "un nome che contiene # va tra virgolette",
    why: "dopo uno spazio # comincia un commento, e il resto della riga non si legge",
    remedy: `"${name}": …`,
    fix: { start: at.start, end: at.end, text: `"${name}"` },
  });
}

/** `live:false`: without the space it is one word. */
function findGluedValue(source: Source, line: Line): Problem | null {
  const found = /^(\s*(?:- +)*)([A-Za-z][\w-]*):([^\s:/\\"'].*|["'].*["'])$/.exec(line.text);
  if (found === null) return null;
  const [, before = "", key = "", value = ""] = found;
  const colon = before.length + key.length;
  const at = toSpan(source, line, before.length, colon + 1 + value.length);
  return buildProblem(at, {
    code: "P001",
    message: "dopo i due punti serve uno spazio",
    remedy: `${key}: ${value}`,
    fix: { start: line.start + colon + 1, end: line.start + colon + 1, text: " " },
  });
}

/** A line further in than the one above, which has its value already, or between two levels. */
function findStrayIndent(source: Source, line: Line, above: readonly Line[]): Problem | null {
  const before = above.at(-1);
  if (before === undefined || !/^\s*(?:- +)*[\w.-]+:(?:\s|$)/.test(line.text)) return null;
  const valued = /^(\s*(?:- +)*)([\w.-]+):\s+(?![|>&!])[^\s#]/.exec(before.text);
  // The keys of a list's item stand under its first key, not under its dash.
  const column = (valued?.[1] ?? "").length;
  if (valued !== null && line.indent > before.indent && line.indent !== column)
    return indentFault(source, line, {
      why: `rientra di ${countSpaces(line.indent)}, ma "${valued[2] ?? ""}" della riga sopra ha già il suo valore`,
      remedy: `se è una chiave dello stesso livello, ${column === 0 ? "togli il rientro" : `falla rientrare di ${countSpaces(column)}`}`,
      guess: { start: line.start, end: line.start + line.indent, text: " ".repeat(column) },
    });
  const levels = listOpenLevels(above);
  if (line.indent >= before.indent || levels.includes(line.indent)) return null;
  const near = levels.toSorted((a, b) => Math.abs(a - line.indent) - Math.abs(b - line.indent));
  const [first = 0, second = first] = near.slice(0, 2).toSorted((a, b) => a - b);
  return indentFault(source, line, {
    why: `rientra di ${countSpaces(line.indent)}: un livello così non c'è`,
    remedy: `falla rientrare di ${first === second ? countSpaces(first) : `${first} o di ${countSpaces(second)}`}, come le righe sopra`,
  });
}

/** The columns at which a line may go on, seen from the lines above: each level that is still open, dashes and their keys. */
function listOpenLevels(above: readonly Line[]): readonly number[] {
  const levels = new Set<number>();
  let least = Number.POSITIVE_INFINITY;
  for (const { indent, text } of above.toReversed()) {
    if (indent >= least) continue;
    least = indent;
    levels.add(indent);
    const dashes = /^\s*((?:- +)+)/.exec(text)?.[1];
    if (dashes !== undefined) levels.add(indent + dashes.length);
  }
  return [...levels];
}

function indentFault(
  source: Source,
  line: Line,
  told: Pick<Fault, "why" | "remedy" | "guess">,
): Problem {
  return buildProblem(toSpan(source, line, 0, Math.max(1, line.indent)), {
    code: "P001",
    message: "il rientro di questa riga non corrisponde a quello delle righe vicine",
    ...told,
  });
}

function countSpaces(count: number): string {
  if (count === 0) return "nessuno spazio";
  return count === 1 ? "uno spazio" : `${count} spazi`;
}
