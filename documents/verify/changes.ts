/** What the revisions of a signed file may change of our PDF: they hang signature fields in and note who wrote the file, no more. */
import { PDFArray, PDFDict, PDFHexString, PDFName, PDFNumber, PDFRawStream, PDFRef } from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import type { OpenedPdf, PdfTail } from "../signature/pades-reader.ts";
import { listDifferingKeys, isSameValue } from "./equality.ts";
import type { SignedRanges } from "./ranges.ts";
import type { Revision } from "./revision.ts";
import { damaged, SignatureRefused } from "./verdict.ts";

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
  /** What to throw when something else was changed. */
  readonly changed: () => SignatureRefused;
}

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
    throw changed();
  const size = readSize(after);
  if (!(size >= readSize(before) && size <= maxSize)) throw changed();
  for (const [number, place] of after.newest) {
    if (place === null && number === 0) continue;
    const known = revision.objects.get(number);
    // Readers pass over what lies beyond the number of objects that the trailer tells.
    if (place === null || known === undefined || number >= size) throw changed();
    const isWhereItSays =
      "offset" in place
        ? known.offset === place.offset
        : known.streamNumber === place.streamNumber && known.index === place.index;
    if (!isWhereItSays) throw changed();
  }
  // A program that mends a file reads every object that it meets; a stream of cross-references need not name itself.
  for (const [number, { object }] of revision.objects)
    if (!after.newest.has(number) && !isSectionStream(object)) throw changed();
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
  return object instanceof PDFRawStream && readName(object, "Type") === "/XRef";
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
const pageMayChange = new Set(["/Annots"]);
const infoMayChange = new Set(["/ModDate", "/Producer"]);

/**
 * Of the original's objects only catalog, pages, properties and metadata are written anew, and only to hang signature fields in.
 * `expected`: the signatures and time stamps that the file has by now. `pages`: those that any revision wrote anew, this one's are added.
 * Returns the objects of the fields and their values.
 */
export function refuseOtherChanges(
  original: Original,
  stage: RevisionStage,
  expected: readonly SignedRanges[],
  pages: Set<number>,
): SignatureObjects {
  const { after, revision, changed } = stage;
  const { size, rootRef, infoRef, catalog: firstCatalog } = original.tail;
  const metadata = firstCatalog.get(PDFName.of("Metadata"));
  for (const [number, { object }] of revision.objects) {
    if (number >= size) {
      // Nothing leads to it here; a program that mends files takes the last one that it finds.
      if (isTree(object)) throw changed();
      continue;
    }
    const old = original.pdf.readObject(PDFRef.of(number));
    if (metadata instanceof PDFRef && number === metadata.objectNumber) {
      if (!isMetadata(object)) throw changed();
    } else if (number === rootRef.objectNumber)
      refuseOtherKeys(original, stage, old, object, catalogMayChange);
    else if (number === infoRef?.objectNumber)
      refuseOtherKeys(original, stage, old, object, infoMayChange);
    else {
      if (!isPage(old)) throw changed();
      refuseOtherKeys(original, stage, old, object, pageMayChange);
      pages.add(number);
    }
  }
  const catalog = after.readObject(rootRef);
  if (!(catalog instanceof PDFDict)) throw changed();
  // Again after every revision: what stands behind a reference of this one may be written anew by a later one.
  refuseOtherKeys(original, stage, firstCatalog, catalog, catalogMayChange);
  for (const number of pages) {
    const ref = PDFRef.of(number);
    refuseOtherKeys(
      original,
      stage,
      original.pdf.readObject(ref),
      after.readObject(ref),
      pageMayChange,
    );
  }
  if (catalog.has(PDFName.of("Metadata")) !== firstCatalog.has(PDFName.of("Metadata")))
    throw changed();
  if (catalog.has(PDFName.of("Metadata")) && !isMetadata(resolve(after, catalog, "Metadata")))
    throw changed();
  refuseOtherProperties(original, stage);
  const fields = requireFields(after, catalog, expected);
  const widgets = fields.map(({ widget }) => widget);
  for (const page of pages) refuseOtherAnnotations(original.pdf, stage, page, widgets);
  return { numbers: new Set(fields.flatMap((field) => listObjectNumbers(after, field))) };
}

function refuseOtherKeys(
  original: Original,
  { after, changed }: RevisionStage,
  old: PDFObject,
  now: PDFObject,
  mayChange: ReadonlySet<string>,
): void {
  if (!(old instanceof PDFDict) || !(now instanceof PDFDict)) throw changed();
  const differing = listDifferingKeys(old, now, (a, b) =>
    isSameValue({ pdf: original.pdf, value: a }, { pdf: after, value: b }),
  );
  if (differing.some((key) => !mayChange.has(key.toString()))) throw changed();
}

/** The trailer may name another dictionary of properties, if it says the same of the document. */
function refuseOtherProperties(original: Original, stage: RevisionStage): void {
  const now = resolve(stage.after, stage.after.trailer, "Info");
  if (now === undefined) return;
  const old = resolve(original.pdf, original.pdf.trailer, "Info");
  if (old === undefined) throw stage.changed();
  refuseOtherKeys(original, stage, old, now, infoMayChange);
}

function isMetadata(object: PDFObject | undefined): boolean {
  return object instanceof PDFRawStream && readName(object, "Type") === "/Metadata";
}

/** What a document's pages hang on. */
function isTree(object: PDFObject): boolean {
  return (
    object instanceof PDFDict && ["/Catalog", "/Pages", "/Page"].includes(readName(object, "Type"))
  );
}

function isPage(object: PDFObject | undefined): boolean {
  return object instanceof PDFDict && readName(object, "Type") === "/Page";
}

