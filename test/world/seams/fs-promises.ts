/** `node:fs/promises` of the world: each operation takes its time, in an order that the seed decides; none of a dead host ever ends. */
import * as real from "node:fs";
import { diskError, type FileNode, isOfWorld } from "../stage/disk.ts";
import * as sync from "./fs.ts";
import { later } from "./later.ts";
import { requireMachine } from "./machine.ts";

export const { constants } = real;

/** Processes of other programs are not seen. */
function isElsewhere(path: string): boolean {
  return path === "/proc" || path.startsWith("/proc/");
}

export function readFile(path: string | URL, encoding?: "utf8") {
  return later("read", String(path), () => sync.readFileSync(path, encoding));
}

export function writeFile(
  path: string,
  content: string | Uint8Array,
  options?: { flag?: string; mode?: number },
) {
  return later("write", path, () => sync.writeFileSync(path, content, options));
}

export function rename(from: string, to: string) {
  return later("rename", from, () => sync.renameSync(from, to));
}

export function rm(path: string, options?: { force?: boolean; recursive?: boolean }) {
  return later("remove", path, () => sync.rmSync(path, options));
}

export function rmdir(path: string) {
  return later("remove", path, () => sync.rmdirSync(path));
}

export function mkdir(path: string, options?: { recursive?: boolean; mode?: number }) {
  return later("make", path, () => sync.mkdirSync(path, options));
}

export function stat(path: string) {
  return later("stat", path, () => sync.statSync(path));
}

export function chmod(path: string, mode: number) {
  return later("chmod", path, () => sync.chmodSync(path, mode));
}

export function realpath(path: string) {
  return later("realpath", path, () => {
    if (!isOfWorld(path)) return real.realpathSync(path);
    sync.requireNode(path);
    return path;
  });
}

/** Folders for other programs: none of them runs in the world. */
export function mkdtemp(prefix: string): Promise<never> {
  return Promise.reject(diskError("ENOSYS", prefix));
}

export function readlink(path: string): Promise<never> {
  return Promise.reject(diskError("EINVAL", path));
}

export function access(path: string) {
  return later("access", path, () => {
    if (isOfWorld(path)) sync.requireNode(path);
    else real.accessSync(path);
  });
}

export function readdir(path: string, options?: { withFileTypes?: boolean }) {
  if (isElsewhere(path)) return Promise.resolve([]);
  return later("list", path, () => sync.readdirSync(path, options));
}

export function statfs(path: string) {
  return later("room", path, () => ({
    bavail: requireMachine().disk.findMount(path)?.isFull === true ? 1 : 10_000_000,
    bsize: 4_096,
  }));
}

export function copyFile(from: string, to: string) {
  return later("copy", to, () => sync.writeFileSync(to, sync.readFileSync(from)));
}

export interface FileHandle {
  /** With all four where the file is written at a place of its own. */
  write(
    data: Uint8Array,
    from?: number,
    length?: number,
    place?: number,
  ): Promise<{ readonly bytesWritten: number }>;
  appendFile(data: string | Uint8Array): Promise<void>;
  writeFile(data: string | Uint8Array): Promise<void>;
  readFile(): Promise<Uint8Array>;
  truncate(size?: number): Promise<void>;
  stat(): Promise<ReturnType<typeof sync.toStats>>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export async function open(path: string, flag = "r", mode?: number): Promise<FileHandle> {
  const node = await later("open", path, () => {
    const place = flag === "r" ? sync.requireNode(path) : null;
    return place?.node ?? sync.openFile(path, flag, mode);
  });
  if (node.kind === "folder")
    return openFolder(path, () => {
      const { disk } = requireMachine();
      const mount = disk.findMount(path);
      if (mount !== null) disk.syncFolder(mount, node);
    });
  return openHandle(path, node, flag);
}

function openFolder(path: string, settle: () => void): FileHandle {
  const refuse = (): never => {
    throw diskError("EISDIR", path);
  };
  return {
    write: refuse,
    appendFile: refuse,
    writeFile: refuse,
    readFile: refuse,
    truncate: refuse,
    stat: refuse,
    chmod: refuse,
    sync: () => later("sync", path, settle),
    datasync: () => later("sync", path, settle),
    close: () => Promise.resolve(),
  };
}

function openHandle(path: string, file: FileNode, flag: string): FileHandle {
  const { disk } = requireMachine();
  const mount = disk.findMount(path);
  if (mount === null) throw diskError("EIO", path);
  let at = flag.startsWith("a") ? file.data.byteLength : 0;
  const put = (bytes: Uint8Array, place = at): void => {
    at = place;
    const before = file.data.subarray(0, at);
    disk.setData(
      { mount },
      file,
      Buffer.concat([before, bytes, file.data.subarray(at + bytes.byteLength)]),
    );
    at += bytes.byteLength;
  };
  const settle = (): void => {
    if (mount.isFull && file.data !== file.synced) throw diskError("ENOSPC", path);
    file.synced = file.data;
  };
  return {
    write: (data, from = 0, length = data.byteLength - from, place) =>
      later("write", path, () => {
        put(sync.toBytes(data.subarray(from, from + length)), place);
        return { bytesWritten: length };
      }),
    appendFile: (data) => later("write", path, () => put(sync.toBytes(data))),
    writeFile: (data) => later("write", path, () => put(sync.toBytes(data))),
    readFile: () => later("read", path, () => Buffer.from(file.data)),
    truncate: (size = 0) =>
      later("truncate", path, () => disk.setData({ mount }, file, file.data.slice(0, size))),
    stat: () => later("stat", path, () => sync.toStats(file)),
    chmod: (mode) =>
      later("chmod", path, () => {
        file.mode = mode;
      }),
    sync: () => later("sync", path, settle),
    datasync: () => later("sync", path, settle),
    close: () => Promise.resolve(),
  };
}
