/** The folder in which an ente's software drops its flussi: which files are ready, which wait and for what. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Clock } from "../../../engine/host/clock.ts";
import { allowMissing, codeOf, RunBlocked } from "../../../engine/host/errors.ts";
import type { WaitingFile } from "../port.ts";
import { pickAtRest, readFileState, type FileState } from "./rest.ts";

/** Names by which programs mark a file that is not finished. */
export const unfinishedName =
  /^\.|^~\$|\.(?:tmp|temp|part|partial|filepart|crdownload|download|swp)$/i;

export interface ReadyFile {
  readonly name: string;
  readonly path: string;
  /** The companion that says that the file is complete; `null`: the ente's software writes none. */
  readonly companion: string | null;
  /** How many verbali the companion announces; `null`: it does not say. */
  readonly announced: number | null;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

export interface FolderLook {
  /** Oldest first, by modification and then name. */
  readonly ready: readonly ReadyFile[];
  readonly waiting: readonly WaitingFile[];
}

export interface FolderQuery {
  readonly pattern: string;
  /** Ending of companions; `undefined`: there are none. */
  readonly companionEnding: string | undefined;
  readonly clock: Clock;
}

/** Path of a folder below data/inbox. Throws RunBlocked FLUSSO_INBOX. */
export function resolveFolder(root: string, inbox: string): string {
  if (!/^[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u.test(inbox))
    throw new RunBlocked(
      "FLUSSO_INBOX",
      `«${inbox}» non è il nome di una cartella di data/inbox.`,
      { hint: "Scrivere in inbox: il solo nome della cartella, per esempio il codice dell'ente." },
    );
  return join(root, inbox);
}

/** Where a run keeps what it has taken until its verbali are in the journal. */
export function resolveOwnPlace(folder: string, runId: string): string {
  return join(folder, "in-corso", runId);
}

/** Looks at the files that fit the pattern. */
export async function lookAtFolder(folder: string, query: FolderQuery): Promise<FolderLook> {
  const names = await listNames(folder);
  const real = (await allowMissing(realpath(folder))) ?? folder;
  const found = await findFitting(real, names, query);
  const states = new Map(found.map(({ path, state }) => [path, state]));
  const atRest = await pickAtRest(states, query.clock);
  const ready: ReadyFile[] = [];
  const waiting: WaitingFile[] = [];
  for (const { name, path, state } of found) {
    const companion = findCompanion(name, names, query.companionEnding);
    if (!atRest.has(path)) waiting.push({ name, why: "being-written" });
    else if (companion === undefined) waiting.push({ name, why: "no-companion" });
    else
      ready.push({
        name,
        path,
        companion,
        announced: await readAnnounced(real, companion),
        writtenAt: state.mtimeMs,
      });
  }
  return { ready, waiting };
}

interface Fitting {
  readonly name: string;
  readonly path: string;
  readonly state: FileState;
}

async function findFitting(
  folder: string,
  names: readonly string[],
  { pattern, companionEnding }: FolderQuery,
): Promise<readonly Fitting[]> {
  const glob = new Bun.Glob(pattern.toLowerCase());
  const found: Fitting[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    if (unfinishedName.test(name) || !glob.match(lower)) continue;
    if (companionEnding !== undefined && lower.endsWith(companionEnding.toLowerCase())) continue;
    const path = join(folder, name);
    // Between the list and this look another program may have taken it away.
    const state = await readFileState(path);
    if (state !== null) found.push({ name, path, state });
  }
  return found.toSorted(
    (left, right) => left.state.mtimeMs - right.state.mtimeMs || (left.name < right.name ? -1 : 1),
  );
}

/** `flusso.csv.ok` or `flusso.ok`; `null`: none is expected, `undefined`: it is not there yet. */
export function findCompanion(
  name: string,
  names: readonly string[],
  ending: string | undefined,
): string | null | undefined {
  if (ending === undefined) return null;
  const wanted = [name, name.slice(0, name.length - extname(name).length)].map((stem) =>
    `${stem}${ending}`.toLowerCase(),
  );
  return names.find((other) => wanted.includes(other.toLowerCase()));
}

/** The number of verbali in the companion; `null`: it holds none, or there is no companion. */
export async function readAnnounced(
  folder: string,
  companion: string | null,
): Promise<number | null> {
  if (companion === null) return null;
  const text = ((await allowMissing(readFile(join(folder, companion), "utf8"))) ?? "").trim();
  return /^\d{1,7}$/.test(text) ? Number(text) : null;
}

/** Names in a folder; none where it does not exist. Throws RunBlocked FLUSSO_INBOX. */
export async function listNames(folder: string): Promise<readonly string[]> {
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
