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

/** A text of a model, or several of them in a row, each in its language. */
export type Wording = string | readonly Phrase[];

export interface Phrase {
  readonly text: string;
  /** BCP 47, where it is not the document's. */
  readonly language?: string;
}

interface Part {
  readonly text: string;
  readonly language?: string;
  readonly isValue: boolean;
  readonly isBold: boolean;
}

/** Reads a template; values are put in as they are, without reading marks in them. */
export function compileTemplate(source: Wording): Template {
  const parts = listPhrases(source).flatMap(splitParts);
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
          runs.push(
            part.language === undefined
              ? { text, isBold: part.isBold }
              : { text, isBold: part.isBold, language: part.language },
          );
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
  return {
    text: toPrintable(part.text),
    isBold: part.isBold,
    isKept: true,
    ...spellLanguage(part),
  };
}

function spellLanguage({ language }: Phrase): { readonly language?: string } {
  return language === undefined ? {} : { language };
}

function listPhrases(source: Wording): readonly Phrase[] {
  return typeof source === "string" ? [{ text: source }] : source;
}

/** A wording in one string, the same for the same wording alone. */
export function keyWording(source: Wording): string {
  if (typeof source === "string") return source;
  let key = "";
  for (const { text, language } of source) key += `${text}\0${language ?? ""}\0`;
  return key;
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

function splitParts(phrase: Phrase): Part[] {
  const parts: Part[] = [];
  const language = spellLanguage(phrase);
  for (const [index, stretch] of bindBlanks(phrase.text).split("**").entries()) {
    const isBold = index % 2 === 1;
    let at = 0;
    for (const found of stretch.matchAll(/\{([a-zA-Z0-9.]+)\}/g)) {
      if (found.index > at)
        parts.push({ text: stretch.slice(at, found.index), isValue: false, isBold, ...language });
      parts.push({ text: found[1] ?? "", isValue: true, isBold, ...language });
      at = found.index + found[0].length;
    }
    if (at < stretch.length)
      parts.push({ text: stretch.slice(at), isValue: false, isBold, ...language });
  }
  return parts;
}
