/** What the revisions of a signed file may change of our PDF: they hang signature fields in and note who wrote the file, no more. */
import { PDFArray, PDFDict, PDFName, PDFNumber, PDFRawStream, PDFRef } from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import type { OpenedPdf, PdfTail } from "../signature/pades-reader.ts";
import { listDifferingKeys, isSameValue } from "./equality.ts";
import { listFieldNumbers, readNameAt, requireFields, resolveKey } from "./fields.ts";
import type { SignedRanges } from "./ranges.ts";
import type { Revision } from "./revision.ts";
import type { SignatureRefused } from "./verdict.ts";

/** Our PDF before anyone signed it. */
export interface Original {
  readonly pdf: OpenedPdf;
  readonly tail: PdfTail;
}

/** The file up to and with one revision. */
export interface RevisionStage {
  readonly before: OpenedPdf;
  readonly after: OpenedPdf;
  readonly revision: Revision;
  /** What to throw when something else was changed: what the document says, or only the way that leads to it. */
  readonly changed: (what: ChangedPart) => SignatureRefused;
}

export type ChangedPart = "contents" | "references";

/** Objects that a later revision must leave as they are. */
export interface SignatureObjects {
  readonly numbers: ReadonlySet<number>;
}

/** What readers find through the cross-references is what stands in the revision, and nothing else. */
export function refuseOtherReferences({ before, after, revision, changed }: RevisionStage): void {
  const previous = after.trailer.get(PDFName.of("Prev"));
  if (
    !isSectionOf(revision, after.startXref) ||
    !(previous instanceof PDFNumber) ||
    previous.asNumber() !== before.startXref ||
    after.trailer.get(PDFName.of("Root")) !== before.trailer.get(PDFName.of("Root"))
  )
    throw changed("references");
  const size = readSize(after);
  if (!(size >= readSize(before) && size <= maxSize)) throw changed("references");
  for (const [number, place] of after.newest) {
    if (place === null && number === 0) continue;
    const known = revision.objects.get(number);
    // Readers pass over what lies beyond the number of objects that the trailer tells.
    if (place === null || known === undefined || number >= size) throw changed("references");
    const isWhereItSays =
      "offset" in place
        ? known.offset === place.offset
        : known.streamNumber === place.streamNumber && known.index === place.index;
    if (!isWhereItSays) throw changed("references");
  }
  // A program that mends a file reads every object that it meets; a stream of cross-references need not name itself.
  for (const [number, { object }] of revision.objects)
    if (!after.newest.has(number) && !isSectionStream(object)) throw changed("references");
}

// ISO 32000-1, annex C: the highest object number is 8,388,607.
const maxSize = 8_388_608;

function readSize({ trailer }: OpenedPdf): number {
  const size = trailer.get(PDFName.of("Size"));
  return size instanceof PDFNumber ? size.asNumber() : Number.NaN;
}

/** The section that the file's end names is the revision's own, not one hidden elsewhere. */
function isSectionOf(revision: Revision, startXref: number): boolean {
  if (revision.tableAt !== null) return revision.tableAt === startXref;
  return [...revision.objects.values()].some(
    ({ object, offset }) => offset === startXref && isSectionStream(object),
  );
}

function isSectionStream(object: PDFObject): boolean {
  return object instanceof PDFRawStream && readNameAt(object, "Type") === "/XRef";
}

// Form and DSS are looked at; Perms, Extensions and Version draw nothing.
const catalogMayChange = new Set([
  "/AcroForm",
  "/DSS",
  "/Extensions",
  "/Metadata",
  "/Perms",
  "/Version",
]);
// The order in which the tabulator visits the fields shows nothing either.
const pageMayChange = new Set(["/Annots", "/Tabs"]);
const infoMayChange = new Set(["/ModDate", "/Producer"]);

/**
 * Of the original's objects catalog, pages, properties and metadata may be written anew to hang signature fields in; any other must say
 * what it said.
 * `expected`: the signatures and time stamps that the file has by now. `rewritten`: numbers of the original's objects that any revision
 * wrote anew, this one's are added.
 * Returns the objects of the fields and their values.
 */
