/** Reads uploaded ZIP archives entry by entry, within limits and without trusting their names or sizes; used by the sign step. */
import { crc32, inflateRawSync } from "node:zlib";
import { SignatureRefused } from "./signature-verdict.ts";

export interface ArchiveLimits {
  /** Most entries, folders included. */
  readonly entries: number;
  /** Largest entry once unpacked; larger ones are refused unread. */
  readonly entryBytes: number;
  /** All entries together once unpacked. */
  readonly totalBytes: number;
}

/** One file of an archive: its bytes, or why they were not taken. */
export interface ReadEntry {
  /** Last part of the name, without control characters: for messages only. */
  readonly name: string;
  readonly bytes: Uint8Array | null;
  /** Italian; `null` when the bytes are there. */
  readonly reason: string | null;
}

interface DirectoryEntry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly at: number;
}

const broken = "l'archivio ZIP è danneggiato o incompleto";

/**
 * Yields the files of an archive one at a time. Throws SignatureRefused (`ARCHIVE`) when the archive itself cannot be used:
 * damaged, too many entries, larger than `totalBytes` once unpacked.
 */
export function* readArchive(zip: Uint8Array, limits: ArchiveLimits): Iterable<ReadEntry> {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const { count, directoryAt } = findDirectory(bytes);
  if (count > limits.entries)
    throw refused(`l'archivio ZIP contiene ${count} file: al massimo sono ${limits.entries}`);
  let total = 0;
  let packed = 0;
  let at = directoryAt;
  for (let index = 0; index < count; index += 1) {
    const { entry, next } = readDirectoryEntry(bytes, at);
    at = next;
    // Entries that share their bytes are made to unpack far more than was sent.
    packed += entry.packed;
    if (packed > bytes.byteLength) throw refused(broken);
    const name = plainName(entry.name);
    if (entry.name.endsWith("/") || isSystemFile(entry.name)) continue;
    const read = readEntry(bytes, entry, name, limits);
    total += read.bytes?.byteLength ?? 0;
    if (total > limits.totalBytes) throw refused("l'archivio ZIP è troppo grande una volta aperto");
    yield read;
  }
}

function readEntry(
  zip: Buffer,
  entry: DirectoryEntry,
  name: string,
  limits: ArchiveLimits,
): ReadEntry {
  const no = (reason: string): ReadEntry => ({ name, bytes: null, reason });
  if (entry.isEncrypted) return no("è protetto da password: caricarlo senza");
  if (entry.unpacked > limits.entryBytes) return no("è troppo grande per essere uno dei documenti");
  if (entry.method !== 0 && entry.method !== 8) return no("è compresso in un modo non gestito");
  const packed = packedBytes(zip, entry);
  if (packed === null) return no("è danneggiato nell'archivio");
  const bytes = entry.method === 0 ? packed : inflate(packed, entry.unpacked);
  if (bytes === null || bytes.byteLength !== entry.unpacked || crc32(bytes) !== entry.crc)
    return no("è danneggiato nell'archivio");
  return { name, bytes, reason: null };
}

/** Never unpacks more than the directory says. */
function inflate(packed: Buffer, size: number): Buffer | null {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    return null;
  }
}

function packedBytes(zip: Buffer, entry: DirectoryEntry): Buffer | null {
  if (entry.at + 30 > zip.byteLength || zip.readUInt32LE(entry.at) !== 0x04034b50) return null;
  const from = entry.at + 30 + zip.readUInt16LE(entry.at + 26) + zip.readUInt16LE(entry.at + 28);
  if (from + entry.packed > zip.byteLength) return null;
  return zip.subarray(from, from + entry.packed);
}

/** The end record stands in the last 64 KiB; archives beyond 65,535 entries are not for us. */
function findDirectory(zip: Buffer): { readonly count: number; readonly directoryAt: number } {
  const at = zip.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  if (at === -1 || at < zip.byteLength - 65_557 || at + 22 > zip.byteLength) throw refused(broken);
  const count = zip.readUInt16LE(at + 10);
  const directoryAt = zip.readUInt32LE(at + 16);
  if (count === 0xffff || directoryAt === 0xffffffff)
    throw refused("l'archivio ZIP contiene troppi file: dividerlo in più archivi");
  if (directoryAt > at) throw refused(broken);
  return { count, directoryAt };
}

function readDirectoryEntry(
  zip: Buffer,
  at: number,
): { readonly entry: DirectoryEntry; readonly next: number } {
  if (at + 46 > zip.byteLength || zip.readUInt32LE(at) !== 0x02014b50) throw refused(broken);
  const nameBytes = zip.readUInt16LE(at + 28);
  const next = at + 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  return {
    next,
    entry: {
      name: zip.toString("utf8", at + 46, at + 46 + nameBytes),
      isEncrypted: (zip.readUInt16LE(at + 8) & 1) === 1,
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packed: zip.readUInt32LE(at + 20),
      unpacked: zip.readUInt32LE(at + 24),
      at: zip.readUInt32LE(at + 42),
    },
  };
}

/** Names are shown and nothing else: no path of ours is ever made of them. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  // eslint-disable-next-line no-control-regex
  const plain = last.replaceAll(/[\u0000-\u001f\u007f\u202a-\u202e]/g, "").slice(0, 80);
  return plain === "" ? "senza nome" : plain;
}

function isSystemFile(name: string): boolean {
  return /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(name);
}

function refused(reason: string): SignatureRefused {
  return new SignatureRefused("ARCHIVE", reason);
}
