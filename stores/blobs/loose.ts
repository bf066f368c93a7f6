/** Blobs that are files of their own, named by their sha256: written to a temporary name, synced, renamed. */
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { appendAll, syncFolder } from "../../engine/host/whole-file.ts";
import { hostMark } from "./host-mark.ts";

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface LooseBlobs {
  /** Where the file of this sha256 lies (whether or not it is there). */
  locate(sha256: string): string;
  /** Its size in bytes; `null`: it is not there, as far as this process knows. */
  measure(sha256: string): Promise<number | null>;
  /** Looks for what other processes wrote since. */
  refresh(): Promise<void>;
  /** Writes and syncs a file that has no name yet; removes it again when that fails. What `pieces` throws is thrown as it is. */
  draft(pieces: Pieces): Promise<string>;
  /** Gives a draft its name for good: durable when it resolves, gone when it throws. */
  shelve(draft: string, sha256: string): Promise<void>;
  /** Every blob that is there. */
  list(): AsyncIterable<string>;
}

/** Blobs below this folder. */
export function createLooseBlobs(folder: string, temporaryFolder: string): LooseBlobs {
  /** Names of the shelves that are there; `null` before the first look. */
  let known: Set<string> | null = null;

  const locate = (sha256: string): string => join(folder, toShelf(sha256), sha256);

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
    async measure(sha256) {
      const there = known ?? (await look());
      return there.has(toShelf(sha256)) ? await measureFile(locate(sha256)) : null;
    },
    async refresh() {
      await look();
    },
    async draft(pieces) {
      const path = join(temporaryFolder, nameDraft(temporaryFolder));
      await writeDraft(path, pieces, folder);
      return path;
    },
    async shelve(draft, sha256) {
      const path = locate(sha256);
      const shelf = join(folder, toShelf(sha256));
      try {
        await guardDisk(folder, async () => {
          await makeShelf(toShelf(sha256));
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
      for (const shelf of await look())
        for (const name of (await allowMissing(readdir(join(folder, shelf)))) ?? [])
          if (/^[0-9a-f]{64}$/.test(name)) yield name;
    },
  };
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
