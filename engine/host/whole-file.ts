/** Files outside the store, for their owner alone: written to their end and synced before anybody finds them. */
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** What is being replaced in this process, by path: two that write one file at a moment take turns, for their draft has one name. */
const underWay = new Map<string, Promise<void>>();

/** Puts the pieces in the place of whatever is at `path`: whole when it resolves, as it was when it throws or the process dies. */
export async function replaceFile(path: string, pieces: Pieces): Promise<void> {
  const before = underWay.get(path) ?? Promise.resolve();
  // Whoever was before has told its own caller of its errors.
  const own = before.catch(() => undefined).then(() => replaceAlone(path, pieces));
  underWay.set(path, own);
  try {
    await own;
  } finally {
    if (underWay.get(path) === own) underWay.delete(path);
  }
}

async function replaceAlone(path: string, pieces: Pieces): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.tmp`);
  await rm(draft, { force: true });
  try {
    await writeNewFile(draft, pieces);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Writes a file that is not there yet, and syncs it; its folder is the caller's to sync. */
export async function writeNewFile(path: string, pieces: Pieces): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const piece of pieces) await appendAll(file, piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes all of it at the handle's position. */
export async function appendAll(handle: FileHandle, data: Uint8Array): Promise<void> {
  let rest = data;
  while (rest.byteLength > 0) {
    const { bytesWritten } = await handle.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}

/** Makes names that were given in the folder durable. Windows opens no folder, and NTFS keeps a journal of its names by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Takes away half a line that a process which died may have left; the lines that stay. */
export async function dropTornLine(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end === bytes.length) return bytes;
  const handle = await open(file, "r+");
  try {
    await handle.truncate(end);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes.subarray(0, end);
}
