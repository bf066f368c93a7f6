/** One file that holds an installation as it is at a moment, made while its runs go on. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { isLostArtifact } from "../../engine/host/files.ts";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { toDiskError } from "../../engine/host/disk-faults.ts";
import { codeOf, RunBlocked } from "../../engine/host/errors.ts";
import { syncFolder, writeNewFile } from "../../engine/host/whole-file.ts";
import { type BlobSeals, measureSealed } from "../../stores/seals/blobs.ts";
import { sealDatabase } from "../../stores/sql/sealed.ts";
import { listNamedBlobs } from "../../stores/sql/blobs.ts";
import { readInstallation } from "../../stores/sql/copy.ts";
import { type Database as JournalTables, readAll, readOne } from "../../stores/sql/plan.ts";
import { openTables } from "../../stores/sqlite/store.ts";
import type { Config } from "../config.ts";
import { readDocuments } from "../store/documents-place.ts";
import { copyStoreNow } from "../store/store-copy.ts";
import { locateRing, openSeals } from "../store/keys.ts";
import { readVersion } from "../version.ts";
import { UsageError } from "../words/usage-error.ts";
import { type DataFile, listDataFiles } from "./data-files.ts";
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
  sealArchive,
} from "./format.ts";
import { type TarEntry, writeTarEntry } from "./tar.ts";

export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
  readonly runs: number;
  readonly artifacts: number;
  readonly files: number;
  /** Documents that the journal names and the disk no longer has as they were, by sha256. */
  readonly missing: readonly string[];
  /** Links in the data folder: what they lead to is not in the backup. */
  readonly links: readonly string[];
}

/** Where pieces of the backup are made, beside the file that it becomes. */
interface Workshop {
  readonly folder: string;
  readonly config: Config;
  readonly clock: Clock;
}

