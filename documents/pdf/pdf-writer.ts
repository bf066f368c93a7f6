/** Writes PDF/A-2b files: what a template's documents share is copied as bytes, only pages and metadata are made anew. */
import { createHash } from "node:crypto";
import {
  numbers,
  formatReferenceLine,
  buildSharedHead,
  type SharedHead,
  type PdfTemplateOptions,
} from "./pdf-shared.ts";
import { buildXmpPacket, type Metadata } from "./xmp.ts";

/** A4 portrait in points. */
export const pageWidth = 595.276;
export const pageHeight = 841.89;

/** A finished file. */
export interface PdfFile {
  /** In a buffer of its own, so that it may be transferred to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

export interface PdfTemplate {
  /** Makes one file; the same arguments give the same bytes. `pages` are content streams as text in Latin-1. */
  write(metadata: Metadata, pages: readonly string[]): PdfFile;
}

/** Makes what every document of a template shares: fonts, colour profile, drawings. */
export function createPdfTemplate(options: PdfTemplateOptions): PdfTemplate {
  const head = buildSharedHead(options);
  return {
    write(metadata, pages) {
      const hash = createHash("sha256").update(JSON.stringify(metadata));
      const objects = new Map<number, readonly Piece[]>();
      const kids: string[] = [];
      for (const [index, operators] of pages.entries()) {
        const page = head.next + index * 2;
        const content = deflateContent(operators);
        for (const piece of content) hash.update(piece);
        kids.push(`${page} 0 R`);
        objects.set(page, [buildPageObject(page + 1)]);
        objects.set(page + 1, buildStreamObject("/Filter /FlateDecode", content));
      }
      const packet = Buffer.from(buildXmpPacket(metadata), "utf8");
      objects.set(numbers.metadata, buildStreamObject("/Type /Metadata\n/Subtype /XML", [packet]));
      objects.set(numbers.info, [buildInfoObject(metadata)]);
      objects.set(numbers.pages, [
        `<<\n/Type /Pages\n/Kids [ ${kids.join(" ")} ]\n/Count ${kids.length}\n>>`,
      ]);
      const id = hash.digest("hex").slice(0, 32).toUpperCase();
      return { bytes: assembleFile(head, objects, id), pages: pages.length };
    },
  };
}

/** A part of the file; text is Latin-1. */
type Piece = string | Uint8Array;

/** Shared head, objects, cross-reference table, trailer. */
function assembleFile(
  head: SharedHead,
  objects: ReadonlyMap<number, readonly Piece[]>,
  id: string,
): Uint8Array<ArrayBuffer> {
  const lines = new Map(head.lines);
  const pieces: Piece[] = [head.bytes];
  let length = head.bytes.length;
  for (const [number, body] of objects) {
    lines.set(number, formatReferenceLine(length));
    for (const piece of [`${number} 0 obj\n`, ...body, "\nendobj\n\n"]) {
      pieces.push(piece);
      length += piece.length;
    }
  }
  const size = lines.size + 1;
  let end = `xref\n0 ${size}\n0000000000 65535 f \n`;
  for (let number = 1; number < size; number += 1) end += lines.get(number) ?? "";
  // With a line end after it: programs that append a signature begin at once, and PDF/A wants their objects on lines of their own.
  end += `\ntrailer\n<<\n/Size ${size}\n/Root ${numbers.catalog} 0 R\n/Info ${numbers.info} 0 R\n/ID [ <${id}> <${id}> ]\n>>\n\nstartxref\n${length}\n%%EOF\n`;
  pieces.push(end);
  return joinPieces(pieces, length + end.length);
}

function joinPieces(pieces: readonly Piece[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const text = Buffer.from(bytes.buffer);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") text.write(piece, at, "latin1");
    else bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function buildPageObject(content: number): string {
  const box = `[ 0 0 ${pageWidth} ${pageHeight} ]`;
  return `<<\n/Type /Page\n/Parent ${numbers.pages} 0 R\n/MediaBox ${box}\n/CropBox ${box}\n/TrimBox ${box}\n/Resources ${numbers.resources} 0 R\n/Contents ${content} 0 R\n>>`;
}

function buildStreamObject(entries: string, body: readonly Uint8Array[]): Piece[] {
  let length = 0;
  for (const piece of body) length += piece.length;
  return [`<<\n${entries}\n/Length ${length}\n>>\nstream\n`, ...body, "\nendstream"];
}

function buildInfoObject(metadata: Metadata): string {
  const date = `(D:${metadata.day.replaceAll("-", "")}000000Z)`;
  const { title, author, creator, producer } = metadata;
  return `<<\n/Title ${encodeUtf16(title)}\n/Author ${encodeUtf16(author)}\n/Creator ${encodeUtf16(creator)}\n/Producer ${encodeUtf16(producer)}\n/CreationDate ${date}\n/ModDate ${date}\n>>`;
}

/** A text string of PDF: UTF-16, high byte first, with its mark. */
function encodeUtf16(text: string): string {
  return `<${Buffer.from(`\u{FEFF}${text}`, "utf16le").swap16().toString("hex").toUpperCase()}>`;
}

/** zlib header (32 KB window, fastest level), deflated bytes, Adler-32: libdeflate at level 1 takes half the time of zlib at 3 for 2 % more. Source: RFC 1950. */
function deflateContent(operators: string): Uint8Array[] {
  if (scratch.length < operators.length) scratch = Buffer.alloc(operators.length * 2);
  const content = scratch.subarray(0, scratch.write(operators, "latin1"));
  const check = Buffer.alloc(4);
  check.writeUInt32BE(Bun.hash.adler32(content));
  return [zlibHeader, Bun.deflateSync(content, { library: "libdeflate", level: 1 }), check];
}

/** The page that is being deflated: a buffer for each would have to be made and collected. */
let scratch = Buffer.alloc(65_536);

const zlibHeader = Uint8Array.of(0x78, 0x01);
