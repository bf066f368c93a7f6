/** The objects that every document of a template shares (catalog, fonts, colour profile, drawings). */
import { readFileSync } from "node:fs";
import { PDFContext, PDFHeader, PDFRawStream, PDFRef, PDFString, type PDFObject } from "pdf-lib";
import iccPath from "../color/sRGB.icc" with { type: "file" };
import { listFonts, type Font, type Fonts } from "./fonts.ts";
import { deflateZlib } from "./deflate.ts";
import { buildToUnicodeMap, buildWidthArray } from "./font-objects.ts";

/** A drawing that documents share (a crest): PDF operators in its own box. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly operators: string;
  /** Flattened pixels instead of operators: RGB, 8 bits. */
  readonly pixels?: { readonly columns: number; readonly rows: number; readonly rgb: Uint8Array };
}

export interface PdfTemplateOptions {
  readonly fonts: Fonts;
  /** Drawings by resource name: `/X1 Do`. */
  readonly drawings?: ReadonlyMap<string, Drawing>;
  /** BCP 47: `it-IT`. */
  readonly language: string;
}

/** How a file begins. */
export interface SharedHead {
  /** Header and shared objects, as they stand in the file. */
  readonly bytes: Uint8Array;
  /** Where the shared objects begin, by object number from 1 on. */
  readonly offsets: readonly number[];
  readonly catalog: number;
  readonly resources: number;
  /** What the resources name, for documents with drawings of their own. */
  readonly named: { readonly fonts: string; readonly drawings: string };
  /** Object numbers that each document fills itself. */
  readonly own: OwnNumbers;
}

/** In the order in which they stand in the file; pages and their contents follow, then the elements of the structure. */
interface OwnNumbers {
  readonly pages: number;
  readonly info: number;
  readonly metadata: number;
  readonly structure: number;
  readonly next: number;
}

/** Writes out what every document of a template begins with. */
export function buildSharedHead(options: PdfTemplateOptions): SharedHead {
  const context = PDFContext.create();
  const named = { fonts: "", drawings: "" };
  const shared = [...listSharedObjects(context, options, named)];
  const catalog = shared.length + 1;
  const own: OwnNumbers = {
    pages: catalog + 1,
    info: catalog + 2,
    metadata: catalog + 3,
    structure: catalog + 4,
    next: catalog + 5,
  };
  const header = new Uint8Array(PDFHeader.forVersion(1, 7).sizeInBytes());
  PDFHeader.forVersion(1, 7).copyBytesInto(header, 0);
  const parts: Uint8Array[] = [header, Buffer.from("\n\n")];
  const offsets: number[] = [];
  let length = header.length + 2;
  for (const [index, object] of [
    ...shared,
    buildCatalog(context, options.language, own),
  ].entries()) {
    const body = new Uint8Array(object.sizeInBytes());
    object.copyBytesInto(body, 0);
    offsets.push(length);
    const piece = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      body,
      Buffer.from("\nendobj\n"),
    ]);
    parts.push(piece);
    length += piece.length;
  }
  return { bytes: Buffer.concat(parts), offsets, catalog, resources: shared.length, named, own };
}

/** Fonts, drawings, the colour profile and, last, the resources that name them; numbered from 1. */
function* listSharedObjects(
  context: PDFContext,
  options: PdfTemplateOptions,
  named: { fonts: string; drawings: string },
): Generator<PDFObject> {
  let next = iccNumber + 1;
  yield buildColourProfile(context);
  const fontRefs: Record<string, PDFRef> = {};
  for (const font of listFonts(options.fonts)) {
    fontRefs[font.resource] = PDFRef.of(next);
    yield* buildFontObjects(context, font, next);
    next += 5;
  }
  const drawingRefs: Record<string, PDFRef> = {};
  for (const [name, drawing] of options.drawings ?? []) {
    drawingRefs[name] = PDFRef.of(next);
    yield buildDrawingObject(context, drawing);
    next += 1;
  }
  named.fonts = nameReferences(fontRefs);
  named.drawings = nameReferences(drawingRefs);
  yield context.obj({ Font: fontRefs, XObject: drawingRefs });
}

function nameReferences(refs: Readonly<Record<string, PDFRef>>): string {
  return Object.entries(refs)
    .map(([name, ref]) => `/${name} ${ref.toString()}`)
    .join("");
}

