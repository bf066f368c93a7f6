/** Puts an installation back from its backup: whole, into a folder that has no data, and not trusted before it was compared with the outside. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing, codeOf, RunBlocked } from "../../engine/host/errors.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import { type BlobSeals, measureClear } from "../../stores/seals/blobs.ts";
import { ringAlteredError } from "../../stores/seals/faults.ts";
import { unwrapRing } from "../../stores/seals/ring.ts";
import { createSeals } from "../../stores/seals/seals.ts";
import { readOne } from "../../stores/sql/plan.ts";
import { takeLease } from "../../stores/sqlite/lease.ts";
import { openTables } from "../../stores/sqlite/store.ts";
import type { Config } from "../config.ts";
import { locateRing, readMaster } from "../store/keys.ts";
import { openDocuments } from "../store/documents-place.ts";
import { distrustJournal } from "../store/journal-witness.ts";
import {
  readRestoreMark,
  removeRestoreMark,
  restoreUnfinishedError,
  writeRestoreMark,
} from "../store/restore-mark.ts";
import { copyStore } from "../store/store-copy.ts";
import { locateWitness, openStoreReader } from "../store/store.ts";
import { UsageError } from "../words/usage-error.ts";
import {
  type BackupHead,
  blobsFolder,
  databasesFolder,
  filesFolder,
  headName,
  journalName,
  nameEntrySeal,
  readPart,
  ringEntry,
  type VerifiedBackup,
  verifyBackup,
} from "./format.ts";
import { listDataFiles } from "./data-files.ts";
import { readBytes, readTarEntries, type TarPlace } from "./tar.ts";

export interface Restored {
  readonly head: BackupHead;
  readonly artifacts: number;
  readonly files: number;
}

/** Where things go. */
interface Places {
  readonly config: Config;
  readonly artifacts: ArtifactStore;
  /** What the entries were sealed with. */
  readonly ring: BackupRing | null;
  /** The journal, until it is in its store. */
  readonly journal: string;
}

/**
 * Reads the file whole before anything is written; what broke off is begun anew by the same words. Throws UsageError, and RunBlocked
 * `BACKUP_TORN`, `BACKUP_ALTERED`, `BACKUP_UNKNOWN`, `RESTORE_OVER_DATA`, `RESTORE_UNFINISHED`, `KEY_MISSING`, `KEY_WRONG`, `JOURNAL_IN_USE`, `DISK_FULL`.
 */
export async function restoreBackup(
  config: Config,
  given: string,
  clock: Clock,
): Promise<Restored> {
  const path = resolve(given);
  const file = await open(path, "r").catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "EACCES") throw error;
    throw new UsageError(
      `Il file ${given} ${codeOf(error) === "ENOENT" ? "non c'è" : "non si può leggere"}.`,
      { isWellTyped: true },
    );
  });
  try {
    await assertFree(config);
    const backup = await verifyBackup(file);
    const mark = readRestoreMark(config.dataFolder);
    if (mark !== null && mark.sha256 !== backup.sha256) throw restoreUnfinishedError(mark);
    const ring = await readBackupRing(config, file, backup);
    return await guardDisk(config.dataFolder, () =>
      putBack(config, file, { backup, path, clock, ring }),
    );
  } finally {
    await file.close();
  }
}

/** The ring that the backup was sealed with, as it is in it. */
interface BackupRing {
  readonly text: Buffer;
  readonly seals: BlobSeals;
}

/** `null`: it is in clear. Throws RunBlocked `KEY_MISSING`, `KEY_WRONG`, `KEY_RING_ALTERED`, before anything is written. */
async function readBackupRing(
  config: Config,
  file: FileHandle,
  { head, end }: VerifiedBackup,
): Promise<BackupRing | null> {
  if (head.version === 1) return null;
  for await (const { name, bytes, at } of readTarEntries(file, end)) {
    if (name !== ringEntry) continue;
    const text = await readBytes(file, at, bytes);
    const ring = unwrapRing(text.toString("utf8"), await readMaster(config), ringEntry);
    return { text, seals: createSeals(ring).blobs };
  }
  throw ringAlteredError(ringEntry);
}

/** A restore that broke off may go on over what it had put there. Throws RunBlocked `RESTORE_OVER_DATA`. */
async function assertFree(config: Config): Promise<void> {
  if (readRestoreMark(config.dataFolder) !== null) return;
  const { files, links } = await listDataFiles(config);
  const found = [...files.map(({ name }) => name), ...links];
  if (await hasJournal(config)) found.unshift("il registro dei flussi");
  // A bucket may hold them already: they are named by what is in them.
  const { artifacts } = config;
  const blobs = artifacts.kind === "folder" ? await allowMissing(readdir(artifacts.path)) : null;
  if (blobs?.some((name) => name !== "tmp") === true) found.push(blobsFolder);
  const [first] = found;
  if (first === undefined) return;
  throw new RunBlocked(
    "RESTORE_OVER_DATA",
    `Nella cartella ${config.dataFolder} ci sono già dei dati (${first}${found.length === 1 ? "" : `, e altri ${found.length - 1}`}). Nulla è stato scritto.`,
    {
      hint: "Un ripristino non sostituisce nulla: indicare con POSTINO_DATA una cartella vuota, oppure spostare altrove quella che c'è.",
    },
  );
}

