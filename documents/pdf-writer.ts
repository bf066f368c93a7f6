/** Writes PDF/A-2b files through pdf-lib's low-level container: shared raw objects made once, small streams per document; used by the renderers. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import {
  PDFContext,
  PDFHeader,
  PDFHexString,
  PDFObject,
  PDFRawStream,
  PDFRef,
  PDFString,
  PDFWriter,
} from "pdf-lib";
import iccPath from "./color/sRGB.icc" with { type: "file" };
import { fontList, type Font, type Fonts } from "./fonts.ts";
import { toUnicodeMap, widthArray } from "./font-objects.ts";
import { xmpPacket, type Metadata } from "./xmp.ts";

/** A4 portrait in points. */
export const pageWidth = 595.276;
export const pageHeight = 841.89;

/** A drawing that documents share (a crest): PDF operators in its own box. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly operators: string;
  /** Flattened pixels instead of operators: RGB, 8 bits. */
  readonly pixels?: { readonly columns: number; readonly rows: number; readonly rgb: Uint8Array };
}

/** A finished file. */
export interface PdfFile {
  readonly bytes: Uint8Array;
  readonly pages: number;
}

export interface PdfTemplate {
  /** Makes one file; the same arguments give the same bytes. `pages` are content streams as text in Latin-1. */
  write(metadata: Metadata, pages: readonly string[]): Promise<PdfFile>;
}

export interface TemplateOptions {
  readonly fonts: Fonts;
  /** Drawings by resource name: `/X1 Do`. */
  readonly drawings?: ReadonlyMap<string, Drawing>;
  /** BCP 47: `it-IT`. */
  readonly language: string;
}

type Shared = readonly (readonly [PDFRef, PDFObject])[];

const catalogRef = PDFRef.of(1);
const pagesRef = PDFRef.of(2);
const infoRef = PDFRef.of(3);
const metadataRef = PDFRef.of(4);
const resourcesRef = PDFRef.of(5);
const iccRef = PDFRef.of(6);
const firstFree = 7;

/** A sixth more bytes of page content than level 6, half the time. */
const pageLevel = 3;

/** Makes what every document of a template shares: fonts, colour profile, drawings. */
export function createTemplate(options: TemplateOptions): PdfTemplate {
  const { shared, next } = sharedObjects(options);
  return {
    async write(metadata, pages) {
      const context = PDFContext.create();
      context.header = PDFHeader.forVersion(1, 7);
      for (const [ref, object] of shared) context.assign(ref, object);
      const pageRefs = pages.map((_, index) => PDFRef.of(next + index * 2));
      const id = createHash("sha256").update(JSON.stringify(metadata));
      for (const [index, operators] of pages.entries()) {
        const contentRef = PDFRef.of(next + index * 2 + 1);
        const content = deflated(context, Buffer.from(operators, "latin1"), {}, pageLevel);
        id.update(content.contents);
        context.assign(contentRef, content);
        context.assign(PDFRef.of(next + index * 2), pageObject(context, contentRef));
      }
      context.assign(
        pagesRef,
        context.obj({ Type: "Pages", Kids: pageRefs, Count: pageRefs.length }),
      );
      context.assign(catalogRef, catalog(context, options.language));
      context.assign(infoRef, infoObject(context, metadata));
      context.assign(
        metadataRef,
        PDFRawStream.of(
          context.obj({ Type: "Metadata", Subtype: "XML" }),
          Buffer.from(xmpPacket(metadata), "utf8"),
        ),
      );
      const hex = PDFHexString.of(id.digest("hex").slice(0, 32).toUpperCase());
      context.trailerInfo.Root = catalogRef;
      context.trailerInfo.Info = infoRef;
      context.trailerInfo.ID = context.obj([hex, hex]);
      const bytes = await PDFWriter.forContext(context, Infinity).serializeToBuffer();
      return { bytes, pages: pages.length };
    },
  };
}

