/** Finds the signature of a revision in its bytes: what it signs, and the gap that it stands in. */
import { decodeLatin1 } from "../signature/pades-reader.ts";
import { damagedFile, SignatureRefused } from "./verdict.ts";

/** A signature or a document time stamp, as it stands in the bytes. */
export interface SignedRanges {
  /** The bytes of /Contents: the CMS and its zero padding. */
  readonly contents: Uint8Array;
  /** The two signed ranges. */
  readonly signed: readonly [Uint8Array, Uint8Array];
  /** The four numbers of /ByteRange. */
  readonly range: readonly number[];
  /** A time stamp over the document instead of a signature. */
  readonly isTimestamp: boolean;
}

const byteRange = /\/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]/;

/** Where the first /ByteRange after `from` says that the signed bytes end; `null` when there is none or it lies outside. */
export function findSignedEnd(file: Uint8Array, from: number): number | null {
  const found = byteRange.exec(decodeLatin1(file, from, file.byteLength));
  if (found === null) return null;
  const end = Number(found[3]) + Number(found[4]);
  return end > from && end <= file.byteLength ? end : null;
}

/** The ranges cover the whole file but for one hexadecimal string after `from`, which is the signature. */
export function readRanges(file: Uint8Array, from: number, isTimestamp: boolean): SignedRanges {
  const found = byteRange.exec(decodeLatin1(file, from, file.byteLength));
  if (found === null) throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  const range = found.slice(1).map(Number);
  const [start = -1, gapFrom = 0, gapTo = 0, rest = 0] = range;
  if (start !== 0 || gapFrom < from || gapTo <= gapFrom)
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  if (gapTo + rest !== file.byteLength)
    throw new SignatureRefused(
      "CHANGED_AFTER_SIGNING",
      "la firma non copre il PDF fino alla fine: è stato aggiunto qualcosa dopo la firma; caricare il file com'è uscito dal programma di firma",
    );
  const gap = decodeLatin1(file, gapFrom, gapTo);
  const before = decodeLatin1(file, Math.max(0, gapFrom - 32), gapFrom);
  if (gap.length % 2 !== 0 || !/^<[0-9A-Fa-f]+>$/.test(gap) || !/\/Contents\s*$/.test(before))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  return {
    contents: Buffer.from(gap.slice(1, -1), "hex"),
    signed: [file.subarray(0, gapFrom), file.subarray(gapTo)],
    range,
    isTimestamp,
  };
}