const iccNumber = 1;

/** Type 0 font, its CIDFont, descriptor, file and ToUnicode: five objects from number `first` on. */
function buildFontObjects(context: PDFContext, font: Font, first: number): readonly PDFObject[] {
  const { sfnt } = font;
  return [
    context.obj({
      Type: "Font",
      Subtype: "Type0",
      BaseFont: font.name,
      Encoding: "Identity-H",
      DescendantFonts: [PDFRef.of(first + 1)],
      ToUnicode: PDFRef.of(first + 4),
    }),
    context.obj({
      Type: "Font",
      Subtype: "CIDFontType2",
      BaseFont: font.name,
      CIDSystemInfo: {
        Registry: PDFString.of("Adobe"),
        Ordering: PDFString.of("Identity"),
        Supplement: 0,
      },
      FontDescriptor: PDFRef.of(first + 2),
      CIDToGIDMap: "Identity",
      DW: 0,
      W: buildWidthArray(font),
    }),
    context.obj({
      Type: "FontDescriptor",
      FontName: font.name,
      // 4 = symbolic (the font is reached by glyph number), 1 = fixed pitch.
      Flags: sfnt.isFixedPitch ? 5 : 4,
      FontBBox: [...sfnt.box],
      ItalicAngle: 0,
      Ascent: sfnt.ascent,
      Descent: sfnt.descent,
      CapHeight: sfnt.capHeight,
      StemV: sfnt.weight >= 600 ? 120 : 80,
      FontFile2: PDFRef.of(first + 3),
    }),
    buildDeflatedStream(context, font.file, { Length1: font.file.length }),
    buildDeflatedStream(context, Buffer.from(buildToUnicodeMap(font), "latin1")),
  ];
}

function buildDrawingObject(context: PDFContext, drawing: Drawing): PDFObject {
  if (drawing.pixels !== undefined)
    return buildDeflatedStream(context, drawing.pixels.rgb, {
      Type: "XObject",
      Subtype: "Image",
      Width: drawing.pixels.columns,
      Height: drawing.pixels.rows,
      ColorSpace: "DeviceRGB",
      BitsPerComponent: 8,
    });
  return buildDeflatedStream(context, Buffer.from(drawing.operators, "latin1"), {
    Type: "XObject",
    Subtype: "Form",
    BBox: [0, 0, drawing.width, drawing.height],
  });
}

function buildCatalog(context: PDFContext, language: string, own: OwnNumbers): PDFObject {
  return context.obj({
    Type: "Catalog",
    Pages: PDFRef.of(own.pages),
    Metadata: PDFRef.of(own.metadata),
    StructTreeRoot: PDFRef.of(own.structure),
    MarkInfo: { Marked: true },
    Lang: PDFString.of(language),
    ViewerPreferences: { DisplayDocTitle: true },
    OutputIntents: [
      {
        Type: "OutputIntent",
        S: "GTS_PDFA1",
        OutputConditionIdentifier: PDFString.of("sRGB"),
        Info: PDFString.of("sRGB IEC61966-2.1"),
        RegistryName: PDFString.of("http://www.color.org"),
        DestOutputProfile: PDFRef.of(iccNumber),
      },
    ],
  });
}

let colourProfile: Uint8Array | undefined;

function buildColourProfile(context: PDFContext): PDFRawStream {
  colourProfile ??= readFileSync(iccPath);
  return buildDeflatedStream(context, colourProfile, { N: 3 });
}

function buildDeflatedStream(
  context: PDFContext,
  contents: Uint8Array,
  entries: Record<string, string | number | readonly number[]> = {},
): PDFRawStream {
  const dictionary = context.obj({ ...entries, Filter: "FlateDecode" });
  return PDFRawStream.of(dictionary, deflateOnce(contents));
}

const deflated = new WeakMap<Uint8Array, Buffer>();

/** Fonts and profile are the same bytes in every template of a process: the best that deflating gives is paid for once. */
function deflateOnce(contents: Uint8Array): Uint8Array {
  const known = deflated.get(contents) ?? Buffer.concat(deflateZlib(new Uint8Array(contents), 12));
  deflated.set(contents, known);
  return known;
}
