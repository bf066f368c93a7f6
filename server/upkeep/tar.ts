/** The tar archive of a backup: written entry by entry as a stream, read by offset. Any tar program lists and unpacks it. */
import { type FileHandle } from "node:fs/promises";

/** Blocks of an archive, bytes. */
export const tarBlock = 512;

export interface TarEntry {
  /** Relative, with `/` between folders. */
  readonly name: string;
  readonly bytes: number;
  openContent(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** An entry as it lies in a file. */
export interface TarPlace {
  readonly name: string;
  readonly bytes: number;
  /** Offset of its content. */
  readonly at: number;
}

/** The archive contradicts itself. */
export class BrokenTar extends Error {}

/** Header, content and padding of one entry. Throws where the content is not as long as it was said to be. */
export async function* writeTarEntry({
  name,
  bytes,
  openContent,
}: TarEntry): AsyncGenerator<Uint8Array> {
  const isLong = Buffer.byteLength(name) > 100;
  if (isLong) {
    const record = buildPaxRecord("path", name);
    yield buildHeader("pax", record.byteLength, "x");
    yield pad(record);
  }
  yield buildHeader(isLong ? "long" : name, bytes, "0");
  let written = 0;
  for await (const piece of openContent()) {
    written += piece.byteLength;
    yield piece;
  }
  if (written !== bytes) throw new BrokenTar(`${name}: ${written} bytes instead of ${bytes}`);
  yield Buffer.alloc(countPadding(bytes));
}

/** The entries up to `end`, in order. Throws BrokenTar. */
export async function* readTarEntries(file: FileHandle, end: number): AsyncGenerator<TarPlace> {
  let at = 0;
  let longName: string | null = null;
  while (at < end) {
    const header = await readBytes(file, at, tarBlock);
    const { name, bytes, kind } = readHeader(header);
    at += tarBlock;
    const next = at + bytes + countPadding(bytes);
    if (next > end) throw new BrokenTar("an entry ends outside the archive");
    if (kind === "x") longName = readPaxPath(await readBytes(file, at, bytes));
    else {
      yield { name: longName ?? name, bytes, at };
      longName = null;
    }
    at = next;
  }
}

/** Exactly so many bytes. Throws BrokenTar where the file is shorter. */
export async function readBytes(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, at);
  if (bytesRead !== bytes) throw new BrokenTar("the archive became shorter");
  return buffer;
}

function countPadding(bytes: number): number {
  return (tarBlock - (bytes % tarBlock)) % tarBlock;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(countPadding(bytes.byteLength))]);
}

const largestOctal = 0o77777777777;

// POSIX.1-1988 ustar; a size beyond 8 GiB as GNU and BSD write it: the first bit set, then the number.
function buildHeader(name: string, bytes: number, kind: "0" | "x"): Buffer {
  const header = Buffer.alloc(tarBlock);
  header.write(name, 0, 100, "utf8");
  header.write("0000600\0", 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  if (bytes <= largestOctal)
    header.write(`${bytes.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  else {
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(bytes), 128);
  }
  header.write("00000000000\0", 136, "latin1");
  header.write(kind, 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  header.write(`${sumHeader(header).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** The sum of all bytes, those of the sum itself as blanks. */
function sumHeader(header: Buffer): number {
  let sum = 8 * 32;
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum;
}

function readHeader(header: Buffer): {
  readonly name: string;
  readonly bytes: number;
  readonly kind: string;
} {
  const sum = Number.parseInt(header.toString("latin1", 148, 154), 8);
  if (sum !== sumHeader(header)) throw new BrokenTar("no header where one should be");
  const size = header.toString("latin1", 124, 135);
  const isLarge = header.readUInt8(124) === 0x80;
  return {
    name: header.toString("utf8", 0, 100).replace(/\0.*$/s, ""),
    bytes: isLarge ? Number(header.readBigUInt64BE(128)) : Number.parseInt(size, 8),
    kind: header.toString("latin1", 156, 157),
  };
}

/** `27 path=…\n`: the length counts itself. */
function buildPaxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function readPaxPath(record: Buffer): string {
  const path = /^\d+ path=(.*)\n$/s.exec(record.toString("utf8"))?.[1];
  if (path === undefined) throw new BrokenTar("a long name that cannot be read");
  return path;
}
