/** The PDF side of the upload check: the file is our PDF and revisions that do nothing but sign, stamp and add what proves the signature. */
import { openPdf, readTail } from "../signature/pades-reader.ts";
import type { OpenedPdf } from "../signature/pades-reader.ts";
import { refuseOtherChanges, refuseOtherReferences } from "./changes.ts";
import type { Original, SignatureObjects } from "./changes.ts";
import { decodeLatin1, readRanges, findSignedEnd } from "./ranges.ts";
import type { SignedRanges } from "./ranges.ts";
import { readRevision } from "./revision.ts";
import { damaged, SignatureRefused } from "./verdict.ts";

/** What the CMS side needs of a file whose structure is sound. */
export interface SignedParts {
  readonly signature: SignedRanges;
  /** Document time stamps (B-LTA) in the order in which they were added. */
  readonly timestamps: readonly SignedRanges[];
}

/** Checks points 1 to 5 of the upload check. Throws SignatureRefused. */
export function readSignedPdf(original: Uint8Array, upload: Uint8Array): SignedParts {
  if (!Buffer.from(upload.subarray(0, original.byteLength)).equals(Buffer.from(original)))
    throw new SignatureRefused("NOT_OURS", "il PDF non comincia con il documento originale");
  const ours: Original = { pdf: openPdf(original), tail: readTail(original) };
  try {
    // Behind the end that the signature names only proofs may follow.
    const end = findSignedEnd(upload, original.byteLength) ?? upload.byteLength;
    const file = upload.subarray(0, end);
    refuseUnlessOneRevision(decodeLatin1(file, original.byteLength, end));
    const signature = readRanges(file, original.byteLength, false);
    const stage = {
      before: ours.pdf,
      after: openPdf(file),
      revision: readRevision(file, original.byteLength),
      changed: changedBeforeError,
    };
    refuseOtherReferences(stage);
    const pages = new Set<number>();
    const kept = refuseOtherChanges(ours, stage, [signature], pages);
    const signed: Signed = { ours, signature, pages, kept, end, pdf: stage.after };
    return { signature, timestamps: readAdditions(signed, upload) };
  } catch (error) {
    // What a parser cannot read in a stranger's file is that file's fault.
    if (error instanceof SignatureRefused) throw error;
    throw new SignatureRefused("SIGNATURE_DAMAGED", damaged, error);
  }
}

function changedBeforeError(): SignatureRefused {
  return new SignatureRefused(
    "CHANGED_BEFORE_SIGNING",
    "il documento è stato modificato prima della firma: i contenuti non sono quelli del verbale; firmare il PDF scaricato da qui così com'è",
  );
}

function changedAfterError(cause?: unknown): SignatureRefused {
  return new SignatureRefused(
    "CHANGED_AFTER_SIGNING",
    "al PDF è stato aggiunto qualcosa dopo la firma: caricare il file com'è uscito dal programma di firma",
    cause,
  );
}

/** One end of file and one ByteRange: more means that something was added before the signature. */
function refuseUnlessOneRevision(text: string): void {
  const ranges = text.split("/ByteRange").length - 1;
  const ends = text.split("%%EOF").length - 1;
  if (text.trim() === "")
    throw new SignatureRefused(
      "NOT_SIGNED",
      "il PDF non è firmato: è l'originale com'è stato scaricato; firmarlo e caricare il file firmato",
    );
  if (ranges === 0) {
    if (text.includes("/Contents") && text.includes("/Sig"))
      throw new SignatureRefused("SIGNATURE_DAMAGED", damaged);
    throw new SignatureRefused(
      "NOT_SIGNED",
      "il PDF è stato modificato ma non è firmato: firmare quello scaricato da qui",
    );
  }
  if (ranges > 1) throw severalSignaturesError();
  if (ends === 1 && /%%EOF\s*$/.test(text)) return;
  throw text.indexOf("%%EOF") < text.indexOf("/ByteRange")
    ? changedBeforeError()
    : changedAfterError();
}

function severalSignaturesError(): SignatureRefused {
  return new SignatureRefused(
    "SIGNATURE_FORMAT",
    "il PDF contiene più di una firma: firmare una volta sola quello scaricato da qui",
  );
}

/** The signed file and what is known of it. */
interface Signed {
  readonly ours: Original;
  readonly signature: SignedRanges;
  /** Pages that revisions wrote anew. */
  readonly pages: Set<number>;
  readonly kept: SignatureObjects;
  readonly end: number;
  readonly pdf: OpenedPdf;
}

// B-LTA has two; each year may bring another pair.
const maxAdditions = 16;

/** Revisions after the signature: certificates and revocations that prove it (DSS), time stamps over the document. */
function readAdditions(signed: Signed, upload: Uint8Array): readonly SignedRanges[] {
  const timestamps: SignedRanges[] = [];
  let { end: from, pdf: before, kept } = signed;
  for (let count = 0; from < upload.byteLength; count += 1) {
    const end = findRevisionEnd(upload, from);
    if (end === null || count >= maxAdditions) throw changedAfterError();
    const file = upload.subarray(0, end);
    const text = decodeLatin1(file, from, end);
    const ranges = text.split("/ByteRange").length - 1;
    if (ranges > 1 || (ranges === 1 && !/\/Type\s*\/DocTimeStamp\b/.test(text)))
      throw severalSignaturesError();
    const stage = { before, after: openPdf(file), ...readAddedRevision(file, from) };
    refuseOtherReferences(stage);
    for (const number of stage.revision.objects.keys())
      if (kept.numbers.has(number)) throw changedAfterError();
    if (ranges === 1) timestamps.push(readRanges(file, from, true));
    const expected = [signed.signature, ...timestamps];
    kept = refuseOtherChanges(signed.ours, stage, expected, signed.pages);
    before = stage.after;
    from = end;
  }
  return timestamps;
}

function readAddedRevision(file: Uint8Array, from: number) {
  return { revision: readRevision(file, from), changed: () => changedAfterError() };
}

/** Where the revision that begins at `from` ends: a time stamp says it, otherwise its end of file does; `null` when it has none. */
function findRevisionEnd(upload: Uint8Array, from: number): number | null {
  const text = decodeLatin1(upload, from, upload.byteLength);
  const found = /startxref\s{1,4}\d{1,10}\s{1,4}%%EOF(?:\r\n|\r|\n)?/.exec(text);
  if (found === null) return null;
  const end = from + found.index + found[0].length;
  const stamped = findSignedEnd(upload.subarray(0, end), from);
  return stamped ?? end;
}