/** Writes the file, whole or not at all. Throws UsageError, RunBlocked `STORE_EMPTY`, `DISK_FULL` among others. */
export async function writeBackup(config: Config, given: string, clock: Clock): Promise<BackedUp> {
  const path = resolve(given);
  assertPlace(config, path);
  const folder = join(dirname(path), `${workshopPrefix}${process.pid}`);
  try {
    await sweepWorkshops(dirname(path));
    await mkdir(folder, { mode: 0o700 });
    return await compose({ folder, config, clock }, path);
  } catch (error) {
    throw toBackupError(error, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const workshopPrefix = ".postino-copia-";

function assertPlace({ dataFolder }: Config, path: string): void {
  const isInside = !relative(dataFolder, path).startsWith("..");
  const refuse = (message: string): never => {
    throw new UsageError(message, { isWellTyped: true });
  };
  if (existsSync(path))
    refuse(`${path} c'è già: una copia non ne sostituisce un'altra. Indicare un altro nome.`);
  if (isInside)
    refuse(
      `${path} sta nella cartella dei dati, che è ciò che si copia. Indicare un file altrove, meglio su un altro disco.`,
    );
  if (!existsSync(dirname(path))) refuse(`La cartella ${dirname(path)} non c'è.`);
}

/** A disk that refuses is that of the backup, and no run waits for it. */
function toBackupError(error: unknown, path: string): unknown {
  const fault = toDiskError(error, dirname(path));
  if (!(fault instanceof RunBlocked) || fault === error) return fault;
  return new RunBlocked(
    fault.code,
    `La copia non si può scrivere in ${dirname(path)}: ${fault.code === "DISK_FULL" ? "il disco è pieno" : "non è permesso"}. Nulla è stato scritto.`,
    { hint: "Liberare spazio o indicare un'altra cartella, poi ripetere.", cause: error },
  );
}

/** What backups left that were killed. */
async function sweepWorkshops(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(name.slice(workshopPrefix.length));
    if (!name.startsWith(workshopPrefix) || !Number.isSafeInteger(pid)) continue;
    if (!isAlive(pid)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function compose(workshop: Workshop, path: string): Promise<BackedUp> {
  const { folder, config, clock } = workshop;
  const journal = join(folder, journalName);
  // First the journal: what its rows name was on the disk before them.
  await copyStoreNow(config.store, journal, clock);
  passCrashpoint("backup-after-journal");
  const seals = await openSeals(config);
  const { db: tables, close } = openTables(journal, clock);
  const db = sealDatabase(tables, seals);
  const blobs = openBlobList(join(folder, "blobs.sqlite"));
  try {
    const isSealed = seals?.blobs.isSealing === true;
    const head = { ...(await readHead(db, clock)), version: isSealed ? 2 : 1 } as const;
    const put = (entry: TarEntry): AsyncGenerator<Uint8Array> =>
      writeTarEntry(isSealed ? sealEntry(seals.blobs, entry) : entry);
    for await (const { any, stored } of listNamedBlobs(db)) blobs.add(any, stored);
    await close();
    const found = { artifacts: 0, files: 0, missing: [] as string[] };
    const { files, links } = await listDataFiles(config);
    const store = await readDocuments(config);
    async function* writeAll(): AsyncGenerator<Uint8Array> {
      yield* writeTarEntry(buildTextEntry(headName, JSON.stringify(head)));
      if (isSealed)
        yield* writeTarEntry(await buildFileEntry(ringEntry, locateRing(config.dataFolder)));
      yield* put(await buildFileEntry(journalName, journal));
      for (const file of files) {
        if (file.name === ringEntry) continue;
        const entry = await buildDataEntry(file, folder);
        if (entry === null) continue;
        yield* put(entry);
        found.files += 1;
      }
      for (const blob of blobs.list()) {
        const entry = await buildBlobEntry(store, blob.sha256);
        if (entry !== null) {
          yield* put(entry);
          found.artifacts += 1;
        } else if (blob.isStored) found.missing.push(blob.sha256);
      }
    }
    const draft = join(folder, "copia.tar");
    await writeNewFile(draft, sealArchive(writeAll()));
    const { size } = await stat(draft);
    await rename(draft, path);
    await syncFolder(dirname(path));
    return { file: path, bytes: size, runs: head.runs, links, ...found };
  } finally {
    blobs.close();
  }
}

async function readHead(db: JournalTables, clock: Clock): Promise<BackupHead> {
  const count = await db.read(() => readOne<{ next: number }>("SELECT count(*) AS next FROM runs"));
  const newest = await db.read(() =>
    readOne<{ id: number | null }>("SELECT max(id) AS id FROM attempts"),
  );
  const enti = await db.read(() =>
    readAll<{ ente: string }>("SELECT DISTINCT ente FROM runs ORDER BY ente"),
  );
  return {
    format: "postino-backup",
    version: 1,
    program: readVersion(),
    madeAt: toInstant(clock.now()),
    installation: (await readInstallation(db)) ?? 0,
    mark: newest?.id ?? 0,
    enti: enti.map(({ ente }) => ente),
    runs: count?.next ?? 0,
  };
}

/** The same under another name where it is that of a blob, with its content sealed. */
function sealEntry(seals: BlobSeals, { name, bytes, openContent }: TarEntry): TarEntry {
  const [folder, , sha256] = name.split("/");
  const hidden = folder === blobsFolder && sha256 !== undefined ? seals.hide(sha256) : null;
  return {
    name: hidden === null ? name : `${blobsFolder}/${hidden.slice(0, 2)}/${hidden}`,
    bytes: measureSealed(bytes),
    openContent: () => seals.sealStream(openContent(), nameEntrySeal(name)),
  };
}

/** The blobs that the journal names, each once: on the disk, for they may be millions. */
function openBlobList(path: string) {
  const db = new Database(path, { create: true, strict: true });
  db.run("PRAGMA synchronous = OFF");
  db.run("CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, stored INTEGER NOT NULL) WITHOUT ROWID");
  const put = db.query(
    "INSERT INTO blobs VALUES (?, ?) ON CONFLICT (sha256) DO UPDATE SET stored = max(stored, excluded.stored)",
  );
  const next = db.query<{ sha256: string; stored: number }, [string]>(
    "SELECT sha256, stored FROM blobs WHERE sha256 > ? ORDER BY sha256 LIMIT 1",
  );
  return {
    add: db.transaction((any: readonly string[], stored: readonly string[]) => {
      for (const sha256 of any) put.run(sha256, stored.includes(sha256) ? 1 : 0);
    }),
    *list(): Generator<{ readonly sha256: string; readonly isStored: boolean }> {
      let row = next.get("");
      while (row !== null) {
        yield { sha256: row.sha256, isStored: row.stored === 1 };
        row = next.get(row.sha256);
      }
    },
    close: () => db.close(),
  };
}

function buildTextEntry(name: string, text: string): TarEntry {
  const content = Buffer.from(`${text}\n`);
  return { name, bytes: content.byteLength, openContent: () => [content] };
}

async function buildFileEntry(name: string, path: string): Promise<TarEntry> {
  return { name, bytes: (await stat(path)).size, openContent: () => readWhole(path) };
}

async function* readWhole(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    yield* readPart(file, 0, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** `null`: it is gone meanwhile. What may be written meanwhile is copied first. */
async function buildDataEntry(file: DataFile, folder: string): Promise<TarEntry | null> {
  const copy = join(folder, "datum");
  await rm(copy, { force: true });
  if (file.isDatabase) {
    copyDatabase(file.path, copy);
    return await buildFileEntry(`${databasesFolder}/${file.name}`, copy);
  }
  try {
    await copyFile(file.path, copy);
  } catch (error) {
    // Taken while the folder was listed: of an inbox its run has it, of an outbox whoever it is for.
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  return await buildFileEntry(`${filesFolder}/${file.name}`, copy);
}

function copyDatabase(path: string, to: string): void {
  const db = new Database(path, { readonly: true, strict: true });
  try {
    db.run("PRAGMA busy_timeout = 5000");
    db.run("VACUUM INTO ?", [to]);
  } finally {
    db.close();
  }
}

/** Bytes: what is smaller is read once, and held while it is written. */
const heldBytes = 8_000_000;

/** `null`: the disk has it no longer as it was. */
async function buildBlobEntry(store: ArtifactStore, sha256: string): Promise<TarEntry | null> {
  const name = `${blobsFolder}/${sha256.slice(0, 2)}/${sha256}`;
  try {
    const size = await store.measure(sha256);
    if (size === null) return null;
    if (size <= heldBytes) {
      const bytes = await store.read(sha256);
      return { name, bytes: bytes.byteLength, openContent: () => [bytes] };
    }
    for await (const piece of store.stream(sha256)) void piece;
    return { name, bytes: size, openContent: () => store.stream(sha256) };
  } catch (error) {
    if (isLostArtifact(error)) return null;
    throw error;
  }
}
