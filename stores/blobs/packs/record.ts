/** How a blob lies in a pack: a header that is checked by itself, then its bytes, or the parts that it is put together from. */
import { crc32 } from "node:zlib";

/** A record: magic (4), kind (1), sealed (1), none (2), bytes of the body (4), bytes of the blob (6), none (2), sha256 (32), checksum of all that (4). */
export const headerBytes = 56;
const checkedBytes = 52;
const magic = Buffer.from("PBL1", "latin1");

/** `bytes`: the body is the blob. `parts`: the body says what it is put together from. `list`: the body says where records lie; its sha256 is that of the body. */
export type RecordKind = "bytes" | "parts" | "list";
const kinds: readonly (RecordKind | null)[] = [null, "bytes", "parts", "list"];

export interface RecordHeader {
  readonly kind: RecordKind;
  /** Bytes of the body behind the header. */
  readonly stored: number;
  /** Bytes of the blob as it is given out. */
  readonly bytes: number;
  /** 32 bytes: the sha256, or what stands for it where the body is sealed. */
  readonly digest: Uint8Array;
  readonly isSealed: boolean;
}

/** The first bytes of every pack. */
export const packHead = Buffer.from("postino pack 1\n\0", "latin1");

export function encodeHeader({ kind, stored, bytes, digest, isSealed }: RecordHeader): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.set(magic, 0);
  header.writeUInt8(kinds.indexOf(kind), 4);
  header.writeUInt8(Number(isSealed), 5);
  header.writeUInt32LE(stored, 8);
  header.writeUIntLE(bytes, 12, 6);
  header.set(digest, 20);
  header.writeUInt32LE(crc32(header.subarray(0, checkedBytes)), checkedBytes);
  return header;
}

/** The header at the start of these bytes; `null` when none begins there, or it was damaged. */
export function parseHeader(bytes: Buffer): RecordHeader | null {
  if (bytes.byteLength < headerBytes || !magic.equals(bytes.subarray(0, 4))) return null;
  const kind = kinds[bytes.readUInt8(4)];
  const isWhole = bytes.readUInt32LE(checkedBytes) === crc32(bytes.subarray(0, checkedBytes));
  if (!isWhole || kind === undefined || kind === null) return null;
  return {
    kind,
    stored: bytes.readUInt32LE(8),
    bytes: bytes.readUIntLE(12, 6),
    digest: bytes.subarray(20, checkedBytes),
    isSealed: bytes.readUInt8(5) === 1,
  };
}

/** Where the next header may begin, at or behind `from`; -1: nowhere in these bytes. */
export function findMagic(bytes: Buffer, from: number): number {
  return bytes.indexOf(magic, from);
}

/** A piece of a blob: bytes of its own, or a stretch of another blob. */
export type BlobPart =
  | { readonly kind: "own"; readonly content: Uint8Array }
  | {
      readonly kind: "of";
      readonly sha256: string;
      readonly from: number;
      readonly length: number;
      /** All of it is what many blobs begin with. */
      readonly isHead?: boolean;
    };

const ownEntry = 5;
const ofEntry = 45;
/** What such an entry begins with; earlier versions read it as any stretch. */
const headEntry = 2;

/** The body of a `parts` record. */
export function encodeParts(parts: readonly BlobPart[]): Buffer {
  const pieces: Uint8Array[] = [Buffer.alloc(4)];
  (pieces[0] as Buffer).writeUInt32LE(parts.length);
  for (const part of parts) {
    const entry = Buffer.alloc(part.kind === "own" ? ownEntry : ofEntry);
    if (part.kind === "own") entry.writeUInt32LE(part.content.byteLength, 1);
    else {
      entry.writeUInt8(part.isHead === true ? headEntry : 1, 0);
      entry.set(Buffer.from(part.sha256, "hex"), 1);
      entry.writeUIntLE(part.from, 33, 6);
      entry.writeUIntLE(part.length, 39, 6);
    }
    pieces.push(entry);
  }
  for (const part of parts) if (part.kind === "own") pieces.push(part.content);
  return Buffer.concat(pieces);
}

/** The parts of a body; `null` when it was damaged so that they cannot be told. */
export function parseParts(body: Buffer): readonly BlobPart[] | null {
  try {
    return readParts(body);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readParts(body: Buffer): readonly BlobPart[] | null {
  const count = body.readUInt32LE(0);
  if (count > body.byteLength / ownEntry) return null;
  const lengths: number[] = [];
  const parts: (BlobPart | null)[] = [];
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (body.readUInt8(at) === 0) {
      lengths.push(body.readUInt32LE(at + 1));
      parts.push(null);
      at += ownEntry;
      continue;
    }
    const sha256 = body.toString("hex", at + 1, at + 33);
    const from = body.readUIntLE(at + 33, 6);
    const length = body.readUIntLE(at + 39, 6);
    const isHead = body.readUInt8(at) === headEntry;
    parts.push({ kind: "of", sha256, from, length, ...(isHead && { isHead }) });
    at += ofEntry;
  }
  return parts.map((part) => {
    if (part !== null) return part;
    const length = lengths.shift() ?? 0;
    at += length;
    return { kind: "own", content: body.subarray(at - length, at) };
  });
}

/** Where a record lies in its pack. */
export interface ListedRecord {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  readonly offset: number;
  readonly stored: number;
}

const listEntry = 40;

/** The body of a `list` record: the records since the list before it (`before`: where that one begins, 0 for none). */
export function encodeList(records: readonly ListedRecord[], before: number): Buffer {
  const body = Buffer.alloc(records.length * listEntry + 8);
  for (const [index, { digest, offset, stored }] of records.entries()) {
    body.set(digest, index * listEntry);
    body.writeUInt32LE(offset, index * listEntry + 32);
    body.writeUInt32LE(stored, index * listEntry + 36);
  }
  body.writeUInt32LE(before, body.byteLength - 8);
  // The last four bytes of a pack that was closed: how far back its last list begins.
  body.writeUInt32LE(headerBytes + body.byteLength, body.byteLength - 4);
  return body;
}

/** What a list says. */
export function parseList(body: Buffer): {
  readonly records: readonly ListedRecord[];
  readonly before: number;
} {
  const records: ListedRecord[] = [];
  for (let at = 0; at + listEntry <= body.byteLength - 8; at += listEntry)
    records.push({
      digest: body.subarray(at, at + 32),
      offset: body.readUInt32LE(at + 32),
      stored: body.readUInt32LE(at + 36),
    });
  return { records, before: body.readUInt32LE(body.byteLength - 8) };
}
