/** What runs have taken out of the inboxes and not put away yet: listed, and given the place that becomes it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../../engine/host/errors.ts";
import { resolveFolder } from "./folder.ts";
import { archiveRest, giveBackFile, refuseFile } from "./inbox.ts";
import { readFileState } from "./rest.ts";

/** The files that lie in a run's own place. */
export interface HeldFiles {
  /** Folder below data/inbox. */
  readonly inbox: string;
  readonly runId: string;
  /** The largest first, then its companion; at least one. */
  readonly names: readonly string[];
}

/**
 * `keep`: the run goes on, or a person may let it. `give-back`: no run knows of them. `archive`: their verbali are in the journal.
 * A report: the run is over and none of their verbali was read in.
 */
export type HeldFate = "keep" | "give-back" | "archive" | { readonly report: string };

/** Of all inboxes below `root`; a folder that cannot be looked into holds none. */
export async function listHeldFiles(root: string): Promise<readonly HeldFiles[]> {
  const held: HeldFiles[] = [];
  for (const inbox of await listFolders(root))
    for (const runId of await listFolders(join(root, inbox, "in-corso"))) {
      const names = await listBySize(join(root, inbox, "in-corso", runId));
      if (names.length > 0) held.push({ inbox, runId, names });
    }
  return held;
}

/** Moves the files where they belong; an Italian sentence where an operator should know, else `null`. Repeating is harmless. */
export async function settleHeldFiles(
  root: string,
  { inbox, runId, names }: HeldFiles,
  fate: HeldFate,
): Promise<string | null> {
  if (fate === "keep") return null;
  const told = names.join(", ");
  const isOne = names.length === 1;
  if (fate === "archive") {
    await archiveRest(resolveFolder(root, inbox), runId);
    return null;
  }
  if (fate === "give-back") {
    await giveBackFile(root, inbox, runId);
    return isOne
      ? `Il file ${told} è tornato nella cartella di arrivo.`
      : `I file ${told} sono tornati nella cartella di arrivo.`;
  }
  // The rest goes with the file.
  await refuseFile(root, inbox, { name: names[0] ?? "", runId, report: fate.report });
  return isOne
    ? `Il file ${told} è ora in rifiutati/, con il suo rapporto.`
    : `I file ${told} sono ora in rifiutati/, con il loro rapporto.`;
}

async function listBySize(folder: string): Promise<readonly string[]> {
  const sizes = new Map<string, number>();
  for (const { name } of await listEntries(folder))
    sizes.set(name, (await readFileState(join(folder, name)))?.size ?? 0);
  return [...sizes].toSorted(([, left], [, right]) => right - left).map(([name]) => name);
}

async function listFolders(path: string): Promise<readonly string[]> {
  return (await listEntries(path)).filter(({ isFolder }) => isFolder).map(({ name }) => name);
}

async function listEntries(
  path: string,
): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "EPERM"].includes(codeOf(error) ?? "")) return [];
    throw error;
  }
}
