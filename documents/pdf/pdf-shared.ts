/** The objects that every document of a template shares (catalog, fonts, colour profile, drawings). */
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { PDFContext, PDFHeader, PDFRawStream, PDFRef, PDFString, type PDFObject } from "pdf-lib";
import iccPath from "../color/sRGB.icc" with { type: "file" };
import { listFonts, type Font, type Fonts } from "./fonts.ts";
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

/** Object numbers that are the same in every document. */
export const numbers = {
  catalog: 1,
  pages: 2,
  info: 3,
  metadata: 4,
  resources: 5,
  icc: 6,
} as const;
const firstFree = 7;

/** How a file begins. */
export interface SharedHead {
  /** Header and shared objects, as they stand in the file. */
  readonly bytes: Uint8Array;
  /** Their lines in the cross-reference table, by object number. */
  readonly lines: ReadonlyMap<number, string>;
  /** The first object number that a document may use for its pages. */
  readonly next: number;
}

/** Writes out what every document of a template begins with. */
export function buildSharedHead(options: PdfTemplateOptions): SharedHead {
  const { objects, next } = buildSharedObjects(options);
  const header = new Uint8Array(PDFHeader.forVersion(1, 7).sizeInBytes());
  PDFHeader.forVersion(1, 7).copyBytesInto(header, 0);
  const parts: Uint8Array[] = [header, Buffer.from("\n\n")];
  const lines = new Map<number, string>();
  let length = header.length + 2;
  for (const [number, object] of objects) {
    const body = new Uint8Array(object.sizeInBytes());
    object.copyBytesInto(body, 0);
    lines.set(number, formatReferenceLine(length));
    const piece = Buffer.concat([
      Buffer.from(`${number} 0 obj\n`),
      body,
      Buffer.from("\nendobj\n\n"),
    ]);
    parts.push(piece);
    length += piece.length;
  }
  return { bytes: Buffer.concat(parts), lines, next };
}

/** The 20 bytes that say where an object begins. */
export function formatReferenceLine(offset: number): string {
  return `${String(offset).padStart(10, "0")} 00000 n \n`;
}

function buildSharedObjects(options: PdfTemplateOptions): {
  readonly objects: ReadonlyMap<number, PDFObject>;
  readonly next: number;
} {
  const context = PDFContext.create();
  const objects = new Map<number, PDFObject>();
  let next = firstFree;
  const fontRefs: Record<string, PDFRef> = {};
  for (const font of listFonts(options.fonts)) {
    fontRefs[font.resource] = PDFRef.of(next);
    for (const [index, object] of buildFontObjects(context, font, next).entries())
      objects.set(next + index, object);
    next += 5;
  }
  const drawingRefs: Record<string, PDFRef> = {};
  for (const [name, drawing] of options.drawings ?? []) {
    drawingRefs[name] = PDFRef.of(next);
    objects.set(next, buildDrawingObject(context, drawing));
    next += 1;
  }
  objects.set(numbers.resources, context.obj({ Font: fontRefs, XObject: drawingRefs }));
  objects.set(numbers.icc, buildDeflatedStream(context, readFileSync(iccPath), { N: 3 }));
  objects.set(numbers.catalog, buildCatalog(context, options.language));
  return { objects, next };
}

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

function buildCatalog(context: PDFContext, language: string): PDFObject {
  return context.obj({
    Type: "Catalog",
    Pages: PDFRef.of(numbers.pages),
    Metadata: PDFRef.of(numbers.metadata),
    Lang: PDFString.of(language),
    ViewerPreferences: { DisplayDocTitle: true },
    OutputIntents: [
      {
        Type: "OutputIntent",
        S: "GTS_PDFA1",
        OutputConditionIdentifier: PDFString.of("sRGB"),
        Info: PDFString.of("sRGB IEC61966-2.1"),
        RegistryName: PDFString.of("http://www.color.org"),
        DestOutputProfile: PDFRef.of(numbers.icc),
      },
    ],
  });
}

function buildDeflatedStream(
  context: PDFContext,
  contents: Uint8Array,
  entries: Record<string, string | number | readonly number[]> = {},
): PDFRawStream {
  const dictionary = context.obj({ ...entries, Filter: "FlateDecode" });
  return PDFRawStream.of(dictionary, deflateSync(contents, { level: 9 }));
}
