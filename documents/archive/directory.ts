/** Finds and walks the directory of a ZIP archive, zip64 included, a window at a time. */

/** Anything whose parts can be read on demand: an uploaded file, an artifact, bytes in memory. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`; fewer when the source ends before. */
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** Where the directory lies, as the end of the archive tells; nothing of it is believed before it was compared with the size. */
export interface Directory {
  /** How many entries it claims to have. */
  readonly count: number;
  /** Offset of its first record. */
  readonly at: number;
  /** Offset of the first byte after it. */
  readonly end: number;
}

/** One record of the directory. Numbers are what the record claims, never more than the archive's size, `unpacked` apart. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  /** Offset of the local header. */
  readonly at: number;
  /** Bytes of name and extra fields in this record: the local header's are about as long. */
  readonly nameAndExtra: number;
}

/** The archive contradicts itself or ends too early. */
export class BrokenArchive extends Error {}

/** A writer without zip64 counts beyond 65,535 from zero again. */
export class MoreThanCounted extends BrokenArchive {}

const endRecordBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const recordBytes = 46;
const mostComment = 65_535;
const windowBytes = 256 * 1024;

const signatures = {
  record: 0x02014b50,
  end: Buffer.from("PK\u0005\u0006", "latin1"),
  end64: 0x06064b50,
  locator: 0x07064b50,
} as const;

/** Reads exactly these bytes. Throws BrokenArchive when the source has not that many. */
export async function readExactly(source: ByteSource, start: number, end: number): Promise<Buffer> {
  if (start < 0 || end > source.size) throw new BrokenArchive("a part lies outside the archive");
  const bytes = await source.slice(start, end);
  if (bytes.byteLength !== end - start) throw new BrokenArchive("the archive became shorter");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Finds the directory by the records at the archive's end. Reads at most 64 KiB. Throws BrokenArchive.
 * Source: PKWARE APPNOTE 4.3.14 to 4.3.16.
 */
export async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailBytes = Math.min(source.size, endRecordBytes + mostComment + locatorBytes);
  const tailAt = source.size - tailBytes;
  const tail = await readExactly(source, tailAt, source.size);
  const at = findEndRecord(tail);
  const count = tail.readUInt16LE(at + 10);
  const bytes = tail.readUInt32LE(at + 12);
  const directoryAt = tail.readUInt32LE(at + 16);
  const locatorAt = at - locatorBytes;
  const isLarge = count === 0xffff || bytes === 0xffffffff || directoryAt === 0xffffffff;
  if (isLarge && locatorAt >= 0 && tail.readUInt32LE(locatorAt) === signatures.locator)
    return await findLargeDirectory(source, tail.subarray(locatorAt, at), tailAt + locatorAt);
  return requireBefore({ count, at: directoryAt, end: directoryAt + bytes }, tailAt + at);
}

/** The last end record whose comment reaches the end; else the last that there is, for bytes that were appended. */
function findEndRecord(tail: Buffer): number {
  let last = -1;
  let from = tail.byteLength - endRecordBytes;
  while (from >= 0) {
    const at = tail.lastIndexOf(signatures.end, from);
    if (at === -1) break;
    if (last === -1) last = at;
    if (at + endRecordBytes + tail.readUInt16LE(at + 20) === tail.byteLength) return at;
    from = at - 1;
  }
  if (last === -1) throw new BrokenArchive("no end record");
  return last;
}

async function findLargeDirectory(
  source: ByteSource,
  locator: Buffer,
  locatorAt: number,
): Promise<Directory> {
  const at = readNumber64(locator, 8);
  if (at + end64Bytes > locatorAt) throw new BrokenArchive("the zip64 end record lies outside");
  const end = await readExactly(source, at, at + end64Bytes);
  if (end.readUInt32LE(0) !== signatures.end64) throw new BrokenArchive("no zip64 end record");
  const directoryAt = readNumber64(end, 48);
  return requireBefore(
    { count: readNumber64(end, 32), at: directoryAt, end: directoryAt + readNumber64(end, 40) },
    at,
  );
}

/** A directory lies before the record that tells of it. */
function requireBefore(directory: Directory, limit: number): Directory {
  if (directory.end > limit) throw new BrokenArchive("the directory lies outside the archive");
  return directory;
}

/** The records in turn; never more than a window of them is in memory. Throws BrokenArchive. */
export async function* walkDirectory(
  source: ByteSource,
  directory: Directory,
): AsyncGenerator<DirectoryEntry, void, undefined> {
  let window: Buffer = Buffer.alloc(0);
  let windowAt = directory.at;
  /** The bytes from `at` on, at least `count` of them. */
  async function readAt(at: number, count: number): Promise<Buffer> {
    if (at + count > directory.end) throw new BrokenArchive("the directory ends too early");
    if (at + count > windowAt + window.byteLength) {
      window = await readExactly(
        source,
        at,
        Math.min(directory.end, at + Math.max(count, windowBytes)),
      );
      windowAt = at;
    }
    return window.subarray(at - windowAt);
  }
  let at = directory.at;
  for (let index = 0; index < directory.count; index += 1) {
    const head = await readAt(at, recordBytes);
    if (head.readUInt32LE(0) !== signatures.record) throw new BrokenArchive("no directory record");
    const bytes =
      recordBytes + head.readUInt16LE(28) + head.readUInt16LE(30) + head.readUInt16LE(32);
    const record = await readAt(at, bytes);
    yield toEntry(record.subarray(0, bytes), source.size);
    at += bytes;
  }
  if (at !== directory.end) throw new MoreThanCounted("the directory holds more than it counts");
}

function toEntry(record: Buffer, archiveBytes: number): DirectoryEntry {
  const nameBytes = record.readUInt16LE(28);
  const extraBytes = record.readUInt16LE(30);
  const nameEnd = recordBytes + nameBytes;
  const { packed, unpacked, at } = readLargeNumbers(
    {
      unpacked: record.readUInt32LE(24),
      packed: record.readUInt32LE(20),
      at: record.readUInt32LE(42),
    },
    record.subarray(nameEnd, nameEnd + extraBytes),
  );
  if (packed > archiveBytes || at > archiveBytes)
    throw new BrokenArchive("an entry lies outside the archive");
  return {
    name: record.toString("utf8", recordBytes, nameEnd),
    isEncrypted: (record.readUInt16LE(8) & 1) === 1,
    method: record.readUInt16LE(10),
    crc: record.readUInt32LE(16),
    packed,
    unpacked,
    at,
    nameAndExtra: nameBytes + extraBytes,
  };
}

interface Numbers {
  readonly unpacked: number;
  readonly packed: number;
  readonly at: number;
}

/** Those that do not fit 32 bits stand in extra field 1, in this order, and only those (APPNOTE 4.5.3). */
function readLargeNumbers(small: Numbers, extra: Buffer): Numbers {
  const names = ["unpacked", "packed", "at"] as const;
  const missing = names.filter((name) => small[name] === 0xffffffff);
  if (missing.length === 0) return small;
  const field = findExtraField(extra, 1);
  if (field === null || field.byteLength < 8 * missing.length)
    throw new BrokenArchive("a zip64 entry without its numbers");
  const large: Record<keyof Numbers, number> = { ...small };
  for (const [index, name] of missing.entries()) large[name] = readNumber64(field, 8 * index);
  return large;
}

/** The content of one extra field; `null` when it is not there. What is cut short ends the search. */
function findExtraField(extra: Buffer, id: number): Buffer | null {
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.byteLength) return null;
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, end);
    at = end;
  }
  return null;
}

/** Rounds beyond 2^53, where every number is larger than any archive anyway. */
function readNumber64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
