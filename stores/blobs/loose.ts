/** Blobs that are files of their own, named by their sha256: written to a temporary name, synced, renamed. */
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { appendAll, syncFolder } from "../../engine/host/whole-file.ts";
import { type BlobSeals, measureClear } from "../seals/blobs.ts";
import { hostMark } from "./host-mark.ts";

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface LooseBlob {
  readonly path: string;
  /** Of the blob as it is given out. */
  readonly bytes: number;
  readonly isSealed: boolean;
}

/** What every sealed file is sealed as: its name is known only when it has ended, and read bytes are compared with it. */
export const sealedFile = "file";
const sealedEnd = ".s";

export interface LooseBlobs {
  /** Where a file of this sha256 would be written now. */
  locate(sha256: string): string;
  /** The files that may have it, as far as this process knows. */
  find(sha256: string): Promise<readonly LooseBlob[]>;
  /** Looks for what other processes wrote since. */
  refresh(): Promise<void>;
  /** Writes and syncs a file that has no name yet; removes it again when that fails. What `pieces` throws is thrown as it is. */
  draft(pieces: Pieces): Promise<string>;
  /** Gives a draft its name for good: durable when it resolves, gone when it throws. */
  shelve(draft: string, sha256: string): Promise<void>;
  /** Every blob that is there, and where. */
  list(): AsyncIterable<{ readonly sha256: string; readonly path: string }>;
}

/** Blobs below this folder. */
export function createLooseBlobs(
  folder: string,
  temporaryFolder: string,
  seals: BlobSeals | null = null,
): LooseBlobs {
  /** Names of the shelves that are there; `null` before the first look. */
  let known: Set<string> | null = null;

  const isSealing = seals?.isSealing === true;
  const locate = (sha256: string): string => locateAs(folder, sha256, isSealing ? seals : null);

  async function findAs(sha256: string, as: BlobSeals | null): Promise<readonly LooseBlob[]> {
    const there = known ?? (await look());
    const path = locateAs(folder, sha256, as);
    return there.has(basename(dirname(path))) ? await measureBlob(path, as !== null) : [];
  }

  async function find(sha256: string): Promise<readonly LooseBlob[]> {
    const sealed = seals === null ? [] : await findAs(sha256, seals);
    return seals?.isAllSealed === true ? sealed : [...sealed, ...(await findAs(sha256, null))];
  }

  async function look(): Promise<Set<string>> {
    known = new Set(((await allowMissing(readdir(folder))) ?? []).filter(isShelf));
    return known;
  }

  async function makeShelf(shelf: string): Promise<void> {
    const there = known ?? (await look());
    if (there.has(shelf)) return;
    const made = await mkdir(join(folder, shelf), { recursive: true, mode: 0o700 });
    // A new shelf is itself an entry of the folder above, to be made durable too.
    if (made !== undefined) await syncFolder(folder);
    there.add(shelf);
  }

  return {
    locate,
    find,
    refresh: async () => void (await look()),
    async draft(pieces) {
      const path = join(temporaryFolder, nameDraft(temporaryFolder));
      const written = seals !== null && isSealing ? seals.sealStream(pieces, sealedFile) : pieces;
      await writeDraft(path, written, folder);
      return path;
    },
    async shelve(draft, sha256) {
      const path = locate(sha256);
      const shelf = dirname(path);
      try {
        await guardDisk(folder, async () => {
          await makeShelf(basename(shelf));
          passCrashpoint("artifact-before-sync");
          await rename(draft, path);
          await syncFolder(shelf);
        });
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      passCrashpoint("artifact-after-sync");
    },
    async *list() {
      for (const shelf of await look()) yield* listShelf(join(folder, shelf), seals);
    },
  };
}

async function* listShelf(
  shelf: string,
  seals: BlobSeals | null,
): AsyncGenerator<{ readonly sha256: string; readonly path: string }> {
  for (const name of (await allowMissing(readdir(shelf))) ?? []) {
    const sha256 = readName(name, seals);
    if (sha256 !== null) yield { sha256, path: join(shelf, name) };
  }
}

function locateAs(folder: string, sha256: string, seals: BlobSeals | null): string {
  const name = seals === null ? sha256 : seals.hide(sha256);
  return join(folder, toShelf(name), seals === null ? name : name + sealedEnd);
}

/** The file, when it is there. */
export async function measureBlob(path: string, isSealed: boolean): Promise<readonly LooseBlob[]> {
  const size = await measureFile(path);
  const bytes = size !== null && isSealed ? measureClear(size) : size;
  return bytes === null || bytes < 0 ? [] : [{ path, bytes, isSealed }];
}

/** The sha256 of what has this name; `null`: no blob has. */
function readName(name: string, seals: BlobSeals | null): string | null {
  if (/^[0-9a-f]{64}$/.test(name)) return name;
  const isSealed = seals !== null && /^[0-9a-f]{64}\.s$/.test(name);
  return isSealed ? seals.reveal(name.slice(0, 64)) : null;
}

/** How many were made there. */
const drafts = new Map<string, number>();

/** Each has a name of its own, also where hosts share the folder, or a process has it open twice. */
function nameDraft(folder: string): string {
  const number = 1 + (drafts.get(folder) ?? 0);
  drafts.set(folder, number);
  return `${hostMark}-${process.pid}-${number}`;
}

async function writeDraft(path: string, pieces: Pieces, folder: string): Promise<void> {
  const handle = await guardDisk(folder, () => open(path, "w", 0o600));
  try {
    for await (const piece of pieces) await guardDisk(folder, () => appendAll(handle, piece));
    await guardDisk(folder, () => handle.sync());
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
  await handle.close();
}

/** 256 folders, so that none grows too large. */
function toShelf(sha256: string): string {
  return sha256.slice(0, 2);
}

function isShelf(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** Bytes of a file; `null` when it is not there. */
export async function measureFile(path: string): Promise<number | null> {
  const found = await allowMissing(stat(path));
  return found === null ? null : found.size;
}
