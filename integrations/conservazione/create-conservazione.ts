/** Packages and reports of a preservation system as folders: `da-versare/<id>/` out, `rapporti/` in. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { syncFolder, writeNewFile } from "../../engine/host/whole-file.ts";
import type { FoundReport, PreservationPort } from "./port.ts";
import type { ConservazioneSettings } from "./settings.ts";

export interface PreservationOptions {
  readonly settings: ConservazioneSettings | undefined;
  readonly ente: string;
  readonly outboxFolder: string;
}

/** Larger ones are no reports. */
const mostReportBytes = 20 * 1024 * 1024;

interface Report {
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

/** A folder that is not there is made when something goes into it. */
export function createPreservation(options: PreservationOptions): PreservationPort {
  const folder = locateFolder(options);
  const reports = new Map<string, Report & { readonly version: string }>();
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
  known: Map<string, Report & { readonly version: string }>,
): Promise<void> {
  const names = (await allowMissing(readdir(folder))) ?? [];
  for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
  for (const name of names) {
    const path = join(folder, name);
    const { mtimeMs, size, ino } = await stat(path);
    const version = [mtimeMs, size, ino].join(" ");
    if (known.get(name)?.version === version || size > mostReportBytes) continue;
    const bytes = await readFile(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    // Latin-1 keeps every byte: an envelope of a signature around the text does no harm.
    known.set(name, { name, sha256, text: bytes.toString("latin1"), version });
  }
}

function toFoundReport({ name, sha256, text }: Report): FoundReport {
  const lower = text.toLowerCase();
  return {
    name,
    sha256,
    bears: (digest) =>
      lower.includes(digest) || text.includes(Buffer.from(digest, "hex").toString("base64")),
  };
}
