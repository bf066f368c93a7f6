/** Gives the memory of documents back at once: the collector learns of it late, and hundreds of megabytes wait for it meanwhile. */

/** Bytes: pieces of Node's pool of small buffers are shorter. */
const worthwhile = 8_192;

/**
 * Afterwards nobody has these bytes any more: they are empty. For who alone was given them, and has done with them.
 * What shares its memory with other bytes stays as it is.
 */
export function releaseBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < worthwhile || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
