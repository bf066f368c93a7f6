/** The disks of the world's hosts, in memory: what is written, what is synced, and what a power cut takes back. SQLite's own files are real ones. */
import type { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Every path of a host begins with it. */
export const worldRoot = "/mondo";

/** The host name of everything that is not the ente's: SEND, the payment systems, their people. */
export const otherSide = "fuori";

export function isOfWorld(path: string): boolean {
  return path === worldRoot || path.startsWith(`${worldRoot}/`);
}

export interface FileNode {
  readonly kind: "file";
  readonly ino: number;
  mode: number;
  bornAt: number;
  mtimeMs: number;
  ctimeMs: number;
  data: Uint8Array;
  /** What a power cut leaves for sure. */
  synced: Uint8Array;
}

export interface FolderNode {
  readonly kind: "folder";
  readonly ino: number;
  mode: number;
  bornAt: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly entries: Map<string, Node>;
}

export type Node = FileNode | FolderNode;

/** A change of names that a power cut may still take back. */
interface Change {
  readonly at: number;
  readonly folders: readonly FolderNode[];
  readonly takeBack: () => void;
}

/** What outlives the boots of a host. */
export interface Volume {
  readonly root: FolderNode;
  /** Oldest first, as the journal of a file system keeps them. */
  changes: Change[];
}

/** A boot of a host: its volume, under a path that no other boot has. */
export interface Mount {
  readonly path: string;
  readonly host: string;
  readonly volume: Volume;
  /** The host's own clock. */
  readonly now: () => number;
  readonly databases: { readonly path: string; readonly database: Database }[];
  isAlive: boolean;
  /** Nothing can be written any more. */
  isFull: boolean;
}

/** What a copy holds. */
export interface SavedDisk {
  readonly folder: FolderNode;
  /** By path below the disk. */
  readonly databases: ReadonlyMap<string, Uint8Array>;
}

export interface Place {
  readonly mount: Mount;
  readonly parent: FolderNode;
  readonly name: string;
  readonly node: Node | undefined;
}

export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

export class VirtualDisk {
  readonly mounts = new Map<string, Mount>();
  private readonly realFolder: string;
  private nextIno = 1_000;

  /** `realFolder`: where SQLite keeps its files. */
  constructor(realFolder: string) {
    this.realFolder = realFolder;
  }

  mount(name: string, host: string, now: () => number, volume?: Volume): Mount {
    const mount: Mount = {
      path: `${worldRoot}/${name}`,
      host,
      volume: volume ?? { root: this.makeFolder(now()), changes: [] },
      now,
      databases: [],
      isAlive: true,
      isFull: false,
    };
    this.mounts.set(name, mount);
    return mount;
  }

  makeFolder(at: number): FolderNode {
    return {
      kind: "folder",
      ino: this.takeIno(),
      mode: 0o700,
      bornAt: at,
      mtimeMs: at,
      ctimeMs: at,
      entries: new Map(),
    };
  }

  makeFile(at: number): FileNode {
    const none = new Uint8Array(0);
    return {
      kind: "file",
      ino: this.takeIno(),
      mode: 0o600,
      bornAt: at,
      mtimeMs: at,
      ctimeMs: at,
      data: none,
      synced: none,
    };
  }

  /** Where a path leads; throws as a file system does when a folder on the way is missing. */
  find(path: string): Place {
    const [, , mountName = "", ...parts] = path
      .split("/")
      .filter((part, at) => at === 0 || part !== "");
    const mount = this.mounts.get(mountName);
    if (mount === undefined || !mount.isAlive) throw diskError("EIO", path);
    let parent = mount.volume.root;
    const name = parts.pop() ?? "";
    for (const part of parts) {
      const next = parent.entries.get(part);
      if (next === undefined) throw diskError("ENOENT", path);
      if (next.kind !== "folder") throw diskError("ENOTDIR", path);
      parent = next;
    }
    return { mount, parent, name, node: name === "" ? parent : parent.entries.get(name) };
  }

  findMount(path: string): Mount | null {
    return this.mounts.get(path.split("/")[2] ?? "") ?? null;
  }

  /** Gives the name to the node, or takes it away with `null`. */
  setEntry(place: Place, node: Node | null): void {
    this.changeNames(place, [[place, node]]);
  }

  /** Both at once, as a rename is. */
  moveEntry(from: Place, to: Place, node: Node): void {
    this.changeNames(to, [
      [to, node],
      [from, null],
    ]);
  }

  private changeNames({ mount }: Place, pairs: readonly (readonly [Place, Node | null])[]): void {
    const at = mount.now();
    const undo: (() => void)[] = [];
    for (const [{ parent, name }, node] of pairs) {
      const before = parent.entries.get(name);
      if (node === null) parent.entries.delete(name);
      else parent.entries.set(name, node);
      undo.push(() => {
        if (before === undefined) parent.entries.delete(name);
        else parent.entries.set(name, before);
      });
      parent.mtimeMs = at;
      parent.ctimeMs = at;
    }
    mount.volume.changes.push({
      at,
      folders: pairs.map(([{ parent }]) => parent),
      takeBack: () => {
        for (const back of undo.toReversed()) back();
      },
    });
    if (mount.volume.changes.length > 200) settleOld(mount.volume, at);
  }

  /** The folder's names are durable, and with them all that came before. */
  syncFolder({ volume }: Mount, folder: FolderNode): void {
    const last = volume.changes.findLastIndex(({ folders }) => folders.includes(folder));
    volume.changes.splice(0, last + 1);
  }

  setData({ mount }: Pick<Place, "mount">, file: FileNode, data: Uint8Array): void {
    if (mount.isFull && data.byteLength > file.data.byteLength) throw diskError("ENOSPC", "");
    file.data = data;
    file.mtimeMs = mount.now();
    file.ctimeMs = file.mtimeMs;
  }

  /** The open connection to a database of a host or of the other side; `null`: nobody has it open. */
  findDatabase(mount: Mount, name: string): Database | null {
    return mount.databases.findLast(({ path }) => path.endsWith(`/${name}`))?.database ?? null;
  }

  /** The real file of a database of the world, its folder made. */
  makeRealPath(path: string): string {
    const real = join(this.realFolder, path);
    mkdirSync(dirname(real), { recursive: true });
    return real;
  }

  hasDatabase(path: string): boolean {
    return existsSync(join(this.realFolder, path));
  }

  noteDatabase(path: string, database: Database): void {
    this.findMount(path)?.databases.push({ path, database });
  }

  /** The host dies: nothing of this boot moves any more. The same disk under the path of the next boot; `isPowerCut`: what was not synced is torn. */
  cut(mount: Mount, nextName: string, tear: ((name: string) => number) | null): Mount {
    mount.isAlive = false;
    const next = this.mount(nextName, mount.host, mount.now, mount.volume);
    next.isFull = mount.isFull;
    this.copyDatabases(mount.path, next.path);
    for (const { database } of mount.databases) database.close();
    rmSync(join(this.realFolder, mount.path), { recursive: true, force: true });
    this.mounts.delete(mount.path.split("/")[2] ?? "");
    if (tear !== null) tearVolume(mount, tear);
    return next;
  }

  /** What SQLite finds after a death: the file and its log, under new inodes that no dead connection holds. */
  private copyDatabases(from: string, to: string): void {
    const folder = join(this.realFolder, from);
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      if (/\.sqlite(?:-wal)?$/.test(name))
        copyFileSync(join(folder, name), this.makeRealPath(join(to, name)));
  }

  /** A copy of a folder as an administrator's tool makes it while the host runs. */
  save(mount: Mount, folder: string): SavedDisk {
    const node = mount.volume.root.entries.get(folder);
    if (node?.kind !== "folder") throw diskError("ENOENT", `${mount.path}/${folder}`);
    const databases = new Map<string, Uint8Array>();
    for (const { path, database } of mount.databases)
      if (path.startsWith(`${mount.path}/${folder}/`))
        databases.set(path.slice(mount.path.length + 1), database.serialize());
    return { folder: this.copyFolder(node), databases };
  }

  /** The copy takes the place of the folder, under new inodes, but for what lies elsewhere. Nobody runs on the disk meanwhile. */
  putBack(mount: Mount, folder: string, saved: SavedDisk, elsewhere: readonly string[] = []): void {
    const lost = mount.volume.root.entries.get(folder);
    const copy = this.copyFolder(saved.folder);
    for (const name of elsewhere) {
      const kept = lost?.kind === "folder" ? lost.entries.get(name) : undefined;
      if (kept === undefined) copy.entries.delete(name);
      else copy.entries.set(name, kept);
    }
    mount.volume.root.entries.set(folder, copy);
    mount.volume.changes = [];
    const real = join(this.realFolder, mount.path, folder);
    rmSync(real, { recursive: true, force: true });
    for (const [path, bytes] of saved.databases)
      writeFileSync(this.makeRealPath(join(mount.path, path)), bytes);
  }

  private copyFolder(folder: FolderNode): FolderNode {
    const entries = new Map<string, Node>();
    for (const [name, node] of folder.entries)
      entries.set(
        name,
        node.kind === "folder"
          ? this.copyFolder(node)
          : { ...node, ino: this.takeIno(), synced: node.data },
      );
    return { ...folder, ino: this.takeIno(), entries };
  }

  private takeIno(): number {
    this.nextIno += 1;
    return this.nextIno;
  }
}

/** By then a machine has written by itself what nobody asked it to. */
const writtenByItselfMs = 30_000;

function settleOld(volume: Volume, now: number): void {
  volume.changes = volume.changes.filter(({ at }) => Math.abs(now - at) < writtenByItselfMs);
}

/** Names are as they were after one of the last changes; files keep what was synced and a part of the rest. */
function tearVolume({ volume, now }: Mount, draw: (name: string) => number): void {
  settleOld(volume, now());
  const kept = Math.floor(draw("names") * (volume.changes.length + 1));
  for (const change of volume.changes.slice(kept).toReversed()) change.takeBack();
  volume.changes = [];
  tearFiles(volume.root, now(), draw);
}

function tearFiles(folder: FolderNode, now: number, draw: (name: string) => number): void {
  for (const node of folder.entries.values())
    if (node.kind === "folder") tearFiles(node, now, draw);
    else if (node.data !== node.synced) {
      const isWritten = Math.abs(now - node.mtimeMs) >= writtenByItselfMs;
      if (!isWritten) node.data = tearFile(node, draw);
      node.synced = node.data;
    }
}

/** A file that grew has some of what was added; one that was written anew is as it was, or empty. */
function tearFile({ data, synced }: FileNode, draw: (name: string) => number): Uint8Array {
  if (synced.byteLength > 0 && data.byteLength <= synced.byteLength)
    return draw("bytes") < 0.5 ? synced : new Uint8Array(0);
  const rest = data.byteLength - synced.byteLength;
  return data.slice(0, synced.byteLength + Math.floor(draw("bytes") * (rest + 1)));
}
