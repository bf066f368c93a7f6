/** What of the data folder goes into a backup beside journal and blobs. */
import { lstat, readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { toPortablePath } from "../../engine/host/portable-path.ts";
import type { Config } from "../config.ts";
import { restoreMarkName } from "../store/restore-mark.ts";

/** One file, or one database that may be written meanwhile. */
export interface DataFile {
  readonly path: string;
  /** Its place in the data folder, with `/`. */
  readonly name: string;
  readonly isDatabase: boolean;
}

export interface DataFiles {
  readonly files: readonly DataFile[];
  /** Links: what they lead to is of somebody else. */
  readonly links: readonly string[];
}

/**
 * What never goes along. The program's own files, and the other side of a trial; the blobs, which go by the rows that name them; the index of the
 * search, which is made anew; what tells who holds the journal and whether it is a copy.
 */
const left = new Set([
  "artifacts",
  "demo",
  "demo-run",
  "programma",
  "reference",
  "ricerca.sqlite",
  "simulator",
  restoreMarkName,
]);
const leftEndings = /(?:-wal|-shm|-journal|\.lock|\.owner\.json|\.witness\.json(?:\.new)?|\.tmp)$/;

/** Lists the folder. Secrets and the journal stay behind: the one is not to be copied about, the other has its own entry. */
export async function listDataFiles({
  dataFolder,
  secretsFolder,
  store,
  artifacts,
}: Config): Promise<DataFiles> {
  const files: DataFile[] = [];
  const links: string[] = [];
  const documents = artifacts.kind === "folder" ? artifacts.path : null;
  const journal = store.kind === "sqlite" ? store.path : null;
  for (const path of await walk(dataFolder, (each) => isLeft(each))) {
    const name = toPortablePath(dataFolder, path);
    const found = await allowMissing(lstat(path));
    if (found === null) continue;
    if (found.isSymbolicLink()) links.push(name);
    else if (found.isFile())
      files.push({ path, name, isDatabase: name.endsWith(".sqlite") && !name.includes("/") });
  }
  return { files, links };

  function isLeft(path: string): boolean {
    const isTop = relative(dataFolder, path) === basename(path);
    if (path === secretsFolder || path === journal || path === documents) return true;
    return (isTop && left.has(basename(path))) || leftEndings.test(basename(path));
  }
}

/** Every file and link below, by name. */
async function walk(folder: string, isLeft: (path: string) => boolean): Promise<readonly string[]> {
  const entries = (await allowMissing(readdir(folder, { withFileTypes: true }))) ?? [];
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (isLeft(path)) continue;
    if (entry.isDirectory()) found.push(...(await walk(path, isLeft)));
    else found.push(path);
  }
  return found;
}
