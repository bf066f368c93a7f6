/** What lies in an inbox and is not taken yet, as a person sees it: looked at once, without waiting. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../../engine/host/errors.ts";
import { findCompanion, listNames, resolveFolder, unfinishedName } from "./folder.ts";
import { isYoung, listOpenForWriting, readFileState } from "./rest.ts";

export interface Arrival {
  readonly name: string;
  /** `unfinished-name`: programs name so what they are still copying. `ready`: the next run takes it, if its pipeline's pattern fits. */
  readonly state: "unfinished-name" | "being-written" | "no-companion" | "ready";
  /** When it was last written, milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Oldest first; companions and hidden files of the system are left out. Throws RunBlocked FLUSSO_INBOX. */
export async function listArrivals(
  root: string,
  inbox: string,
  { companionEnding, now }: { readonly companionEnding: string | undefined; readonly now: number },
): Promise<readonly Arrival[]> {
  const folder = resolveFolder(root, inbox);
  const names = await listNames(folder);
  const real = (await allowMissing(realpath(folder))) ?? folder;
  const isOpen = new Set(await listOpenForWriting(new Set(names.map((name) => join(real, name)))));
  const arrivals: Arrival[] = [];
  for (const name of names) {
    if (name.startsWith(".") && !/\.(csv|xlsx|jsonl?|ndjson)\b/i.test(name)) continue;
    if (companionEnding !== undefined && name.toLowerCase().endsWith(companionEnding.toLowerCase()))
      continue;
    const state = await readFileState(join(folder, name));
    if (state === null) continue;
    const isWritten = isOpen.has(join(real, name)) || isYoung(state, now);
    const isAlone = findCompanion(name, names, companionEnding) === undefined;
    arrivals.push({ name, state: judgeState(name, isWritten, isAlone), writtenAt: state.mtimeMs });
  }
  return arrivals.toSorted((left, right) => left.writtenAt - right.writtenAt);
}

function judgeState(name: string, isWritten: boolean, isAlone: boolean): Arrival["state"] {
  if (unfinishedName.test(name)) return "unfinished-name";
  if (isWritten) return "being-written";
  return isAlone ? "no-companion" : "ready";
}