export function refuseOtherChanges(
  original: Original,
  stage: RevisionStage,
  expected: readonly SignedRanges[],
  rewritten: Set<number>,
): SignatureObjects {
  const { after, revision, changed } = stage;
  const { size, rootRef, catalog: firstCatalog } = original.tail;
  for (const [number, { object }] of revision.objects) {
    if (number < size) rewritten.add(number);
    // Nothing leads to it here; a program that mends files takes the last one that it finds.
    else if (isTree(object)) throw changed("contents");
  }
  // All of them after every revision: what stands behind a reference of an earlier one may be written anew by a later one.
  for (const number of new Set([...rewritten, rootRef.objectNumber]))
    refuseOtherObject(original, stage, number);
  const catalog = after.readObject(rootRef);
  if (!(catalog instanceof PDFDict)) throw changed("contents");
  if (catalog.has(PDFName.of("Metadata")) !== firstCatalog.has(PDFName.of("Metadata")))
    throw changed("contents");
  if (catalog.has(PDFName.of("Metadata")) && !isMetadata(resolveKey(after, catalog, "Metadata")))
    throw changed("contents");
  refuseOtherProperties(original, stage);
  const fields = requireFields(after, catalog, expected);
  const widgets = fields.map(({ widget }) => widget);
  for (const number of rewritten)
    if (isPage(original.pdf.readObject(PDFRef.of(number))))
      refuseOtherAnnotations(original.pdf, stage, number, widgets);
  return { numbers: new Set(fields.flatMap((field) => listFieldNumbers(after, field))) };
}

/** An object of the original, as it reads now. */
function refuseOtherObject(original: Original, stage: RevisionStage, number: number): void {
  const { rootRef, infoRef, catalog } = original.tail;
  const ref = PDFRef.of(number);
  const old = original.pdf.readObject(ref);
  const now = stage.after.readObject(ref);
  const metadata = catalog.get(PDFName.of("Metadata"));
  if (metadata === ref) {
    if (!isMetadata(now)) throw stage.changed("contents");
    return;
  }
  const mayChange = pickChangeable(ref, old, rootRef, infoRef);
  if (mayChange !== null) return refuseOtherKeys(original, stage, old, now, mayChange);
  if (!isSameValue({ pdf: original.pdf, value: old }, { pdf: stage.after, value: now }))
    throw stage.changed("contents");
}

/** The keys that may say something else; `null` where none may, or the object has no keys. */
function pickChangeable(
  ref: PDFRef,
  object: PDFObject,
  rootRef: PDFRef,
  infoRef: PDFRef | null,
): ReadonlySet<string> | null {
  if (ref === rootRef) return catalogMayChange;
  if (ref === infoRef) return infoMayChange;
  return isPage(object) ? pageMayChange : null;
}

function refuseOtherKeys(
  original: Original,
  { after, changed }: RevisionStage,
  old: PDFObject,
  now: PDFObject,
  mayChange: ReadonlySet<string>,
): void {
  if (!(old instanceof PDFDict) || !(now instanceof PDFDict)) throw changed("contents");
  const differing = listDifferingKeys(old, now, (a, b) =>
    isSameValue({ pdf: original.pdf, value: a }, { pdf: after, value: b }),
  );
  if (differing.some((key) => !mayChange.has(key.toString()))) throw changed("contents");
}

/** The trailer may name another dictionary of properties, if it says the same of the document. */
function refuseOtherProperties(original: Original, stage: RevisionStage): void {
  const now = resolveKey(stage.after, stage.after.trailer, "Info");
  if (now === undefined) return;
  const old = resolveKey(original.pdf, original.pdf.trailer, "Info");
  if (old === undefined) throw stage.changed("contents");
  refuseOtherKeys(original, stage, old, now, infoMayChange);
}

function isMetadata(object: PDFObject | undefined): boolean {
  return object instanceof PDFRawStream && readNameAt(object, "Type") === "/Metadata";
}

/** What a document's pages hang on. */
function isTree(object: PDFObject): boolean {
  return (
    object instanceof PDFDict &&
    ["/Catalog", "/Pages", "/Page"].includes(readNameAt(object, "Type"))
  );
}

function isPage(object: PDFObject | undefined): boolean {
  return object instanceof PDFDict && readNameAt(object, "Type") === "/Page";
}

/** A page keeps its annotations and gains the fields at most. */
function refuseOtherAnnotations(
  original: OpenedPdf,
  { after, changed }: RevisionStage,
  page: number,
  fields: readonly PDFRef[],
): void {
  const listAnnotations = (pdf: OpenedPdf): readonly PDFObject[] => {
    const dict = pdf.readObject(PDFRef.of(page));
    const annotations = dict instanceof PDFDict ? resolveKey(pdf, dict, "Annots") : undefined;
    return annotations instanceof PDFArray ? annotations.asArray() : [];
  };
  const known = new Set([...listAnnotations(original), ...fields].map(String));
  if (listAnnotations(after).some((annotation) => !known.has(annotation.toString())))
    throw changed("contents");
}
