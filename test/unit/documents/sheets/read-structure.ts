/** Reads the structure of our PDFs as a screen reader would, and says what is wrong with it beyond what veraPDF sees. */
import {
  decodePDFRawStream,
  PDFArray,
  PDFBool,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRawStream,
  PDFRef,
  PDFString,
  type PDFObject,
  type PDFPage,
} from "pdf-lib";
import { listFonts, loadFonts } from "../../../../documents/pdf/fonts.ts";

/** An element as it is read. */
export interface ReadElement {
  readonly type: string;
  /** Its own text, stretches of another language in angle brackets: `Titolo / <de Titel>`. */
  readonly text: string;
  readonly alt: string | undefined;
  readonly language: string | undefined;
  readonly scope: string | undefined;
  readonly hasBox: boolean;
  readonly kids: readonly ReadElement[];
}

export interface ReadDocument {
  readonly elements: readonly ReadElement[];
  /** What the catalog and the pages lack. */
  readonly faults: readonly string[];
}

export async function readStructure(bytes: Uint8Array): Promise<ReadDocument> {
  const pdf = await PDFDocument.load(bytes, { updateMetadata: false });
  const pages = new Map(pdf.getPages().map((page) => [page.ref.toString(), readMarks(page)]));
  const { context, catalog } = pdf;
  const find = (dict: PDFDict, name: string): PDFObject | undefined =>
    context.lookup(dict.get(PDFName.of(name)));
  const textOf = (value: PDFObject | undefined): string | undefined =>
    value instanceof PDFString || value instanceof PDFHexString ? value.decodeText() : undefined;

  function readElement(dict: PDFDict): ReadElement {
    const kids: ReadElement[] = [];
    let text = "";
    const page = dict.get(PDFName.of("Pg"));
    const k = find(dict, "K");
    for (const one of k instanceof PDFArray ? k.asArray() : [k]) {
      const kid = context.lookup(one);
      if (kid instanceof PDFNumber && page instanceof PDFRef)
        text += pages.get(page.toString())?.get(kid.asNumber()) ?? "";
      if (!(kid instanceof PDFDict)) continue;
      const id = find(kid, "MCID");
      const at = kid.get(PDFName.of("Pg"));
      if (id instanceof PDFNumber && at instanceof PDFRef)
        text += pages.get(at.toString())?.get(id.asNumber()) ?? "";
      else kids.push(readElement(kid));
    }
    const traits = find(dict, "A");
    const scope = traits instanceof PDFDict ? find(traits, "Scope") : undefined;
    return {
      type: String(find(dict, "S")).slice(1),
      text,
      alt: textOf(find(dict, "Alt")),
      language: textOf(find(dict, "Lang")),
      scope: scope === undefined ? undefined : String(scope).slice(1),
      hasBox: traits instanceof PDFDict && traits.has(PDFName.of("BBox")),
      kids,
    };
  }

  const faults: string[] = [];
  const marked = find(catalog, "MarkInfo");
  if (!(marked instanceof PDFDict && find(marked, "Marked") === PDFBool.True))
    faults.push("not marked");
  if (textOf(find(catalog, "Lang")) !== "it-IT") faults.push("no language");
  const viewer = find(catalog, "ViewerPreferences");
  if (!(viewer instanceof PDFDict && find(viewer, "DisplayDocTitle") === PDFBool.True))
    faults.push("title not shown");
  for (const page of pdf.getPages())
    if (page.node.get(PDFName.of("Tabs")) !== PDFName.of("S")) faults.push("tabs by no structure");
  const root = find(catalog, "StructTreeRoot");
  const document = root instanceof PDFDict ? find(root, "K") : undefined;
  return {
    elements: document instanceof PDFDict ? readElement(document).kids : [],
    faults,
  };
}

