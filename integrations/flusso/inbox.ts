/** The folder in which an ente's software drops its flussi: the oldest file, and putting it away; part of `createFlusso`. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, allowMissing, PipelineError, RunBlocked } from "../../engine/host/errors.ts";
import type { Clock } from "../../engine/host/clock.ts";
import type { FlussoFile, TakenFile } from "./port.ts";

/** A file changed so recently may still be growing. */
const settleMs = 2000;

/** The oldest file (by modification, then name) that fits the pattern, once it stopped growing. */
export async function findOldestFile(
  root: string,
  options: { readonly inbox: string; readonly pattern: string; readonly clock: Clock },
): Promise<FlussoFile | null> {
  const folder = resolveFolder(root, options.inbox);
  const glob = new Bun.Glob(options.pattern.toLowerCase());
  const found: { readonly name: string; readonly path: string; readonly changed: number }[] = [];
  for (const name of await listNames(folder)) {
    if (name.startsWith(".") || !glob.match(name.toLowerCase())) continue;
    const path = join(folder, name);
    const info = await stat(path);
    if (info.isFile()) found.push({ name, path, changed: info.mtimeMs });
  }
  found.sort((left, right) => left.changed - right.changed || (left.name < right.name ? -1 : 1));
  const [oldest] = found;
  if (oldest === undefined) return null;
  const age = options.clock.now() - oldest.changed;
  if (age >= 0 && age < settleMs) await options.clock.sleep(settleMs - age);
  return { name: oldest.name, open: () => readWholeFile(oldest.name, oldest.path) };
}

/** Moves the file to `archivio/` if it is there with just these bytes. */
export async function archiveFile(
  root: string,
  inbox: string,
  options: { readonly taken: TakenFile; readonly runId: string },
): Promise<boolean> {
  const folder = resolveFolder(root, inbox);
  const { taken, runId } = options;
  const path = join(folder, taken.name);
  const info = await allowMissing(stat(path));
  if (info === null || !info.isFile() || info.size !== taken.bytes) return false;
  if ((await hashFile(path)) !== taken.sha256) return false;
  const shelf = join(folder, "archivio");
  await mkdir(shelf, { recursive: true, mode: 0o700 });
  await rename(path, join(shelf, `${runId}-${taken.name}`));
  return true;
}

function resolveFolder(root: string, inbox: string): string {
  if (!/^[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u.test(inbox))
    throw new RunBlocked(
      "FLUSSO_INBOX",
      `«${inbox}» non è il nome di una cartella di data/inbox.`,
      { hint: "Scrivere in inbox: il solo nome della cartella, per esempio il codice dell'ente." },
    );
  return join(root, inbox);
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new RunBlocked("FLUSSO_INBOX", `la cartella ${folder} non si può leggere.`, {
      hint: "Dare a chi esegue Postino il permesso di lettura sulla cartella.",
      cause: error,
    });
  }
}

/** The bytes, with proof that the file did not change meanwhile. */
async function* readWholeFile(
  name: string,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const before = await stat(path);
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  const after = await stat(path);
  if (before.size !== after.size || before.mtimeMs !== after.mtimeMs)
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