function sharedObjects(options: TemplateOptions): {
  readonly shared: Shared;
  readonly next: number;
} {
  const context = PDFContext.create();
  const shared: [PDFRef, PDFObject][] = [];
  let next = firstFree;
  const fontRefs: Record<string, PDFRef> = {};
  for (const font of fontList(options.fonts)) {
    fontRefs[font.resource] = PDFRef.of(next);
    for (const [index, object] of fontObjects(context, font, next).entries())
      shared.push([PDFRef.of(next + index), object]);
    next += 5;
  }
  const drawingRefs: Record<string, PDFRef> = {};
  for (const [name, drawing] of options.drawings ?? []) {
    drawingRefs[name] = PDFRef.of(next);
    shared.push([PDFRef.of(next), drawingObject(context, drawing)]);
    next += 1;
  }
  shared.push([resourcesRef, context.obj({ Font: fontRefs, XObject: drawingRefs })]);
  shared.push([iccRef, deflated(context, readFileSync(iccPath), { N: 3 }, 9)]);
  return { shared: shared.map(([ref, object]) => [ref, new SharedObject(object)]), next };
}

/** An object that is the same in every document: written out once, copied into each. */
class SharedObject extends PDFObject {
  private readonly bytes: Uint8Array;

  constructor(object: PDFObject) {
    super();
    this.bytes = new Uint8Array(object.sizeInBytes());
    object.copyBytesInto(this.bytes, 0);
  }

  override sizeInBytes(): number {
    return this.bytes.length;
  }

  override copyBytesInto(buffer: Uint8Array, offset: number): number {
    buffer.set(this.bytes, offset);
    return this.bytes.length;
  }
}

/** Type 0 font, its CIDFont, descriptor, file and ToUnicode: five objects from number `first` on. */
function fontObjects(context: PDFContext, font: Font, first: number): readonly PDFObject[] {
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
      W: widthArray(font),
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
    deflated(context, font.file, { Length1: font.file.length }, 9),
    deflated(context, Buffer.from(toUnicodeMap(font), "latin1"), {}, 9),
  ];
}

function drawingObject(context: PDFContext, drawing: Drawing): PDFObject {
  if (drawing.pixels !== undefined)
    return deflated(
      context,
      drawing.pixels.rgb,
      {
        Type: "XObject",
        Subtype: "Image",
        Width: drawing.pixels.columns,
        Height: drawing.pixels.rows,
        ColorSpace: "DeviceRGB",
        BitsPerComponent: 8,
      },
      9,
    );
  return deflated(
    context,
    Buffer.from(drawing.operators, "latin1"),
    { Type: "XObject", Subtype: "Form", BBox: [0, 0, drawing.width, drawing.height] },
    9,
  );
}

function pageObject(context: PDFContext, contentRef: PDFRef): PDFObject {
  const box = [0, 0, pageWidth, pageHeight];
  return context.obj({
    Type: "Page",
    Parent: pagesRef,
    MediaBox: box,
    CropBox: box,
    TrimBox: box,
    Resources: resourcesRef,
    Contents: contentRef,
  });
}

function catalog(context: PDFContext, language: string): PDFObject {
  return context.obj({
    Type: "Catalog",
    Pages: pagesRef,
    Metadata: metadataRef,
    Lang: PDFString.of(language),
    ViewerPreferences: { DisplayDocTitle: true },
    OutputIntents: [
      {
        Type: "OutputIntent",
        S: "GTS_PDFA1",
        OutputConditionIdentifier: PDFString.of("sRGB"),
        Info: PDFString.of("sRGB IEC61966-2.1"),
        RegistryName: PDFString.of("http://www.color.org"),
        DestOutputProfile: iccRef,
      },
    ],
  });
}

function infoObject(context: PDFContext, metadata: Metadata): PDFObject {
  const date = PDFString.of(`D:${metadata.day.replaceAll("-", "")}000000Z`);
  return context.obj({
    Title: PDFHexString.fromText(metadata.title),
    Author: PDFHexString.fromText(metadata.author),
    Creator: PDFHexString.fromText(metadata.creator),
    Producer: PDFHexString.fromText(metadata.producer),
    CreationDate: date,
    ModDate: date,
  });
}

function deflated(
  context: PDFContext,
  contents: Uint8Array,
  entries: Record<string, string | number | readonly number[]>,
  level: number,
): PDFRawStream {
  const dictionary = context.obj({ ...entries, Filter: "FlateDecode" });
  return PDFRawStream.of(dictionary, deflateSync(contents, { level, chunkSize: 65_536 }));
}
