/** One pack as it is read: its records, by the lists that were written when it was closed, or by looking at each. */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  findMagic,
  headerBytes,
  packHead,
  parseHeader,
  parseList,
  type ListedRecord,
  type RecordHeader,
} from "./record.ts";

/** What was found in a pack, and up to where it was read. */
export interface PackContent {
  readonly records: readonly ListedRecord[];
  readonly end: number;
  /** Where its last list begins, when the pack ends with it: it was closed, and nobody writes it. */
  readonly lastList: number | null;
}

/** A pack that is open for reading. */
export interface OpenPack {
  /** Bytes from `offset` on; fewer at the end of the file. */
  readAt(offset: number, length: number): Buffer;
  /** What a change of the file would change. */
  readVersion(): string;
  readSize(): number;
  /** When it was written last, milliseconds since the epoch. */
  readTime(): number;
  close(): void;
}

/** Throws what the file system throws. */
export function openPack(path: string): OpenPack {
  const handle = openSync(path, "r");
  return {
    readAt: (offset, length) => readBytes(handle, offset, length),
    readVersion() {
      const { ino, size, mtimeMs, ctimeMs } = fstatSync(handle);
      return [ino, size, mtimeMs, ctimeMs].join(" ");
    },
    readSize: () => fstatSync(handle).size,
    readTime: () => fstatSync(handle).mtimeMs,
    close: () => closeSync(handle),
  };
}

function readBytes(handle: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(handle, bytes, filled, length - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

/** The records behind `from`; what is torn at the end, or was damaged, is not among them. */
export function readPackContent(pack: OpenPack, from: number): PackContent {
  const size = pack.readSize();
  const listed = from === 0 ? readLists(pack, size) : null;
  return listed ?? walkRecords(pack, Math.max(from, packHead.byteLength), size);
}

/** From the last list to the first; `null` when the pack was not closed, or one of them is damaged. */
function readLists(pack: OpenPack, size: number): PackContent | null {
  if (size < packHead.byteLength + headerBytes + 8) return null;
  const lastList = size - pack.readAt(size - 4, 4).readUInt32LE(0);
  const records: ListedRecord[] = [];
  let end = size;
  for (let at = lastList; at !== 0;) {
    const list = at < packHead.byteLength || at >= end ? null : readList(pack, at, end);
    if (list === null) return null;
    records.push(...list.records.toReversed());
    end = at;
    at = list.before;
  }
  return { records: records.toReversed(), end: size, lastList };
}

function readList(pack: OpenPack, at: number, end: number): ReturnType<typeof parseList> | null {
  const header = parseHeader(pack.readAt(at, headerBytes));
  if (header?.kind !== "list" || at + headerBytes + header.stored > end) return null;
  const body = pack.readAt(at + headerBytes, header.stored);
  const isWhole = createHash("sha256").update(body).digest().equals(header.digest);
  return isWhole ? parseList(body) : null;
}

/** Header by header; behind a damaged one from the next that is whole. */
function walkRecords(pack: OpenPack, from: number, size: number): PackContent {
  const records: ListedRecord[] = [];
  let end = from;
  for (let at = from; at + headerBytes <= size;) {
    const header = parseHeader(pack.readAt(at, headerBytes));
    const isWhole = header !== null && at + headerBytes + header.stored <= size;
    if (!isWhole) {
      at = findNext(pack, at + 1, size);
      continue;
    }
    if (header.kind !== "list") records.push(toListed(header, at));
    at += headerBytes + header.stored;
    end = at;
  }
  return { records, end, lastList: null };
}

function toListed({ digest, stored }: RecordHeader, offset: number): ListedRecord {
  return { digest, offset, stored };
}

const searchedAtOnce = 1_000_000;

/** Where the next sound header begins; the size when there is none. */
function findNext(pack: OpenPack, from: number, size: number): number {
  for (let at = from; at + headerBytes <= size; at += searchedAtOnce) {
    // The windows overlap: a header may begin in one and end in the next.
    const window = pack.readAt(at, Math.min(searchedAtOnce + headerBytes, size - at));
    for (let found = findMagic(window, 0); found !== -1; found = findMagic(window, found + 1))
      if (parseHeader(window.subarray(found)) !== null) return at + found;
  }
  return size;
}
