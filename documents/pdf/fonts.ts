/** The three typefaces of every document, ready to measure and to embed. */
import { readFileSync } from "node:fs";
import monoPath from "../fonts/RobotoMono-Medium.ttf" with { type: "file" };
import regularPath from "../fonts/TitilliumWeb-Regular.ttf" with { type: "file" };
import boldPath from "../fonts/TitilliumWeb-SemiBold.ttf" with { type: "file" };
import { MissingGlyph } from "./missing-glyph.ts";
import { readSfnt, type Sfnt } from "./sfnt.ts";

/** One typeface: measures and encodes text. */
export interface Font {
  /** Name in the page resources: `F1`. */
  readonly resource: string;
  /** As the PDF names it; with a subset tag where outlines were left out. */
  readonly name: string;
  readonly sfnt: Sfnt;
  /** The TrueType bytes that are embedded. */
  readonly file: Uint8Array;
  /** Code points that may be drawn, with their glyphs. */
  readonly characters: ReadonlyMap<number, number>;
  /** Width of a text in 1/1000 of the font size; throws MissingGlyph. */
  measure(text: string): number;
  /** Two-byte glyph numbers as the inside of a literal string of PDF, in Latin-1; throws MissingGlyph. */
  encode(text: string): string;
}

export interface Fonts {
  readonly regular: Font;
  readonly bold: Font;
  readonly mono: Font;
}

/** Characters that are meant to be empty. */
const blanks: ReadonlySet<number> = new Set([0x20, 0xa0]);

/**
 * Titillium Web leaves Ţ (T with cedilla) empty and draws Ț (with comma): in Romanian names they are the same letter, of which the
 * first is the older encoding.
 */
const standIns: readonly (readonly [number, number])[] = [[0x1_62, 0x2_1a]];

let loaded: Fonts | undefined;

/**
 * The fonts, read once per process. Titillium Web goes in with all its glyphs (SEND's manual wants fonts whole);
 * Roboto Mono, which sets codes only, with the printable ASCII characters.
 */
export function loadFonts(): Fonts {
  loaded ??= {
    regular: createFont("F1", readFileSync(regularPath)),
    bold: createFont("F2", readFileSync(boldPath)),
    mono: createFont("F3", readFileSync(monoPath), { from: 0x20, to: 0x7e }),
  };
  return loaded;
}

/** All fonts in the order of their resource names. */
export function listFonts(fonts: Fonts): readonly Font[] {
  return [fonts.regular, fonts.bold, fonts.mono];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function createFont(resource: string, bytes: Uint8Array, only?: Range): Font {
  const sfnt = readSfnt(bytes);
  const characters = new Map<number, number>();
  for (const [code, glyph] of sfnt.glyphOf) {
    if (only !== undefined && (code < only.from || code > only.to)) continue;
    if (!sfnt.blanks.has(glyph) || blanks.has(code)) characters.set(code, glyph);
  }
  for (const [code, standIn] of standIns) {
    const glyph = characters.get(standIn);
    if (!characters.has(code) && glyph !== undefined) characters.set(code, glyph);
  }
  const glyphs: number[] = [];
  const widths: number[] = [];
  for (const [code, glyph] of characters) {
    glyphs[code] = glyph;
    widths[code] = sfnt.widths[glyph] ?? 0;
  }
  return {
    resource,
    name: only === undefined ? sfnt.postscriptName : `POSTIN+${sfnt.postscriptName}`,
    sfnt,
    file: sfnt.buildEmbeddable(only === undefined ? undefined : new Set(characters.values())),
    characters,
    measure: (text) => sumWidths(text, widths),
    encode: (text) => encodeLiteral(text, glyphs),
  };
}

/** Both run for every letter of every document: plain arrays by code unit (the fonts have no character beyond U+FFFF). */
function sumWidths(text: string, widths: readonly number[]): number {
  let total = 0;
  for (let at = 0; at < text.length; at += 1) {
    const width = widths[text.charCodeAt(at)];
    if (width === undefined) throw new MissingGlyph(text.codePointAt(at) ?? 0);
    total += width;
  }
  return total;
}

/** Written as bytes: a string that grows letter by letter costs three times as much. */
function encodeLiteral(text: string, glyphs: readonly number[]): string {
  // Every letter is two bytes, each with a backslash at most.
  if (scratch.length < text.length * 4) scratch = Buffer.alloc(text.length * 8);
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const glyph = glyphs[text.charCodeAt(at)];
    if (glyph === undefined) throw new MissingGlyph(text.codePointAt(at) ?? 0);
    end = writeLiteralByte(glyph >> 8, end);
    end = writeLiteralByte(glyph & 255, end);
  }
  return scratch.toString("latin1", 0, end);
}

let scratch = Buffer.alloc(4_096);

/** A byte inside a literal string: half of what hexadecimal takes. Source: ISO 32000-1, 7.3.4.2. */
function writeLiteralByte(byte: number, end: number): number {
  let at = end;
  let written = byte;
  if (byte === 0x28 || byte === 0x29 || byte === 0x5c || byte === 0x0d) {
    scratch[at++] = 0x5c;
    // A bare carriage return would be read as a line feed.
    if (byte === 0x0d) written = 0x72;
  }
  scratch[at++] = written;
  return at;
}
