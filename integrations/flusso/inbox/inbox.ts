/** Taking a file out of the inbox into the run's own place, and what becomes of it: put away, refused with its report, or given back. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { passCrashpoint } from "../../../engine/host/crashpoint.ts";
import { guardDisk } from "../../../engine/host/disk-faults.ts";
import { allowMissing, codeOf, PipelineError } from "../../../engine/host/errors.ts";
import type { FlussoFile, InboxTake, TakenFile, WonFile } from "../port.ts";
import {
  findCompanion,
  listNames,
  lookAtFolder,
  readAnnounced,
  resolveFolder,
  resolveOwnPlace,
  type FolderQuery,
  type ReadyFile,
} from "./folder.ts";
import { isSameState, readFileState } from "./rest.ts";

const reportEnding = ".rapporto.txt";

export interface InboxQuery extends FolderQuery {
  readonly inbox: string;
}

/** The oldest file at rest, where it lies. */
export async function findOldestFile(root: string, query: InboxQuery): Promise<FlussoFile | null> {
  const { ready } = await lookAtFolder(resolveFolder(root, query.inbox), query);
  const [oldest] = ready;
  return oldest === undefined ? null : toFlussoFile(oldest.name, oldest.path);
}

/** Moves the oldest file at rest into the run's own place; one that lies there already comes first. Throws RunBlocked `DISK_FULL`, `DATA_NOT_WRITABLE`, as all do that move files. */
export async function takeOldest(
  root: string,
  query: InboxQuery,
  run: { readonly id: string; readonly except: ReadonlySet<string> },
): Promise<InboxTake> {
  const folder = resolveFolder(root, query.inbox);
  const own = resolveOwnPlace(folder, run.id);
  const { ready, waiting } = await lookAtFolder(folder, query);
  const open = ready.filter(({ name }) => !run.except.has(name));
  const again = await findTaken(own, folder, query.companionEnding);
  if (again !== null) return { file: again, others: open.map(({ name: other }) => other), waiting };
  for (const [index, file] of open.entries()) {
    if (!(await guardDisk(folder, () => moveInto(own, folder, file)))) continue;
    const { name, announced, writtenAt } = file;
    const won = { ...toFlussoFile(name, join(own, name)), announced, writtenAt };
    return { file: won, others: open.slice(index + 1).map((other) => other.name), waiting };
  }
  return { file: null, others: [], waiting };
}

/** What an earlier try of the run has taken; a companion that it did not come to take follows its file. */
async function findTaken(
  own: string,
  folder: string,
  ending: string | undefined,
): Promise<WonFile | null> {
  const names = await listNames(own);
  const isCompanion = (name: string): boolean =>
    ending !== undefined && name.toLowerCase().endsWith(ending.toLowerCase());
  const name = names.find((each) => !isCompanion(each));
  const path = join(own, name ?? "");
  const state = name === undefined ? null : await readFileState(path);
  if (name === undefined || state === null) return null;
  const left = findCompanion(name, names, ending);
  const companion = left ?? findCompanion(name, await listNames(folder), ending) ?? null;
  if (left === undefined && companion !== null)
    await moveIfThere(join(folder, companion), join(own, companion));
  const announced = await readAnnounced(own, companion);
  return { ...toFlussoFile(name, path), announced, writtenAt: state.mtimeMs };
}

/** False: another run was first. */
async function moveInto(own: string, folder: string, file: ReadyFile): Promise<boolean> {
  await mkdir(own, { recursive: true, mode: 0o700 });
  if (!(await moveIfThere(file.path, join(own, file.name)))) {
    await removeIfEmpty(own);
    return false;
  }
  passCrashpoint("inbox-after-rename");
  if (file.companion !== null)
    await moveIfThere(join(folder, file.companion), join(own, file.companion));
  return true;
}

/** Whatever lies in the run's own place goes back into the inbox, under its name or, where a new file has it, beside it. */
export async function giveBackFile(root: string, inbox: string, runId: string): Promise<void> {
  const folder = resolveFolder(root, inbox);
  const own = resolveOwnPlace(folder, runId);
  const names = await listNames(own);
  const place = await chooseFreePlace(folder, names, runId);
  await guardDisk(folder, async () => {
    for (const each of names) await rename(join(own, each), place(each));
    await removeIfEmpty(own);
  });
}

