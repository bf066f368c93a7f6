/** Files of an ente's folders that were read, refused, or handed out long ago. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";

/** Below the data folder; what waits for somebody (arrivals, packages to be preserved, files of the payment system) is in none of them. */
function listPlaces(ente: string): readonly (readonly [folder: string, name: RegExp])[] {
  return [
    [join("inbox", ente, "archivio"), /./],
    [join("inbox", ente, "rifiutati"), /./],
    [join("outbox", ente, "fascicoli"), /./],
    [join("outbox", ente, "protocollo", "documenti"), /./],
    [join("outbox", ente, "anteprima"), /./],
    [join("outbox", ente, "prova"), /./],
    [join("outbox", ente), /^esiti-.*\.(?:csv|xlsx|jsonl)$/],
  ];
}

/** How many went, or would. `before`: milliseconds since the epoch; a file that was written since stays. */
export async function deleteOldFiles(
  dataFolder: string,
  ente: string,
  { before, isDryRun }: { readonly before: number; readonly isDryRun: boolean },
): Promise<number> {
  let count = 0;
  for (const [folder, fits] of listPlaces(ente)) {
    const path = join(dataFolder, folder);
    const entries = (await allowMissing(readdir(path, { withFileTypes: true }))) ?? [];
    for (const entry of entries) {
      const file = join(path, entry.name);
      if (!entry.isFile() || !fits.test(entry.name)) continue;
      const found = await allowMissing(stat(file));
      if (found === null || found.mtimeMs >= before) continue;
      count += 1;
      if (!isDryRun) await guardDisk(path, () => rm(file, { force: true }));
    }
  }
  return count;
}
