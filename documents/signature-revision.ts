/** Reads an appended revision byte by byte: every byte belongs to an object, a cross-reference or white space; used by signature-structure.ts. */
import {
  decodePDFRawStream,
  PDFContext,
  PDFName,
  PDFNumber,
  PDFObjectParser,
  PDFRawStream,
} from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import { SignatureRefused } from "./signature-verdict.ts";

export interface RevisionObject {
  readonly object: PDFObject;
  /** Offset in the file; `null` when it stands in an object stream. */
  readonly offset: number | null;
  /** The object stream that it stands in. */
  readonly streamNumber: number | null;
}

export interface Revision {
  readonly objects: ReadonlyMap<number, RevisionObject>;
}

// Signers write a handful of objects; a thousand is no signature any more.
const maxObjects = 1000;

/** Throws SignatureRefused when anything but objects and cross-references stands there, or an object stands there twice. */
export function readRevision(pdf: Uint8Array, from: number): Revision {
  const objects = new Map<number, RevisionObject>();
  const context = PDFContext.create();
  let at = skipBlanks(pdf, from);
  for (;;) {
    const head = /^(\d+) +(\d+) +obj/.exec(ascii(pdf, at, at + 40));
    if (head === null) break;
    const { object, next } = parseObject(pdf, at + head[0].length, context);
    add(objects, Number(head[1]), { object, offset: at, streamNumber: null });
    if (object instanceof PDFRawStream && isType(object, "/ObjStm"))
      addContained(objects, Number(head[1]), object, context);
    const end = /^\s*endobj/.exec(ascii(pdf, next, next + 40));
    if (end === null) throw unreadable();
    at = skipBlanks(pdf, next + end[0].length);
  }
  refuseRest(ascii(pdf, at, pdf.byteLength));
  return { objects };
}

/** After the objects: a table with its trailer, or nothing; then the one end of file. */
function refuseRest(rest: string): void {
  if (rest.length > 200_000) throw unreadable();
  const table = /^xref\s+(?:\d+ \d+\s*\r?\n(?:\d{10} \d{5} [nf](?: \r| \n|\r\n))*\s*)*trailer\s*<</;
  const end = /(?:^|[\s>])startxref\s+\d+\s+%%EOF\s*$/;
  const isTable = table.test(rest) && end.test(rest);
  const isStream = /^startxref\s+\d+\s+%%EOF\s*$/.test(rest);
  if (!isTable && !isStream) throw unreadable();
  if (/\bobj\b/.test(rest)) throw unreadable();
}

function add(objects: Map<number, RevisionObject>, number: number, object: RevisionObject): void {
  if (objects.has(number) || objects.size >= maxObjects) throw unreadable();
  objects.set(number, object);
}

function addContained(
  objects: Map<number, RevisionObject>,
  streamNumber: number,
  stream: PDFRawStream,
  context: PDFContext,
): void {
  const first = stream.dict.get(PDFName.of("First"));
  if (!(first instanceof PDFNumber)) throw unreadable();
  const bytes = decoded(stream);
  const numbers = ascii(bytes, 0, first.asNumber()).trim().split(/\s+/).map(Number);
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const offset = first.asNumber() + (numbers[index + 1] ?? 0);
    const { object } = parseObject(bytes, offset, context);
    add(objects, numbers[index] ?? -1, { object, offset: null, streamNumber });
  }
}

function decoded(stream: PDFRawStream): Uint8Array {
  try {
    return decodePDFRawStream(stream).decode();
  } catch (error) {
    throw unreadable(error);
  }
}

function parseObject(
  pdf: Uint8Array,
  from: number,
  context: PDFContext,
): { readonly object: PDFObject; readonly next: number } {
  try {
    const parser = PDFObjectParser.forBytes(pdf.subarray(from), context);
    const object = parser.parseObject();
    return { object, next: from + positionOf(parser) };
  } catch (error) {
    throw unreadable(error);
  }
}

/** How far the parser has read; pdf-lib keeps it to itself. */
function positionOf(parser: PDFObjectParser): number {
  return (parser as unknown as { readonly bytes: { offset(): number } }).bytes.offset();
}

function isType(stream: PDFRawStream, type: string): boolean {
  return stream.dict.get(PDFName.of("Type"))?.toString() === type;
}

function skipBlanks(pdf: Uint8Array, from: number): number {
  let at = from;
  while ([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20].includes(pdf[at] ?? -1)) at += 1;
  return at;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  const end = Math.min(to, bytes.byteLength);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
    from,
    end,
  );
}

function unreadable(cause?: unknown): SignatureRefused {
  return new SignatureRefused(
    "SIGNATURE_DAMAGED",
    "ciò che il programma di firma ha aggiunto al PDF non si può leggere o contiene altro",
    cause,
  );
}