/** Into `rifiutati/`, with the report beside it; false when it is in none of the two places with just these bytes. */
export async function refuseFile(
  root: string,
  inbox: string,
  options: { readonly name: string; readonly runId: string; readonly report: string },
): Promise<boolean> {
  const { name, runId, report } = options;
  const folder = resolveFolder(root, inbox);
  const own = resolveOwnPlace(folder, runId);
  if ((await readFileState(join(own, name))) === null) return false;
  const shelf = join(folder, "rifiutati");
  await guardDisk(folder, async () => {
    await mkdir(shelf, { recursive: true, mode: 0o700 });
    const names = await listNames(own);
    const place = await chooseFreePlace(shelf, names, runId);
    const path = place(name);
    await writeFile(`${path}${reportEnding}`, report);
    await chmod(`${path}${reportEnding}`, 0o600);
    for (const each of names) await rename(join(own, each), place(each));
    await removeIfEmpty(own);
  });
  return true;
}

/** Into `archivio/`: from the run's own place; from the inbox, where the run was given the file otherwise; from `rifiutati/`, where an earlier try of the run left it. Only if it is there with just these bytes. */
export async function archiveFile(
  root: string,
  inbox: string,
  options: { readonly taken: TakenFile; readonly runId: string },
): Promise<boolean> {
  const folder = resolveFolder(root, inbox);
  const { taken, runId } = options;
  const own = resolveOwnPlace(folder, runId);
  const shelf = join(folder, "archivio");
  const refused = join(folder, "rifiutati");
  for (const path of [
    join(own, taken.name),
    join(folder, taken.name),
    join(refused, taken.name),
    join(refused, `${runId}-${taken.name}`),
  ]) {
    const info = await allowMissing(stat(path));
    if (info === null || !info.isFile() || info.size !== taken.bytes) continue;
    if ((await hashFile(path)) !== taken.sha256) continue;
    await guardDisk(folder, async () => {
      await mkdir(shelf, { recursive: true, mode: 0o700 });
      await rename(path, join(shelf, `${runId}-${taken.name}`));
      if (dirname(path) === refused) await allowMissing(rm(`${path}${reportEnding}`));
    });
    await archiveRest(folder, runId);
    return true;
  }
  return false;
}

/** Whatever lies in the run's own place still, once its file was put away. */
export async function archiveRest(folder: string, runId: string): Promise<void> {
  const own = resolveOwnPlace(folder, runId);
  const names = await listNames(own);
  const shelf = join(folder, "archivio");
  await guardDisk(folder, async () => {
    if (names.length > 0) await mkdir(shelf, { recursive: true, mode: 0o700 });
    for (const each of names) await rename(join(own, each), join(shelf, `${runId}-${each}`));
    await removeIfEmpty(own);
  });
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  return (await allowMissing(rename(from, to).then(() => true))) ?? false;
}

/** Where each of these files goes: under its name, or all of them under the run's, so that a companion is found beside its file when both are put back. */
async function chooseFreePlace(
  folder: string,
  names: readonly string[],
  runId: string,
): Promise<(name: string) => string> {
  const found = await Promise.all(
    names.map(async (name) => await allowMissing(stat(join(folder, name)))),
  );
  const prefix = found.every((info) => info === null) ? "" : `${runId}-`;
  return (name) => join(folder, `${prefix}${name}`);
}

async function removeIfEmpty(own: string): Promise<void> {
  for (const folder of [own, dirname(own)])
    try {
      await rmdir(folder);
    } catch (error) {
      if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) throw error;
      return;
    }
}

function toFlussoFile(name: string, path: string): FlussoFile {
  return { name, open: () => readWholeFile(name, path) };
}

/** The bytes, with proof that the file did not change meanwhile. */
async function* readWholeFile(
  name: string,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const before = await readFileState(path);
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (error) {
    if (codeOf(error) === undefined || codeOf(error) === "ENOENT") throw error;
    throw new PipelineError("FLUSSO_UNREADABLE", `Il file ${name} non si può leggere.`, {
      hint: "Dare a chi esegue Postino il permesso di lettura sul file e rimetterlo nella cartella.",
      cause: error,
    });
  }
  const after = await readFileState(path);
  if (before === null || after === null || !isSameState(before, after))
    throw new PipelineError(
      "FLUSSO_CHANGING",
      `Il file ${name} è cambiato mentre veniva letto: nessun verbale è partito.`,
      { hint: "Attendere che la copia nella cartella finisca e ripetere." },
    );
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
