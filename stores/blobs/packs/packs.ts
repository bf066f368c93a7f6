/** The packs of a folder: where each blob lies in them, reading it, and adding to them. */
import { readdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing, codeOf } from "../../../engine/host/errors.ts";
import { AlteredArtifact } from "../../../engine/host/files.ts";
import { openPack, readPackContent, type OpenPack } from "./pack-file.ts";
import {
  createPackWriter,
  type NewRecord,
  packEnds,
  type PackLimits,
  type PackWriter,
} from "./pack-writer.ts";
import { type BlobSeals, measureClear } from "../../seals/blobs.ts";
import { createPlaceTable, type PackPlace, type PlaceTable } from "./place-table.ts";
import {
  encodeParts,
  headerBytes,
  parseHeader,
  parseParts,
  type ListedRecord,
  type BlobPart,
} from "./record.ts";

/** A blob as it lies in a pack. Its bytes are as the disk gives them: who hands them out compares them with the sha256. */
export type PackedBlob = {
  /** Bytes of the blob as it is given out. */
  readonly bytes: number;
  /** What a change of the pack would change. */
  readVersion(): string;
} & (
  | { readonly kind: "bytes"; readAt(from: number, length: number): Buffer }
  /** `null`: damaged, so that they cannot be told. */
  | { readonly kind: "parts"; readParts(): readonly BlobPart[] | null }
);

/** What is put into a pack. */
export interface PackedContent {
  readonly sha256: string;
  readonly bytes: number;
  readonly content: Uint8Array | readonly BlobPart[];
}

export interface ListedBlob {
  readonly sha256: string;
  readonly writtenMs: number;
}

export interface Packs {
  /** The newest first; after `refresh`, with those that other processes wrote. */
  find(sha256: string): readonly PackedBlob[];
  /** Looks for what other processes wrote since. */
  refresh(): void;
  /** The name of the pack that is being written; `null` before the first record. */
  findCurrent(): string | null;
  /** Durable when it resolves. Throws RunBlocked `DISK_FULL`, `DATA_NOT_WRITABLE`. */
  put(content: PackedContent): Promise<void>;
  /** Writes zeros over every record of the blob, durably: what lies behind it is found all the same. */
  erase(sha256: string): Promise<void>;
  /** Every blob that a pack lists, as often as it lies there, and when its pack was written last (milliseconds since the epoch). */
  listAll(): Iterable<ListedBlob>;
  close(): Promise<void>;
}

export const packLimits: PackLimits = { fullAt: 2 ** 28, resumedBelow: 2 ** 26 };

/** A pack of this process's list: its number is its place there. */
interface Known {
  readonly name: string;
  /** Up to where its records are in the table. */
  end: number;
  isClosed: boolean;
  reading: OpenPack | null;
}

/** Packs that are kept open for reading. */
const mostOpen = 100;

/** What a process knows of the packs. */
interface Shelf {
  readonly folder: string;
  /** `null`: everything is in clear. */
  readonly seals: BlobSeals | null;
  readonly table: PlaceTable;
  readonly writer: PackWriter;
  readonly packs: Known[];
  /** Place in `packs`, by name. */
  readonly numbers: Map<string, number>;
  isRead: boolean;
  openCount: number;
}

/** `folder` is there by the first `put`. It is read at the first question. */
export function openPacks(
  folder: string,
  limits: PackLimits = packLimits,
  seals: BlobSeals | null = null,
): Packs {
  const shelf: Shelf = {
    folder,
    seals,
    table: createPlaceTable(),
    writer: createPackWriter(folder, limits),
    packs: [],
    numbers: new Map(),
    isRead: false,
    openCount: 0,
  };
  return {
    find(sha256) {
      if (!shelf.isRead) refreshShelf(shelf);
      return listNames(shelf, sha256).flatMap((name) =>
        shelf.table
          .find(name.digest)
          .flatMap((place) => readPlace(shelf, place, { ...name, sha256 }) ?? []),
      );
    },
    refresh: () => refreshShelf(shelf),
    findCurrent: () => shelf.writer.findCurrent(),
    put: (content) => putContent(shelf, content),
    erase: (sha256) => eraseRecords(shelf, sha256),
    listAll: () => listDigests(folder, seals),
    async close() {
      closeAll(shelf);
      await shelf.writer.close();
    },
  };
}

