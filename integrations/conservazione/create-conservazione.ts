/** Packages and reports of a preservation system, in a folder or on its server; as folders: `da-versare/<id>/` out, `rapporti/` in. */
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { syncFolder, writeNewFile } from "../../engine/host/whole-file.ts";
import type { PreservationPort } from "./port.ts";
import { mostReportBytes, readReport, type SubmissionReport, toFoundReport } from "./report.ts";
import type { ConservazioneSettings } from "./settings.ts";
import { createSftpPreservation } from "./to-sftp.ts";

export interface PreservationOptions {
  readonly settings: ConservazioneSettings | undefined;
  readonly ente: string;
  readonly outboxFolder: string;
  readonly secrets: { get(name: string): Promise<string> };
}

/** A folder that is not there is made when something goes into it. */
export function createPreservation(options: PreservationOptions): PreservationPort {
  const { settings, secrets } = options;
  return settings?.sftp === undefined
    ? createFolderPreservation(options)
    : createSftpPreservation(settings.sftp, secrets);
}

function createFolderPreservation(options: PreservationOptions): PreservationPort {
  const folder = locateFolder(options);
  const reports = new Map<string, SubmissionReport & { readonly version: string }>();
  return {
    deliver: (id, files) =>
      guardDisk(folder, async () => {
        const place = join(folder, "da-versare", id);
        // Renamed as a whole: what is there is whole, and the preservation system may have taken it away.
        if ((await allowMissing(stat(place))) !== null) return;
        const draft = join(folder, "da-versare", `.${id}.parziale`);
        await rm(draft, { recursive: true, force: true });
        for (const file of files) {
          const path = join(draft, file.path);
          await mkdir(dirname(path), { recursive: true, mode: 0o700 });
          await writeNewFile(path, file.open());
        }
        await rename(draft, place);
        await syncFolder(dirname(place));
      }),
    async findReport({ id }) {
      await readReports(join(folder, "rapporti"), reports);
      const found = [...reports.values()].find(({ text }) => text.includes(id));
      return found === undefined ? null : toFoundReport(found);
    },
  };
}

function locateFolder({ settings, ente, outboxFolder }: PreservationOptions): string {
  const given = settings?.folder;
  if (given === undefined) return join(outboxFolder, ente, "conservazione");
  return isAbsolute(given) ? given : join(outboxFolder, ente, given);
}

/** Reads what is new or changed; what is gone is forgotten. */
async function readReports(
  folder: string,
  known: Map<string, SubmissionReport & { readonly version: string }>,
): Promise<void> {
  const names = (await allowMissing(readdir(folder))) ?? [];
  for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
  for (const name of names) {
    const path = join(folder, name);
    const { mtimeMs, size, ino } = await stat(path);
    const version = [mtimeMs, size, ino].join(" ");
    if (known.get(name)?.version === version || size > mostReportBytes) continue;
    known.set(name, { ...readReport(name, await readFile(path)), version });
  }
}
