/** What the doctor looks at on this machine: the data folder, the models and the crest, the table of CAPs. */
import { randomUUID } from "node:crypto";
import { mkdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { countDaysBetween, toRomeDay } from "../../engine/host/clock.ts";
import { codeOf, allowMissing } from "../../engine/host/errors.ts";
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import { toDoctorFinding } from "../../integrations/diagnosis.ts";
import { resolvePostalPath, openPostal } from "../../integrations/flusso/postal/postal.ts";
import { describePostal } from "../words/postal-words.ts";
import { locateEnteFolder, type EnteView } from "./ente-view.ts";
import { formatBytes } from "../words/format.ts";
import { isInside, readMaster, readRing } from "../store/keys.ts";
import { describePlace } from "../../stores/s3/faults.ts";
import { probeBucket } from "../../stores/s3/probe.ts";
import { findBucket } from "../store/documents-place.ts";
import type { Installation } from "../installation.ts";
import { drawDocuments, isFromPdf } from "./preview.ts";
import { buildSampleVerbale } from "./sample-verbale.ts";

/** A flusso of some hundred verbali takes less. */
export const scarceBytes = 2_000_000_000;
const tooFewBytes = 200_000_000;

/** A warning where the folder with one file per secret is there and others than its owner may look into it. */
export async function checkSecretsFolder(secretsFolder: string): Promise<readonly DoctorFinding[]> {
  const found = await allowMissing(stat(secretsFolder));
  // Windows keeps its permissions elsewhere.
  if (found === null || process.platform === "win32" || (found.mode & 0o077) === 0) return [];
  return [
    {
      state: "doubtful",
      note: `La cartella dei segreti ${secretsFolder} è aperta ad altri utenti di questa macchina.`,
      hint: `chmod 700 ${secretsFolder} && chmod 600 ${join(secretsFolder, "*")}`,
    },
  ];
}

/** Whether a file can be written there, and how much room is left. */
export async function checkDataFolder(folder: string): Promise<readonly DoctorFinding[]> {
  // Enti are examined side by side, in one folder.
  const probe = join(folder, `.postino-doctor-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, "prova", { mode: 0o600 });
    await rm(probe);
  } catch (error) {
    const code = codeOf(error) ?? "";
    return [
      {
        state: "bad",
        note: `La cartella dei dati ${folder} non è scrivibile (${code}).`,
        hint: "Controllare POSTINO_DATA, i permessi della cartella e lo spazio sul disco.",
      },
    ];
  }
  const { bavail, bsize } = await statfs(folder);
  return [judgeRoom(folder, bavail * bsize)];
}

/** Whether the data are sealed, and their key lies where a thief of the folder has it not. */
export async function checkKeys({
  config,
}: Pick<Installation, "config">): Promise<readonly DoctorFinding[]> {
  try {
    const ring = await readRing(config);
    if (ring === null)
      return [
        {
          state: "good",
          note: "I dati sul disco non sono cifrati da Postino: li protegge la cifratura del disco, se c'è («postino key» li cifra).",
        },
      ];
    const { where } = await readMaster(config);
    if (isInside(config.dataFolder, where))
      return [
        {
          state: "bad",
          note: `La chiave dei dati cifrati sta nella cartella dei dati (${where}): chi la ruba ha anche la chiave, e ogni copia della cartella la contiene.`,
          hint: "Spostarla altrove e indicarla con POSTINO_KEY_FILE.",
        },
      ];
    if (ring.mode === "sealed" && ring.keys.length === 1)
      return [{ state: "good", note: `I dati sul disco sono cifrati; la chiave è in ${where}.` }];
    return [
      {
        state: "doubtful",
        note: "Solo una parte dei dati è come deve essere: il passaggio dei dati cifrati non è finito.",
        hint: `Fermare serve e ripetere «postino key ${ring.mode === "opening" ? "unseal" : "seal"}».`,
      },
    ];
  } catch (error) {
    return [toDoctorFinding(error, "bad")];
  }
}

/** Documents that lie elsewhere: whether they can be stored, read and taken away there. */
export async function checkDocumentsPlace({
  config,
  redactor,
}: Pick<Installation, "config" | "redactor">): Promise<readonly DoctorFinding[]> {
  const place = config.artifacts;
  if (place.kind === "folder") {
    if (place.path === join(config.dataFolder, "artifacts")) return [];
    const [{ state, note, ...rest }] = (await checkDataFolder(place.path)) as [DoctorFinding];
    const told = note.replace("La cartella dei dati", "La cartella dei documenti");
    return [{ state, note: told, ...rest, ...(state === "bad" ? { hint: sharedHint } : {}) }];
  }
  try {
    const bucket = await findBucket(config, place, { redactor });
    const { isVersioned } = await probeBucket(bucket, { tell: () => {} });
    const where = describePlace(bucket);
    if (!isVersioned)
      return [
        { state: "good", note: `I documenti si scrivono, si leggono e si cancellano in ${where}.` },
      ];
    return [
      {
        state: "doubtful",
        note: `Il bucket tiene le versioni di ciò che si cancella (${where}): i documenti che «purge» toglie restano lì.`,
        hint: "Togliere il versioning, o una regola del bucket che cancelli le versioni vecchie (NoncurrentVersionExpiration).",
      },
    ];
  } catch (error) {
    return [toDoctorFinding(error, "bad")];
  }
}

const sharedHint =
  "Controllare POSTINO_ARTIFACTS, che la cartella condivisa sia montata e che Postino vi possa scrivere.";

/** How the room that is left is judged. */
export function judgeRoom(folder: string, free: number): DoctorFinding {
  const room = `La cartella dei dati ${folder} è scrivibile, ${formatBytes(free)} liberi.`;
  if (free >= scarceBytes) return { state: "good", note: room };
  return {
    state: free < tooFewBytes ? "bad" : "doubtful",
    note: room,
    hint: "Liberare spazio: un disco pieno ferma i flussi a metà.",
  };
}

/** `isActGiven`: the act comes from the gestionale. */
function describeDrawn(files: number, isActGiven: boolean): string {
  if (isActGiven) return files === 0 ? "nulla, il verbale arriva già in PDF" : "l'avviso";
  return files === 1 ? "il verbale" : "verbale e avviso";
}

/** Draws a sample with every model that the ente's pipelines use; keeps nothing. */
export async function checkDocuments(
  installation: Installation,
  { pipelines, settings }: Extract<EnteView, { status: "ready" }>,
): Promise<readonly DoctorFinding[]> {
  const day = toRomeDay(installation.clock.now());
  const findings: DoctorFinding[] = [];
  for (const { name, steps } of pipelines) {
    const step = steps.find(({ uses }) => uses === "render");
    if (step === undefined) continue;
    try {
      const files = await drawDocuments({
        installation,
        settings,
        enteFolder: locateEnteFolder(installation),
        step,
        verbale: buildSampleVerbale(day),
        isSample: true,
        day,
      });
      const crest = settings.render?.stemma === undefined ? "senza stemma proprio" : "con stemma";
      findings.push({
        state: "good",
        note: `I modelli della pipeline ${name} disegnano ${describeDrawn(files.length, isFromPdf(step))} (${crest}).`,
      });
    } catch (error) {
      findings.push(toDoctorFinding(error, "bad"));
    }
  }
  return findings;
}

/** After a year CAPs have changed. */
const staleDays = 366;

/** Which table of CAPs is in use, and whether it is whole and of late. */
export async function checkPostal({ config, clock }: Installation): Promise<DoctorFinding> {
  const table = await openPostal(config.dataFolder);
  const isImported = await Bun.file(resolvePostalPath(config.dataFolder)).exists();
  const note = describePostal(table, isImported);
  if (table.extent === "some")
    return {
      state: "doubtful",
      note,
      hint: { action: "import-postal", first: "Importare l'elenco intero di PagoPA:" },
    };
  const isStale =
    table.date !== "" && countDaysBetween(table.date, toRomeDay(clock.now())) > staleDays;
  return isStale
    ? {
        state: "doubtful",
        note,
        hint: { action: "import-postal", first: "Importare l'elenco di quest'anno:" },
      }
    : { state: "good", note };
}
