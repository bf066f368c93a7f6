/** Which fonts of a PDF do not come with it: on another machine other letters would stand there. */
import { PDFArray, PDFDict, PDFName, PDFRawStream, type PDFContext, type PDFPage } from "pdf-lib";

/** Names of the fonts that pages use, in forms inside forms too, and that the file does not bring along. */
export function listUnembeddedFonts(pages: readonly PDFPage[]): readonly string[] {
  const names = new Set<string>();
  const seen = new Set<PDFDict>();
  for (const page of pages) collectFonts(page.doc.context, page.node.Resources(), { names, seen });
  return [...names];
}

interface FontSearch {
  readonly names: Set<string>;
  readonly seen: Set<PDFDict>;
}

function collectFonts(
  context: PDFContext,
  resources: PDFDict | undefined,
  search: FontSearch,
): void {
  if (resources === undefined || search.seen.has(resources)) return;
  search.seen.add(resources);
  for (const font of listDicts(context, resources, "Font"))
    if (!isEmbedded(context, font)) {
      const name = context.lookup(font.get(PDFName.of("BaseFont")));
      search.names.add(name instanceof PDFName ? name.decodeText() : "senza nome");
    }
  for (const kind of ["XObject", "Pattern"])
    for (const form of listDicts(context, resources, kind)) {
      const own = context.lookup(form.get(PDFName.of("Resources")));
      if (own instanceof PDFDict) collectFonts(context, own, search);
    }
}

function listDicts(context: PDFContext, resources: PDFDict, kind: string): readonly PDFDict[] {
  const group = context.lookup(resources.get(PDFName.of(kind)));
  if (!(group instanceof PDFDict)) return [];
  const dicts: PDFDict[] = [];
  for (const value of group.values()) {
    const found = context.lookup(value);
    if (found instanceof PDFDict) dicts.push(found);
    if (found instanceof PDFRawStream) dicts.push(found.dict);
  }
  return dicts;
}

function isEmbedded(context: PDFContext, font: PDFDict): boolean {
  const subtype = context.lookup(font.get(PDFName.of("Subtype")));
  // Its letters are drawings of the file itself.
  if (subtype === PDFName.of("Type3")) return true;
  if (subtype === PDFName.of("Type0")) {
    const descendants = context.lookup(font.get(PDFName.of("DescendantFonts")));
    const first = descendants instanceof PDFArray ? context.lookup(descendants.get(0)) : undefined;
    return first instanceof PDFDict && isEmbedded(context, first);
  }
  const descriptor = context.lookup(font.get(PDFName.of("FontDescriptor")));
  return (
    descriptor instanceof PDFDict &&
    ["FontFile", "FontFile2", "FontFile3"].some((name) => descriptor.has(PDFName.of(name)))
  );
}
