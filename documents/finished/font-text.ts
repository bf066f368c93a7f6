/** What the codes of a font in a PDF mean as text: by its ToUnicode table, else by its encoding. */
import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFName,
  PDFNumber,
  PDFRawStream,
  type PDFContext,
} from "pdf-lib";

export interface FontText {
  /** Whether its codes can be read at all. */
  readonly isReadable: boolean;
  /** The text of a shown string, given as bytes in Latin-1; a code without a meaning is left out. */
  decode(bytes: string): string;
}

/** Reads one font dictionary. */
export function readFontText(context: PDFContext, font: PDFDict): FontText {
  const isComposite = context.lookup(font.get(PDFName.of("Subtype"))) === PDFName.of("Type0");
  const table = context.lookup(font.get(PDFName.of("ToUnicode")));
  const mapped =
    table instanceof PDFRawStream
      ? readToUnicode(Buffer.from(decodePDFRawStream(table).decode()).toString("latin1"))
      : undefined;
  const width = isComposite ? 2 : 1;
  const own = isComposite ? undefined : readEncoding(context, font);
  return {
    isReadable: mapped !== undefined || own !== undefined,
    decode(bytes) {
      let text = "";
      for (let at = 0; at + width <= bytes.length; at += width) {
        const code =
          width === 2
            ? bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1)
            : bytes.charCodeAt(at);
        text += mapped?.get(code) ?? own?.(code) ?? "";
      }
      return text;
    },
  };
}

/** Source: ISO 32000-1, 9.10.3: single codes and ranges, each to one or more UTF-16 units. */
function readToUnicode(source: string): ReadonlyMap<number, string> {
  const codes = new Map<number, string>();
  for (const [, body = ""] of source.matchAll(/beginbfchar([\s\S]*?)endbfchar/g))
    for (const [, code = "", text = ""] of body.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g))
      codes.set(Number.parseInt(code, 16), decodeUnits(text));
  for (const [, body = ""] of source.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
    for (const [, from = "", to = "", first, list] of body.matchAll(
      /<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])/g,
    ))
      addRange(codes, {
        from: Number.parseInt(from, 16),
        to: Number.parseInt(to, 16),
        first,
        list,
      });
  return codes;
}

interface CodeRange {
  readonly from: number;
  readonly to: number;
  readonly first: string | undefined;
  readonly list: string | undefined;
}

function addRange(codes: Map<number, string>, { from, to, first, list }: CodeRange): void {
  const texts = [...(list ?? "").matchAll(/<([0-9A-Fa-f]+)>/g)].map(([, text = ""]) => text);
  // A range is of one byte: more is a broken table.
  for (let code = from; code <= Math.min(to, from + 0xff_ff); code += 1) {
    if (first === undefined) {
      const text = texts[code - from];
      if (text !== undefined) codes.set(code, decodeUnits(text));
      continue;
    }
    const base = decodeUnits(first);
    const last = base.charCodeAt(base.length - 1) + code - from;
    codes.set(code, base.slice(0, -1) + String.fromCharCode(last));
  }
}

function decodeUnits(hex: string): string {
  const bytes = Buffer.from(hex.padStart(Math.ceil(hex.length / 4) * 4, "0"), "hex");
  return bytes.swap16().toString("utf16le");
}

/** Simple fonts of the Latin alphabet: WinAnsi where nothing else is said, with the differences that the font names. */
function readEncoding(context: PDFContext, font: PDFDict): (code: number) => string {
  const latin = new TextDecoder("windows-1252");
  const differences = new Map<number, string>();
  const encoding = context.lookup(font.get(PDFName.of("Encoding")));
  const list =
    encoding instanceof PDFDict
      ? context.lookup(encoding.get(PDFName.of("Differences")))
      : undefined;
  if (list instanceof PDFArray) {
    let code = 0;
    for (const entry of list.asArray()) {
      const one = context.lookup(entry);
      if (one instanceof PDFNumber) code = one.asNumber();
      else if (one instanceof PDFName) {
        const text = readGlyphName(one.decodeText());
        if (text !== undefined) differences.set(code, text);
        code += 1;
      }
    }
  }
  return (code) => differences.get(code) ?? latin.decode(Uint8Array.of(code));
}

/** `uni00E8`, `A`, and the names that digits and common marks have. */
function readGlyphName(name: string): string | undefined {
  const unit = /^(?:uni|u)([0-9A-F]{4,6})$/.exec(name)?.[1];
  if (unit !== undefined) return String.fromCodePoint(Number.parseInt(unit, 16));
  if (/^[A-Za-z]$/.test(name)) return name;
  return glyphNames[name];
}

// Source: Adobe Glyph List, what numbers of acts, plates and tax codes are made of.
const glyphNames: Readonly<Record<string, string>> = {
  zero: "0",
  one: "1",
  two: "2",
  three: "3",
  four: "4",
  five: "5",
  six: "6",
  seven: "7",
  eight: "8",
  nine: "9",
  space: " ",
  slash: "/",
  hyphen: "-",
  period: ".",
  comma: ",",
  colon: ":",
  underscore: "_",
  parenleft: "(",
  parenright: ")",
};
