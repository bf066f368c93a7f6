/** Finds objects of a PDF by its cross-references, without a full parse. */
import {
  PDFArray,
  PDFContext,
  PDFDict,
  PDFName,
  PDFNumber,
  PDFObjectParser,
  PDFRawStream,
  PDFRef,
} from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import { readCrossReferences, unpackStream } from "./pades-streams.ts";
import type { CrossReference } from "./pades-streams.ts";

/** What an incremental revision must know of the file that it is appended to. */
export interface PdfTail {
  /** Offset of the newest cross-reference section. */
  readonly startXref: number;
  /** Whether that section is a stream; the appended one must be of the same kind. */
  readonly hasXrefStream: boolean;
  /** One more than the highest object number. */
  readonly size: number;
  readonly rootRef: PDFRef;
  readonly infoRef: PDFRef | null;
  /** First half of the trailer's /ID as it is written (`<hex>`), or `null`. */
  readonly id: string | null;
  readonly catalog: PDFDict;
  readonly firstPageRef: PDFRef;
  readonly firstPage: PDFDict;
}

/** Where an object lies: at an offset of the file, or in an object stream. */
export type Place =
  | { readonly offset: number }
  | { readonly streamNumber: number; readonly index: number };

/** A PDF whose objects can be read one by one. */
export interface OpenedPdf {
  /** Offset of the newest cross-reference section. */
  readonly startXref: number;
  readonly hasXrefStream: boolean;
  readonly trailer: PDFDict;
  /** What the newest section says: places, or `null` for objects that it declares free. */
  readonly newest: ReadonlyMap<number, Place | null>;
  /** Throws a plain Error when the object is not there. */
  readObject(ref: PDFRef): PDFObject;
}

interface Reader {
  readonly pdf: Uint8Array;
  readonly context: PDFContext;
  readonly places: Map<number, Place>;
  readonly objectStreams: Map<number, ObjectStream>;
}

interface Section {
  readonly trailer: PDFDict;
  readonly isStream: boolean;
  readonly entries: ReadonlyMap<number, Place | null>;
}

interface ObjectStream {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly offsets: readonly number[];
}

/** Reads the cross-references. Throws a plain Error when the file has none that can be followed. */
export function openPdf(pdf: Uint8Array): OpenedPdf {
  const reader: Reader = {
    pdf,
    context: PDFContext.create(),
    places: new Map(),
    objectStreams: new Map(),
  };
  const startXref = findStartXref(pdf);
  const { trailer, isStream, entries } = readSections(reader, startXref);
  if (trailer.has(PDFName.of("Encrypt"))) throw new Error("pdf is encrypted");
  return {
    startXref,
    hasXrefStream: isStream,
    trailer,
    newest: entries,
    readObject: (ref) => readReferenced(reader, ref),
  };
}

/** Reads trailer, catalog and first page. Throws a plain Error when the file is not one that our writer could have made. */
export function readTail(pdf: Uint8Array): PdfTail {
  const opened = openPdf(pdf);
  const { trailer } = opened;
  const rootRef = expectRef(trailer.get(PDFName.of("Root")), "Root");
  const catalog = expectDict(opened.readObject(rootRef), "catalog");
  const firstPageRef = findFirstPage(opened, expectRef(catalog.get(PDFName.of("Pages")), "Pages"));
  const info = trailer.get(PDFName.of("Info"));
  const id = trailer.get(PDFName.of("ID"));
  return {
    startXref: opened.startXref,
    hasXrefStream: opened.hasXrefStream,
    size: expectNumber(trailer.get(PDFName.of("Size")), "Size"),
    rootRef,
    infoRef: info instanceof PDFRef ? info : null,
    id: id instanceof PDFArray ? id.get(0).toString() : null,
    catalog,
    firstPageRef,
    firstPage: expectDict(opened.readObject(firstPageRef), "page"),
  };
}

/** A part of the bytes as text, a character a byte. */
export function decodeLatin1(bytes: Uint8Array, from: number, to: number): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString("latin1", from, Math.min(to, bytes.byteLength));
}

/** Serialises a dictionary as it stands in a file. */
export function encodeDict(dict: PDFDict): Uint8Array {
  const bytes = new Uint8Array(dict.sizeInBytes());
  dict.copyBytesInto(bytes, 0);
  return bytes;
}

function findStartXref(pdf: Uint8Array): number {
  const end = decodeLatin1(pdf, Math.max(0, pdf.length - 1024), pdf.length);
  const found = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(end);
  if (found?.[1] === undefined) throw new Error("pdf has no startxref at its end");
  return Number(found[1]);
}

/** Walks the sections from the newest to the oldest; an object's newest place wins. */
function readSections(reader: Reader, startXref: number): Section {
  let newest: Section | null = null;
  let offset: number | null = startXref;
  const seen = new Set<number>();
  while (offset !== null) {
    if (seen.has(offset)) throw new Error("cross-reference sections form a circle");
    seen.add(offset);
    const isStream = decodeLatin1(reader.pdf, offset, offset + 4) !== "xref";
    const section: Section = isStream
      ? readXrefStream(reader, offset)
      : readXrefTable(reader, offset);
    newest ??= section;
    for (const [number, place] of section.entries)
      if (place !== null && !reader.places.has(number)) reader.places.set(number, place);
    const previous: PDFObject | undefined = section.trailer.get(PDFName.of("Prev"));
    offset = previous instanceof PDFNumber ? previous.asNumber() : null;
  }
  if (newest === null) throw new Error("pdf has no cross-reference section");
  return newest;
}

