/** The keys with which an installation's data are sealed: the master key in a file or a secret elsewhere, the ring in the data folder. */
import { readFile, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { allowMissing, codeOf } from "../../engine/host/errors.ts";
import { replaceFile, syncFolder } from "../../engine/host/whole-file.ts";
import { keyMissingError, keyWrongError } from "../../stores/seals/faults.ts";
import {
  type KeyRing,
  type MasterKey,
  parseMasterText,
  unwrapRing,
  wrapRing,
} from "../../stores/seals/ring.ts";
import { createSeals, type Seals } from "../../stores/seals/seals.ts";
import type { Config } from "../config.ts";

export type KeysConfig = Pick<Config, "dataFolder" | "secretsFolder" | "environment" | "keyFile">;

/** The ring's name in the data folder. */
export const ringName = "portachiavi.json";
/** The secret that may hold the master key where no file is named. */
export const masterSecret = "DATA_KEY";

export function locateRing(dataFolder: string): string {
  return join(dataFolder, ringName);
}

/** What seals and opens the data; `null`: they are in clear. Throws RunBlocked `KEY_MISSING`, `KEY_WRONG`, `KEY_RING_ALTERED`. */
export async function openSeals(config: KeysConfig): Promise<Seals | null> {
  const ring = await readRing(config);
  return ring === null ? null : createSeals(ring);
}

/** `null`: there is none. Throws as `openSeals`. */
export async function readRing(config: KeysConfig): Promise<KeyRing | null> {
  const path = locateRing(config.dataFolder);
  const text = await allowMissing(readFile(path, "utf8"));
  return text === null ? null : unwrapRing(text, await readMaster(config), path);
}

/** Durable when it resolves. */
export async function writeRing(
  config: KeysConfig,
  ring: KeyRing,
  master: MasterKey,
): Promise<void> {
  await replaceFile(locateRing(config.dataFolder), [Buffer.from(wrapRing(ring, master))]);
}

/** The data are in clear again. */
export async function removeRing({ dataFolder }: KeysConfig): Promise<void> {
  await rm(locateRing(dataFolder), { force: true });
  await syncFolder(dataFolder);
}

/** Throws RunBlocked `KEY_MISSING`, `KEY_WRONG`. */
export async function readMaster(config: KeysConfig): Promise<MasterKey> {
  if (config.keyFile !== null) return await readMasterFile(config.keyFile);
  const own = config.environment[masterSecret] ?? "";
  if (own !== "") return parseMaster(own, `DATA_KEY`);
  const secret = join(config.secretsFolder, masterSecret);
  const text = await allowMissing(readFile(secret, "utf8"));
  if (text === null)
    throw keyMissingError(`POSTINO_KEY_FILE non è impostato e il segreto ${masterSecret} non c'è`);
  return parseMaster(text, secret);
}

/** Throws RunBlocked `KEY_MISSING`, `KEY_WRONG`. */
export async function readMasterFile(path: string): Promise<MasterKey> {
  try {
    return parseMaster(await readFile(path, "utf8"), path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw keyMissingError(`il file ${path} non esiste`);
    if (codeOf(error) === "EACCES" || codeOf(error) === "EISDIR")
      throw keyMissingError(`il file ${path} non si può leggere`);
    throw error;
  }
}

function parseMaster(text: string, where: string): MasterKey {
  const secret = parseMasterText(text);
  if (secret === null) throw keyWrongError(where);
  return { secret, where };
}

/** A thief of the data folder would have it too. */
export function isInside(dataFolder: string, path: string): boolean {
  const way = relative(dataFolder, path);
  return way !== "" && !way.startsWith("..") && resolve(dataFolder, way) === resolve(path);
}
