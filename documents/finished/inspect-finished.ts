/** Looks at a PDF that another program made: whether SEND may have it, what it says of itself, and its text. */
import {
  EncryptedPDFError,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFRawStream,
  type PDFContext,
  type PDFObject,
  type PDFPage,
} from "pdf-lib";
import { openPdf } from "../signature/pades-reader.ts";
import { listUnembeddedFonts } from "./embedded-fonts.ts";
import { readPageText } from "./page-text.ts";

/** What there is to know of a finished PDF. */
export interface FinishedPdf {
  /** The text of each page; empty where it cannot be read. */
  readonly texts: readonly string[];
  readonly title: string;
  /** What it says it is: `PDF/A-2b`; `null`: no PDF/A. A claim is no proof. */
  readonly claim: string | null;
  readonly isSigned: boolean;
  /** Whether those who do not see it are told what it says. */
  readonly isTagged: boolean;
  /** Why it cannot go as it is, Italian clauses (`contiene file allegati`); PDF/A and signatures apart. */
  readonly faults: readonly string[];
}

/** Reads the file; never throws: what cannot be read is its fault. Source: SEND's manual, documents of a notification. */
export async function inspectFinished(bytes: Uint8Array): Promise<FinishedPdf> {
  const fault = findFileFault(bytes);
  if (fault !== undefined) return refuseWhole(fault);
  let pdf: PDFDocument;
  try {
    pdf = await PDFDocument.load(bytes, { updateMetadata: false, throwOnInvalidObject: true });
  } catch (error) {
    return refuseWhole(
      error instanceof EncryptedPDFError
        ? encrypted
        : "non si legge: il file è guasto o incompleto",
    );
  }
  try {
    return inspectDocument(pdf);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuseWhole(`non si legge: ${error.message}`);
  }
}

const encrypted = "è cifrato o protetto da una password";

function refuseWhole(fault: string): FinishedPdf {
  return { texts: [], title: "", claim: null, isSigned: false, isTagged: false, faults: [fault] };
}