function readXrefTable(reader: Reader, offset: number): Section {
  const { pdf } = reader;
  const entries = new Map<number, Place | null>();
  let at = offset + 4;
  for (;;) {
    const head = /^\s*(\d+) (\d+)\s*?\r?\n/.exec(decodeLatin1(pdf, at, at + 40));
    if (head?.[1] === undefined || head[2] === undefined) break;
    at += head[0].length;
    const first = Number(head[1]);
    const count = Number(head[2]);
    if (at + count * 20 > pdf.byteLength) throw new Error("cross-reference table is too long");
    const rows = decodeLatin1(pdf, at, at + count * 20);
    for (let row = 0; row < count; row += 1) {
      const isUsed = rows[row * 20 + 17] === "n";
      const place = { offset: Number(rows.slice(row * 20, row * 20 + 10)) };
      addPlace(entries, first + row, isUsed ? place : null);
    }
    at += count * 20;
  }
  const keyword = /^\s*trailer/.exec(decodeLatin1(pdf, at, at + 20));
  if (keyword === null) throw new Error("cross-reference table has no trailer");
  const trailer = expectDict(parseAt(reader, at + keyword[0].length), "trailer");
  if (trailer.has(PDFName.of("XRefStm"))) throw new Error("hybrid cross-references");
  return { trailer, isStream: false, entries };
}

function readXrefStream(reader: Reader, offset: number): Section {
  const stream = parseIndirectAt(reader, offset);
  if (!(stream instanceof PDFRawStream)) throw new Error("cross-reference stream expected");
  const entries = new Map<number, Place | null>();
  for (const reference of readCrossReferences(stream))
    addPlace(entries, reference.number, toPlace(reference));
  return { trailer: stream.dict, isStream: true, entries };
}

/** Of an object named twice some readers take the first place, others the last. */
function addPlace(entries: Map<number, Place | null>, number: number, place: Place | null): void {
  if (entries.has(number)) throw new Error(`cross-references name object ${number} twice`);
  entries.set(number, place);
}

function toPlace({ type, second, third }: CrossReference): Place | null {
  if (type === 0) return null;
  if (type === 2) return { streamNumber: second, index: third };
  if (third !== 0) throw new Error("object of another generation");
  return { offset: second };
}

function findFirstPage(pdf: OpenedPdf, pages: PDFRef): PDFRef {
  let ref = pages;
  for (let depth = 0; depth < 32; depth += 1) {
    const node = expectDict(pdf.readObject(ref), "page tree");
    const kids = node.get(PDFName.of("Kids"));
    if (!(kids instanceof PDFArray)) return ref;
    ref = expectRef(kids.get(0), "Kids");
  }
  throw new Error("page tree is too deep");
}

function readReferenced(reader: Reader, ref: PDFRef): PDFObject {
  const place = reader.places.get(ref.objectNumber);
  if (place === undefined) throw new Error(`object ${ref.toString()} is not in the file`);
  if ("offset" in place) return parseIndirectAt(reader, place.offset);
  const { bytes, first, offsets } = readObjectStream(reader, place.streamNumber);
  const offset = offsets[place.index];
  if (offset === undefined) throw new Error(`object ${ref.toString()} is not in its stream`);
  return PDFObjectParser.forBytes(bytes.subarray(first + offset), reader.context).parseObject();
}

function readObjectStream(reader: Reader, number: number): ObjectStream {
  const known = reader.objectStreams.get(number);
  if (known !== undefined) return known;
  const stream = readReferenced(reader, PDFRef.of(number));
  if (!(stream instanceof PDFRawStream)) throw new Error(`object ${number} is no object stream`);
  const bytes = unpackStream(stream);
  const first = expectNumber(stream.dict.get(PDFName.of("First")), "First");
  const numbers = decodeLatin1(bytes, 0, first).trim().split(/\s+/).map(Number);
  const made = { bytes, first, offsets: numbers.filter((_, position) => position % 2 === 1) };
  reader.objectStreams.set(number, made);
  return made;
}

function parseIndirectAt(reader: Reader, offset: number): PDFObject {
  const head = /^\s*\d+\s+\d+\s+obj/.exec(decodeLatin1(reader.pdf, offset, offset + 40));
  if (head === null) throw new Error(`no object at offset ${offset}`);
  return parseAt(reader, offset + head[0].length);
}

function parseAt(reader: Reader, offset: number): PDFObject {
  return PDFObjectParser.forBytes(reader.pdf.subarray(offset), reader.context).parseObject();
}

function expectRef(value: PDFObject | undefined, what: string): PDFRef {
  if (value instanceof PDFRef) return value;
  throw new Error(`${what} is no reference`);
}

function expectDict(value: PDFObject | undefined, what: string): PDFDict {
  if (value instanceof PDFDict) return value;
  throw new Error(`${what} is no dictionary`);
}

function expectNumber(value: PDFObject | undefined, what: string): number {
  if (value instanceof PDFNumber) return value.asNumber();
  throw new Error(`${what} is no number`);
}
