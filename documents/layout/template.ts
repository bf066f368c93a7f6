/** Texts of a model with values in braces and stretches in evidence: `Verbale **{numero}**`. */
import { toPrintable, type TextRun } from "./text.ts";

/** Values by name; an empty string means that the value is absent. */
export type Values = Readonly<Record<string, string>>;

export interface Template {
  /** Names in braces. */
  readonly names: readonly string[];
  /** The runs with the values put in, or `null` when one of them is absent. Throws on a name that has no value at all. */
  fillIn(values: Values): readonly TextRun[] | null;
}

interface Part {
  readonly text: string;
  readonly isValue: boolean;
  readonly isBold: boolean;
}

/** Reads a template; values are put in as they are, without reading marks in them. */
export function compileTemplate(source: string): Template {
  const parts = splitParts(source);
  const names = parts.filter((part) => part.isValue).map((part) => part.text);
  const fixed = parts.map(toKeptRun);
  return {
    names,
    fillIn(values) {
      if (names.length === 0) return fixed;
      const runs: TextRun[] = [];
      for (const [index, part] of parts.entries()) {
        if (part.isValue) {
          const text = requireValue(values, part.text);
          if (text === "") return null;
          runs.push({ text, isBold: part.isBold });
        } else runs.push(fixed[index] ?? toKeptRun(part));
      }
      return runs;
    },
  };
}

/** The text of runs, without their faces, with plain blanks. */
export function toPlainText(runs: readonly TextRun[] | null): string {
  return (runs ?? [])
    .map((run) => run.text)
    .join("")
    .replaceAll("\u{A0}", " ");
}

/** Whether something that has conditions is to be printed. */
export function isWanted(
  conditions: { readonly when?: string; readonly unless?: string },
  values: Values,
): boolean {
  if (conditions.when !== undefined && requireValue(values, conditions.when) === "") return false;
  return conditions.unless === undefined || requireValue(values, conditions.unless) === "";
}

function requireValue(values: Values, name: string): string {
  // What an ente adds to its flusso has a name of its own, and may be missing from a row.
  const value = values[name] ?? (name.startsWith("extra.") ? "" : undefined);
  if (value === undefined) throw new Error(`model names an unknown value: ${name}`);
  return value;
}

function toKeptRun(part: Part): TextRun {
  return { text: toPrintable(part.text), isBold: part.isBold, isKept: true };
}

/** `art. 203`, `n. 76`, `60 giorni`, `dal 6º` stay on one line, as French marks do with the word before; apostrophes are set as such. */
function bindBlanks(source: string): string {
  return source
    .replaceAll(/(?<=\p{L})'/gu, "\u{2019}")
    .replaceAll(
      /(?<=^|[^\p{L}])([aA]rtt?\.|[nN]\.|lettera|Nr\.|št\.|n°|comma|commi|alinéa|Absatz|člena?|km|C\.F\.|Tel\.|[dD]al|al) (?=[\d{])/gu,
      "$1\u{A0}",
    )
    .replaceAll(/(?<=[\d}]) (?=CdS|giorni|Tagen|jours|dneh|[eE]uros?\b|evra)/g, "\u{A0}")
    .replaceAll(/(?<=\dº) (?=\p{L})/gu, "\u{A0}")
    .replaceAll(/ (?=[:;?!»])/g, "\u{A0}")
    .replaceAll("« ", "«\u{A0}");
}

function splitParts(source: string): Part[] {
  const parts: Part[] = [];
  for (const [index, stretch] of bindBlanks(source).split("**").entries()) {
    const isBold = index % 2 === 1;
    let at = 0;
    for (const found of stretch.matchAll(/\{([a-zA-Z0-9.]+)\}/g)) {
      if (found.index > at)
        parts.push({ text: stretch.slice(at, found.index), isValue: false, isBold });
      parts.push({ text: found[1] ?? "", isValue: true, isBold });
      at = found.index + found[0].length;
    }
    if (at < stretch.length) parts.push({ text: stretch.slice(at), isValue: false, isBold });
  }
  return parts;
}
