/** Writes PDF/A-2a and PDF/UA-1 files: what a template's documents share is copied as bytes, only pages, structure and metadata are made anew. */
import { createHash } from "node:crypto";
import { deflateZlib } from "./deflate.ts";
import type { JpegImage } from "./jpeg.ts";
import { buildSharedHead, type PdfTemplateOptions, type SharedHead } from "./pdf-shared.ts";
import { encodeStructure, encodeTextString, type StructureElement } from "./structure.ts";
import type { TaggedPage } from "./tagged-page.ts";
import { encodeXmpPacket, type Metadata } from "./xmp.ts";

/** A4 portrait in points. */
export const pageWidth = 595.276;
export const pageHeight = 841.89;

/** A finished file. */
export interface PdfFile {
  /** In a buffer of its own, so that it may be transferred to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pages: number;
}

/** What a file is made of. */
export interface DocumentParts {
  readonly metadata: Metadata;
  readonly pages: readonly TaggedPage[];
  /** The elements that the pages' content belongs to, in reading order. */
  readonly elements: readonly StructureElement[];
  /** Photographs of this document alone: `/P1 Do` is the first. */
  readonly photographs?: readonly JpegImage[];
}

export interface PdfTemplate {
  /** Makes one file; the same parts give the same bytes. */
  write(parts: DocumentParts): PdfFile;
}

/** Makes what every document of a template shares: fonts, colour profile, drawings. */
export function createPdfTemplate(options: PdfTemplateOptions): PdfTemplate {
  const head = buildSharedHead(options);
  const known = new KnownContents();
  return {
    write: (parts) => ({ bytes: writeFile(head, known, parts), pages: parts.pages.length }),
  };
}

function writeFile(
  head: SharedHead,
  known: KnownContents,
  parts: DocumentParts,
): Uint8Array<ArrayBuffer> {
  const { metadata, pages, photographs = [] } = parts;
  const { own } = head;
  const hash = createHash("sha256").update(JSON.stringify(metadata));
  const pageNumbers: number[] = [];
  let next = own.next;
  for (const { contents } of pages) {
    pageNumbers.push(next);
    next += 1 + contents.length;
  }
  const resources = nameResources(head, photographs.length, next);
  const structure = encodeStructure(parts.elements, {
    root: own.structure,
    first: next + photographs.length,
    pages: pageNumbers,
    owners: pages.map(({ owners }) => owners),
  });
  const file = new FileAssembly(head);
  const kids = pageNumbers.map((number) => `${number} 0 R`).join(" ");
  file.add(`<</Type/Pages/Kids[${kids}]/Count ${pages.length}>>`);
  file.add(buildInfoObject(metadata));
  file.addStream("/Type/Metadata/Subtype/XML", encodeXmpPacket(metadata));
  file.add(structure.root);
  for (const [index, { contents }] of pages.entries()) {
    const first = (pageNumbers[index] ?? 0) + 1;
    file.add(buildPageObject(resources, index, first, contents.length));
    for (const { operators, isFixed } of contents) {
      const content = isFixed ? known.deflate(operators) : deflateContent(operators);
      for (const piece of content) hash.update(piece);
      file.addStream("/Filter/FlateDecode", content);
    }
  }
  for (const photograph of photographs) {
    hash.update(photograph.bytes);
    file.addStream(describePhotograph(photograph), [photograph.bytes]);
  }
  hash.update(`${structure.root} ${file.addAll(structure.elements)}`);
  return file.finish(hash.digest("hex").slice(0, 32).toUpperCase());
}

/** Objects one after another behind the shared head, then the cross-reference table and the trailer. */
class FileAssembly {
  private readonly pieces: (string | Uint8Array)[] = [];
  /** What is not in `pieces` yet. Latin-1: a letter is a byte. */
  private text = "";
  private length: number;
  /** Of each object from number 1 on. */
  private readonly offsets: number[];
  private readonly head: SharedHead;

  constructor(head: SharedHead) {
    this.head = head;
    this.pieces.push(head.bytes);
    this.length = head.bytes.length;
    this.offsets = [...head.offsets];
  }

  /** The next object. */
  add(body: string): void {
    this.begin();
    this.text += `${body}\nendobj\n`;
  }

  /** Many objects; returns the length of their text. */
  addAll(bodies: readonly string[]): number {
    const start = this.length + this.text.length;
    let text = "";
    for (const body of bodies) {
      const number = this.offsets.push(start + text.length);
      text += `${number} 0 obj\n${body}\nendobj\n`;
    }
    this.text += text;
    return text.length;
  }

  addStream(entries: string, body: readonly Uint8Array[]): void {
    let length = 0;
    for (const piece of body) length += piece.length;
    this.begin();
    this.text += `<<${entries}/Length ${length}>>\nstream\n`;
    this.flush();
    this.pieces.push(...body);
    this.length += length;
    this.text = "\nendstream\nendobj\n";
  }

