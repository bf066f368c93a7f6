/** Tells what an uploaded file is by its first bytes. */

export function isPdf(bytes: Uint8Array): boolean {
  return hasPrefix(bytes, "%PDF-");
}

export function isZipArchive(bytes: Uint8Array): boolean {
  return hasPrefix(bytes, "PK\u0003\u0004") || hasPrefix(bytes, "PK\u0005\u0006");
}

/** RAR or 7z. */
export function isOtherArchive(bytes: Uint8Array): boolean {
  return hasPrefix(bytes, "Rar!\u001a\u0007") || hasPrefix(bytes, "7z\u00bc\u00af\u0027\u001c");
}

function hasPrefix(bytes: Uint8Array, start: string): boolean {
  return Buffer.from(bytes.subarray(0, start.length)).toString("latin1") === start;
}
