/** Deflated streams as PDF wants them: zlib around what libdeflate makes. */

/**
 * zlib header (32 KB window, its level), deflated bytes and Adler-32, in three pieces that were not copied together.
 * `level`: 1 is the quickest, 12 the smallest. Source: RFC 1950.
 */
export function deflateZlib(
  contents: Uint8Array<ArrayBuffer>,
  level: 1 | 12,
): readonly Uint8Array[] {
  const check = Buffer.alloc(4);
  check.writeUInt32BE(Bun.hash.adler32(contents));
  const body = Bun.deflateSync(contents, { library: "libdeflate", level });
  return [level === 1 ? quickHeader : smallHeader, body, check];
}

const quickHeader = Uint8Array.of(0x78, 0x01);
const smallHeader = Uint8Array.of(0x78, 0xda);
