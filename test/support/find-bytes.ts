/** Looks for words in files as a thief would: in every coding, and inside of what is compressed. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inflateRawSync, inflateSync, constants } from "node:zlib";

/** Every file below the folder. */
export function listFilesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFilesBelow(path) : [path];
  });
}

/** `file: word`, for each word that a file holds in any coding. */
export function findWords(
  folder: string,
  paths: readonly string[],
  words: readonly string[],
): readonly string[] {
  const codings = words.map((word) => ({ word, forms: listForms(word) }));
  const found = new Set<string>();
  for (const path of paths)
    for (const bytes of openLayers(readFileSync(path)))
      for (const { word, forms } of codings)
        if (forms.some((form) => bytes.includes(form)))
          found.add(`${relative(folder, path)}: ${word}`);
  return [...found].toSorted();
}

function listForms(word: string): readonly Buffer[] {
  const cases = [word, word.toLowerCase(), word.toUpperCase()];
  return cases.flatMap((text) => {
    const plain = Buffer.from(text, "utf8");
    return [
      plain,
      Buffer.from(text, "utf16le"),
      Buffer.from(text, "utf16le").swap16(),
      Buffer.from(encodeURIComponent(text)),
      Buffer.from(plain.toString("hex")),
      Buffer.from(plain.toString("hex").toUpperCase()),
      ...listBase64(plain),
    ];
  });
}

/** What of its base64 does not depend on what stands around it, at each of the three places. */
function listBase64(plain: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), plain]).toString("base64url");
    const whole = text.slice(
      Math.ceil((before * 4) / 3),
      Math.floor(((before + plain.length) * 8) / 6),
    );
    return [Buffer.from(whole), Buffer.from(whole.replaceAll("-", "+").replaceAll("_", "/"))];
  });
}

/** The bytes, and what in them is compressed: streams of PDF and zlib, entries of ZIP, gzip. */
function* openLayers(bytes: Buffer, depth = 0): Generator<Buffer> {
  yield bytes;
  if (depth > 2) return;
  const opts = { finishFlush: constants.Z_SYNC_FLUSH };
  for (let at = bytes.indexOf(0x78); at !== -1; at = bytes.indexOf(0x78, at + 1)) {
    if (((0x78 << 8) | (bytes[at + 1] ?? 0)) % 31 !== 0) continue;
    yield* openOne(() => inflateSync(bytes.subarray(at, at + 1_000_000), opts), depth);
  }
  for (let at = bytes.indexOf("PK\x03\x04"); at !== -1; at = bytes.indexOf("PK\x03\x04", at + 1)) {
    if (bytes.readUInt16LE(at + 8) !== 8) continue;
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    yield* openOne(() => inflateRawSync(bytes.subarray(start), opts), depth);
  }
}

function* openOne(inflate: () => Buffer, depth: number): Generator<Buffer> {
  try {
    const inner = inflate();
    if (inner.byteLength > 8) yield* openLayers(inner, depth + 1);
  } catch {
    // Not compressed after all.
  }
}
