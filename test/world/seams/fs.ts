/** `node:fs` of the world: a host's files are on its virtual disk; the program's own are read from the real one. */
import * as real from "node:fs";
import { diskError, type FileNode, isOfWorld, type Node, type Place } from "../stage/disk.ts";
import { later } from "./later.ts";
import { requireMachine } from "./machine.ts";

export const { constants } = real;

type Content = string | Uint8Array;
interface WriteOptions {
  readonly flag?: string;
  readonly mode?: number;
}

function find(path: string): Place {
  return requireMachine().disk.find(path);
}

function isDatabase(path: string): boolean {
  return path.endsWith(".sqlite");
}

export function toBytes(content: Content): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
}

export function requireNode(path: string): Place & { readonly node: Node } {
  const place = find(path);
  if (place.node === undefined) throw diskError("ENOENT", path);
  return { ...place, node: place.node };
}

export function requireFile(path: string): Place & { readonly node: FileNode } {
  const place = requireNode(path);
  if (place.node.kind !== "file") throw diskError("EISDIR", path);
  return { ...place, node: place.node };
}

/** The file, made when it is not there; `flag` as `fs` has it. */
export function openFile(path: string, flag: string, mode = 0o600): FileNode {
  const { disk } = requireMachine();
  const place = find(path);
  if (place.node?.kind === "folder") throw diskError("EISDIR", path);
  if (place.node !== undefined) {
    if (flag.includes("x")) throw diskError("EEXIST", path);
    if (flag.startsWith("w")) disk.setData(place, place.node, new Uint8Array(0));
    return place.node;
  }
  if (flag.startsWith("r")) throw diskError("ENOENT", path);
  if (place.mount.isFull) throw diskError("ENOSPC", path);
  const file = disk.makeFile(place.mount.now());
  file.mode = mode;
  disk.setEntry(place, file);
  return file;
}

export function readFileSync(
  path: string | URL,
  encoding?: string | { encoding?: string },
): string | Uint8Array {
  if (typeof path !== "string" || !isOfWorld(path))
    return real.readFileSync(path, encoding as never);
  const { data } = requireFile(path).node;
  return encoding === undefined
    ? Buffer.from(data)
    : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
}

export function writeFileSync(path: string, content: Content, options: WriteOptions = {}): void {
  const { disk } = requireMachine();
  const file = openFile(path, options.flag ?? "w", options.mode);
  const bytes = toBytes(content);
  const isAdded = options.flag?.startsWith("a") === true;
  disk.setData(find(path), file, isAdded ? Buffer.concat([file.data, bytes]) : bytes);
}

export function existsSync(path: string): boolean {
  if (!isOfWorld(path)) return real.existsSync(path);
  if (isDatabase(path)) return requireMachine().disk.hasDatabase(path);
  try {
    return find(path).node !== undefined;
  } catch {
    return false;
  }
}

export function mkdirSync(
  path: string,
  options: { recursive?: boolean; mode?: number } = {},
): string | undefined {
  const { disk } = requireMachine();
  const parts = path.split("/").filter((part) => part !== "");
  let made: string | undefined;
  for (let count = 3; count <= parts.length; count += 1) {
    const at = `/${parts.slice(0, count).join("/")}`;
    const place = find(at);
    if (place.node?.kind === "folder") {
      if (count === parts.length && options.recursive !== true) throw diskError("EEXIST", path);
      continue;
    }
    if (place.node !== undefined)
      throw diskError(count === parts.length ? "EEXIST" : "ENOTDIR", path);
    if (count < parts.length && options.recursive !== true) throw diskError("ENOENT", path);
    if (place.mount.isFull) throw diskError("ENOSPC", path);
    disk.setEntry(place, disk.makeFolder(place.mount.now()));
    made ??= at;
  }
  return made;
}

export function renameSync(from: string, to: string): void {
  const { disk } = requireMachine();
  const source = requireNode(from);
  const target = find(to);
  if (target.node?.kind === "folder" && target.node.entries.size > 0)
    throw diskError("ENOTEMPTY", to);
  source.node.ctimeMs = source.mount.now();
  disk.moveEntry(source, target, source.node);
}

