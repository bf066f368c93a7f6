/** The PDF side of the upload check: the file is our PDF and revisions that do nothing but prepare a signature, sign, stamp and add what proves the signature. */
import { decodeLatin1, openPdf, readTail } from "../signature/pades-reader.ts";
import type { OpenedPdf } from "../signature/pades-reader.ts";
import { refuseOtherChanges, refuseOtherReferences } from "./changes.ts";
import type { ChangedPart, Original, SignatureObjects } from "./changes.ts";
import { readRanges, findSignedEnd } from "./ranges.ts";
import type { SignedRanges } from "./ranges.ts";
import { readRevision } from "./revision.ts";
import { damagedFile, SignatureRefused } from "./verdict.ts";

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
    const ends = listRevisionEnds(decodeLatin1(file, original.byteLength, end));
    const signature = readRanges(file, original.byteLength, false);
    const rewritten = new Set<number>();
    let before = ours.pdf;
    let from = original.byteLength;
    let kept: SignatureObjects = { numbers: new Set() };
    for (const [index, length] of ends.entries()) {
      const to = original.byteLength + length;
      const stage = { before, changed: changedBeforeError, ...openRevision(file, from, to) };
      refuseOtherReferences(stage);
      // The last one signs; those before it prepare, and leave their fields empty.
      const expected = index === ends.length - 1 ? [signature] : [];
      kept = refuseOtherChanges(ours, stage, expected, rewritten);
      before = stage.after;
      from = to;
    }
    const signed: Signed = { ours, signature, rewritten, kept, end, pdf: before };
    return { signature, timestamps: readAdditions(signed, upload) };
  } catch (error) {
    // What a parser cannot read in a stranger's file is that file's fault.
    if (error instanceof SignatureRefused) throw error;
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile, error);
  }
}

/** The file up to the end of a revision, and what stands in that revision. */
function openRevision(upload: Uint8Array, from: number, end: number) {
  const file = upload.subarray(0, end);
  return { after: openPdf(file), revision: readRevision(file, from) };
}

function changedBeforeError(what: ChangedPart): SignatureRefused {
  return new SignatureRefused("CHANGED_BEFORE_SIGNING", changedBefore[what]);
}

const changedBefore: Readonly<Record<ChangedPart, string>> = {
  contents:
    "il documento è stato modificato prima della firma: i contenuti non sono quelli del verbale; firmare il PDF scaricato da qui così com'è",
  references:
    "prima della firma un programma ha riscritto i riferimenti interni del PDF, e non tutti i lettori lo leggerebbero allo stesso modo; firmare il PDF scaricato da qui così com'è",
};

function changedAfterError(): SignatureRefused {
  return new SignatureRefused(
    "CHANGED_AFTER_SIGNING",
    "al PDF è stato aggiunto qualcosa dopo la firma: caricare il file com'è uscito dal programma di firma",
  );
}

// Desktop programs prepare a file in one step, two at most; each is read in full.
const maxPreparations = 8;

/**
 * Where the revisions end in what was appended to the original: those that prepare the file, and the last, that signs it.
 * Throws SignatureRefused when no signature stands there, when there are two, or when anything follows.
 */
function listRevisionEnds(text: string): readonly number[] {
  refuseUnsigned(text);
  const ends = [...text.matchAll(/%%EOF(?:\r\n|\r|\n)?/g)].map(
    ({ index, 0: mark }) => index + mark.length,
  );
  const last = ends.at(-1);
  if (last === undefined)
    throw new SignatureRefused(
      "CHANGED_BEFORE_SIGNING",
      "la firma non arriva fino alla fine di un PDF: il file è incompleto o alterato; caricarlo com'è uscito dal programma di firma",
    );
  const signedEnd = ends.find((end) => end > text.indexOf("/ByteRange"));
  if (signedEnd !== last || text.slice(last).trim() !== "") throw changedAfterError();
  if (ends.length > 1 + maxPreparations)
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "prima della firma il PDF è stato salvato troppe volte: firmare il PDF scaricato da qui così com'è",
    );
  return [...ends.slice(0, -1), text.length];
}

/** One ByteRange: a file without has no signature, or one that was tampered with. */
function refuseUnsigned(text: string): void {
  const ranges = text.split("/ByteRange").length - 1;
  if (text.trim() === "")
    throw new SignatureRefused(
      "NOT_SIGNED",
      "il PDF non è firmato: è l'originale com'è stato scaricato; firmarlo e caricare il file firmato",
    );
  if (ranges > 1) throw severalSignaturesError();
  if (ranges === 1) return;
  // The value of a signature is a string; what a page draws stands under the same key.
  if (/\/Contents\s*(?:<(?!<)|\()/.test(text))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  throw new SignatureRefused(
    "NOT_SIGNED",
    "il PDF non è firmato: un programma vi ha aggiunto qualcosa, per esempio un campo firma vuoto, ma nessuna firma; firmare quello scaricato da qui",
  );
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
  /** Objects of the original that revisions wrote anew. */
  readonly rewritten: Set<number>;
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
    const stage = { before, changed: changedAfterError, ...openRevision(upload, from, end) };
    refuseOtherReferences(stage);
    for (const number of stage.revision.objects.keys())
      if (kept.numbers.has(number)) throw changedAfterError();
    if (ranges === 1) timestamps.push(readRanges(file, from, true));
    const expected = [signed.signature, ...timestamps];
    kept = refuseOtherChanges(signed.ours, stage, expected, signed.rewritten);
    before = stage.after;
    from = end;
  }
  return timestamps;
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
