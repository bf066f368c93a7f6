/** Blobs on disk by sha256: written to a temporary name, fsynced, renamed. */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { passCrashpoint } from "./crashpoint.ts";
import { guardDisk } from "./disk-faults.ts";
import { allowMissing, codeOf } from "./errors.ts";
import { AlteredArtifact, type ArtifactAccess } from "./files.ts";
import { appendAll, syncFolder } from "./whole-file.ts";

/** `put` and `putStream` throw RunBlocked `DISK_FULL` or `DATA_NOT_WRITABLE` when the disk refuses; nothing half written is left. */
export interface ArtifactStore extends ArtifactAccess {
  /** Where the blob of this sha256 lies (whether or not it is there). */
  locate(sha256: string): string;
  has(sha256: string): Promise<boolean>;
  /** Where files lie that nobody keeps: what is left there is swept at the next start. */
  readonly temporaryFolder: string;
}

/** The folder, and what this process knows of it. */
interface Shelves {
  readonly folder: string;
  /** Shelves that are there for certain. */
  readonly known: Set<string>;
  /** Temporary files so far: each has a name of its own. */
  counter: number;
}

/** Opens (and makes) the folder. Throws RunBlocked `DISK_FULL`, `DATA_NOT_WRITABLE`. */
export async function openArtifacts(folder: string): Promise<ArtifactStore> {
  const shelves: Shelves = { folder, known: new Set(), counter: 0 };
  await guardDisk(folder, () => mkdir(toTemporaryFolder(folder), { recursive: true, mode: 0o700 }));
  const toPath = (sha256: string): string => join(folder, toShelf(sha256), sha256);
  return {
    temporaryFolder: toTemporaryFolder(folder),
    locate: toPath,
    has: (sha256) => isThere(toPath(sha256)),
    async put(name, bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const stored = { name, sha256, bytes: bytes.byteLength };
      if (await isWhole(toPath(sha256), sha256)) return stored;
      const temporary = await writeTemporary(shelves, [bytes]);
      await shelve(shelves, temporary, sha256);
      return stored;
    },
    async putStream(name, chunks) {
      const hash = createHash("sha256");
      let bytes = 0;
      async function* measureChunks(): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          yield chunk;
        }
      }
      const temporary = await writeTemporary(shelves, measureChunks());
      const sha256 = hash.digest("hex");
      if (await isWhole(toPath(sha256), sha256)) await rm(temporary, { force: true });
      else await shelve(shelves, temporary, sha256);
      return { name, sha256, bytes };
    },
    read: (sha256) => readChecked(toPath(sha256), sha256),
    stream: (sha256) => streamChecked(toPath(sha256), sha256),
  };
}

/** A byte of an altered blob must not be handed out, and who has read the first cannot give it back: a large one is read twice. */
async function* streamChecked(path: string, sha256: string): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  if (size <= READ_AT_ONCE) {
    yield await readChecked(path, sha256);
    return;
  }
  if (!(await hasHash(path, sha256))) throw alteredError(sha256);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Uint8Array);
    yield chunk as Uint8Array;
  }
  if (hash.digest("hex") !== sha256) throw alteredError(sha256);
}

/** Bytes: a document is smaller, and each piece of a stream costs as much as a whole one. */
const READ_AT_ONCE = 1_000_000;

async function readChecked(path: string, sha256: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) throw alteredError(sha256);
  return bytes;
}

async function hasHash(path: string, sha256: string): Promise<boolean> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex") === sha256;
}

/** Whether the blob was missing or altered: whoever can make it again may do so. */
export function isLostArtifact(error: unknown): boolean {
  return error instanceof AlteredArtifact || codeOf(error) === "ENOENT";
}

function alteredError(sha256: string): AlteredArtifact {
  return new AlteredArtifact(`artifact altered on disk: ${sha256}`);
}

/** Removes what a dead writer left half-written; called by the one writer at its start. */
export async function sweepTemporary(folder: string): Promise<number> {
  const temporary = toTemporaryFolder(folder);
  const names = (await allowMissing(readdir(temporary))) ?? [];
  for (const name of names) await rm(join(temporary, name), { force: true });
  return names.length;
}

/** Size in bytes of one stored blob, or `null` when it is not there. */
export async function findArtifactSize(
  store: ArtifactStore,
  sha256: string,
): Promise<number | null> {
  const found = await allowMissing(stat(store.locate(sha256)));
  return found === null ? null : found.size;
}

function toTemporaryFolder(folder: string): string {
  return join(folder, "tmp");
}

/** 256 folders, so that none grows too large. */
function toShelf(sha256: string): string {
  return sha256.slice(0, 2);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** An altered file is replaced by who has the right bytes. */
async function isWhole(path: string, sha256: string): Promise<boolean> {
  return (await isThere(path)) && (await hasHash(path, sha256));
}

/** Writes and syncs a file of its own; removes it again when that fails. What `chunks` throws is thrown as it is. */
async function writeTemporary(
  shelves: Shelves,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
  const { folder } = shelves;
  shelves.counter += 1;
  const path = join(toTemporaryFolder(folder), `${process.pid}-${shelves.counter}`);
  const handle = await guardDisk(folder, () => open(path, "w", 0o600));
  try {
    for await (const chunk of chunks) await guardDisk(folder, () => appendAll(handle, chunk));
    await guardDisk(folder, () => handle.sync());
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
  await handle.close();
  return path;
}

/** Gives the file its name for good: durable when it resolves, gone when it throws. */
async function shelve(shelves: Shelves, temporary: string, sha256: string): Promise<void> {
  const { folder } = shelves;
  const shelf = join(folder, toShelf(sha256));
  try {
    await guardDisk(folder, async () => {
      await makeShelf(shelves, shelf);
      passCrashpoint("artifact-before-rename");
      await rename(temporary, join(shelf, sha256));
      await syncFolder(shelf);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  passCrashpoint("artifact-after-rename");
}

async function makeShelf({ folder, known }: Shelves, shelf: string): Promise<void> {
  if (known.has(shelf)) return;
  const made = await mkdir(shelf, { recursive: true, mode: 0o700 });
  // A new shelf is itself an entry of the folder above, to be made durable too.
  if (made !== undefined) await syncFolder(folder);
  known.add(shelf);
}
