/** The finished PDFs of an ente's folder: each looked at once, found by what stands in it. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FinishedPdf } from "../../documents/finished/inspect-finished.ts";
import { compactText, isActOf, type ActNames } from "../../documents/finished/match-text.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { askTechnician } from "../../engine/host/hint.ts";
import { allowMissing, codeOf, RunBlocked } from "../../engine/host/errors.ts";
import { judgeWithVera, type Programs, type PdfVerdict } from "./programs.ts";

/** One file of the folder. */
export interface FinishedFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly pdf: FinishedPdf;
  /** Of its claim to be PDF/A. */
  readonly verdict: PdfVerdict;
}

interface KnownFile {
  readonly file: FinishedFile;
  /** Size and time of change: what tells that it is the same. */
  readonly stamp: string;
  /** The first page without blanks. */
  readonly page: string;
}

interface KnownFolder {
  readonly files: Map<string, KnownFile>;
  /** Time of change of the folder when it was last read: it moves with every file that comes, goes or gets another name. */
  changedAt: number;
  /** When this time of change was first seen. */
  seenAt: number;
  /** When the last reading began. */
  readAt: number;
  /** Readings that began, and the latest of them that came to its end. */
  begun: number;
  ended: number;
  /** One reading at a time. */
  reading: Promise<void>;
}

const folders = new Map<string, KnownFolder>();

/** When and until when a folder is read. */
export interface FolderReading extends Programs {
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
  /** The file system's own, but for a test of one that is slow, or that counts time in seconds. */
  readonly statFile?: (
    path: string,
  ) => Promise<{ readonly size: number; readonly mtimeMs: number }>;
}

/** Reads what is new in the folder. Throws RunBlocked when it cannot be read. */
export async function readFinishedFolder(reading: FolderReading): Promise<void> {
  const { folder } = reading;
  const known = folders.get(folder) ?? {
    files: new Map<string, KnownFile>(),
    changedAt: 0,
    seenAt: 0,
    readAt: 0,
    begun: 0,
    ended: 0,
    reading: Promise.resolve(),
  };
  folders.set(folder, known);
  const asked = known.begun;
  known.reading = known.reading.catch(() => undefined).then(() => readOnce(reading, known, asked));
  await known.reading;
}

/** One that began after the question has seen all that was there by then. */
async function readOnce(reading: FolderReading, known: KnownFolder, asked: number): Promise<void> {
  if (known.ended > asked) return;
  known.begun += 1;
  await readNew(reading, known);
  known.ended = known.begun;
}

/** A file that is written anew in its place does not move the folder: after so long all are asked again. */
const staleMs = 10_000;
/** The coarsest clock of a file system (FAT): two changes within it leave one time. */
const tickMs = 2_000;

/** The files whose first page is that of this act. A folder that changed meanwhile is read again. */
export async function findFinished(
  reading: FolderReading,
  names: ActNames,
): Promise<readonly FinishedFile[]> {
  const { folder } = reading;
  const found = pickMatching(folder, names);
  if (found.length === 1) return found;
  if (!(await isFresh(reading))) await readFinishedFolder(reading);
  // Never what was found before: another may have read the folder meanwhile.
  return pickMatching(folder, names);
}

/** Whether what is known of the folder is what is there. */
async function isFresh({ folder, clock, statFile = stat }: FolderReading): Promise<boolean> {
  const changedAt = await statFile(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  const known = folders.get(folder);
  if (known?.changedAt !== changedAt) return false;
  const isSettled = known.readAt - known.seenAt >= tickMs;
  return isSettled && clock.now() - known.readAt < staleMs;
}

/** The file that is called after the act, whatever stands in it. */
export function findByName(folder: string, numero: string): FinishedFile | undefined {
  const wanted = toKey(numero);
  for (const { file } of folders.get(folder)?.files.values() ?? [])
    if (toKey(file.name.replace(/\.pdf$/i, "")).includes(wanted)) return file;
  return undefined;
}

function toKey(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}

function pickMatching(folder: string, names: ActNames): readonly FinishedFile[] {
  const found: FinishedFile[] = [];
  for (const { file, page } of folders.get(folder)?.files.values() ?? [])
    if (isActOf(page, file.pdf.texts[0] ?? "", names)) found.push(file);
  return found;
}

async function readNew(reading: FolderReading, known: KnownFolder): Promise<void> {
  const { folder, clock, signal } = reading;
  const { inspectFinished } = await import("../../documents/finished/inspect-finished.ts");
  const readAt = clock.now();
  const { entries, changedAt } = await listPdfs(reading);
  const fresh: { file: Omit<FinishedFile, "verdict">; stamp: string }[] = [];
  for (const name of known.files.keys()) if (!entries.has(name)) known.files.delete(name);
  for (const [name, stamp] of entries) {
    if (known.files.get(name)?.stamp === stamp) continue;
    signal.throwIfAborted();
    const path = join(folder, name);
    const bytes = await allowMissing(readFile(path));
    if (bytes === null) {
      known.files.delete(name);
      continue;
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    fresh.push({ file: { name, path, sha256, pdf: await inspectFinished(bytes) }, stamp });
  }
  const claiming = fresh.filter(({ file }) => file.pdf.claim !== null).map(({ file }) => file.path);
  const verdicts = await judgeWithVera(claiming, reading);
  for (const { file, stamp } of fresh)
    known.files.set(file.name, {
      file: { ...file, verdict: verdicts.get(file.path) ?? "unchecked" },
      stamp,
      page: compactText(file.pdf.texts[0] ?? ""),
    });
  if (known.changedAt !== changedAt) known.seenAt = readAt;
  known.changedAt = changedAt;
  known.readAt = readAt;
}

async function listPdfs({ folder, statFile = stat }: FolderReading): Promise<{
  readonly entries: ReadonlyMap<string, string>;
  readonly changedAt: number;
}> {
  try {
    const { mtimeMs: changedAt } = await statFile(folder);
    const entries = new Map<string, string>();
    for (const name of (await readdir(folder)).toSorted()) {
      if (!/\.pdf$/i.test(name)) continue;
      // One that the gestionale has just taken away is not there, the folder is.
      const found = await allowMissing(statFile(join(folder, name)));
      if (found !== null) entries.set(name, `${found.size} ${found.mtimeMs}`);
    }
    return { entries, changedAt };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new RunBlocked(
      "PDF_FOLDER_MISSING",
      "La cartella dei PDF del gestionale non c'è, o non si può leggere.",
      {
        ofRun: "Nulla è stato inviato.",
        hint: askTechnician(
          "controllare la cartella in cui il gestionale mette i PDF",
          `Creare la cartella ${folder}, oppure correggere «render: pdf» nel file dell'ente.`,
        ),
        cause: error,
      },
    );
  }
}