function openKnown(shelf: Shelf, known: Known): OpenPack | null {
  if (known.reading !== null) return known.reading;
  if (shelf.openCount >= mostOpen) closeAll(shelf);
  // It is renamed when it is closed, and when somebody goes on with it.
  for (const end of [packEnds.closed, packEnds.open, packEnds.closed]) {
    known.reading = openIfThere(join(shelf.folder, known.name + end));
    if (known.reading === null) continue;
    shelf.openCount += 1;
    return known.reading;
  }
  return null;
}

function closeAll(shelf: Shelf): void {
  for (const known of shelf.packs) {
    known.reading?.close();
    known.reading = null;
  }
  shelf.openCount = 0;
}

function learnPack({ packs, numbers }: Shelf, name: string): Known {
  const number = numbers.get(name);
  if (number !== undefined && packs[number] !== undefined) return packs[number];
  const known: Known = { name, end: 0, isClosed: false, reading: null };
  numbers.set(name, packs.length);
  packs.push(known);
  return known;
}

function addPlaces(shelf: Shelf, known: Known, records: readonly ListedRecord[]): void {
  const pack = shelf.numbers.get(known.name) ?? 0;
  for (const { digest, offset, stored } of records)
    shelf.table.add(digest, { pack, offset, stored });
}

function refreshShelf(shelf: Shelf): void {
  shelf.isRead = true;
  const own = shelf.writer.findCurrent();
  for (const file of listPackFiles(shelf.folder)) {
    const isClosed = file.endsWith(packEnds.closed);
    const name = file.slice(0, file.lastIndexOf("."));
    const known = learnPack(shelf, name);
    if (name === own || (known.isClosed && isClosed)) continue;
    const pack = openKnown(shelf, known);
    if (pack === null) continue;
    const { records, end } = readPackContent(pack, known.end);
    addPlaces(shelf, known, records);
    known.end = end;
    known.isClosed = isClosed;
  }
}

/** What a blob is called in packs. */
interface PackName {
  readonly digest: string;
  readonly isSealed: boolean;
}

/** The likeliest first. */
function listNames({ seals }: Shelf, sha256: string): readonly PackName[] {
  const clear = { digest: sha256, isSealed: false };
  if (seals === null) return [clear];
  const hidden = { digest: seals.hide(sha256), isSealed: true };
  return seals.isAllSealed ? [hidden] : [hidden, clear];
}

function readPlace(
  shelf: Shelf,
  place: PackPlace,
  { digest, isSealed, sha256 }: PackName & { readonly sha256: string },
): PackedBlob | null {
  const known = shelf.packs[place.pack];
  const pack = known === undefined ? null : openKnown(shelf, known);
  const header = pack === null ? null : parseHeader(pack.readAt(place.offset, headerBytes));
  if (known === undefined || header === null) return null;
  if (Buffer.from(header.digest).toString("hex") !== digest) return null;
  if (header.isSealed !== isSealed) return null;
  const body = place.offset + headerBytes;
  const { bytes, stored, kind } = header;
  // A pack may have been closed meanwhile to make room for others.
  const readAt = (from: number, length: number): Buffer =>
    openKnown(shelf, known)?.readAt(body + from, length) ?? Buffer.alloc(0);
  const readVersion = (): string => `${known.name} ${openKnown(shelf, known)?.readVersion() ?? ""}`;
  const { seals } = shelf;
  if (!isSealed || seals === null) {
    if (kind === "bytes") return { kind, bytes, readAt, readVersion };
    return { kind: "parts", bytes, readParts: () => parseParts(readAt(0, stored)), readVersion };
  }
  const at = nameRecord(kind, sha256, bytes);
  const openAt = (from: number, length: number): Buffer =>
    seals.openRange(readAt, bytes, { from, to: from + length }, at);
  if (kind === "bytes") return { kind, bytes, readAt: openAt, readVersion };
  const readParts = (): readonly BlobPart[] | null => {
    const body = openWhole(seals, readAt, stored, at);
    return body === null ? null : parseParts(body);
  };
  return { kind: "parts", bytes, readParts, readVersion };
}

