/** Measures and wraps text with a width table. */
import type { Font, Fonts } from "../pdf/fonts.ts";

/** How a paragraph looks; sizes in points. */
export interface Style {
  readonly font: keyof Fonts;
  readonly size: number;
  /** From baseline to baseline. */
  readonly leading: number;
  readonly align?: "left" | "right" | "center";
}

/** A stretch of text in one face. */
export interface TextRun {
  readonly text: string;
  readonly isBold: boolean;
  /** BCP 47, where it is not the language of the whole text: `de`. */
  readonly language?: string;
  /** This object comes again with the next document: its words are measured once. */
  readonly isKept?: boolean;
}

/** One line of a wrapped text. */
export interface Line {
  /** Points, without the blank at its end. */
  readonly width: number;
  /** One after another, each in its face and language; between words that are parted by the line's end the blank is kept. */
  readonly segments: readonly Segment[];
}

/** A stretch of a line in one face and one language. */
export interface Segment {
  readonly font: Font;
  readonly language: string | undefined;
  text: string;
}

interface Word {
  readonly font: Font;
  readonly language: string | undefined;
  readonly text: string;
  readonly width: number;
  /** Whether a blank lies before it. */
  readonly isSpaced: boolean;
}

/** Characters that stand for one that the fonts have: the same to the eye, from another program. */
const plainForm: Readonly<Record<string, string>> = {
  "\u{202F}": "\u{A0}",
  "\u{2010}": "-",
  "\u{2011}": "-",
  "\u{2012}": "\u{2013}",
  "\u{201B}": "\u{2018}",
  "\u{201F}": "\u{201C}",
  "\u{2BC}": "\u{2019}",
  "\u{2032}": "'",
  "\u{2033}": '"',
  "\u{FB01}": "fi",
  "\u{FB02}": "fl",
};
const likened = new RegExp(`[${Object.keys(plainForm).join("")}]`, "gu");
const lineEnds = /\r\n|[\r\v\f\u{85}\u{2028}\u{2029}]/gu;
const blanks = /[\t\u{2000}-\u{200A}\u{205F}\u{3000}]/gu;
/** Marks that only tell where a line may break, how letters join or in which direction they run. */
const marks = /[\u{AD}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}]/gu;

/** The text in composed form, with line ends, blanks, hyphens and quotes of other kinds as plain ones; nothing visible is lost. */
export function toPrintable(text: string): string {
  if (/^[ -~À-ÿ]*$/.test(text)) return text;
  return text
    .replaceAll(marks, "")
    .normalize("NFC")
    .replaceAll(lineEnds, "\n")
    .replaceAll(blanks, " ")
    .replaceAll(likened, (found) => plainForm[found] ?? found);
}

/** Breaks runs into lines of at most `width` points; a word longer than a line is broken between letters. Throws MissingGlyph. */
export function wrapRuns(
  fonts: Fonts,
  runs: readonly TextRun[],
  style: Style,
  width: number,
): readonly Line[] {
  const lines: Line[] = [];
  for (const paragraph of splitParagraphs(runs)) {
    // The words of two lines are two words, also for those who hear them.
    endWithBlank(lines);
    lines.push(...fillLines(collectWords(fonts, paragraph, style), style, width));
  }
  return lines;
}

/** Width in points of runs on one line. */
export function measureWidth(fonts: Fonts, runs: readonly TextRun[], style: Style): number {
  let width = 0;
  for (const run of runs)
    width += (run.isBold ? fonts.bold : fonts[style.font]).measure(toPrintable(run.text));
  return (width * style.size) / 1000;
}

/** A coordinate as PDF writes it: two decimals at most. Put together from tables: it runs some 500 times a document. */
export function formatPoints(value: number): string {
  if (value < 0) return `-${formatPoints(-value)}`;
  const hundredths = Math.round(value * 100);
  const rest = hundredths % 100;
  const whole = wholes[(hundredths - rest) / 100];
  // Beyond a sheet.
  if (whole === undefined) return String(hundredths / 100);
  return whole + (decimals[rest] ?? "");
}

const wholes = Array.from({ length: 1_000 }, (_, whole) => String(whole));
const decimals = Array.from({ length: 100 }, (_, rest) => String(rest / 100).slice(1));

