/** Blobs on disk by sha256: small ones in packs, large ones as files of their own. */
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { storeBytes, storeStream } from "./keep.ts";
import { createLooseBlobs, measureFile } from "./loose.ts";
import {
  findAll,
  findFirst,
  hasWhole,
  isKnownWhole,
  missingError,
  readMoved,
  readWholeBlob,
  streamWhole,
} from "./read.ts";
import { eraseBlobs } from "./erase.ts";
import {
  openShelves,
  type Shelves,
  toLaidOutFolder,
  toPackFolder,
  toTemporaryFolder,
} from "./shelves.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { BlobSeals } from "../seals/blobs.ts";
import { openPacks, packLimits } from "./packs/packs.ts";
import type { PackLimits } from "./packs/pack-writer.ts";

/** Opens (and makes) the folder. Throws RunBlocked `DISK_FULL`, `DATA_NOT_WRITABLE`. */
export async function openArtifacts(
  folder: string,
  limits: PackLimits = packLimits,
  seals: BlobSeals | null = null,
): Promise<ArtifactStore> {
  await guardDisk(folder, async () => {
    await mkdir(toTemporaryFolder(folder), { recursive: true, mode: 0o700 });
    await mkdir(toPackFolder(folder), { recursive: true, mode: 0o700 });
  });
  return readArtifacts(folder, limits, seals);
}

/** The store for who only reads: nothing is made, the folder may be missing. */
export function readArtifacts(
  folder: string,
  limits: PackLimits = packLimits,
  seals: BlobSeals | null = null,
): ArtifactStore {
  return createStore(openShelves(folder, limits, seals));
}

/** The store of these shelves. */
export function createStore(shelves: Shelves): ArtifactStore {
  return {
    temporaryFolder: toTemporaryFolder(shelves.folder),
    has: async (sha256) => (await findFirst(shelves, sha256)) !== null,
    measure: async (sha256) => (await findFirst(shelves, sha256))?.bytes ?? null,
    async put(name, bytes, { extend } = {}) {
      const sha256 = shelves.heads.hash(bytes);
      const known = shelves.underWay.get(sha256);
      const storing = known ?? storeBytes(shelves, sha256, bytes, extend);
      if (known === undefined) shelves.underWay.set(sha256, storing);
      try {
        await storing;
      } finally {
        shelves.underWay.delete(sha256);
      }
      return { name, sha256, bytes: bytes.byteLength };
    },
    async putStream(name, chunks, { isCopied = false } = {}) {
      return { name, ...(await storeStream(shelves, chunks, isCopied)) };
    },
    read: (sha256) => readWholeBlob(shelves, sha256),
    stream: (sha256) => streamWhole(shelves, sha256),
    async *slice(sha256, from, to) {
      const found = await findFirst(shelves, sha256);
      if (found === null) throw missingError(sha256);
      yield* readMoved(shelves, sha256, found, from, to);
    },
    isWhole: (sha256) => isKnownWhole(shelves, sha256),
    erase: (unwanted, needed) => eraseBlobs(shelves, unwanted, needed),
    layOut: (sha256) => layOutBlob(shelves, sha256),
    async *list() {
      yield* shelves.packs.listAll();
      for await (const { sha256, path } of shelves.loose.list()) {
        const found = await allowMissing(stat(path));
        if (found !== null) yield { sha256, writtenMs: found.mtimeMs };
      }
    },
    close: () => shelves.packs.close(),
  };
}

/** A mark beside the packs says that the file is a copy. What is sealed is laid out nowhere: a copy would lie there in clear. */
async function layOutBlob(shelves: Shelves, sha256: string): Promise<string | null> {
  if (shelves.seals?.isSealing === true) return null;
  const path = shelves.loose.locate(sha256);
  if ((await measureFile(path)) !== null) return path;
  if (!(await hasWhole(shelves, sha256, findAll(shelves, sha256)))) return null;
  const draft = await shelves.loose.draft(streamWhole(shelves, sha256));
  const folder = toLaidOutFolder(shelves.folder);
  await guardDisk(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, sha256), "", { mode: 0o600 });
  });
  await shelves.loose.shelve(draft, sha256);
  return path;
}

/** A copy that somebody asked for is kept for so long. */
const laidOutMs = 86_400_000;

/**
 * Removes what a dead writer left half-written, and copies that were laid out a day ago; called at the start of who keeps the
 * journal. `before`: where others write too, only what nobody has touched since (milliseconds since the epoch).
 */
export async function sweepTemporary(
  folder: string,
  nowMs: number,
  before = Number.POSITIVE_INFINITY,
): Promise<number> {
  const temporary = toTemporaryFolder(folder);
  let swept = 0;
  for (const name of (await allowMissing(readdir(temporary))) ?? []) {
    const path = join(temporary, name);
    const touched = await allowMissing(stat(path));
    if (touched === null || touched.mtimeMs >= before) continue;
    await rm(path, { force: true });
    swept += 1;
  }
  await sweepLaidOut(folder, nowMs);
  return swept;
}

async function sweepLaidOut(folder: string, nowMs: number): Promise<void> {
  const laidOut = toLaidOutFolder(folder);
  const marks = (await allowMissing(readdir(laidOut))) ?? [];
  if (marks.length === 0) return;
  const packs = openPacks(toPackFolder(folder));
  const loose = createLooseBlobs(folder, toTemporaryFolder(folder));
  for (const sha256 of marks) {
    const mark = join(laidOut, sha256);
    const { mtimeMs } = await stat(mark);
    if (nowMs - mtimeMs < laidOutMs) continue;
    // Without its record the copy is all that there is.
    if (packs.find(sha256).length > 0) await rm(loose.locate(sha256), { force: true });
    await rm(mark, { force: true });
  }
  await packs.close();
}