export function rmSync(path: string, options: { force?: boolean; recursive?: boolean } = {}): void {
  const { disk } = requireMachine();
  let place: Place;
  try {
    place = find(path);
  } catch (error) {
    if (options.force === true) return;
    throw error;
  }
  if (place.node === undefined) {
    if (options.force === true) return;
    throw diskError("ENOENT", path);
  }
  if (place.node.kind === "folder" && options.recursive !== true) throw diskError("EISDIR", path);
  disk.setEntry(place, null);
}

export function rmdirSync(path: string): void {
  const place = requireNode(path);
  if (place.node.kind !== "folder") throw diskError("ENOTDIR", path);
  if (place.node.entries.size > 0) throw diskError("ENOTEMPTY", path);
  requireMachine().disk.setEntry(place, null);
}

export function toStats(node: Node) {
  return {
    ino: node.ino,
    mode: node.mode,
    size: node.kind === "file" ? node.data.byteLength : 0,
    mtimeMs: node.mtimeMs,
    ctimeMs: node.ctimeMs,
    birthtimeMs: node.bornAt,
    mtime: new Date(node.mtimeMs),
    isFile: () => node.kind === "file",
    isDirectory: () => node.kind === "folder",
    isSymbolicLink: () => false,
  };
}

export function statSync(path: string) {
  return isOfWorld(path) ? toStats(requireNode(path).node) : real.statSync(path);
}

export function chmodSync(path: string, mode: number): void {
  if (!isDatabase(path) && !/-(?:wal|shm)$/.test(path)) requireNode(path).node.mode = mode;
}

export interface Entry {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export function readdirSync(
  path: string,
  options?: { withFileTypes?: boolean; recursive?: boolean },
): unknown {
  if (!isOfWorld(path)) return real.readdirSync(path, options as never);
  const { node } = requireNode(path);
  if (node.kind !== "folder") throw diskError("ENOTDIR", path);
  if (options?.recursive === true) throw new Error("not of the world: readdir recursive");
  // Bytewise, whatever was made first: no program may rely on another order.
  const found = [...node.entries].toSorted(([one], [other]) => (one < other ? -1 : 1));
  if (options?.withFileTypes !== true) return found.map(([name]) => name);
  return found.map(([name, entry]): Entry => ({
    name,
    parentPath: path,
    isFile: () => entry.kind === "file",
    isDirectory: () => entry.kind === "folder",
    isSymbolicLink: () => false,
  }));
}

const handles = new Map<number, FileNode>();
let nextHandle = 1_000;

export function openSync(path: string, flag: string, mode?: number): number {
  nextHandle += 1;
  handles.set(nextHandle, openFile(path, flag, mode));
  return nextHandle;
}

export function fsyncSync(handle: number): void {
  const file = handles.get(handle);
  if (file !== undefined) file.synced = file.data;
}

/** Bytes of a file as it is now, also where it was renamed since. */
export function readSync(
  handle: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number {
  const data = handles.get(handle)?.data.subarray(position, position + length);
  into.set(data ?? [], offset);
  return data?.byteLength ?? 0;
}

export function fstatSync(handle: number) {
  const file = handles.get(handle);
  if (file === undefined) throw diskError("EBADF", String(handle));
  return toStats(file);
}

export function closeSync(handle: number): void {
  handles.delete(handle);
}

/** The bytes as they are when the first piece is asked for, in pieces as a disk gives them. */
export async function* createReadStream(
  path: string,
  { start = 0, end = Number.POSITIVE_INFINITY }: { start?: number; end?: number } = {},
): AsyncGenerator<Uint8Array> {
  if (!isOfWorld(path)) {
    yield real.readFileSync(path).subarray(start, end + 1);
    return;
  }
  for (let at = start; ;) {
    const piece = (await readPiece(path, at)).subarray(0, Math.max(0, end + 1 - at));
    if (piece.byteLength === 0) return;
    at += piece.byteLength;
    yield piece;
  }
}

function readPiece(path: string, at: number): Promise<Uint8Array> {
  return later("read", path, () => requireFile(path).node.data.slice(at, at + 65_536));
}
