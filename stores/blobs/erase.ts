/** Taking blobs for good: their files go, their records in packs are written over. */
import { rm } from "node:fs/promises";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { findFirst } from "./read.ts";
import type { Shelves } from "./shelves.ts";

/** Those that went. What a needed blob is put together from stays with it. Throws RunBlocked where the disk refuses. */
export async function eraseBlobs(
  shelves: Shelves,
  unwanted: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): Promise<readonly { readonly sha256: string; readonly bytes: number }[]> {
  const kept = collectParts(shelves, needed);
  const gone: { sha256: string; bytes: number }[] = [];
  for (const sha256 of unwanted) {
    if (kept.has(sha256)) continue;
    const found = await findFirst(shelves, sha256);
    if (found === null) continue;
    await guardDisk(shelves.folder, async () => {
      for (const { path } of await shelves.loose.find(sha256)) await rm(path, { force: true });
      await shelves.packs.erase(sha256);
    });
    gone.push({ sha256, bytes: found.bytes });
  }
  return gone;
}

/** The blobs themselves, what they are put together from, and so on. */
function collectParts({ packs }: Shelves, blobs: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...blobs];
  for (let sha256 = open.pop(); sha256 !== undefined; sha256 = open.pop()) {
    if (found.has(sha256)) continue;
    found.add(sha256);
    for (const blob of packs.find(sha256))
      if (blob.kind === "parts")
        for (const part of blob.readParts() ?? []) if (part.kind === "of") open.push(part.sha256);
  }
  return found;
}