/** A signature field and where it would stand on a page: itself, or its one kid. */
interface Field {
  readonly field: PDFRef;
  readonly widget: PDFRef;
}

/** The fields of the form: one for each signature, without size, without actions. */
function requireFields(
  pdf: OpenedPdf,
  catalog: PDFDict,
  expected: readonly SignedRanges[],
): readonly Field[] {
  const form = resolve(pdf, catalog, "AcroForm");
  if (!(form instanceof PDFDict) || form.has(PDFName.of("XFA"))) throw damagedError();
  const list = resolve(pdf, form, "Fields");
  if (!(list instanceof PDFArray) || list.size() !== expected.length) throw damagedError();
  return expected.map((ranges, index) => {
    const ref = list.get(index);
    if (!(ref instanceof PDFRef)) throw damagedError();
    return requireField(pdf, ref, ranges);
  });
}

function requireField(pdf: OpenedPdf, ref: PDFRef, ranges: SignedRanges): Field {
  const field = pdf.readObject(ref);
  if (!(field instanceof PDFDict) || readName(field, "FT") !== "/Sig") throw damagedError();
  if (field.has(PDFName.of("Parent"))) throw damagedError();
  const widget = field.has(PDFName.of("Kids")) ? requireOnlyKid(pdf, field, ref) : ref;
  for (const part of new Set([ref, widget])) refuseOtherWidget(pdf.readObject(part));
  const value = resolve(pdf, field, "V");
  if (!(value instanceof PDFDict) || !isValueOf(value, ranges)) throw damagedError();
  const subFilter = ranges.isTimestamp ? "/ETSI.RFC3161" : "/ETSI.CAdES.detached";
  if (readName(value, "SubFilter") !== subFilter)
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "la firma non è PAdES: nel programma di firma scegliere «PAdES» (ETSI.CAdES.detached)",
    );
  if (![ref, widget].every((part) => isWithoutSize(pdf, part)))
    throw new SignatureRefused(
      "SIGNATURE_VISIBLE",
      "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
    );
  return { field: ref, widget };
}

/** Some programs keep a field and its widget apart. */
function requireOnlyKid(pdf: OpenedPdf, field: PDFDict, ref: PDFRef): PDFRef {
  const kids = resolve(pdf, field, "Kids");
  const kid = kids instanceof PDFArray && kids.size() === 1 ? kids.get(0) : undefined;
  const widget = kid instanceof PDFRef ? pdf.readObject(kid) : undefined;
  if (!(kid instanceof PDFRef) || !(widget instanceof PDFDict)) throw damagedError();
  const isItsOwn = widget.get(PDFName.of("Parent")) === ref && readName(widget, "Subtype") !== "";
  // It would inherit what the field says, and says nothing of its own.
  if (!isItsOwn || ["Kids", "FT", "V", "T"].some((key) => widget.has(PDFName.of(key))))
    throw damagedError();
  return kid;
}

function refuseOtherWidget(part: PDFObject): void {
  if (!(part instanceof PDFDict)) throw damagedError();
  // A note of no size would still draw its mark.
  if (!["", "/Widget"].includes(readName(part, "Subtype"))) throw damagedError();
  if (["A", "AA"].some((key) => part.has(PDFName.of(key)))) throw damagedError();
}

/** The field's value is the signature that was found in the bytes, not a decoy beside it. */
function isValueOf(value: PDFDict, { range, contents }: SignedRanges): boolean {
  const told = value.get(PDFName.of("ByteRange"));
  const hex = value.get(PDFName.of("Contents"));
  if (!(told instanceof PDFArray) || !(hex instanceof PDFHexString)) return false;
  const numbers = told.asArray().map(readNumber);
  return (
    numbers.length === 4 &&
    numbers.every((number, index) => number === range[index]) &&
    Buffer.from(hex.asString(), "hex").equals(contents)
  );
}

/** A field without a widget has no place on a page at all. */
function isWithoutSize(pdf: OpenedPdf, part: PDFRef): boolean {
  const dict = pdf.readObject(part);
  const rect = dict instanceof PDFDict ? resolve(pdf, dict, "Rect") : undefined;
  if (rect === undefined) return true;
  if (!(rect instanceof PDFArray) || rect.size() !== 4) return false;
  const [left, bottom, right, top] = rect.asArray().map(readNumber);
  return left === right && bottom === top;
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
    const annotations = dict instanceof PDFDict ? resolve(pdf, dict, "Annots") : undefined;
    return annotations instanceof PDFArray ? annotations.asArray() : [];
  };
  const known = new Set([...listAnnotations(original), ...fields].map(String));
  if (listAnnotations(after).some((annotation) => !known.has(annotation.toString())))
    throw changed();
}

/** Numbers of a field, its widget and its value. */
function listObjectNumbers(pdf: OpenedPdf, { field, widget }: Field): readonly number[] {
  const dict = pdf.readObject(field);
  const value = dict instanceof PDFDict ? dict.get(PDFName.of("V")) : undefined;
  return [
    field.objectNumber,
    widget.objectNumber,
    ...(value instanceof PDFRef ? [value.objectNumber] : []),
  ];
}

function readNumber(value: PDFObject): number {
  return value instanceof PDFNumber ? value.asNumber() : Number.NaN;
}

function resolve(pdf: OpenedPdf, dict: PDFDict, key: string): PDFObject | undefined {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFRef ? pdf.readObject(value) : value;
}

function readName(object: PDFDict | PDFRawStream, key: string): string {
  const dict = object instanceof PDFRawStream ? object.dict : object;
  return dict.get(PDFName.of(key))?.toString() ?? "";
}

function damagedError(): SignatureRefused {
  return new SignatureRefused("SIGNATURE_DAMAGED", damaged);
}
