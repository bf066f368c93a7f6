/** The signature fields of a form: each holds a signature that was found in the bytes, or none at all, and none of them draws or acts. */
import { PDFArray, PDFDict, PDFHexString, PDFName, PDFNumber, PDFRawStream, PDFRef } from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import type { OpenedPdf } from "../signature/pades-reader.ts";
import type { SignedRanges } from "./ranges.ts";
import { damagedFile, SignatureRefused } from "./verdict.ts";

/** A signature field and where it would stand on a page: itself, or its one kid. */
export interface SignatureField {
  readonly field: PDFRef;
  readonly widget: PDFRef;
}

/**
 * The fields of the form, without size, without actions: one for each signature, the others empty, as programs leave them that
 * prepare a file in one step and sign it in the next.
 */
export function requireFields(
  pdf: OpenedPdf,
  catalog: PDFDict,
  expected: readonly SignedRanges[],
): readonly SignatureField[] {
  const form = resolveKey(pdf, catalog, "AcroForm");
  if (form === undefined && expected.length === 0) return [];
  if (!(form instanceof PDFDict) || form.has(PDFName.of("XFA"))) throw damagedError();
  const list = resolveKey(pdf, form, "Fields");
  if (!(list instanceof PDFArray)) throw damagedError();
  if (expected.length === 0 && hasValue(pdf, list))
    throw new SignatureRefused(
      "CHANGED_BEFORE_SIGNING",
      "prima della firma nel PDF c'era già un'altra firma, che non si può leggere: firmare una volta sola il PDF scaricato da qui così com'è",
    );
  const missing = new Set(expected);
  const fields = list.asArray().map((ref) => requireField(pdf, ref, missing));
  if (missing.size > 0) throw damagedError();
  return fields;
}

function hasValue(pdf: OpenedPdf, fields: PDFArray): boolean {
  return fields.asArray().some((ref) => {
    const field = ref instanceof PDFRef ? pdf.readObject(ref) : undefined;
    return field instanceof PDFDict && field.has(PDFName.of("V"));
  });
}

/** `missing`: the signatures that no field held so far; the one of this field is taken out. */
function requireField(pdf: OpenedPdf, ref: PDFObject, missing: Set<SignedRanges>): SignatureField {
  const field = ref instanceof PDFRef ? pdf.readObject(ref) : undefined;
  if (!(ref instanceof PDFRef) || !(field instanceof PDFDict)) throw damagedError();
  if (readNameAt(field, "FT") !== "/Sig" || field.has(PDFName.of("Parent"))) throw damagedError();
  const widget = field.has(PDFName.of("Kids")) ? requireOnlyKid(pdf, field, ref) : ref;
  for (const part of new Set([ref, widget])) refuseOtherWidget(pdf.readObject(part));
  if (field.has(PDFName.of("V"))) requireValue(resolveKey(pdf, field, "V"), missing);
  if (![ref, widget].every((part) => isWithoutSize(pdf, part)))
    throw new SignatureRefused(
      "SIGNATURE_VISIBLE",
      "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
    );
  return { field: ref, widget };
}

/** The field's value is one of the signatures that were found in the bytes, not a decoy beside them. */
function requireValue(value: PDFObject | undefined, missing: Set<SignedRanges>): void {
  if (!(value instanceof PDFDict)) throw damagedError();
  const ranges = [...missing].find((one) => isValueOf(value, one));
  if (ranges === undefined) throw damagedError();
  const subFilter = ranges.isTimestamp ? "/ETSI.RFC3161" : "/ETSI.CAdES.detached";
  if (readNameAt(value, "SubFilter") !== subFilter)
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "la firma non è PAdES: nel programma di firma scegliere «PAdES» (ETSI.CAdES.detached)",
    );
  missing.delete(ranges);
}

/** Some programs keep a field and its widget apart. */
function requireOnlyKid(pdf: OpenedPdf, field: PDFDict, ref: PDFRef): PDFRef {
  const kids = resolveKey(pdf, field, "Kids");
  const kid = kids instanceof PDFArray && kids.size() === 1 ? kids.get(0) : undefined;
  const widget = kid instanceof PDFRef ? pdf.readObject(kid) : undefined;
  if (!(kid instanceof PDFRef) || !(widget instanceof PDFDict)) throw damagedError();
  const isItsOwn = widget.get(PDFName.of("Parent")) === ref && readNameAt(widget, "Subtype") !== "";
  // It would inherit what the field says, and says nothing of its own.
  if (!isItsOwn || ["Kids", "FT", "V", "T"].some((key) => widget.has(PDFName.of(key))))
    throw damagedError();
  return kid;
}

function refuseOtherWidget(part: PDFObject): void {
  if (!(part instanceof PDFDict)) throw damagedError();
  // A note of no size would still draw its mark.
  if (!["", "/Widget"].includes(readNameAt(part, "Subtype"))) throw damagedError();
  if (["A", "AA"].some((key) => part.has(PDFName.of(key)))) throw damagedError();
}

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
  const rect = dict instanceof PDFDict ? resolveKey(pdf, dict, "Rect") : undefined;
  if (rect === undefined) return true;
  if (!(rect instanceof PDFArray) || rect.size() !== 4) return false;
  const [left, bottom, right, top] = rect.asArray().map(readNumber);
  return left === right && bottom === top;
}

/** Numbers of a field, its widget and its value. */
export function listFieldNumbers(
  pdf: OpenedPdf,
  { field, widget }: SignatureField,
): readonly number[] {
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

/** The value of a key, looked up where it is a reference. */
export function resolveKey(pdf: OpenedPdf, dict: PDFDict, key: string): PDFObject | undefined {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFRef ? pdf.readObject(value) : value;
}

/** The name that stands under a key, with its slash; empty when there is none. */
export function readNameAt(object: PDFDict | PDFRawStream, key: string): string {
  const dict = object instanceof PDFRawStream ? object.dict : object;
  return dict.get(PDFName.of(key))?.toString() ?? "";
}

function damagedError(): SignatureRefused {
  return new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
}