function splitParagraphs(runs: readonly TextRun[]): (readonly TextRun[])[] {
  const paragraphs: TextRun[][] = [[]];
  for (const run of runs) {
    const text = toPrintable(run.text);
    const [first = "", ...others] = text.includes("\n") ? text.split("\n") : [text];
    paragraphs.at(-1)?.push(first === run.text ? run : { ...run, text: first, isKept: false });
    for (const other of others) paragraphs.push([{ ...run, text: other, isKept: false }]);
  }
  return paragraphs;
}

/** The words of a run, and whether a blank follows the last. */
interface Words {
  readonly words: readonly Word[];
  readonly font: Font;
  readonly size: number;
  readonly endsSpaced: boolean;
}

function collectWords(fonts: Fonts, runs: readonly TextRun[], style: Style): Word[] {
  const all: Word[] = [];
  let isSpaced = false;
  for (const run of runs) {
    const { words, endsSpaced } = measureRun(
      run,
      run.isBold ? fonts.bold : fonts[style.font],
      style.size,
    );
    for (const [index, word] of words.entries())
      all.push(index === 0 && isSpaced && !word.isSpaced ? { ...word, isSpaced } : word);
    isSpaced = endsSpaced || (isSpaced && words.length === 0);
  }
  return all;
}

const kept = new WeakMap<TextRun, Words[]>();

function measureRun(run: TextRun, font: Font, size: number): Words {
  if (run.isKept !== true) return measureWords(run, font, size);
  const sizes = kept.get(run) ?? [];
  const known = sizes.find((one) => one.font === font && one.size === size);
  if (known !== undefined) return known;
  const made = measureWords(run, font, size);
  kept.set(run, [...sizes, made]);
  return made;
}

function measureWords({ text, language }: TextRun, font: Font, size: number): Words {
  const words: Word[] = [];
  let isSpaced = false;
  for (const [index, word] of text.split(" ").entries()) {
    if (index > 0) isSpaced = true;
    if (word === "") continue;
    words.push({ font, language, text: word, width: (font.measure(word) * size) / 1000, isSpaced });
    isSpaced = false;
  }
  return { words, font, size, endsSpaced: isSpaced };
}

function endWithBlank(lines: readonly Line[]): void {
  const last = lines.at(-1)?.segments.at(-1);
  if (last !== undefined) last.text += " ";
}

function fillLines(words: readonly Word[], style: Style, width: number): Line[] {
  const lines: Line[] = [];
  let segments: Segment[] = [];
  let used = 0;
  const endLine = (): void => {
    lines.push({ width: used, segments });
    segments = [];
    used = 0;
  };
  const addWord = (word: Word, isSpaced: boolean): void => {
    const last = segments.at(-1);
    if (last !== undefined && isSpaced) {
      used += (last.font.measure(" ") * style.size) / 1000;
      last.text += " ";
    }
    if (last !== undefined && last.font === word.font && last.language === word.language)
      last.text += word.text;
    else segments.push({ font: word.font, language: word.language, text: word.text });
    used += word.width;
  };
  const limit = width + 0.01;
  for (const group of groupUnbreakable(words)) {
    let needed = 0;
    for (const word of group) needed += word.width;
    const font = segments.at(-1)?.font;
    const gap = font === undefined ? 0 : (font.measure(" ") * style.size) / 1000;
    if (font !== undefined && used + gap + needed > limit) {
      endLine();
      endWithBlank(lines);
    }
    const parts = needed > limit ? group.flatMap((word) => shredWord(word, style, width)) : group;
    for (const [index, part] of parts.entries()) {
      if (used + part.width > limit && segments.length > 0) endLine();
      addWord(part, index === 0);
    }
  }
  endLine();
  return lines;
}

/** Words without a blank between them (a bold stretch and its comma) stay together. */
function groupUnbreakable(words: readonly Word[]): Word[][] {
  const groups: Word[][] = [];
  for (const word of words) {
    if (word.isSpaced || groups.length === 0) groups.push([word]);
    else groups.at(-1)?.push(word);
  }
  return groups;
}

/** Pieces of a word that is longer than a line. */
function shredWord(word: Word, style: Style, width: number): Word[] {
  const parts: Word[] = [];
  let text = "";
  let used = 0;
  for (const character of word.text) {
    const wide = (word.font.measure(character) * style.size) / 1000;
    if (used + wide > width && text !== "") {
      parts.push({ ...word, text, width: used });
      text = "";
      used = 0;
    }
    text += character;
    used += wide;
  }
  parts.push({ ...word, text, width: used });
  return parts;
}
