/** Reads an appended revision byte by byte: every byte belongs to an object, a cross-reference or white space. */
import { PDFContext, PDFName, PDFNumber, PDFRawStream } from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import { decodeLatin1 } from "../signature/pades-reader.ts";
import { unpackStream } from "../signature/pades-streams.ts";
import { parseStrictly } from "./parser.ts";
import { SignatureRefused } from "./verdict.ts";

export interface RevisionObject {
  readonly object: PDFObject;
  /** Offset in the file; `null` when it stands in an object stream. */
  readonly offset: number | null;
  /** The object stream that it stands in. */
  readonly streamNumber: number | null;
  /** Which object of that stream it is, from 0. */
  readonly index: number | null;
}

export interface Revision {
  readonly objects: ReadonlyMap<number, RevisionObject>;
  /** Where its cross-reference table begins; `null` when it has a cross-reference stream. */
  readonly tableAt: number | null;
}

// Signers write a handful of objects; a thousand is no signature any more.
const maxObjects = 1000;

/** Throws SignatureRefused when anything but objects and cross-references stands there, or an object stands there twice. */
export function readRevision(pdf: Uint8Array, from: number): Revision {
  const objects = new Map<number, RevisionObject>();
  const context = PDFContext.create();
  let at = skipBlanks(pdf, from);
  for (;;) {
    // Nothing of ours has another generation: readers would take such an object for another one, or for none.
    const head = /^(\d+) +0 +obj/.exec(decodeLatin1(pdf, at, at + 40));
    if (head === null) break;
    const { object, next } = parseObject(pdf, at + head[0].length, context);
    addObject(objects, Number(head[1]), {
      object,
      offset: at,
      streamNumber: null,
      index: null,
    });
    if (object instanceof PDFRawStream && isType(object, "/ObjStm"))
      addContained(objects, Number(head[1]), object, context);
    const end = /^\s*endobj/.exec(decodeLatin1(pdf, next, next + 40));
    if (end === null) throw unreadableRevisionError();
    at = skipBlanks(pdf, next + end[0].length);
  }
  const tableAt = readRest(pdf, at, context);
  refuseHidden(decodeLatin1(pdf, from, pdf.byteLength), objects, tableAt !== null);
  return { objects, tableAt };
}

/**
 * A program that mends a file reads every object and trailer that it meets, in comments and streams too: there is none but those
 * that were read here.
 */
function refuseHidden(
  text: string,
  objects: ReadonlyMap<number, RevisionObject>,
  hasTable: boolean,
): void {
  const listed = [...objects.values()].filter(({ offset }) => offset !== null).length;
  const heads = text.match(/\d\s+\d+\s+obj/g)?.length ?? 0;
  const trailers = text.split("trailer").length - 1;
  const ends = text.split("startxref").length - 1;
  if (heads !== listed || trailers !== (hasTable ? 1 : 0) || ends !== 1)
    throw unreadableRevisionError();
}

/**
 * After the objects: a table with its trailer, or nothing; then the one end of file. Returns where the table begins, `null` without one.
 * No two parts of the patterns can match the same bytes: a hostile file cannot keep them busy.
 */
function readRest(pdf: Uint8Array, at: number, context: PDFContext): number | null {
  if (pdf.byteLength - at > 200_000) throw unreadableRevisionError();
  const table =
    /^xref *(?:\r\n|\r|\n)(?:\d+ \d+ *(?:\r\n|\r|\n)(?:\d{10} (?:00000 n|\d{5} f)(?: \r| \n|\r\n))*)*trailer/;
  const found = table.exec(decodeLatin1(pdf, at, pdf.byteLength));
  const end =
    found === null ? at : parseObject(pdf, skipBlanks(pdf, at + found[0].length), context).next;
  const last = decodeLatin1(pdf, skipBlanks(pdf, end), pdf.byteLength);
  if (!/^startxref[\t\n\f\r ]+\d+[\t\n\f\r ]+%%EOF[\t\n\f\r ]*$/.test(last))
    throw unreadableRevisionError();
  return found === null ? null : at;
}

function addObject(
  objects: Map<number, RevisionObject>,
  number: number,
  object: RevisionObject,
): void {
  if (objects.has(number) || objects.size >= maxObjects) throw unreadableRevisionError();
  objects.set(number, object);
}

function addContained(
  objects: Map<number, RevisionObject>,
  streamNumber: number,
  stream: PDFRawStream,
  context: PDFContext,
): void {
  const first = stream.dict.get(PDFName.of("First"));
  const count = stream.dict.get(PDFName.of("N"));
  if (!(first instanceof PDFNumber) || !(count instanceof PDFNumber))
    throw unreadableRevisionError();
  const bytes = unpackOrRefuse(stream);
  const head = decodeLatin1(bytes, 0, first.asNumber());
  // Other spellings of a number (1e2, 0x64) are read as another one elsewhere.
  if (!/^[\d\0\t\n\f\r ]*$/.test(head)) throw unreadableRevisionError();
  const numbers = (head.match(/\d+/g) ?? []).map(Number);
  // Some readers count as it is told, others read to the end.
  if (numbers.length !== 2 * count.asNumber()) throw unreadableRevisionError();
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const offset = first.asNumber() + (numbers[index + 1] ?? 0);
    const { object } = parseObject(bytes, offset, context);
    addObject(objects, numbers[index] ?? -1, {
      object,
      offset: null,
      streamNumber,
      index: index / 2,
    });
  }
}

function unpackOrRefuse(stream: PDFRawStream): Uint8Array {
  try {
    return unpackStream(stream);
  } catch (error) {
    throw unreadableRevisionError(error);
  }
}

function parseObject(
  pdf: Uint8Array,
  from: number,
  context: PDFContext,
): { readonly object: PDFObject; readonly next: number } {
  try {
    return parseStrictly(pdf, from, context);
  } catch (error) {
    throw unreadableRevisionError(error);
  }
}

function isType(stream: PDFRawStream, type: string): boolean {
  return stream.dict.get(PDFName.of("Type"))?.toString() === type;
}

/** White space and comments: some signers leave their name in one. */
function skipBlanks(pdf: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    while (blanks.has(pdf[at] ?? -1)) at += 1;
    // "%%EOF" is no comment.
    if (pdf[at] !== 0x25 || pdf[at + 1] === 0x25) return at;
    while (at < pdf.byteLength && pdf[at] !== 0x0a && pdf[at] !== 0x0d) at += 1;
  }
}

const blanks: ReadonlySet<number> = new Set([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);

function unreadableRevisionError(cause?: unknown): SignatureRefused {
  return new SignatureRefused(
    "SIGNATURE_DAMAGED",
    "ciò che il programma di firma ha aggiunto al PDF non si può leggere o contiene altro",
    cause,
  );
}
