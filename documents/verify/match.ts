/** Finds which of our PDFs an uploaded file is, by content and never by name. */
import { createHash } from "node:crypto";

/** A PDF that was handed out to be signed. */
export interface HandedOut {
  /** 64 hex characters. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface Matcher<Original extends HandedOut> {
  /** The original that the file begins with, byte by byte; `null` when it begins with none. */
  find(upload: Uint8Array): Original | null;
}

/** A matcher over all originals: looks up the digest of every possible beginning, so that the batch may be large. */
export function createMatcher<Original extends HandedOut>(
  originals: Iterable<Original>,
): Matcher<Original> {
  const bySha256 = new Map<string, Original>();
  const lengths = new Set<number>();
  for (const original of originals) {
    bySha256.set(original.sha256, original);
    lengths.add(original.bytes);
  }
  return {
    find(upload) {
      for (const length of listEnds(upload)) {
        if (!lengths.has(length)) continue;
        const digest = createHash("sha256").update(upload.subarray(0, length)).digest("hex");
        const original = bySha256.get(digest);
        if (original !== undefined) return original;
      }
      return null;
    },
  };
}

// A file with more ends than this is made to keep us busy.
const maxEnds = 64;

/** Every place where a PDF may end: after `%%EOF`, with or without its line end. */
function* listEnds(upload: Uint8Array): Iterable<number> {
  const bytes = Buffer.from(upload.buffer, upload.byteOffset, upload.byteLength);
  let at = bytes.indexOf("%%EOF");
  for (let count = 0; at !== -1 && count < maxEnds; count += 1) {
    const end = at + 5;
    yield end;
    yield end + 1;
    yield end + 2;
    at = bytes.indexOf("%%EOF", end);
  }
}

/** First half of the trailer's /ID of a PDF, which programs keep when they write a file anew; `null` when there is none. */
export function findPermanentId(pdf: Uint8Array): string | null {
  const text = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).toString("latin1");
  const found = /\/ID\s*\[\s*<([0-9A-Fa-f]{8,})>/.exec(text);
  return found?.[1]?.toLowerCase() ?? null;
}
