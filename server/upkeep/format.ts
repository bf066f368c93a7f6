/** What a backup file looks like: which entries it has, and how its end tells that it is whole. */
import { createHash } from "node:crypto";
import { type FileHandle } from "node:fs/promises";
import { RunBlocked } from "../../engine/host/errors.ts";
import { ringName } from "../store/keys.ts";
import { BrokenTar, readBytes, readTarEntries, tarBlock, writeTarEntry } from "./tar.ts";

/** The first entry: what the backup is of. */
export interface BackupHead {
  readonly format: "postino-backup";
  /** 2: what follows the ring is sealed. */
  readonly version: 1 | 2;
  readonly program: string;
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  /** The number of the journal, and of its newest attempt. */
  readonly installation: number;
  readonly mark: number;
  readonly enti: readonly string[];
  readonly runs: number;
}

/** The last entry: the hash of every byte before it. */
interface BackupEnd {
  readonly bytes: number;
  readonly sha256: string;
}

export const backupVersion = 2;
/** The second entry of a sealed one, with the name of the ring. */
export const ringEntry = ringName;
export const headName = "postino.json";
export const journalName = "postino.sqlite";
export const blobsFolder = "artifacts";
/** Databases and files of the data folder, by their place in it. */
export const databasesFolder = "databases";
export const filesFolder = "files";
/** What an entry is sealed as. */
export function nameEntrySeal(name: string): string {
  return `backup ${name}`;
}

const endName = "fine.json";
/** Header and content of the last entry, and the two empty blocks that end a tar. */
const endBytes = 4 * tarBlock;

/** What was written, with its end. */
export async function* sealArchive(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.byteLength;
    yield piece;
  }
  yield await buildEnd({ bytes, sha256: hash.digest("hex") });
}

async function buildEnd(end: BackupEnd): Promise<Buffer> {
  const content = Buffer.from(`${JSON.stringify(end)}\n`.padEnd(200));
  const pieces: Uint8Array[] = [];
  const entry = { name: endName, bytes: content.byteLength, openContent: () => [content] };
  for await (const piece of writeTarEntry(entry)) pieces.push(piece);
  return Buffer.concat([...pieces, Buffer.alloc(2 * tarBlock)]);
}

/** A backup that is whole. */
export interface VerifiedBackup {
  readonly head: BackupHead;
  /** Hash of all that it holds. */
  readonly sha256: string;
  /** Where its entries end. */
  readonly end: number;
}

/** Reads all of it. Throws RunBlocked `BACKUP_TORN`, `BACKUP_ALTERED`, `BACKUP_UNKNOWN`. */
export async function verifyBackup(file: FileHandle): Promise<VerifiedBackup> {
  const { size } = await file.stat();
  const head = await readHead(file, size);
  const at = size - endBytes;
  const tail = at > 0 ? await readBytes(file, at, endBytes) : Buffer.alloc(endBytes);
  const end = parseEnd(tail);
  if (end === null || end.bytes !== at) throw tornError();
  const isSealed = (await buildEnd(end)).equals(tail);
  if (head === null || !isSealed || (await hashStart(file, at)) !== end.sha256)
    throw alteredError();
  if (head.version > backupVersion)
    throw new RunBlocked(
      "BACKUP_UNKNOWN",
      `La copia è stata fatta da una versione più nuova di Postino (${head.program}). Nulla è stato scritto.`,
      { hint: "Aggiornare Postino a quella versione, poi ripetere." },
    );
  return { head, sha256: end.sha256, end: at };
}

/** `null`: it begins as a backup does, and cannot be read. Throws RunBlocked `BACKUP_UNKNOWN`. */
async function readHead(file: FileHandle, size: number): Promise<BackupHead | null> {
  try {
    for await (const { name, bytes, at } of readTarEntries(file, size)) {
      if (name !== headName || bytes > 1_000_000) break;
      const head = JSON.parse((await readBytes(file, at, bytes)).toString("utf8")) as BackupHead;
      if (head.format === "postino-backup") return head;
      break;
    }
  } catch (error) {
    if (!(error instanceof BrokenTar) && !(error instanceof SyntaxError)) throw error;
    if (await beginsAsBackup(file, size)) return null;
  }
  throw new RunBlocked("BACKUP_UNKNOWN", "Il file non è una copia fatta da «postino backup».", {
    hint: "Indicare il file che «postino backup» ha scritto.",
  });
}

async function beginsAsBackup(file: FileHandle, size: number): Promise<boolean> {
  const bytes = Math.min(size, headName.length);
  return (
    (await readBytes(file, 0, bytes)).toString("latin1") === headName.slice(0, bytes) && bytes > 0
  );
}

function parseEnd(tail: Buffer): BackupEnd | null {
  if (!tail.toString("latin1").startsWith(`${endName}\0`)) return null;
  try {
    const text = tail.toString("utf8", tarBlock, 2 * tarBlock).replaceAll("\0", "");
    return JSON.parse(text) as BackupEnd;
  } catch {
    return null;
  }
}

const pieceBytes = 1024 * 1024;

async function hashStart(file: FileHandle, end: number): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of readPart(file, 0, end)) hash.update(piece);
  return hash.digest("hex");
}

/** A part of the file, piece by piece. Throws BrokenTar where it is shorter. */
export async function* readPart(
  file: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += pieceBytes)
    yield await readBytes(file, at, Math.min(pieceBytes, to - at));
}

function tornError(): RunBlocked {
  return new RunBlocked(
    "BACKUP_TORN",
    "La copia è incompleta: le manca la fine. Nulla è stato scritto.",
    { hint: "Prenderla di nuovo da dove era stata salvata, oppure usarne un'altra." },
  );
}

function alteredError(): RunBlocked {
  return new RunBlocked(
    "BACKUP_ALTERED",
    "La copia non è più com'era stata scritta. Nulla è stato scritto.",
    { hint: "Prenderla di nuovo da dove era stata salvata, oppure usarne un'altra." },
  );
}
