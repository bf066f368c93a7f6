/** Blobs on disk by sha256: written to a temporary name, fsynced, renamed; used by steps through ArtifactAccess and by the download routes. */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactAccess } from "./contract.ts";
import { crashpoint } from "./crashpoint.ts";

/** A stored blob: `name` is what a person sees, `path` where it lies. */
export interface StoredArtifact {
  readonly name: string;
  /** 64 hex characters. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface ArtifactStore extends ArtifactAccess {
  /** Where the blob of this sha256 lies (whether or not it is there). */
  pathOf(sha256: string): string;
  has(sha256: string): Promise<boolean>;
}

/** Opens (and makes) the folder; removes temporary files that a dead process left. */
export async function openArtifacts(folder: string): Promise<ArtifactStore> {
  const temporary = join(folder, "tmp");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const known = new Set<string>();
  let counter = 0;

  function pathOf(sha256: string): string {
    return join(folder, sha256.slice(0, 2), sha256);
  }

  async function has(sha256: string): Promise<boolean> {
    try {
      await access(pathOf(sha256), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }

  async function settle(from: string, sha256: string): Promise<void> {
    const target = pathOf(sha256);
    const shelf = join(folder, sha256.slice(0, 2));
    if (!known.has(shelf)) {
      await mkdir(shelf, { recursive: true, mode: 0o700 });
      known.add(shelf);
    }
    crashpoint("artifact-before-rename");
    await rename(from, target);
    const handle = await open(shelf, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    crashpoint("artifact-after-rename");
  }

  async function putStream(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<StoredArtifact> {
    counter += 1;
    const path = join(temporary, `${process.pid}-${counter}`);
    const hash = createHash("sha256");
    let bytes = 0;
    const handle = await open(path, "w", 0o600);
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.byteLength;
        await writeAll(handle, chunk);
      }
      await handle.sync();
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    await handle.close();
    const sha256 = hash.digest("hex");
    if (await has(sha256)) await rm(path, { force: true });
    else await settle(path, sha256);
    return { name, sha256, bytes };
  }

  return {
    pathOf,
    has,
    async put(name, bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (await has(sha256)) return { name, sha256, bytes: bytes.byteLength };
      counter += 1;
      const path = join(temporary, `${process.pid}-${counter}`);
      const handle = await open(path, "w", 0o600);
      try {
        await writeAll(handle, bytes);
        await handle.sync();
      } catch (error) {
        await handle.close();
        await rm(path, { force: true });
        throw error;
      }
      await handle.close();
      await settle(path, sha256);
      return { name, sha256, bytes: bytes.byteLength };
    },
    putStream,
    async read(sha256) {
      const bytes = await readFile(pathOf(sha256));
      if (createHash("sha256").update(bytes).digest("hex") !== sha256)
        throw new Error(`artifact altered on disk: ${sha256}`);
      return bytes;
    },
    stream: (sha256) => createReadStream(pathOf(sha256)),
  };
}

/** Removes what a dead writer left half-written; called by the one writer at its start. */
export async function sweepTemporary(folder: string): Promise<number> {
  const temporary = join(folder, "tmp");
  const names = await readdir(temporary).catch(() => []);
  for (const name of names) await rm(join(temporary, name), { force: true });
  return names.length;
}

/** Free and total size in bytes of one stored blob, or `null` when it is not there. */
export async function sizeOf(store: ArtifactStore, sha256: string): Promise<number | null> {
  const found = await stat(store.pathOf(sha256)).catch(() => null);
  return found === null ? null : found.size;
}

async function writeAll(
  handle: { write(data: Uint8Array): Promise<{ bytesWritten: number }> },
  data: Uint8Array,
): Promise<void> {
  let rest = data;
  while (rest.byteLength > 0) {
    const { bytesWritten } = await handle.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
