/** Appends records to a pack: those that come while the disk is at work go together, with one sync for all. */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { passCrashpoint } from "../../../engine/host/crashpoint.ts";
import { guardDisk } from "../../../engine/host/disk-faults.ts";
import { releaseBytes } from "../../../engine/host/release.ts";
import { codeOf } from "../../../engine/host/errors.ts";
import { syncFolder } from "../../../engine/host/whole-file.ts";
import { hostMark } from "../host-mark.ts";
import { openPack, readPackContent, type PackContent } from "./pack-file.ts";
import { encodeHeader, encodeList, headerBytes, packHead, type ListedRecord } from "./record.ts";

/**
 * The ends of a pack's name: nobody writes a closed one, and who goes on with it renames it first, so that two never write the same.
 * An open one whose writer died is read as it is, and never written again.
 */
export const packEnds = { closed: ".pack", open: ".open" } as const;

export interface PackLimits {
  /** A pack of so many bytes is closed, and another begun. */
  readonly fullAt: number;
  /** A closed pack of fewer bytes is gone on with. */
  readonly resumedBelow: number;
}

/** A record that is durable. */
export interface WrittenRecord extends ListedRecord {
  /** Its pack's name without the end. */
  readonly pack: string;
}

export interface PackWriter {
  /** Durable when it resolves. Throws RunBlocked `DISK_FULL`, `DATA_NOT_WRITABLE`; then nothing of it is left. */
  append(record: NewRecord): Promise<WrittenRecord>;
  /** The pack that is being written; `null` before the first record. */
  findCurrent(): string | null;
  /** Writes the list of what it appended, so that the next start need not look for it. */
  close(): Promise<void>;
}

export interface NewRecord {
  readonly kind: "bytes" | "parts";
  readonly digest: Uint8Array;
  /** Bytes of the blob as it is given out. */
  readonly bytes: number;
  readonly body: Uint8Array;
  /** Default false. */
  readonly isSealed?: boolean;
}

interface Waiting {
  readonly record: NewRecord;
  readonly resolve: (written: WrittenRecord) => void;
  readonly reject: (error: unknown) => void;
}

interface Current {
  readonly name: string;
  size: number;
  /** What no list names yet. */
  readonly fresh: ListedRecord[];
  /** Where the last list begins; 0: none. */
  lastList: number;
}

/** What a writer knows. */
interface Writing {
  readonly folder: string;
  readonly limits: PackLimits;
  readonly openFile: typeof open;
  readonly moveFile: typeof rename;
  readonly waiting: Waiting[];
  current: Current | null;
  working: Promise<void> | null;
}

/** Makes or claims no pack before the first record. `openFile`, `moveFile`: the file system's own, but for a test of a disk that refuses, or of another that is faster. */
export function createPackWriter(
  folder: string,
  limits: PackLimits,
  openFile: typeof open = open,
  moveFile: typeof rename = rename,
): PackWriter {
  const given = { folder, limits, openFile, moveFile };
  const writing: Writing = { ...given, waiting: [], current: null, working: null };
  return {
    append: (record) =>
      new Promise((resolve, reject) => {
        writing.waiting.push({ record, resolve, reject });
        writing.working ??= writeWaiting(writing);
      }),
    findCurrent: () => writing.current?.name ?? null,
    async close() {
      await writing.working;
      await guardDisk(folder, () => closeCurrent(writing));
    },
  };
}