/** What a sealed body is, so that it opens as nothing else. */
export function nameRecord(kind: string, sha256: string, bytes: number): string {
  return `${kind} ${sha256} ${bytes}`;
}

/** `null`: it was altered. */
export function openWhole(
  seals: BlobSeals,
  readAt: (from: number, length: number) => Buffer,
  stored: number,
  at: string,
): Buffer | null {
  const bytes = measureClear(stored);
  try {
    return bytes < 0 ? null : seals.openRange(readAt, bytes, { from: 0, to: bytes }, at);
  } catch (error) {
    if (error instanceof AlteredArtifact) return null;
    throw error;
  }
}

async function eraseRecords(shelf: Shelf, sha256: string): Promise<void> {
  if (!shelf.isRead) refreshShelf(shelf);
  for (const name of listNames(shelf, sha256))
    for (const place of shelf.table.find(name.digest)) {
      const known = shelf.packs[place.pack];
      if (known === undefined || readPlace(shelf, place, { ...name, sha256 }) === null) continue;
      await eraseBytes(shelf, known.name, place);
    }
}

async function eraseBytes({ folder }: Shelf, name: string, place: PackPlace): Promise<void> {
  for (const end of [packEnds.closed, packEnds.open, packEnds.closed]) {
    const handle = await allowMissing(open(join(folder, name + end), "r+"));
    if (handle === null) continue;
    try {
      const zeros = Buffer.alloc(headerBytes + place.stored);
      for (let at = 0; at < zeros.byteLength;) {
        const rest = zeros.byteLength - at;
        at += (await handle.write(zeros, at, rest, place.offset + at)).bytesWritten;
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
    return;
  }
}

async function putContent(shelf: Shelf, { sha256, bytes, content }: PackedContent): Promise<void> {
  if (!shelf.isRead) refreshShelf(shelf);
  const record =
    content instanceof Uint8Array
      ? ({ kind: "bytes", body: content } as const)
      : ({ kind: "parts", body: encodeParts(content) } as const);
  const written = await shelf.writer.append(sealRecord(shelf.seals, record, sha256, bytes));
  const known = learnPack(shelf, written.pack);
  // What another process wrote there between our last look and our going on with it.
  const pack = known.end < written.offset ? openKnown(shelf, known) : null;
  if (pack !== null) addPlaces(shelf, known, readPackContent(pack, known.end).records);
  else addPlaces(shelf, known, [written]);
  known.end = Math.max(known.end, written.offset + headerBytes + written.stored);
}

/** As it goes to the disk. */
export function sealRecord(
  seals: BlobSeals | null,
  { kind, body }: Pick<NewRecord, "kind" | "body">,
  sha256: string,
  bytes: number,
): NewRecord {
  if (seals?.isSealing !== true)
    return { kind, body, bytes, digest: Buffer.from(sha256, "hex"), isSealed: false };
  const sealed = seals.sealBytes(body, nameRecord(kind, sha256, bytes));
  const digest = Buffer.from(seals.hide(sha256), "hex");
  return { kind, body: sealed, bytes, digest, isSealed: true };
}

function* listDigests(folder: string, seals: BlobSeals | null): Generator<ListedBlob> {
  for (const name of listPackFiles(folder)) {
    const pack = openIfThere(join(folder, name));
    if (pack === null) continue;
    try {
      const writtenMs = pack.readTime();
      for (const { digest, offset } of readPackContent(pack, 0).records) {
        const header = pack.readAt(offset, headerBytes);
        // Lists go on naming what was erased.
        if (header.every((byte) => byte === 0)) continue;
        const name = Buffer.from(digest).toString("hex");
        const isSealed = seals !== null && (parseHeader(header)?.isSealed ?? seals.isAllSealed);
        yield { sha256: isSealed ? seals.reveal(name) : name, writtenMs };
      }
    } finally {
      pack.close();
    }
  }
}

export function openIfThere(path: string): OpenPack | null {
  try {
    return openPack(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Oldest first. */
export function listPackFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(packEnds.closed) || name.endsWith(packEnds.open))
      .toSorted();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
