/** Packages and reports on the SFTP server of a preservation system: `da-versare/<id>/` out, `rapporti/` in. */
import { askTechnician } from "../../engine/host/hint.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { PreservationPort } from "./port.ts";
import { mostReportBytes, readReport, type SubmissionReport, toFoundReport } from "./report.ts";
import type { SftpSettings } from "./settings.ts";
import { type SftpTarget, type SftpVisit, visitSftp } from "./sftp.ts";

interface Secrets {
  get(name: string): Promise<string>;
}

/** One connection for each package, and one for all reports of a flusso. */
export function createSftpPreservation(settings: SftpSettings, secrets: Secrets): PreservationPort {
  const base = settings.folder.replace(/\/+$/, "") || "/";
  const locate = (...names: readonly string[]): string =>
    [base, ...names].join("/").replace("//", "/");
  const reports = new Map<string, SubmissionReport>();
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> =>
    await visitSftp(await readTarget(settings, secrets), (visit) =>
      readReports(visit, locate("rapporti"), reports),
    );
  return {
    deliver: async (id, files) =>
      await visitSftp(await readTarget(settings, secrets), async (visit) => {
        const place = locate("da-versare", id);
        // Renamed as a whole: what is there is whole, and the preservation system may have taken it away.
        if (await visit.isThere(place)) return;
        const draft = locate("da-versare", `.${id}.parziale`);
        await visit.removeFolder(draft);
        await visit.makeFolder(draft);
        for (const file of files) {
          const path = `${draft}/${file.path}`;
          await visit.makeFolder(path.slice(0, path.lastIndexOf("/")));
          await visit.write(path, file.open());
        }
        await visit.rename(draft, place);
      }),
    async findReport({ id }) {
      looking ??= look();
      try {
        await looking;
      } catch (error) {
        looking = null;
        throw error;
      }
      const found = [...reports.values()].find(({ text }) => text.includes(id));
      return found === undefined ? null : toFoundReport(found);
    },
  };
}

async function readTarget(
  { host, port, user, hostKey, key, password }: SftpSettings,
  secrets: Secrets,
): Promise<SftpTarget> {
  if (key === undefined && password === undefined)
    throw new RunBlocked(
      "CONSERVAZIONE_REFUSED",
      "Per il server SFTP del conservatore non c'è né una chiave privata né una password.",
      {
        hint: askTechnician(
          "indicare come si accede al server del conservatore",
          "Indicare nel file dell'ente conservazione.sftp.key, o password, con il nome del segreto.",
        ),
      },
    );
  return {
    host,
    port,
    user,
    hostKey,
    ...(key !== undefined && { privateKey: await secrets.get(key.secret) }),
    ...(password !== undefined && { password: await secrets.get(password.secret) }),
  };
}

async function readReports(
  visit: SftpVisit,
  folder: string,
  into: Map<string, SubmissionReport>,
): Promise<void> {
  for (const { name, size } of await visit.list(folder))
    if (size <= mostReportBytes)
      into.set(name, readReport(name, await visit.read(`${folder}/${name}`)));
}
