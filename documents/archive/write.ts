/** ZIP archives as a stream: stored entries, fixed dates, safe names, volumes before the format's limits. */
import { crc32 } from "node:zlib";
import { Zip, type ZipInputFile } from "fflate";

/** A file to put into an archive. */
export interface ArchiveEntry {
  /** With `/` between folders; made of safeName parts. */
  readonly path: string;
  readonly bytes: number;
  /** `YYYY-MM-DD`: the date that the entry bears. */
  readonly day: string;
  openContent(): AsyncIterable<Uint8Array>;
}

/** ZIP without its 64-bit extension ends at 65,535 entries and 4 GiB; fflate writes past both without a word. */
export const volumeLimits = { entries: 64_000, bytes: 3.9 * 2 ** 30 } as const;

/** Bytes of an entry besides its name and content: local header, descriptor and directory record. */
const entryOverhead = 30 + 16 + 46;

/**
 * Spreads groups of files over volumes, in order; a group (one verbale) is never divided.
 * Throws when one group alone is larger than a volume.
 */
export function planVolumes<Group>(
  groups: readonly Group[],
  sizeOf: (group: Group) => { readonly entries: number; readonly bytes: number },
  limits: { readonly entries: number; readonly bytes: number } = volumeLimits,
): Group[][] {
  const volumes: Group[][] = [];
  let entries = Infinity;
  let bytes = 0;
  for (const group of groups) {
    const size = sizeOf(group);
    if (size.entries > limits.entries || size.bytes > limits.bytes)
      throw new Error("one verbale's files are larger than a ZIP volume");
    if (entries + size.entries > limits.entries || bytes + size.bytes > limits.bytes) {
      volumes.push([]);
      entries = 0;
      bytes = 0;
    }
    volumes.at(-1)?.push(group);
    entries += size.entries;
    bytes += size.bytes;
  }
  return volumes;
}

/** What an entry takes in the archive, for `planVolumes`. */
export function computeStoredSize(entry: {
  readonly path: string;
  readonly bytes: number;
}): number {
  return entry.bytes + entryOverhead + 2 * Buffer.byteLength(entry.path);
}

/** The bytes of an archive with these entries, in this order; the same entries give the same bytes. */
export async function* streamZip(
  entries: Iterable<ArchiveEntry> | AsyncIterable<ArchiveEntry>,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    ready.push(chunk);
  });
  for await (const entry of entries) {
    const file = createStoredFile(entry);
    zip.add(file);
    for await (const chunk of entry.openContent()) {
      file.push(chunk);
      yield* ready.splice(0);
    }
    file.end();
    yield* ready.splice(0);
  }
  zip.end();
  yield* ready.splice(0);
}

type Stored = ZipInputFile & { push(chunk: Uint8Array): void; end(): void };

/** fflate's ZipPassThrough with the checksum of node:zlib, which is several times as fast. */
function createStoredFile(entry: ArchiveEntry): Stored {
  const [year = 1980, month = 1, day = 1] = entry.day.split("-").map(Number);
  const file: Stored = {
    filename: entry.path,
    size: 0,
    crc: 0,
    compression: 0,
    // fflate reads the local parts of the date, so that local noon is the same in every time zone.
    mtime: new Date(year, month - 1, day, 12),
    push(chunk) {
      file.crc = crc32(chunk, file.crc);
      file.size += chunk.byteLength;
      file.ondata?.(null, chunk as Uint8Array<ArrayBuffer>, false);
    },
    end() {
      if (file.size !== entry.bytes)
        throw new Error(
          `archive entry ${entry.path}: ${file.size} bytes instead of ${entry.bytes}`,
        );
      file.ondata?.(null, new Uint8Array(), true);
    },
  };
  return file;
}

/**
 * A file name that every system takes, from any text: ASCII letters, digits, `.`, `_` and `-`, at most 60 characters, never empty,
 * never a name that Windows keeps for itself.
 */
export function toSafeName(text: string): string {
  return toSafeText(text, 60);
}

/** The name of a document that is made of a safe name: what tells two documents of a verbale apart stands at its end and is never cut. */
export function toDocumentName(name: string): string {
  return toSafeText(name, 100);
}

function toSafeText(text: string, most: number): string {
  const plain = text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, most)
    .replaceAll(/[-.]+$/g, "");
  if (plain === "") return "senza-nome";
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain)) return `_${plain}`;
  return plain;
}

/** Orders texts as people do: numbers inside them by their value (`V/9` before `V/10`). */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [toSortable(a), toSortable(b)];
  if (left !== right) return left < right ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function toSortable(text: string): string {
  return text.replaceAll(/\d+/g, (digits) => digits.padStart(20, "0"));
}

/** One line of the manifest. */
export interface ManifestLine {
  readonly verbale: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** ISO 8601, or `null` when the file does not say it. */
  readonly signedAt: string | null;
}

/** CSV as Italian spreadsheets open it: semicolons, UTF-8 with its mark, CRLF. */
export function buildManifestCsv(lines: readonly ManifestLine[]): Uint8Array {
  const rows = [["verbale", "file", "sha256", "byte", "firmato"]];
  for (const line of lines)
    rows.push([line.verbale, line.file, line.sha256, String(line.bytes), line.signedAt ?? ""]);
  const text = rows.map((row) => `${row.map(encodeCsvCell).join(";")}\r\n`).join("");
  return new TextEncoder().encode(`\u{FEFF}${text}`);
}

/** A cell that begins like a formula is defused: spreadsheets would run it. */
function encodeCsvCell(text: string): string {
  const cell = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Bytes at the end of a signed file that hold the signature dictionary. */
export const signatureTail = 128 * 1024;

/** Keeps the last `size` bytes of what passes by, file after file, in one buffer: an archive has thousands. */
export interface TailKeeper {
  /** Forgets the file before. */
  restart(): void;
  push(chunk: Uint8Array): void;
  /** The last bytes of this file; valid until the next call. */
  viewTail(): Uint8Array;
}

/** A keeper with nothing in it. */
export function createTailKeeper(size: number = signatureTail): TailKeeper {
  const kept = Buffer.alloc(size);
  let length = 0;
  return {
    restart() {
      length = 0;
    },
    push(chunk) {
      const last = chunk.subarray(Math.max(0, chunk.byteLength - size));
      const stays = Math.min(length, size - last.byteLength);
      kept.copyWithin(0, length - stays, length);
      kept.set(last, stays);
      length = stays + last.byteLength;
    },
    viewTail: () => kept.subarray(0, length),
  };
}

/** Longest spelling of `/M (D:20261123…)`, every sign of it in octal. */
const longestTime = 128;

/** The time that the last signature of a PDF states (`/M`), ISO 8601; `null` when there is none. */
export function findSignatureTime(tail: Uint8Array): string | null {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = bytes.lastIndexOf("/M");
  while (at !== -1) {
    // Only these few bytes become text: what is cut out of a string keeps the whole of it in memory.
    const time = parseTimeAtStart(bytes.toString("latin1", at, at + longestTime));
    if (time !== null) return time;
    at = at === 0 ? -1 : bytes.lastIndexOf("/M", at - 1);
  }
  return null;
}

function parseTimeAtStart(text: string): string | null {
  // Some programs write every sign of a date in octal: (D\07220261123…).
  const plain = text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  const found = /^\/M\s*\(D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d\d)?'?(\d\d)?'?\)/.exec(
    plain,
  );
  if (found === null) return null;
  const [, year, month, day, hour, minute, second, zone, zoneMinutes] = found;
  const offset = zone === undefined || zone === "Z" ? "Z" : `${zone}:${zoneMinutes ?? "00"}`;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`;
}
