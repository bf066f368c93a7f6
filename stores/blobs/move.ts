/** Moves a folder of blobs into packs, or out of them: each blob is in its new place before it leaves the old one, so that what broke off goes on. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing, codeOf } from "../../engine/host/errors.ts";
import { gatherParts } from "./keep.ts";
import { AlteredArtifact } from "../../engine/host/files.ts";
import type { BlobSeals } from "../seals/blobs.ts";
import { packLimits } from "./packs/packs.ts";
import { measureBlob } from "./loose.ts";
import { findKnown, hasWhole, readPieces, streamWhole } from "./read.ts";
import {
  openShelves,
  type Shelves,
  toLaidOutFolder,
  toPackFolder,
  toTemporaryFolder,
} from "./shelves.ts";

/** A file that may hold others. */
export interface BlobHolder {
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`; fewer at the end of the file. */
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** A part of a file that may be a blob of its own. */
export interface Stretch {
  readonly from: number;
  readonly length: number;
}

/** Where a file may hold other blobs, in order; two may begin alike, the longest first. */
export type ListStretches = (file: BlobHolder) => Promise<readonly Stretch[]>;

export interface Moved {
  readonly blobs: number;
  readonly bytes: number;
  /** Too large for a pack, and not put together from others: they stay files. */
  readonly large: number;
  /** Not what their name says: they stay where they are. */
  readonly altered: readonly string[];
}

/** Told after each part. */
export type TellMoved = (blobs: number) => void;

/** So many at once share a sync. */
const atOnce = 64;

/** Every file of its own into packs. */
export async function packBlobs(
  folder: string,
  listStretches: ListStretches,
  tell: TellMoved,
  seals: BlobSeals | null = null,
): Promise<Moved> {
  await mkdir(toPackFolder(folder), { recursive: true, mode: 0o700 });
  return packShelves(openShelves(folder, packLimits, seals), listStretches, tell);
}

/** Every file of its own on these shelves. */
export async function packShelves(
  shelves: Shelves,
  listStretches: ListStretches,
  tell: TellMoved,
): Promise<Moved> {
  const { folder } = shelves;
  const moved = await moveAll(inParts(listLoose(shelves)), tell, (sha256) =>
    packOne(shelves, sha256, listStretches),
  );
  await shelves.packs.close();
  await rm(toLaidOutFolder(folder), { recursive: true, force: true });
  await removeEmpty(folder);
  return moved;
}

/** Every blob of the packs into a file of its own; the packs go when all are out. */
export async function unpackBlobs(
  folder: string,
  tell: TellMoved,
  seals: BlobSeals | null = null,
): Promise<Moved> {
  await mkdir(toTemporaryFolder(folder), { recursive: true, mode: 0o700 });
  const shelves = openShelves(folder, packLimits, seals);
  const all = new Set([...shelves.packs.listAll()].map(({ sha256 }) => sha256));
  const moved = await moveAll(inParts(all), tell, (sha256) => unpackOne(shelves, sha256));
  await shelves.packs.close();
  await rm(toLaidOutFolder(folder), { recursive: true, force: true });
  if (moved.altered.length === 0) await rm(toPackFolder(folder), { recursive: true, force: true });
  return moved;
}

type Fate = { readonly bytes: number } | "there" | "large" | "altered";

async function moveAll(
  parts: AsyncIterable<readonly string[]>,
  tell: TellMoved,
  moveOne: (sha256: string) => Promise<Fate>,
): Promise<Moved> {
  const altered: string[] = [];
  let [blobs, bytes, large] = [0, 0, 0];
  for await (const part of parts) {
    const fates = await Promise.all(part.map(moveOne));
    for (const [index, fate] of fates.entries()) {
      if (fate === "altered") altered.push(part[index] ?? "");
      if (fate === "large") large += 1;
      if (typeof fate === "string") continue;
      blobs += 1;
      bytes += fate.bytes;
    }
    tell(blobs);
  }
  return { blobs, bytes, large, altered };
}

async function* inParts(
  names: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<readonly string[]> {
  let part: string[] = [];
  for await (const name of names) {
    part.push(name);
    if (part.length < atOnce) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

async function packOne(
  shelves: Shelves,
  sha256: string,
  listStretches: ListStretches,
): Promise<Fate> {
  const own = await measureBlob(shelves.loose.locate(sha256), shelves.seals?.isSealing === true);
  const files = own.length > 0 ? own : await shelves.loose.find(sha256);
  const [file] = files;
  const removeFiles = async (): Promise<void> => {
    for (const { path } of files) await rm(path, { force: true });
  };
  if (file === undefined || (await hasWhole(shelves, sha256, shelves.packs.find(sha256)))) {
    await removeFiles();
    return "there";
  }
  const { bytes: size } = file;
  const slice = async (start: number, end: number): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    const candidate = { kind: "file", ...file } as const;
    for await (const piece of readPieces(shelves, candidate, start, Math.min(end, size)))
      pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const hash = createHash("sha256");
  const pieces = cutAtBlobs(shelves, sha256, { size, slice }, listStretches);
  try {
    const { parts, isWhole } = await gatherParts(shelves, addTo(hash, pieces), false);
    if (!isWhole) return "large";
    if (hash.digest("hex") !== sha256) return "altered";
    const [only] = parts;
    const content = parts.length === 1 && only?.kind === "own" ? only.content : parts;
    await shelves.packs.put({ sha256, bytes: size, content });
  } catch (error) {
    if (error instanceof AlteredArtifact) return "altered";
    throw error;
  }
  await removeFiles();
  return { bytes: size };
}

async function* listLoose(shelves: Shelves): AsyncGenerator<string> {
  for await (const { sha256 } of shelves.loose.list()) yield sha256;
}

async function* addTo(
  hash: ReturnType<typeof createHash>,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/** Bytes: as much of a file is looked at in one go. */
const readAtOnce = 1_000_000;

/** The file in pieces; a piece that is a blob of the store is told to be one. */
async function* cutAtBlobs(
  shelves: Shelves,
  own: string,
  file: BlobHolder,
  listStretches: ListStretches,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const { from, length } of await listStretches(file)) {
    if (from < at || length > readAtOnce) continue;
    const bytes = await file.slice(from, from + length);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (sha256 === own || !(await hasWhole(shelves, sha256, findKnown(shelves, sha256)))) continue;
    yield* readRange(file, at, from);
    shelves.given.set(bytes, { sha256, from: 0 });
    yield bytes;
    at = from + length;
  }
  yield* readRange(file, at, file.size);
}

async function* readRange(file: BlobHolder, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += readAtOnce)
    yield await file.slice(at, Math.min(to, at + readAtOnce));
}

async function unpackOne(shelves: Shelves, sha256: string): Promise<Fate> {
  const files = await shelves.loose.find(sha256);
  const there = files.map((file) => ({ kind: "file", ...file }) as const);
  if (await hasWhole(shelves, sha256, there)) return "there";
  if (!(await hasWhole(shelves, sha256, shelves.packs.find(sha256)))) return "altered";
  await shelves.loose.shelve(await shelves.loose.draft(streamWhole(shelves, sha256)), sha256);
  const [file] = await shelves.loose.find(sha256);
  return { bytes: file?.bytes ?? 0 };
}

/** Shelves on which nothing lies any more. */
async function removeEmpty(folder: string): Promise<void> {
  for (const name of (await allowMissing(readdir(folder))) ?? [])
    if (/^[0-9a-f]{2}$/.test(name))
      await rmdir(join(folder, name)).catch((error: unknown) => {
        if (codeOf(error) !== "ENOTEMPTY") throw error;
      });
}