/** What is wrong with the tree; empty where it is sound. */
export function judgeStructure({ elements, faults }: ReadDocument): readonly string[] {
  const all = [...walk(elements)];
  const found = [...faults];
  let level = 0;
  for (const { type } of all) {
    if (!knownTypes.has(type)) found.push(`unknown type ${type}`);
    const now = /^H(\d)$/.exec(type)?.[1];
    if (now === undefined) continue;
    if (Number(now) > level + 1) found.push(`${type} after level ${level}`);
    level = Number(now);
  }
  for (const { type, alt, hasBox, scope, kids } of all) {
    if (type === "Figure" && (alt ?? "") === "") found.push("figure without words");
    if (type === "Figure" && !hasBox) found.push("figure without a place");
    if (type === "TH" && scope === undefined) found.push("head of nothing");
    if (type === "TR" && kids.every((cell) => cell.type === "TD")) found.push("row without a head");
    if (type === "TR" && kids.some((cell) => !/^T[HD]$/.test(cell.type)))
      found.push("row of no cells");
    if (type !== "Table") continue;
    if (kids.some((row) => row.type !== "TR")) found.push("table of no rows");
    if (new Set(kids.map((row) => row.kids.length)).size > 1) found.push("rows of unlike length");
    const body = kids.filter((row) => row.kids.some((cell) => cell.type === "TD"));
    if (body.some((row) => row.kids.filter((cell) => cell.type === "TH").length !== 1))
      found.push("row of heads");
  }
  return found;
}

const knownTypes = new Set("H1 H2 H3 P Figure L LI Lbl LBody Table TR TH TD".split(" "));

export function* walk(elements: readonly ReadElement[]): Generator<ReadElement> {
  for (const element of elements) {
    yield element;
    yield* walk(element.kids);
  }
}

/** One line an element, kids moved in. */
export function formatStructure(elements: readonly ReadElement[], depth = 0): string {
  let out = "";
  for (const { type, text, alt, language, scope, kids } of elements) {
    const marks = [scope, language].filter((mark) => mark !== undefined).join(" ");
    out += `${"  ".repeat(depth)}${type}${marks === "" ? "" : ` (${marks})`} ${alt === undefined ? text : `[${alt}]`}`;
    out = `${out.trimEnd()}\n${formatStructure(kids, depth + 1)}`;
  }
  return out;
}

/** The text of each marked stretch of a page, by its number. */
function readMarks(page: PDFPage): ReadonlyMap<number, string> {
  const contents = page.node.Contents();
  const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
  const content = streams
    .map((entry) => {
      const stream = page.doc.context.lookup(entry);
      return stream instanceof PDFRawStream
        ? Buffer.from(decodePDFRawStream(stream).decode()).toString("latin1")
        : "";
    })
    .join("\n");
  const marks = new Map<number, string>();
  const open: ({ readonly id: number } | { readonly language: string } | null)[] = [];
  let font = "";
  const operator =
    /\/\w+ <<\/MCID (\d+)>>BDC|\/Span <<\/Lang\((\w+)\)>>BDC|(BMC|BDC)\s|(EMC)\s|\/(F\d) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj/gs;
  for (const [, id, language, other, end, face, literal] of content.matchAll(operator)) {
    if (id !== undefined) open.push({ id: Number(id) });
    if (language !== undefined) open.push({ language });
    if (other !== undefined) open.push(null);
    if (end !== undefined) open.pop();
    if (face !== undefined) font = face;
    const owner = open.find((mark) => mark !== null && "id" in mark);
    if (literal === undefined || owner === undefined || owner === null || !("id" in owner))
      continue;
    const inner = open.at(-1);
    const text = decodeGlyphs(font, literal);
    const told = inner !== null && inner !== undefined && "language" in inner;
    marks.set(
      owner.id,
      (marks.get(owner.id) ?? "") +
        (told ? `<${inner.language} ${text.trimEnd()}>${text.slice(text.trimEnd().length)}` : text),
    );
  }
  return marks;
}

const letters = new Map(
  listFonts(loadFonts()).map(({ resource, characters, sfnt }) => [
    resource,
    new Map(
      [...characters]
        // A letter that another stands in for is read as that one.
        .filter(([code, glyph]) => sfnt.glyphOf.get(code) === glyph)
        .map(([code, glyph]) => [glyph, code]),
    ),
  ]),
);

function decodeGlyphs(font: string, literal: string): string {
  const bytes = literal.replaceAll(/\\(.)/gs, (_, byte: string) => (byte === "r" ? "\r" : byte));
  let text = "";
  for (let at = 0; at < bytes.length; at += 2)
    text += String.fromCodePoint(
      letters.get(font)?.get(bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1)) ?? 0,
    );
  return text.replaceAll("\u{A0}", " ");
}