  finish(id: string): Uint8Array<ArrayBuffer> {
    const { catalog, own } = this.head;
    const start = this.length + this.text.length;
    const count = this.offsets.length + 1;
    this.text += `xref\n0 ${count}\n0000000000 65535 f \n`;
    this.flush();
    const lines = encodeReferences(this.offsets);
    this.pieces.push(lines);
    this.length += lines.length;
    // With a line end after it: programs that append a signature begin at once, and PDF/A wants their objects on lines of their own.
    this.text = `trailer\n<</Size ${count}/Root ${catalog} 0 R/Info ${own.info} 0 R/ID [ <${id}> <${id}> ]>>\nstartxref\n${start}\n%%EOF\n`;
    this.flush();
    const bytes = new Uint8Array(this.length);
    const text = Buffer.from(bytes.buffer);
    let at = 0;
    for (const piece of this.pieces) {
      if (typeof piece === "string") text.write(piece, at, "latin1");
      else bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  private begin(): void {
    const number = this.offsets.push(this.length + this.text.length);
    this.text += `${number} 0 obj\n`;
  }

  private flush(): void {
    this.pieces.push(this.text);
    this.length += this.text.length;
    this.text = "";
  }
}

const referenceLine = Buffer.from("0000000000 00000 n \n", "latin1");

/** The 20 bytes an object that say where it begins, digit by digit: a hundred and more a file. */
function encodeReferences(offsets: readonly number[]): Uint8Array {
  const lines = Buffer.alloc(offsets.length * 20, referenceLine);
  for (const [index, offset] of offsets.entries()) {
    let rest = offset;
    for (let at = index * 20 + 9; rest > 0; at -= 1) {
      const tens = Math.floor(rest / 10);
      lines[at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
  }
  return lines;
}

/** What all pages of a document have in common. */
interface PageParent {
  readonly pages: number;
  readonly resources: string;
}

/** The shared resources, or with them the document's own photographs, whose objects begin with number `first`. */
function nameResources(
  { own, resources, named }: SharedHead,
  photographs: number,
  first: number,
): PageParent {
  if (photographs === 0) return { pages: own.pages, resources: `${resources} 0 R` };
  const names = Array.from({ length: photographs }, (_, at) => `/P${at + 1} ${first + at} 0 R`);
  return {
    pages: own.pages,
    resources: `<</Font<<${named.fonts}>>/XObject<<${named.drawings}${names.join("")}>>>>`,
  };
}

/** The output intent is RGB: grey is of it too. Source: ISO 19005-2, 6.2.4.3. */
function describePhotograph({ columns, rows, colours }: JpegImage): string {
  const space = colours === "grey" ? "DeviceGray" : "DeviceRGB";
  return `/Type/XObject/Subtype/Image/Width ${columns}/Height ${rows}/ColorSpace/${space}/BitsPerComponent 8/Filter/DCTDecode`;
}

/** Tabs go by structure on every page from the start: a signature may not bring it in. Source: ISO 14289-1, 7.18.3. */
function buildPageObject(
  { pages, resources }: PageParent,
  index: number,
  first: number,
  streams: number,
): string {
  const contents =
    streams === 1
      ? ` ${first} 0 R`
      : `[${Array.from({ length: streams }, (_, at) => `${first + at} 0 R`).join(" ")}]`;
  const box = `[0 0 ${pageWidth} ${pageHeight}]`;
  return `<</Type/Page/Parent ${pages} 0 R/MediaBox${box}/CropBox${box}/TrimBox${box}/Resources ${resources}/Contents${contents}/StructParents ${index}/Tabs/S>>`;
}

function buildInfoObject(metadata: Metadata): string {
  const date = `(D:${metadata.day.replaceAll("-", "")}000000Z)`;
  const { title, author, creator, producer } = metadata;
  return `<</Title${encodeTextString(title)}/Author${encodeTextString(author)}/Creator${encodeTextString(creator)}/Producer${encodeTextString(producer)}/CreationDate${date}/ModDate${date}>>`;
}

/** A page without anything of the verbale comes again with the next: it is deflated once. */
class KnownContents {
  private readonly byOperators = new Map<string, readonly Uint8Array[]>();

  deflate(operators: string): readonly Uint8Array[] {
    const known = this.byOperators.get(operators);
    if (known !== undefined) return known;
    const made = deflateContent(operators);
    // As many as there are ways in which the pages before it may end.
    if (this.byOperators.size >= 64) this.byOperators.clear();
    this.byOperators.set(operators, made);
    return made;
  }
}

/** libdeflate at level 1 takes half the time of zlib at 3 for 2 % more. */
function deflateContent(operators: string): readonly Uint8Array[] {
  if (scratch.length < operators.length) scratch = Buffer.alloc(operators.length * 2);
  return deflateZlib(scratch.subarray(0, scratch.write(operators, "latin1")), 1);
}

/** The page that is being deflated: a buffer for each would have to be made and collected. */
let scratch = Buffer.alloc(65_536);
