/** Reads uploaded ZIP archives entry by entry, within limits and without trusting their names or sizes. */
import { crc32, inflateRawSync } from "node:zlib";
import {
  BrokenArchive,
  findDirectory,
  MoreThanCounted,
  readExactly,
  walkDirectory,
} from "./directory.ts";
import type { ByteSource, DirectoryEntry } from "./directory.ts";
import { SignatureRefused } from "../verify/verdict.ts";

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

const broken = "l'archivio ZIP è danneggiato o incompleto";

const localHeader = 30;

/** Names and extra fields of an ordinary archive take a tenth of this. */
const directoryBytesPerEntry = 1024;

/** A local header may have other extra fields than the directory's record: what is read beyond, so that one reading is enough. */
const headerSlack = 128;

/**
 * Yields the files of an archive one at a time, zip64 archives included; only one is in memory. Throws SignatureRefused (`ARCHIVE`)
 * when the archive itself cannot be used: damaged, too many entries, larger than `totalBytes` once unpacked.
 */
export async function* readArchive(
  zip: ByteSource,
  limits: ArchiveLimits,
): AsyncGenerator<ReadEntry, void, undefined> {
  try {
    yield* readEntries(zip, limits);
  } catch (error) {
    if (error instanceof MoreThanCounted)
      throw archiveError(
        "l'archivio ZIP contiene più file di quanti ne dichiara: dividerlo in archivi di meno di 65.000 file",
      );
    if (error instanceof BrokenArchive) throw archiveError(broken);
    throw error;
  }
}

async function* readEntries(
  zip: ByteSource,
  limits: ArchiveLimits,
): AsyncGenerator<ReadEntry, void, undefined> {
  const directory = await findDirectory(zip);
  if (directory.count > limits.entries)
    throw archiveError(
      `l'archivio ZIP contiene ${directory.count} file: al massimo sono ${limits.entries}`,
    );
  if (directory.end - directory.at > limits.entries * directoryBytesPerEntry)
    throw archiveError(
      "l'elenco dei file dell'archivio ZIP è troppo grande: ricrearlo con nomi più corti",
    );
  let total = 0;
  let packed = 0;
  for await (const entry of walkDirectory(zip, directory)) {
    // Entries that share their bytes are made to unpack far more than was sent.
    packed += entry.packed;
    if (packed > directory.at) throw archiveError(broken);
    if (entry.name.endsWith("/") || isSystemFile(entry.name)) continue;
    const read = await readEntry(zip, entry, { limits, end: directory.at });
    total += read.bytes?.byteLength ?? 0;
    if (total > limits.totalBytes)
      throw archiveError("l'archivio ZIP è troppo grande una volta aperto");
    yield read;
  }
}

/** Entries lie before `end`, where the directory begins. */
async function readEntry(
  zip: ByteSource,
  entry: DirectoryEntry,
  { limits, end }: { readonly limits: ArchiveLimits; readonly end: number },
): Promise<ReadEntry> {
  const name = toPlainName(entry.name);
  const refuseEntry = (reason: string): ReadEntry => ({ name, bytes: null, reason });
  if (entry.isEncrypted) return refuseEntry("è protetto da password: caricarlo senza");
  // Deflate makes nothing much larger: what is, was made to be read into memory.
  const mostPacked = limits.entryBytes + limits.entryBytes / 1000 + 1024;
  if (entry.unpacked > limits.entryBytes || entry.packed > mostPacked)
    return refuseEntry("è troppo grande per essere uno dei documenti");
  if (entry.method !== 0 && entry.method !== 8)
    return refuseEntry("è compresso in un modo non gestito");
  const packed = await readPackedBytes(zip, entry, end);
  if (packed === null) return refuseEntry("è danneggiato nell'archivio");
  const bytes = entry.method === 0 ? packed : inflate(packed, entry.unpacked);
  if (bytes === null || bytes.byteLength !== entry.unpacked || crc32(bytes) !== entry.crc)
    return refuseEntry("è danneggiato nell'archivio");
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

async function readPackedBytes(
  zip: ByteSource,
  entry: DirectoryEntry,
  end: number,
): Promise<Buffer | null> {
  if (entry.at + localHeader > end) return null;
  const guess = entry.at + localHeader + entry.nameAndExtra + headerSlack + entry.packed;
  const head = await readExactly(zip, entry.at, Math.min(end, guess));
  if (head.readUInt32LE(0) !== 0x04034b50) return null;
  const from = localHeader + head.readUInt16LE(26) + head.readUInt16LE(28);
  const to = from + entry.packed;
  if (entry.at + to > end) return null;
  if (to <= head.byteLength) return head.subarray(from, to);
  return await readExactly(zip, entry.at + from, entry.at + to);
}

/** Names are shown and nothing else: no path of ours is ever made of them. */
export function toPlainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  const plain = last.replaceAll(/[\u0000-\u001f\u007f\u202a-\u202e]/g, "").slice(0, 80);
  return plain === "" ? "senza nome" : plain;
}

function isSystemFile(name: string): boolean {
  return /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(name);
}

function archiveError(reason: string): SignatureRefused {
  return new SignatureRefused("ARCHIVE", reason);
}