async function hasJournal(config: Config): Promise<boolean> {
  if (config.store.kind === "sqlite") return existsSync(config.store.path);
  const reader = await openStoreReader(config);
  if (reader === null) return false;
  try {
    return (await reader.listRuns({ limit: 1 })).length > 0;
  } finally {
    await reader.close();
  }
}

async function putBack(
  config: Config,
  file: FileHandle,
  {
    backup,
    path,
    clock,
    ring,
  }: { backup: VerifiedBackup; path: string; clock: Clock; ring: BackupRing | null },
): Promise<Restored> {
  const { dataFolder, store } = config;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const own = join(dataFolder, journalName);
  const lease = takeLease(store.kind === "sqlite" ? store.path : own, clock);
  try {
    await writeRestoreMark(dataFolder, { file: path, sha256: backup.sha256 });
    if (ring !== null) await replaceFile(locateRing(dataFolder), [ring.text]);
    const artifacts = await openDocuments(config);
    const places = { config, artifacts, ring, journal: `${own}.ripristino` };
    const count = { artifacts: 0, files: 0 };
    for await (const entry of readTarEntries(file, backup.end)) {
      const kind = await putEntry(places, file, entry);
      if (kind !== null) count[kind] += 1;
      passCrashpoint("restore-after-file");
    }
    await artifacts.close();
    endSessions(join(dataFolder, "persone.sqlite"));
    await placeJournal(places, backup.head, clock);
    await removeRestoreMark(dataFolder);
    return { head: backup.head, ...count };
  } finally {
    lease.release();
  }
}

/** Puts one entry in its place; repeating is harmless. */
async function putEntry(
  { config, artifacts, ring, journal }: Places,
  file: FileHandle,
  entry: TarPlace,
): Promise<"artifacts" | "files" | null> {
  const name = ring === null ? entry.name : revealName(entry.name, ring.seals);
  const content = (): AsyncIterable<Uint8Array> => readContent(file, { ...entry, name }, ring);
  const [folder = "", ...rest] = name.split("/");
  if (name === headName || name === ringEntry) return null;
  if (name === journalName) {
    await replaceFile(journal, content());
    return null;
  }
  if (folder === blobsFolder) {
    const { sha256 } = await artifacts.putStream(name, content());
    if (rest.at(-1) !== sha256)
      throw new Error(`a blob of the backup is not what its name says: ${name}`);
    return "artifacts";
  }
  const isPlain =
    rest.length > 0 && rest.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isPlain || (folder !== filesFolder && folder !== databasesFolder))
    throw new RunBlocked("BACKUP_UNKNOWN", "La copia contiene un file che Postino non ci mette.", {
      hint: "Non usarla: prenderne un'altra.",
    });
  const path = join(config.dataFolder, ...rest);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, content());
  return "files";
}

function revealName(name: string, seals: BlobSeals): string {
  const [folder, , hidden] = name.split("/");
  if (folder !== blobsFolder || hidden === undefined) return name;
  const sha256 = seals.reveal(hidden);
  return `${blobsFolder}/${sha256.slice(0, 2)}/${sha256}`;
}

function readContent(
  file: FileHandle,
  { name, bytes, at }: TarPlace,
  ring: BackupRing | null,
): AsyncIterable<Uint8Array> {
  if (ring === null) return readPart(file, at, at + bytes);
  const read = (from: number, length: number): Promise<Uint8Array> =>
    readBytes(file, at + from, length);
  const clear = measureClear(bytes);
  return ring.seals.openStream(read, clear, { from: 0, to: clear }, nameEntrySeal(name));
}

/** Who was in on the day of the backup comes in anew: it may have been put out since. */
function endSessions(path: string): void {
  if (!existsSync(path)) return;
  const db = new Database(path, { strict: true });
  try {
    db.run("DELETE FROM sessions");
    db.run("DELETE FROM flows");
  } finally {
    db.close();
  }
}

/** The journal comes last, and with a card that says that it was put back. */
async function placeJournal(
  { config, journal }: Places,
  head: BackupHead,
  clock: Clock,
): Promise<void> {
  const { store, dataFolder } = config;
  const from = { kind: "sqlite", path: journal } as const;
  if (store.kind === "postgres") {
    await copyStore({ from, to: store }, { dataFolder, clock, tell: () => {} });
  } else {
    await checkJournal(journal, clock);
    await replaceFile(store.path, readFile(journal));
  }
  const { installation, mark } = head;
  distrustJournal(locateWitness(config), { installation, mark, clock });
  for (const ending of ["", "-wal", "-shm", ".lock", ".owner.json", ".witness.json"])
    await rm(`${journal}${ending}`, { force: true });

  async function* readFile(source: string): AsyncGenerator<Uint8Array> {
    const handle = await open(source, "r");
    try {
      yield* readPart(handle, 0, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  }
}

/** Throws where it is of a newer program, or SQLite finds it damaged. */
async function checkJournal(path: string, clock: Clock): Promise<void> {
  const { db, close } = openTables(path, clock);
  try {
    const asked = "PRAGMA integrity_check";
    const found = await db.read(() => readOne<{ integrity_check: string }>(asked));
    if (found?.integrity_check === "ok") return;
    throw new RunBlocked("BACKUP_ALTERED", "Il registro nella copia è danneggiato.", {
      hint: "Non usarla: prenderne un'altra.",
    });
  } finally {
    await close();
  }
}
