/** The PDF side of the upload check: the file is our PDF and exactly one revision that does nothing but sign; used by signature-check.ts. */
import { PDFArray, PDFDict, PDFHexString, PDFName, PDFNumber, PDFRawStream, PDFRef } from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import { openPdf, readTail } from "./pades-reader.ts";
import type { OpenedPdf, PdfTail } from "./pades-reader.ts";
import { readRevision } from "./signature-revision.ts";
import type { Revision } from "./signature-revision.ts";
import { SignatureRefused } from "./signature-verdict.ts";

/** What the CMS side needs of a file whose structure is sound. */
export interface SignedParts {
  /** The bytes of /Contents: the CMS and its zero padding. */
  readonly contents: Uint8Array;
  /** The two signed ranges. */
  readonly signed: readonly [Uint8Array, Uint8Array];
  /** The four numbers of /ByteRange. */
  readonly range: readonly number[];
}

const changedBefore =
  "il documento è stato modificato prima della firma: i contenuti non sono quelli del verbale";
const damaged = "la firma dentro il PDF è danneggiata o manomessa";

/** Checks points 1 to 5 of the upload check. Throws SignatureRefused. */
export function readSignedPdf(original: Uint8Array, upload: Uint8Array): SignedParts {
  if (!Buffer.from(upload.subarray(0, original.byteLength)).equals(Buffer.from(original)))
    throw new SignatureRefused("NOT_OURS", "il PDF non comincia con il documento originale");
  const before = openPdf(original);
  const originalTail = readTail(original);
  try {
    const tail = upload.subarray(original.byteLength);
    refuseUnlessOneRevision(tail);
    const parts = readRanges(original.byteLength, upload, tail);
    const after = openPdf(upload);
    const revision = readRevision(upload, original.byteLength);
    refuseOtherReferences(before, after, revision);
    refuseOtherChanges(originalTail, before, after, revision, parts);
    return parts;
  } catch (error) {
    // What a parser cannot read in a stranger's file is that file's fault.
    if (error instanceof SignatureRefused) throw error;
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged, error);
  }
}

/** One end of file and one ByteRange: more means that something was added before or after the signature. */
function refuseUnlessOneRevision(tail: Uint8Array): void {
  const text = Buffer.from(tail).toString("latin1");
  const ranges = text.split("/ByteRange").length - 1;
  const ends = text.split("%%EOF").length - 1;
  if (text.trim() === "")
    throw new SignatureRefused(
      "NOT_SIGNED",
      "il PDF non è firmato: è l'originale com'è stato scaricato",
    );
  if (ranges === 0) {
    if (text.includes("/Contents") && text.includes("/Sig"))
      throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
    throw new SignatureRefused("NOT_SIGNED", "il PDF è stato modificato ma non è firmato");
  }
  if (ranges > 1)
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "il PDF contiene più di una firma: ne serve una sola",
    );
  if (ends === 1 && /%%EOF\s*$/.test(text)) return;
  const isBefore = text.indexOf("%%EOF") < text.indexOf("/ByteRange");
  throw isBefore
    ? new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore)
    : new SignatureRefused(
        "CHANGED_AFTER_SIGNING",
        "al PDF è stato aggiunto qualcosa dopo la firma",
      );
}

/** The ranges cover the whole file but for one hexadecimal string, which is the signature. */
function readRanges(originalBytes: number, upload: Uint8Array, tail: Uint8Array): SignedParts {
  const text = Buffer.from(tail).toString("latin1");
  const found = /\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/.exec(text);
  if (found === null) throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  const [start, gapFrom, gapTo, rest] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  if (start !== 0 || gapFrom < originalBytes || gapTo <= gapFrom)
    throw new SignatureRefused("SIGNATURE_DAMAGED", "la firma non copre il documento dall'inizio");
  if (gapTo + rest !== upload.byteLength)
    throw new SignatureRefused(
      "CHANGED_AFTER_SIGNING",
      "la firma non copre il PDF fino alla fine: è stato aggiunto qualcosa dopo la firma",
    );
  const gap = Buffer.from(upload.subarray(gapFrom, gapTo)).toString("latin1");
  const before = Buffer.from(upload.subarray(Math.max(0, gapFrom - 32), gapFrom)).toString(
    "latin1",
  );
  if (gap.length % 2 !== 0 || !/^<[0-9A-Fa-f]+>$/.test(gap) || !/\/Contents\s*$/.test(before))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  return {
    contents: Buffer.from(gap.slice(1, -1), "hex"),
    signed: [upload.subarray(0, gapFrom), upload.subarray(gapTo)],
    range: [start, gapFrom, gapTo, rest],
  };
}

/** What readers find through the cross-references is what stands in the revision, and nothing else. */
function refuseOtherReferences(before: OpenedPdf, after: OpenedPdf, revision: Revision): void {
  const previous = after.trailer.get(PDFName.of("Prev"));
  const root = after.trailer.get(PDFName.of("Root"));
  if (
    !isSectionOf(revision, after.startXref) ||
    !(previous instanceof PDFNumber) ||
    previous.asNumber() !== before.startXref ||
    root !== before.trailer.get(PDFName.of("Root"))
  )
    throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
  if (
    text(after.trailer, "Info") !== text(before.trailer, "Info") &&
    text(after.trailer, "Info") !== ""
  )
    throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
  for (const [number, place] of after.newest) {
    if (place === null && number === 0) continue;
    const known = revision.objects.get(number);
    if (place === null || known === undefined)
      throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
    const isWhereItSays =
      "offset" in place
        ? known.offset === place.offset
        : known.offset === null && known.streamNumber === place.streamNumber;
    if (!isWhereItSays) throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
  }
}

