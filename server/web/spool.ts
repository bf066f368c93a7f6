/** A temporary file that holds what a person handed over, until the step that asked for it ends. */
import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { appendAll } from "../../engine/host/whole-file.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import type { UploadedFile } from "../../engine/host/files.ts";

/**
 * Many files one after the other in one file on disk; no descriptor stays open between two uses. Nothing of it is durable:
 * answers do not outlive the process, and what a dead process left is swept with the other temporary files at the next start.
 */
export interface Spool {
  /**
   * Writes the chunks to disk and resolves with the file, readable until `release`. One at a time.
   * Throws RunBlocked `DISK_FULL` or `DATA_NOT_WRITABLE` when the disk refuses, and what `chunks` throws.
   */
  add(name: string, chunks: AsyncIterable<Uint8Array>): Promise<UploadedFile>;
  /** Removes everything; a second time does nothing. */
  release(): Promise<void>;
}

/** A new spool in this folder; nothing is there before the first file. */
export function createSpool(folder: string): Spool {
  const path = join(folder, `upload-${randomUUID()}`);
  let written = 0;
  return {
    async add(name, chunks) {
      const from = written;
      const handle = await guardDisk(folder, () => open(path, "a", 0o600));
      try {
        for await (const chunk of chunks) {
          await guardDisk(folder, () => appendAll(handle, chunk));
          written += chunk.byteLength;
        }
      } finally {
        await handle.close();
      }
      const size = written - from;
      return {
        name,
        size,
        slice: (start, end) => readRange(path, from + start, from + Math.min(end, size)),
      };
    },
    release: () => rm(path, { force: true }),
  };
}

async function readRange(path: string, start: number, end: number): Promise<Uint8Array> {
  if (start >= end) return new Uint8Array();
  const bytes = await Bun.file(path).slice(start, end).bytes();
  if (bytes.byteLength !== end - start) throw new Error("an uploaded file became shorter on disk");
  return bytes;
}
