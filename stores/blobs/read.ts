/** Reading blobs, wherever they lie: no byte is given out that is not of the name. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { allowMissing } from "../../engine/host/errors.ts";
import { AlteredArtifact, isLostArtifact } from "../../engine/host/files.ts";
import { type LooseBlob, sealedFile } from "./loose.ts";
import type { PackedBlob } from "./packs/packs.ts";
import type { BlobPart } from "./packs/record.ts";
import type { Shelves } from "./shelves.ts";

/** A blob that may be the one that is asked for. */
export type BlobCandidate = PackedBlob | ({ readonly kind: "file" } & LooseBlob);

/** Bytes: a document is smaller, and each piece of a stream costs as much as a whole one. */
const readAtOnce = 1_000_000;

/** Where the bytes of the sha256 may lie, the likeliest first; an altered one may have a whole one behind it. */
export async function* findAll(shelves: Shelves, sha256: string): AsyncGenerator<BlobCandidate> {
  yield* findKnown(shelves, sha256);
  // None, or none whole: another process may have written it since, or moved it.
  await lookAround(shelves);
  yield* findKnown(shelves, sha256);
}

async function lookAround({ packs, loose }: Shelves): Promise<void> {
  packs.refresh();
  await loose.refresh();
}

export async function* findKnown(shelves: Shelves, sha256: string): AsyncGenerator<BlobCandidate> {
  const packed = shelves.packs.find(sha256);
  yield* packed;
  for (const file of await shelves.loose.find(sha256)) yield { kind: "file", ...file };
  // A file that is moved into a pack meanwhile lies there before it goes.
  const later = shelves.packs.find(sha256);
  if (later.length > packed.length) yield* later;
}

export async function findFirst(shelves: Shelves, sha256: string): Promise<BlobCandidate | null> {
  for await (const candidate of findAll(shelves, sha256)) return candidate;
  return null;
}

export async function readWholeBlob(shelves: Shelves, sha256: string): Promise<Uint8Array> {
  let isFound = false;
  for await (const candidate of findAll(shelves, sha256)) {
    isFound = true;
    const bytes = await readCandidate(shelves, candidate);
    if (bytes !== null && shelves.heads.hash(bytes) === sha256) return bytes;
  }
  throw isFound ? alteredError(sha256) : missingError(sha256);
}

/** All of it, not yet compared; `null`: what it is put together from is not there. */
export async function readCandidate(
  shelves: Shelves,
  candidate: BlobCandidate,
): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  try {
    if (candidate.kind === "bytes") return candidate.readAt(0, candidate.bytes);
    for await (const piece of readPieces(shelves, candidate, 0, candidate.bytes))
      pieces.push(piece);
  } catch (error) {
    if (isLostArtifact(error)) return null;
    throw error;
  }
  return Buffer.concat(pieces);
}

/** A stretch of a blob as it lies on the disk. Throws as a lost artifact when a part of it is. */
export async function* readPieces(
  shelves: Shelves,
  candidate: BlobCandidate,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (to <= from) return;
  if (candidate.kind === "bytes") {
    yield candidate.readAt(from, to - from);
    return;
  }
  if (candidate.kind === "file" && candidate.isSealed) {
    yield* openFile(shelves, candidate, from, to);
    return;
  }
  if (candidate.kind === "file") {
    for await (const chunk of createReadStream(candidate.path, { start: from, end: to - 1 }))
      yield chunk as Uint8Array;
    return;
  }
  let at = 0;
  for (const part of candidate.readParts() ?? []) {
    const length = part.kind === "own" ? part.content.byteLength : part.length;
    const begin = Math.max(0, from - at);
    const end = Math.min(length, to - at);
    at += length;
    if (begin >= end) continue;
    if (part.kind === "own") yield part.content.subarray(begin, end);
    else yield* readStretch(shelves, part, begin, end);
  }
}

async function* openFile(
  { seals }: Shelves,
  { path, bytes }: LooseBlob,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (seals === null) throw new Error("a sealed file without seals");
  const file = await open(path, "r");
  try {
    yield* seals.openStream(
      (at, length) => readExactly(file, at, length),
      bytes,
      { from, to },
      sealedFile,
    );
  } finally {
    await file.close();
  }
}

/** Fewer at the end of the file. */
async function readExactly(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
}

type Stretch = Extract<BlobPart, { readonly kind: "of" }>;

export async function* readStretch(
  shelves: Shelves,
  { sha256, from, isHead = false }: Stretch,
  begin: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  if (isHead) {
    yield (await readHead(shelves, sha256)).subarray(from + begin, from + end);
    return;
  }
  const found = await findFirst(shelves, sha256);
  if (found === null) throw alteredError(sha256);
  yield* readMoved(shelves, sha256, found, from + begin, from + end);
}

