/** Whether files of the inbox are at rest: not being copied, written or renamed any more. */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../engine/host/clock.ts";
import { allowMissing, codeOf } from "../../../engine/host/errors.ts";

/** A file that did not change for so long is complete, as far as can be seen. */
const settleMs = 5000;

/** What is compared: a file that grew, was written or replaced differs in one of them. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  /** Of the inode: no program can set it back, as copying does with the other. */
  readonly ctimeMs: number;
  readonly ino: number;
}

/** The state of a file; `null`: it is not there (any more), or is no file. */
export async function readFileState(path: string): Promise<FileState | null> {
  const info = await allowMissing(stat(path));
  if (info === null || !info.isFile()) return null;
  const { size, mtimeMs, ctimeMs, ino } = info;
  return { size, mtimeMs, ctimeMs, ino };
}

/** Those of the paths whose files are at rest; looks at them once, and where one changed a moment ago once more after a while. */
export async function pickAtRest(
  files: ReadonlyMap<string, FileState>,
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const young = [...files].filter(([, state]) => isYoung(state, clock.now()));
  if (young.length > 0) await clock.sleep(settleMs);
  const atRest = new Set(files.keys());
  for (const [path, before] of young) {
    const after = await readFileState(path);
    if (after === null || !isSameState(before, after)) atRest.delete(path);
  }
  for (const path of await listOpenForWriting(atRest)) atRest.delete(path);
  return atRest;
}

/** Changed a moment ago: nobody can tell yet. */
export function isYoung({ ctimeMs }: FileState, now: number): boolean {
  return now - ctimeMs < settleMs;
}

export function isSameState(left: FileState, right: FileState): boolean {
  return (
    left.size === right.size &&
    left.mtimeMs === right.mtimeMs &&
    left.ctimeMs === right.ctimeMs &&
    left.ino === right.ino
  );
}

/** Those of the paths that a process holds open for writing, as far as Linux tells: of other users' processes it does not. */
export async function listOpenForWriting(paths: ReadonlySet<string>): Promise<readonly string[]> {
  if (process.platform !== "linux" || paths.size === 0) return [];
  const processes = (await readFolder("/proc")).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const id of processes) {
    const folder = join("/proc", id, "fd");
    for (const descriptor of await readFolder(folder)) {
      const target = await readOrNull(readlink(join(folder, descriptor)));
      if (target === null || !paths.has(target)) continue;
      const info = await readOrNull(readFile(join("/proc", id, "fdinfo", descriptor), "utf8"));
      const [, flags = "0"] = /^flags:\s*(\d+)/m.exec(info ?? "") ?? [];
      // The two lowest bits: 0 reads, 1 writes, 2 does both.
      if ((Number.parseInt(flags, 8) & 3) !== 0) found.push(target);
    }
  }
  return found;
}

async function readFolder(path: string): Promise<readonly string[]> {
  return (await readOrNull(readdir(path))) ?? [];
}

/** Processes end while they are looked at, and those of others may not be looked at. */
async function readOrNull<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (["ENOENT", "EACCES", "EPERM", "ESRCH"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}
