/** The mark of a restore under way: as long as it lies in the data folder nothing but that restore writes there. */
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { RunBlocked } from "../../engine/host/errors.ts";
import { replaceFile, syncFolder } from "../../engine/host/whole-file.ts";

/** Which backup is being put back. */
export interface RestoreMark {
  readonly file: string;
  readonly sha256: string;
}

/** The name of the mark in the data folder. */
export const restoreMarkName = "ripristino-in-corso.json";

/** `null`: no restore is under way. */
export function readRestoreMark(dataFolder: string): RestoreMark | null {
  const path = join(dataFolder, restoreMarkName);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as RestoreMark) : null;
}

/** Durable when it resolves. */
export async function writeRestoreMark(dataFolder: string, mark: RestoreMark): Promise<void> {
  await replaceFile(join(dataFolder, restoreMarkName), [Buffer.from(JSON.stringify(mark))]);
}

/** The data are whole. */
export async function removeRestoreMark(dataFolder: string): Promise<void> {
  await rm(join(dataFolder, restoreMarkName), { force: true });
  await syncFolder(dataFolder);
}

/** Throws RunBlocked `RESTORE_UNFINISHED`. */
export function assertRestoreEnded(dataFolder: string): void {
  const mark = readRestoreMark(dataFolder);
  if (mark === null) return;
  throw restoreUnfinishedError(mark);
}

export function restoreUnfinishedError({ file }: RestoreMark): RunBlocked {
  return new RunBlocked(
    "RESTORE_UNFINISHED",
    `Il ripristino da ${file} si è interrotto: i dati non sono ancora tutti al loro posto.`,
    { hint: `Ripetere lo stesso comando: postino restore ${file}` },
  );
}
