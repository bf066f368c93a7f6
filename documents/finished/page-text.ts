/** The text of the pages of a PDF that another program made: enough to know whose it is, not how it looks. */
import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFName,
  PDFRawStream,
  type PDFContext,
  type PDFObject,
  type PDFPage,
} from "pdf-lib";
import { readFontText, type FontText } from "./font-text.ts";

/** Forms inside forms, deeper than which no program goes: one that names itself would never end. */
const deepest = 8;

/** Text in the order in which it is painted, pieces parted by blanks as far as places tell. Throws when content cannot be decoded. */
export function readPageText(page: PDFPage): string {
  const { context } = page.doc;
  const contents = page.node.Contents();
  const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
  let content = "";
  for (const entry of streams) content += `${decode(context.lookup(entry))}\n`;
  const resources = page.node.Resources();
  return readContent(content, { context, resources, fonts: new Map(), depth: 0 })
    .replaceAll(/\s+/g, " ")
    .trim();
}

function decode(stream: PDFObject | undefined): string {
  if (!(stream instanceof PDFRawStream)) return "";
  return Buffer.from(decodePDFRawStream(stream).decode()).toString("latin1");
}

interface Reading {
  readonly context: PDFContext;
  readonly resources: PDFDict | undefined;
  readonly fonts: Map<PDFObject, FontText>;
  readonly depth: number;
}

/** Strings, numbers, names and operators; what stands between is passed over. */
const token =
  /\((?:\\[\s\S]|[^\\()]|\((?:\\[\s\S]|[^\\()])*\))*\)|<<|>>|<[0-9A-Fa-f\s]*>|\/[^\s()<>[\]{}/%]*|[[\]]|[-+]?[\d.]+|[A-Za-z'"*][A-Za-z0-9'"*]*|%[^\r\n]*/g;

function readContent(content: string, reading: Reading): string {
  let out = "";
  let font: FontText | undefined;
  let operands: string[] = [];
  for (const [word] of content.matchAll(token)) {
    if (!/^[A-Za-z'"*]/.test(word)) {
      operands.push(word);
      continue;
    }
    if (word === "Tf") font = findFont(operands.at(-2), reading);
    else if (word === "Tj" || word === "'" || word === '"') {
      if (word !== "Tj") out += " ";
      out += font?.decode(readString(operands.at(-1))) ?? "";
    } else if (word === "TJ") out += readShown(operands, font);
    else if (word === "Do") out += ` ${readForm(operands.at(-1), reading)} `;
    else if (/^(?:Td|TD|Tm|T\*|ET)$/.test(word)) out += movesOn(word, operands) ? " " : "";
    operands = [];
  }
  return out;
}

/** Whether the next piece is another word: letters that follow one another on a line are placed one by one by some programs. */
function movesOn(operator: string, operands: readonly string[]): boolean {
  if (operator !== "Td" && operator !== "TD") return true;
  return Number(operands.at(-1)) !== 0 || Number(operands.at(-2)) > 20;
}

/** Strings with distances between them: a wide one is a blank. */
function readShown(operands: readonly string[], font: FontText | undefined): string {
  let out = "";
  for (const operand of operands)
    if (/^[(<]/.test(operand)) out += font?.decode(readString(operand)) ?? "";
    else if (Number(operand) < -180) out += " ";
  return out;
}

function findFont(name: string | undefined, reading: Reading): FontText | undefined {
  const found = findResource("Font", name, reading);
  if (!(found instanceof PDFDict)) return undefined;
  let font = reading.fonts.get(found);
  if (font === undefined) {
    font = readFontText(reading.context, found);
    reading.fonts.set(found, font);
  }
  return font;
}

function readForm(name: string | undefined, reading: Reading): string {
  const form = findResource("XObject", name, reading);
  if (!(form instanceof PDFRawStream) || reading.depth >= deepest) return "";
  const { context } = reading;
  if (context.lookup(form.dict.get(PDFName.of("Subtype"))) !== PDFName.of("Form")) return "";
  const own = context.lookup(form.dict.get(PDFName.of("Resources")));
  const resources = own instanceof PDFDict ? own : reading.resources;
  return readContent(decode(form), { ...reading, resources, depth: reading.depth + 1 });
}

function findResource(
  kind: "Font" | "XObject",
  name: string | undefined,
  { context, resources }: Reading,
): PDFObject | undefined {
  const group = context.lookup(resources?.get(PDFName.of(kind)));
  if (!(group instanceof PDFDict) || name === undefined) return undefined;
  return context.lookup(group.get(PDFName.of(name.slice(1))));
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** The bytes of a string as it is written, in Latin-1. Source: ISO 32000-1, 7.3.4. */
function readString(written: string | undefined): string {
  if (written === undefined) return "";
  if (written.startsWith("<")) {
    const digits = written.replaceAll(/[^0-9A-Fa-f]/g, "");
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, "hex").toString("latin1");
  }
  return written.slice(1, -1).replaceAll(/\\(\r\n|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255);
    if (/^[\r\n]/.test(code)) return "";
    return escapes[code] ?? code;
  });
}