/** The section that the file's end names is the revision's own, not one hidden elsewhere. */
function isSectionOf(revision: Revision, startXref: number): boolean {
  if (revision.tableAt !== null) return revision.tableAt === startXref;
  return [...revision.objects.values()].some(
    ({ object, offset }) =>
      offset === startXref &&
      object instanceof PDFRawStream &&
      text(object.dict, "Type") === "/XRef",
  );
}

const catalogMayChange = new Set(["/AcroForm", "/Extensions", "/Perms"]);
const pageMayChange = new Set(["/Annots"]);

/** Only the catalog and pages are written anew, and only to hang the signature field in. */
function refuseOtherChanges(
  tail: PdfTail,
  before: OpenedPdf,
  after: OpenedPdf,
  revision: Revision,
  parts: SignedParts,
): void {
  for (const [number, { object }] of revision.objects) {
    if (number >= tail.size) continue;
    const old = before.object(PDFRef.of(number));
    const mayChange = number === tail.rootRef.objectNumber ? catalogMayChange : pageMayChange;
    const isKnownKind = number === tail.rootRef.objectNumber || isPage(old);
    if (!isKnownKind || !(old instanceof PDFDict) || !(object instanceof PDFDict))
      throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
    refuseOtherKeys(old, object, mayChange);
  }
  const catalog = after.object(tail.rootRef);
  if (!(catalog instanceof PDFDict)) throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  const field = signatureField(after, catalog, parts);
  for (const [number, { object }] of revision.objects)
    if (number < tail.size && isPage(object)) refuseOtherAnnotations(before, after, number, field);
}

function isPage(object: PDFObject | undefined): boolean {
  return object instanceof PDFDict && text(object, "Type") === "/Page";
}

function refuseOtherKeys(old: PDFDict, now: PDFDict, mayChange: ReadonlySet<string>): void {
  const keys = new Set([...old.keys(), ...now.keys()]);
  for (const key of keys) {
    if (mayChange.has(key.toString())) continue;
    if (old.get(key)?.toString() !== now.get(key)?.toString())
      throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
  }
}

/** The one field of the form: a signature without size, without actions. */
function signatureField(pdf: OpenedPdf, catalog: PDFDict, parts: SignedParts): PDFRef {
  const form = resolve(pdf, catalog.get(PDFName.of("AcroForm")));
  if (!(form instanceof PDFDict) || form.has(PDFName.of("XFA")))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  const fields = resolve(pdf, form.get(PDFName.of("Fields")));
  const ref = fields instanceof PDFArray && fields.size() === 1 ? fields.get(0) : undefined;
  const field = resolve(pdf, ref);
  if (!(ref instanceof PDFRef) || !(field instanceof PDFDict) || text(field, "FT") !== "/Sig")
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  if (["A", "AA", "Kids", "Parent"].some((key) => field.has(PDFName.of(key))))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  const value = resolve(pdf, field.get(PDFName.of("V")));
  if (!(value instanceof PDFDict) || !isSignatureOf(value, parts))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
  if (text(value, "SubFilter") !== "/ETSI.CAdES.detached")
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "la firma non è PAdES: nel programma di firma scegliere «PAdES» (ETSI.CAdES.detached)",
    );
  const rect = resolve(pdf, field.get(PDFName.of("Rect")));
  if (!isWithoutSize(rect))
    throw new SignatureRefused(
      "SIGNATURE_VISIBLE",
      "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
    );
  return ref;
}

/** The field's value is the signature that was found in the bytes, not a decoy beside it. */
function isSignatureOf(value: PDFDict, { range, contents }: SignedParts): boolean {
  const told = value.get(PDFName.of("ByteRange"));
  const hex = value.get(PDFName.of("Contents"));
  if (!(told instanceof PDFArray) || !(hex instanceof PDFHexString)) return false;
  const numbers = told
    .asArray()
    .map((number) => (number instanceof PDFNumber ? number.asNumber() : Number.NaN));
  return (
    numbers.length === 4 &&
    numbers.every((number, index) => number === range[index]) &&
    Buffer.from(hex.asString(), "hex").equals(contents)
  );
}

function isWithoutSize(rect: PDFObject | undefined): boolean {
  if (!(rect instanceof PDFArray) || rect.size() !== 4) return false;
  const [left, bottom, right, top] = rect
    .asArray()
    .map((side) => (side instanceof PDFNumber ? side.asNumber() : Number.NaN));
  return left === right && bottom === top;
}

/** A page keeps its annotations and gains the field at most. */
function refuseOtherAnnotations(
  before: OpenedPdf,
  after: OpenedPdf,
  page: number,
  field: PDFRef,
): void {
  const list = (pdf: OpenedPdf): readonly string[] => {
    const dict = pdf.object(PDFRef.of(page));
    const annotations =
      dict instanceof PDFDict ? resolve(pdf, dict.get(PDFName.of("Annots"))) : undefined;
    return annotations instanceof PDFArray ? annotations.asArray().map(String) : [];
  };
  const expected = new Set([...list(before), field.toString()]);
  if (list(after).some((annotation) => !expected.has(annotation)))
    throw new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore);
}

function resolve(pdf: OpenedPdf, object: PDFObject | undefined): PDFObject | undefined {
  if (!(object instanceof PDFRef)) return object;
  try {
    return pdf.object(object);
  } catch (error) {
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged, error);
  }
}

function text(dict: PDFDict, key: string): string {
  return dict.get(PDFName.of(key))?.toString() ?? "";
}