/** A stretch as it lies on the disk; where another process moves the blob meanwhile, the rest of it comes from its new place. */
export async function* readMoved(
  shelves: Shelves,
  sha256: string,
  first: BlobCandidate,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = from;
  try {
    for await (const piece of readPieces(shelves, first, from, to)) {
      at += piece.byteLength;
      yield piece;
    }
  } catch (error) {
    if (!isLostArtifact(error)) throw error;
  }
  if (at >= Math.min(to, first.bytes)) return;
  await lookAround(shelves);
  const found = await findFirst(shelves, sha256);
  if (found === null) throw missingError(sha256);
  yield* readPieces(shelves, found, at, to);
}

/** Any whole one of those that packs have: it stays in memory, for the next blob has it too. */
async function readHead(shelves: Shelves, sha256: string): Promise<Buffer> {
  const known = shelves.heads.find(sha256);
  if (known !== null) return known.bytes;
  return shelves.heads.add(sha256, await readWholeBlob(shelves, sha256)).bytes;
}

/** A byte of an altered blob must not be handed out, and who has read the first cannot give it back: a large one is read twice. */
export async function* streamWhole(shelves: Shelves, sha256: string): AsyncGenerator<Uint8Array> {
  const large = await findLarge(shelves, sha256);
  if (large === null) {
    const bytes = await readWholeBlob(shelves, sha256);
    shelves.given.set(bytes, { sha256, from: 0 });
    yield bytes;
    return;
  }
  const hash = createHash("sha256");
  for await (const piece of readMoved(shelves, sha256, large, 0, large.bytes)) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest("hex") !== sha256) throw alteredError(sha256);
}

/** The whole one of a blob that is too large to be held in memory; `null`: it is not, or there is none. */
async function findLarge(shelves: Shelves, sha256: string): Promise<BlobCandidate | null> {
  let isLarge = false;
  for await (const candidate of findAll(shelves, sha256)) {
    if (candidate.bytes <= readAtOnce) return null;
    isLarge = true;
    if (await hasHash(shelves, candidate, sha256)) return candidate;
  }
  if (isLarge) throw alteredError(sha256);
  return null;
}

async function hasHash(
  shelves: Shelves,
  candidate: BlobCandidate,
  sha256: string,
): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    for await (const piece of readPieces(shelves, candidate, 0, candidate.bytes))
      hash.update(piece);
  } catch (error) {
    if (isLostArtifact(error)) return false;
    throw error;
  }
  return hash.digest("hex") === sha256;
}

export async function hasWhole(
  shelves: Shelves,
  sha256: string,
  candidates: Iterable<BlobCandidate> | AsyncIterable<BlobCandidate>,
): Promise<boolean> {
  for await (const candidate of candidates)
    if (await hasHash(shelves, candidate, sha256)) return true;
  return false;
}

const mostChecked = 1_000;

export async function isKnownWhole(shelves: Shelves, sha256: string): Promise<boolean> {
  const version = await readVersion(shelves, sha256);
  if (shelves.checked.get(sha256) === version) return true;
  if (!(await hasWhole(shelves, sha256, findAll(shelves, sha256)))) return false;
  if (shelves.checked.size >= mostChecked) shelves.checked.clear();
  shelves.checked.set(sha256, version);
  return true;
}

/** What a change of any file that the blob is read from would change. */
async function readVersion(shelves: Shelves, sha256: string): Promise<string> {
  const known = await joinVersions(shelves, sha256);
  if (known !== "") return known;
  await lookAround(shelves);
  return await joinVersions(shelves, sha256);
}

async function joinVersions(shelves: Shelves, sha256: string): Promise<string> {
  const versions = new Set<string>();
  for await (const candidate of findKnown(shelves, sha256)) {
    if (candidate.kind === "file") {
      const found = await allowMissing(stat(candidate.path));
      if (found === null) continue;
      const { ino, size, mtimeMs, ctimeMs } = found;
      versions.add([ino, size, mtimeMs, ctimeMs].join(" "));
      continue;
    }
    versions.add(candidate.readVersion());
    if (candidate.kind === "parts")
      for (const part of candidate.readParts() ?? [])
        if (part.kind === "of") versions.add(await readVersion(shelves, part.sha256));
  }
  return [...versions].join(", ");
}

export function alteredError(sha256: string): AlteredArtifact {
  return new AlteredArtifact(`artifact altered on disk: ${sha256}`);
}

export function missingError(sha256: string): Error {
  return Object.assign(new Error(`artifact not on disk: ${sha256}`), { code: "ENOENT" });
}
