/** Whether two objects of a PDF say the same, however a program wrote them: signers write catalog and page anew in their own hand. */
import {
  PDFArray,
  PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRawStream,
  PDFRef,
  PDFString,
} from "pdf-lib";
import type { PDFObject } from "pdf-lib";
import type { OpenedPdf } from "../signature/pades-reader.ts";

/** A value and the state of the file that its references are read in. */
export interface Placed {
  readonly pdf: OpenedPdf;
  readonly value: PDFObject | undefined;
}

// Deeper is nothing that a catalog or page says; circles end here too.
const maxDepth = 16;

/**
 * Equal references are equal without a look: whoever asks must know that the object was not replaced.
 * A reference and a direct value are equal when they come to the same. Throws a plain Error when an object is missing.
 */
export function isSameValue(before: Placed, after: Placed, depth = 0): boolean {
  if (before.value === after.value && !(before.value instanceof PDFDict)) return true;
  if (depth > maxDepth) return false;
  const left = resolvePlaced(before);
  const right = resolvePlaced(after);
  if (left === undefined || right === undefined) return left === right;
  const isSameDeeper = (a: PDFObject | undefined, b: PDFObject | undefined): boolean =>
    isSameValue({ pdf: before.pdf, value: a }, { pdf: after.pdf, value: b }, depth + 1);
  if (left instanceof PDFRawStream)
    return (
      right instanceof PDFRawStream &&
      isAsLongAsItSays(right) &&
      isSameDeeper(left.dict, right.dict) &&
      Buffer.from(left.contents).equals(Buffer.from(right.contents))
    );
  if (left instanceof PDFDict)
    return right instanceof PDFDict && listDifferingKeys(left, right, isSameDeeper).length === 0;
  if (left instanceof PDFArray)
    return (
      right instanceof PDFArray &&
      left.size() === right.size() &&
      left.asArray().every((value, index) => isSameDeeper(value, right.get(index)))
    );
  if (left instanceof PDFNumber)
    return right instanceof PDFNumber && left.asNumber() === right.asNumber();
  if (isText(left)) return isText(right) && left.decodeText() === right.decodeText();
  return left.constructor === right.constructor && left.toString() === right.toString();
}

/** Keys that one of the two has alone, or with another value. */
export function listDifferingKeys(
  left: PDFDict,
  right: PDFDict,
  isSame: (a: PDFObject | undefined, b: PDFObject | undefined) => boolean,
): readonly PDFName[] {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter((key) => !isSame(left.get(key), right.get(key)));
}

/** Readers would not agree on where another one ends. */
function isAsLongAsItSays({ dict, contents }: PDFRawStream): boolean {
  const length = dict.get(PDFName.of("Length"));
  return length instanceof PDFNumber && length.asNumber() === contents.byteLength;
}

/** Of another generation there is nothing: readers find no object there. */
function resolvePlaced({ pdf, value }: Placed): PDFObject | undefined {
  if (!(value instanceof PDFRef)) return value;
  return value.generationNumber === 0 ? pdf.readObject(value) : undefined;
}

function isText(value: PDFObject): value is PDFString | PDFHexString {
  return value instanceof PDFString || value instanceof PDFHexString;
}
