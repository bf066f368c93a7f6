/** What the streams that hold a PDF's own structure say: cross-references and objects, with or without predictor. */
import { inflateSync } from "node:zlib";
import { PDFArray, PDFDict, PDFName, PDFNull, PDFNumber } from "pdf-lib";
import type { PDFObject, PDFRawStream } from "pdf-lib";

/** One row of a cross-reference stream. Source: ISO 32000-1, table 18. */
export interface CrossReference {
  readonly number: number;
  /** 0: free. 1: at offset `second`, generation `third`. 2: in stream `second`, at index `third`. */
  readonly type: 0 | 1 | 2;
  readonly second: number;
  readonly third: number;
}

// Signers write some kilobytes; what unpacks to more is made to fill memory.
const maxBytes = 8 * 1024 * 1024;

/** Readers take these for Filter and DecodeParms, or look for the bytes in another file. */
const misleading = ["F", "DP", "FFilter", "FDecodeParms"] as const;

/**
 * The bytes of a stream, unpacked. Throws a plain Error when it is packed in a way that cross-reference and object streams never are,
 * or does not say how long it is: readers would not agree on what it holds.
 */
export function unpackStream({ dict, contents }: PDFRawStream): Uint8Array {
  const length = dict.get(PDFName.of("Length"));
  if (!(length instanceof PDFNumber) || length.asNumber() !== contents.byteLength)
    throw new Error("stream of another length than it says");
  for (const key of misleading)
    if (dict.has(PDFName.of(key))) throw new Error(`stream with /${key}`);
  const filter = pickOnly(dict.get(PDFName.of("Filter")));
  const parameters = pickOnly(dict.get(PDFName.of("DecodeParms")));
  if (filter === undefined && parameters === undefined) return contents;
  if (filter !== PDFName.of("FlateDecode")) throw new Error("stream with an unusual filter");
  const bytes = inflateSync(contents, { maxOutputLength: maxBytes });
  if (parameters === undefined) return bytes;
  if (!(parameters instanceof PDFDict)) throw new Error("stream with unreadable parameters");
  return undoPredictor(bytes, parameters);
}

/** A value, or the one value of an array; `undefined` when it says nothing. */
function pickOnly(value: PDFObject | undefined): PDFObject | undefined {
  if (value === PDFNull) return undefined;
  if (!(value instanceof PDFArray)) return value;
  if (value.size() !== 1) throw new Error("stream with several filters");
  return pickOnly(value.get(0));
}

/** Predictors 10 to 15 are one: each row says how it was written. Source: ISO 32000-1, 7.4.4.4; PNG, 9. */
function undoPredictor(bytes: Uint8Array, parameters: PDFDict): Uint8Array {
  const readNumber = (key: string, otherwise: number): number => {
    const value = parameters.get(PDFName.of(key));
    if (value === undefined) return otherwise;
    if (!(value instanceof PDFNumber)) throw new Error(`/${key} is no number`);
    return value.asNumber();
  };
  const predictor = readNumber("Predictor", 1);
  if (predictor === 1) return bytes;
  const columns = readNumber("Columns", 1);
  const isPlain = readNumber("Colors", 1) === 1 && readNumber("BitsPerComponent", 8) === 8;
  if (predictor < 10 || predictor > 15 || !isPlain || !(columns >= 1 && columns <= 65_536))
    throw new Error("stream with an unusual predictor");
  if (bytes.byteLength % (columns + 1) !== 0) throw new Error("stream with an incomplete row");
  const rows = bytes.byteLength / (columns + 1);
  const plain = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const from = row * (columns + 1);
    undoRow(bytes.subarray(from, from + columns + 1), plain, row * columns);
  }
  return plain;
}

/** `row`: its kind, then its bytes; written to `plain` at `at`, where the row above ends. */
function undoRow(row: Uint8Array, plain: Uint8Array, at: number): void {
  const columns = row.byteLength - 1;
  for (let column = 0; column < columns; column += 1) {
    const left = column === 0 ? 0 : (plain[at + column - 1] ?? 0);
    const up = plain[at + column - columns] ?? 0;
    const corner = column === 0 ? 0 : (plain[at + column - columns - 1] ?? 0);
    plain[at + column] = (row[column + 1] ?? 0) + predictByte(row[0], left, up, corner);
  }
}

function predictByte(kind: number | undefined, left: number, up: number, corner: number): number {
  if (kind === 0) return 0;
  if (kind === 1) return left;
  if (kind === 2) return up;
  if (kind === 3) return (left + up) >> 1;
  if (kind === 4) return predictPaeth(left, up, corner);
  throw new Error("row of an unknown kind");
}

function predictPaeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (toLeft === undefined || toUp === undefined || toCorner === undefined) return 0;
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** The rows of a cross-reference stream, in its order. Throws a plain Error when it contradicts itself. */
export function readCrossReferences(stream: PDFRawStream): readonly CrossReference[] {
  const { dict } = stream;
  const widths = requireIntegers(dict.get(PDFName.of("W")));
  const [typeWidth = 0, secondWidth = 0, thirdWidth = 0] = widths;
  const width = typeWidth + secondWidth + thirdWidth;
  if (widths.length !== 3 || width === 0 || width > 24)
    throw new Error("cross-reference stream with unusual widths");
  const size = dict.get(PDFName.of("Size"));
  const index = dict.get(PDFName.of("Index"));
  const sections = index === undefined ? [0, requireInteger(size)] : requireIntegers(index);
  const bytes = unpackStream(stream);
  const rows: CrossReference[] = [];
  let at = 0;
  /** Fields are at most 8 bytes; numbers too large for any file are told apart, if not exactly. */
  const readNext = (width: number): number => {
    let value = 0;
    for (let end = at + width; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
    return value;
  };
  for (let section = 0; section < sections.length; section += 2) {
    const [first = 0, count = 0] = sections.slice(section, section + 2);
    if (at + count * width > bytes.byteLength)
      throw new Error("cross-reference stream is too short");
    for (let number = first; number < first + count; number += 1) {
      const type = typeWidth === 0 ? 1 : readNext(typeWidth);
      if (type !== 0 && type !== 1 && type !== 2) throw new Error("row of an unknown type");
      rows.push({ number, type, second: readNext(secondWidth), third: readNext(thirdWidth) });
    }
  }
  return rows;
}

function requireIntegers(value: PDFObject | undefined): readonly number[] {
  if (!(value instanceof PDFArray)) throw new Error("cross-reference stream without its numbers");
  return value.asArray().map(requireInteger);
}

function requireInteger(value: PDFObject | undefined): number {
  const number = value instanceof PDFNumber ? value.asNumber() : -1;
  if (!Number.isInteger(number) || number < 0) throw new Error("no count, width or number");
  return number;
}
