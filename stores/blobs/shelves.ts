/** A folder of blobs as a process has it open. */
import { join } from "node:path";
import type { BlobSeals } from "../seals/blobs.ts";
import { createHeads, type Heads } from "./heads.ts";
import { createLooseBlobs, type LooseBlobs } from "./loose.ts";
import { openPacks, packLimits, type Packs } from "./packs/packs.ts";
import type { PackLimits } from "./packs/pack-writer.ts";

/** The folder, its packs, its files. */
export interface Shelves {
  readonly folder: string;
  /** `null`: everything is in clear. */
  readonly seals: BlobSeals | null;
  readonly packs: Packs;
  readonly loose: LooseBlobs;
  /** What many blobs begin with. */
  readonly heads: Heads;
  /** Which stretch of which blob a piece is that `stream` gave out. */
  readonly given: WeakMap<Uint8Array, { readonly sha256: string; readonly from: number }>;
  /** Blobs that were read whole and found right, and how the disk was then. */
  readonly checked: Map<string, string>;
  /** Bytes that are on their way to a pack, by sha256. */
  readonly underWay: Map<string, Promise<void>>;
}

/** Makes and reads nothing yet. */
export function openShelves(
  folder: string,
  limits: PackLimits = packLimits,
  seals: BlobSeals | null = null,
): Shelves {
  return {
    folder,
    seals,
    packs: openPacks(toPackFolder(folder), limits, seals),
    loose: createLooseBlobs(folder, toTemporaryFolder(folder), seals),
    heads: createHeads(),
    given: new WeakMap(),
    checked: new Map(),
    underWay: new Map(),
  };
}

/** Where files lie that nobody keeps. */
export function toTemporaryFolder(folder: string): string {
  return join(folder, "tmp");
}

export function toPackFolder(folder: string): string {
  return join(folder, "packs");
}

/** Marks of files that are copies of what lies in packs. */
export function toLaidOutFolder(folder: string): string {
  return join(folder, "laid-out");
}