/** pdf-lib mends in silence what other readers refuse: the file's own table of objects must lead to all of it. */
function findFileFault(bytes: Uint8Array): string | undefined {
  if (Buffer.from(bytes.subarray(0, 5)).toString("latin1") !== "%PDF-")
    return "non comincia con «%PDF-»: non è un PDF";
  try {
    openPdf(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return /encrypted/.test(error.message)
      ? encrypted
      : "non si legge: la tabella degli oggetti è guasta, o il file è incompleto";
  }
  return undefined;
}

function inspectDocument(pdf: PDFDocument): FinishedPdf {
  const { context, catalog } = pdf;
  const pages = pdf.getPages();
  const faults: string[] = [];
  if (pages.length === 0) faults.push("non ha pagine");
  faults.push(...pages.flatMap(listPageFaults), ...listDocumentFaults(context, catalog));
  for (const font of listUnembeddedFonts(pages))
    faults.push(`il carattere ${font} non è incorporato`);
  const texts = pages.map(readPageText);
  if (pages.length > 0 && !/[\p{L}\p{N}]/u.test(texts[0] ?? ""))
    faults.push("la prima pagina non ha testo che si legga: è una scansione?");
  const marked = context.lookup(catalog.get(PDFName.of("MarkInfo")));
  return {
    texts,
    title: pdf.getTitle() ?? "",
    claim: readClaim(context, catalog),
    isSigned: hasSignature(context),
    isTagged: marked instanceof PDFDict && catalog.has(PDFName.of("StructTreeRoot")),
    faults,
  };
}

/** A4 in points, and how far a program may round. */
const sheet = { width: 595.276, height: 841.89, tolerance: 3 };

function listPageFaults(page: PDFPage, index: number): string[] {
  const faults: string[] = [];
  const number = index + 1;
  if (page.getRotation().angle % 360 !== 0) faults.push(`la pagina ${number} è girata`);
  for (const { width, height } of [page.getMediaBox(), page.getCropBox()]) {
    const isSheet =
      Math.abs(width - sheet.width) <= sheet.tolerance &&
      Math.abs(height - sheet.height) <= sheet.tolerance;
    if (isSheet) continue;
    const size = [width, height].map((points) => Math.round((points * 25.4) / 72)).join(" × ");
    faults.push(`la pagina ${number} non è un foglio A4 verticale (misura ${size} mm)`);
    break;
  }
  const annotations = page.node.Annots()?.asArray() ?? [];
  const shown = annotations.filter((one) => !isHiddenSignature(page.doc.context, one));
  if (shown.length > 0) faults.push(`la pagina ${number} ha annotazioni, campi o collegamenti`);
  return faults;
}

/** The field of a signature: told as a signature. */
function isHiddenSignature(context: PDFContext, entry: PDFObject): boolean {
  const annotation = context.lookup(entry);
  if (!(annotation instanceof PDFDict)) return false;
  const parent = context.lookup(annotation.get(PDFName.of("Parent")));
  return [annotation, parent].some(
    (dict) =>
      dict instanceof PDFDict && context.lookup(dict.get(PDFName.of("FT"))) === PDFName.of("Sig"),
  );
}

const actions: ReadonlySet<string> = new Set(
  "JavaScript Launch SubmitForm ImportData ResetForm GoToR GoToE Rendition Movie Sound".split(" "),
);

function listDocumentFaults(context: PDFContext, catalog: PDFDict): string[] {
  const faults = new Set<string>();
  if (catalog.has(PDFName.of("AA"))) faults.add("esegue azioni da sé");
  const form = context.lookup(catalog.get(PDFName.of("AcroForm")));
  if (form instanceof PDFDict && form.has(PDFName.of("XFA"))) faults.add("è un modulo XFA");
  if (catalog.has(PDFName.of("OCProperties"))) faults.add("ha livelli che si possono nascondere");
  for (const [, object] of context.enumerateIndirectObjects())
    for (const dict of walkDicts(object)) {
      const kind = context.lookup(dict.get(PDFName.of("S")));
      if (kind instanceof PDFName && actions.has(kind.decodeText()))
        faults.add("esegue azioni da sé");
      if (dict.has(PDFName.of("JS"))) faults.add("contiene JavaScript");
      if (dict.has(PDFName.of("EF"))) faults.add("contiene file allegati");
    }
  return [...faults];
}

function hasSignature(context: PDFContext): boolean {
  for (const [, object] of context.enumerateIndirectObjects())
    for (const dict of walkDicts(object)) if (dict.has(PDFName.of("ByteRange"))) return true;
  return false;
}

/** An object's own dictionaries, those inside it too; what it refers to stands elsewhere. */
function* walkDicts(object: PDFObject): Generator<PDFDict> {
  if (object instanceof PDFRawStream) yield* walkDicts(object.dict);
  if (object instanceof PDFArray) for (const one of object.asArray()) yield* walkDicts(one);
  if (!(object instanceof PDFDict)) return;
  yield object;
  for (const value of object.values()) yield* walkDicts(value);
}

/** As elements or as attributes. Source: ISO 19005-2, 6.6.4. */
function readClaim(context: PDFContext, catalog: PDFDict): string | null {
  const metadata = context.lookup(catalog.get(PDFName.of("Metadata")));
  if (!(metadata instanceof PDFRawStream) || metadata.dict.has(PDFName.of("Filter"))) return null;
  const text = Buffer.from(metadata.contents).toString("utf8");
  const part = /pdfaid:part\s*(?:=\s*["']|>\s*)([1-4])\b/.exec(text)?.[1];
  const level = /pdfaid:conformance\s*(?:=\s*["']|>\s*)([A-Za-z])\b/.exec(text)?.[1];
  return part === undefined ? null : `PDF/A-${part}${(level ?? "").toLowerCase()}`;
}
