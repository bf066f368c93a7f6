/** What is wrong with a model once an ente's changes lie over it, fault by fault with its place. */
import { valueNames } from "./content.ts";
import { loadFonts } from "../pdf/fonts.ts";
import { compileTemplate } from "../layout/template.ts";
import { toPrintable } from "../layout/text.ts";

/** One fault; Italian sentences. */
export interface ModelFault {
  /** Keys and list positions that lead to it: `["blocks", "firma", "lines", "0"]`. */
  readonly path: readonly string[];
  /** The key is wrong, not its value. */
  readonly isAboutKey?: boolean;
  /** The part of the text that is wrong. */
  readonly word?: string;
  /** Default `error`. */
  readonly severity?: "error" | "warning";
  readonly message: string;
  readonly why?: string;
  readonly remedy?: string;
  /** What may stand in its place. */
  readonly choice?: {
    readonly wrong: string;
    readonly title: string;
    readonly names: readonly string[];
  };
}

/** A group of keys as it came; parts may be missing or of a wrong type, which the schema tells. */
export type Loose = Readonly<Record<string, unknown>>;

/** A text with the keys that lead to it. */
export interface PlacedText {
  readonly path: readonly string[];
  readonly text: string;
}

/** The group of keys, or none where something else stands. */
export function toLoose(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Loose)
    : {};
}

/** The items of a list, none where something else stands. */
export function toLooseList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Keys that hold no text to print. */
const wordless: ReadonlySet<string> = new Set([
  "type",
  "when",
  "unless",
  "language",
  "order",
  "page",
  "name",
  "version",
]);

/** Every text to print in a part of a model. */
export function* walkTexts(part: unknown, path: readonly string[] = []): Iterable<PlacedText> {
  if (typeof part === "string") yield { path, text: part };
  else if (Array.isArray(part))
    for (const [index, item] of part.entries()) yield* walkTexts(item, [...path, String(index)]);
  else
    for (const [key, value] of Object.entries(toLoose(part)))
      if (!wordless.has(key)) yield* walkTexts(value, [...path, key]);
}

/** The values that the texts of a model may name, and those that no document lacks. */
export interface KnownValues {
  readonly names: readonly string[];
  /** Whether a value is there for every ente and act. */
  isAlwaysThere(name: string): boolean;
}

/** Of a verbale of the Codice della Strada. */
const always: ReadonlySet<string> = new Set([
  "numero",
  "data",
  "dataViolazione",
  "luogo",
  "luogoData",
  "targa",
  "articolo",
  "norma",
  "ente.nome",
  "ente.codiceFiscale",
  "destinatario.nome",
  "destinatario.codiceFiscale",
]);
export const verbaleValues: KnownValues = {
  names: valueNames,
  isAlwaysThere: (name) => always.has(name),
};

/** Faults of a text with values in braces. */
export function checkTemplate(
  { path, text }: PlacedText,
  known: KnownValues = verbaleValues,
): ModelFault[] {
  return [
    ...checkEmphasis(path, text),
    ...checkBraces(path, text, known),
    ...checkLetters({ path, text: text.replaceAll(/\{[^{}]*\}/g, "") }),
  ];
}

function checkEmphasis(path: readonly string[], text: string): ModelFault[] {
  const stretches = text.split("**");
  if (stretches.length % 2 === 1) return [];
  const last = stretches.at(-1) ?? "";
  const tail = /^\S*(?: \S+)?/.exec(last)?.[0] ?? "";
  return [
    {
      path,
      word: `**${tail}`,
      message: "«**» si apre e non si chiude",
      remedy: "scrivi **così** ciò che va in evidenza",
    },
  ];
}

function checkBraces(path: readonly string[], text: string, known: KnownValues): ModelFault[] {
  const faults: ModelFault[] = [];
  for (const [piece, name = ""] of text.matchAll(/\{([^{}]*)\}/g))
    faults.push(...checkValueName({ path, name, word: piece }, known));
  const stray = /[{}]/.exec(text.replaceAll(/\{[^{}]*\}/g, ""))?.[0];
  if (stray !== undefined)
    faults.push({
      path,
      word: stray,
      message: `la graffa «${stray}» è sola`,
      remedy: "un valore si scrive tra due graffe: {numero}",
    });
  return faults;
}

/** What the ente's own columns of the flusso are called. */
const extraName = /^extra\.[a-z][A-Za-z0-9]{0,39}$/;

/** Whether the name is one of a value. */
export function checkValueName(
  {
    path,
    name,
    word,
  }: { readonly path: readonly string[]; readonly name: string; readonly word: string },
  { names }: KnownValues,
): ModelFault[] {
  if (names.includes(name) || extraName.test(name)) return [];
  return [
    {
      path,
      word,
      message: `«${name}» non è un valore`,
      choice: { wrong: name, title: "valori", names },
    },
  ];
}

/** Characters that no font of ours has, all of a text in one fault. */
export function checkLetters({ path, text }: PlacedText): ModelFault[] {
  const missing = findMissingLetters(text);
  const [first] = missing;
  if (first === undefined) return [];
  return [
    {
      path,
      word: first,
      message:
        missing.length === 1
          ? `il carattere ${formatLetter(first)} non si può stampare`
          : `i caratteri ${missing.map(formatLetter).join(", ")} non si possono stampare`,
      why: "i font dei documenti non lo hanno",
      remedy: "scrivi il testo con lettere latine",
    },
  ];
}

/** The characters of a text that a document cannot show, each once. */
export function findMissingLetters(text: string): readonly string[] {
  // Every font has the letters of ASCII.
  if (/^[ -~]*$/.test(text)) return [];
  const { regular, bold } = loadFonts();
  const missing = new Set<string>();
  for (const character of toPrintable(text)) {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\n" || (regular.characters.has(code) && bold.characters.has(code))) continue;
    missing.add(character);
  }
  return [...missing];
}

/** A character as a person reads it: `«Ж» (U+0416)`, or its number where nothing is to be seen. */
export function formatLetter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return /\p{C}/u.test(character) ? name : `«${character}» (${name})`;
}

/** Texts that must be there for every verbale: they may name only values that never are absent. */
export function checkNeverEmpty(
  { path, text }: PlacedText,
  { names, isAlwaysThere }: KnownValues,
): ModelFault[] {
  const faults: ModelFault[] = [];
  for (const name of compileTemplate(text).names)
    if ((names.includes(name) || extraName.test(name)) && !isAlwaysThere(name))
      faults.push({
        path,
        word: `{${name}}`,
        message: `«${name}» può mancare, e senza il suo valore questo testo resta vuoto`,
        remedy: "qui usa solo valori che ci sono sempre, come {numero} e {ente.nome}",
      });
  return faults;
}
