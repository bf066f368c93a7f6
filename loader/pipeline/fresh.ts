/** What was read of a file is given again until the file changes. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Texts that an editor holds and has not saved, by absolute path: each stands in place of the file, which may not be there yet. */
export type UnsavedTexts = ReadonlyMap<string, string>;

/** What was made of a file, and what it was made of. */
export interface KeptFile<Value> {
  readonly stamp: string;
  readonly loaded: Promise<Value>;
}

/** Which file is meant. */
interface Fresh<Value> {
  readonly folder: string;
  readonly name: string;
  readonly unsaved: UnsavedTexts;
  /** Under which it is kept; default its name. */
  readonly key?: string;
  /** What else it was made of. */
  readonly stampMore?: (value: Value) => string | Promise<string>;
}

/** What `load` gives, the same object until the file, or what else it was made of, has changed. */
export async function loadFresh<Value>(
  kept: Map<string, KeptFile<Value>>,
  { folder, name, unsaved, key = name, stampMore }: Fresh<Value>,
  load: () => Promise<Value>,
): Promise<Value> {
  const own = readFileStamp(join(folder, `${name}.yaml`), unsaved);
  const stampWhole = async (loaded: Promise<Value>): Promise<string> =>
    stampMore === undefined ? `${own}` : `${own} ${await stampMore(await loaded)}`;
  const known = kept.get(key);
  if (own !== null && known !== undefined && (await stampWhole(known.loaded)) === known.stamp)
    return known.loaded;
  const loaded = load();
  if (own !== null) kept.set(key, { stamp: await stampWhole(loaded), loaded });
  return loaded;
}

/** What changes with a file's content; `null` where nothing can be told of it. Asked at once: a thousand files wait longer for each other than for the disk. */
export function readFileStamp(file: string, unsaved: UnsavedTexts): string | null {
  const text = unsaved.get(resolve(file));
  if (text !== undefined) return `text ${text}`;
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return [mtimeMs, ctimeMs, size, ino].join();
  } catch {
    // Whoever reads the file says why.
    return null;
  }
}