async function writeWaiting(writing: Writing): Promise<void> {
  while (writing.waiting.length > 0) {
    const batch = takeBatch(writing.waiting);
    try {
      const written = await guardDisk(writing.folder, () => writeBatch(writing, batch));
      for (const [index, { resolve }] of batch.entries())
        if (written[index] !== undefined) resolve(written[index]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  // At once: who comes a moment later would wait for a writer that has gone home.
  writing.working = null;
}

async function writeBatch(
  writing: Writing,
  batch: readonly Waiting[],
): Promise<readonly WrittenRecord[]> {
  if (writing.current !== null && writing.current.size >= writing.limits.fullAt)
    await closeCurrent(writing);
  writing.current ??= await acquirePack(writing);
  const pack = writing.current;
  const written: WrittenRecord[] = [];
  const pieces: Uint8Array[] = [];
  let offset = pack.size;
  for (const { record } of batch) {
    const { kind, digest, bytes, body, isSealed = false } = record;
    const stored = body.byteLength;
    pieces.push(encodeHeader({ kind, stored, bytes, digest, isSealed }), body);
    written.push({ pack: pack.name, digest, offset, stored });
    offset += headerBytes + stored;
  }
  const joined = Buffer.concat(pieces);
  await appendDurably(writing, pack, joined, batch.length);
  releaseBytes(joined);
  pack.fresh.push(...written);
  return written;
}

/** What could not be written whole is cut off again; where even that fails, the next record is written over it. */
async function appendDurably(
  { folder, openFile }: Writing,
  pack: Current,
  bytes: Uint8Array,
  records: number,
): Promise<void> {
  const handle = await openFile(join(folder, pack.name + packEnds.open), "r+");
  try {
    await writeAllAt(handle, bytes, pack.size);
    for (let index = 0; index < records; index += 1) passCrashpoint("artifact-before-sync");
    await handle.datasync();
  } catch (error) {
    await handle.truncate(pack.size).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
  pack.size += bytes.byteLength;
  for (let index = 0; index < records; index += 1) passCrashpoint("artifact-after-sync");
}

async function closeCurrent(writing: Writing): Promise<void> {
  const { folder, current: pack } = writing;
  if (pack === null) return;
  const body = encodeList(pack.fresh, pack.lastList);
  const digest = createHash("sha256").update(body).digest();
  const list = { kind: "list", stored: body.byteLength, bytes: 0, digest } as const;
  const header = encodeHeader({ ...list, isSealed: false });
  await appendDurably(writing, pack, Buffer.concat([header, body]), 0);
  writing.current = null;
  const path = join(folder, pack.name);
  await rename(path + packEnds.open, path + packEnds.closed);
  await syncFolder(folder);
}

/** At their place, whatever somebody else did to the end of the file. */
async function writeAllAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const rest = bytes.byteLength - done;
    done += (await handle.write(bytes, done, rest, at + done)).bytesWritten;
  }
}

/** Bytes that go to the disk at once, at most, unless one record alone has more. */
const batchBytes = 8_000_000;

function takeBatch(waiting: Waiting[]): readonly Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { record } of waiting) {
    bytes += record.body.byteLength;
    if (count > 0 && bytes > batchBytes) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** The newest closed pack of this host that has room, or a new one: what another host has just written need not be seen from here, as NFS promises no more than that. */
async function acquirePack({ folder, limits, openFile, moveFile }: Writing): Promise<Current> {
  const names = await readdir(folder);
  const newest = names
    .filter((name) => name.endsWith(packEnds.closed) && name.split("-")[1] === hostMark)
    .toSorted()
    .at(-1);
  const claimed =
    newest === undefined
      ? null
      : await claimPack(join(folder, newest.slice(0, -packEnds.closed.length)), limits, moveFile);
  if (claimed !== null) return claimed;
  const numbers = names.map((name) => Number(name.split("-")[0])).filter(Number.isInteger);
  const number = String(1 + Math.max(0, ...numbers)).padStart(6, "0");
  // Two hosts, or two processes of one, may take the same number.
  const name = `${number}-${hostMark}-${randomBytes(4).toString("hex")}`;
  const handle = await openFile(join(folder, name + packEnds.open), "wx", 0o600);
  await writeAllAt(handle, packHead, 0);
  await handle.close();
  await syncFolder(folder);
  return { name, size: packHead.byteLength, fresh: [], lastList: 0 };
}

/** `null`: it is full, or not as it was closed, or another was faster. */
async function claimPack(
  path: string,
  { resumedBelow }: PackLimits,
  moveFile: typeof rename,
): Promise<Current | null> {
  try {
    if (!isRoomy(readClosed(path + packEnds.closed), resumedBelow)) return null;
    await moveFile(path + packEnds.closed, path + packEnds.open);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  await syncFolder(dirname(path));
  // Between look and claim another may have gone on with it and closed it again: what counts is how it is now that it is ours.
  const { end, lastList } = readClosed(path + packEnds.open);
  if (lastList === null) return null;
  return { name: basename(path), size: end, fresh: [], lastList };
}

function isRoomy({ end, lastList }: PackContent, resumedBelow: number): boolean {
  return lastList !== null && end < resumedBelow;
}

function readClosed(path: string): PackContent {
  const pack = openPack(path);
  try {
    return readPackContent(pack, 0);
  } finally {
    pack.close();
  }
}
