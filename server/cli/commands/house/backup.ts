/** `backup` and `restore`: the whole installation in one file, while its runs go on, and back into an empty folder. */
import { existsSync } from "node:fs";
import { readConfig } from "../../../config.ts";
import { createAudit } from "../../../people/audit.ts";
import { locatePeople, openPeopleFile } from "../../../people/store.ts";
import { type BackedUp, writeBackup } from "../../../upkeep/backup.ts";
import { type Restored, restoreBackup } from "../../../upkeep/restore.ts";
import { formatBytes, formatDateTime } from "../../../words/format.ts";
import { formatCommand } from "../../../words/hints.ts";
import { nameTerminalUser } from "../../../people/terminal-user.ts";
import { type Command, exitCodes } from "../../command.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

/** Safe beside `serve` and runs under way. */
export const backupCommand: Command = {
  usage: "backup FILE [--json]",
  summary: "copia tutta l'installazione in un file, anche mentre i flussi lavorano",
  details: () => `
  FILE     un archivio tar che non c'è ancora, fuori dalla cartella dei dati, meglio su un altro disco
  --json   un solo documento JSON sullo standard output
  Dentro: il registro com'è in quel momento, i documenti che nomina, cartelle di arrivo e di uscita, persone, bozze.
  Fuori: i segreti, e i file delle pipeline, che hanno le loro copie. Esce con 3 se un documento manca dal disco.
  La copia contiene dati personali: va custodita come la cartella dei dati. Si rimette con «postino restore».
`,
  act: "copia",
  words: ["FILE"],
  options: { json: { type: "boolean" } },
  async run(input) {
    const config = readConfig(terminal.environment);
    const made = await writeBackup(config, input.words[0] ?? "", terminal.clock);
    const text = input.hasFlag("json") ? JSON.stringify(made) : describeBackup(made).join("\n");
    terminal.stdout.write(`${text}\n`);
    return made.missing.length === 0 ? exitCodes.completed : exitCodes.rejections;
  },
};

function describeBackup(made: BackedUp): readonly string[] {
  const { file, bytes, runs, artifacts, files, missing, links } = made;
  return [
    `Copia scritta in ${file} (${formatBytes(bytes)}): ${formatCount(runs, "flusso", "flussi")}, ${formatCount(artifacts, "documento", "documenti")}, ${formatCount(files, "altro file", "altri file")}.`,
    ...(missing.length === 0
      ? []
      : [
          `Sul disco ${formatCount(missing.length, "documento manca o non è più com'era", "documenti mancano o non sono più com'erano")}: nella copia non ci sono.`,
          ...missing.slice(0, 20).map((sha256) => `  ${sha256}`),
        ]),
    ...links.map((name) => `${name} è un collegamento: ciò a cui porta non è nella copia.`),
    "I segreti e i file delle pipeline non sono nella copia.",
  ];
}

/** All or nothing; what broke off is begun anew by the same words. */
export const restoreCommand: Command = {
  usage: "restore FILE [--json]",
  summary: "rimette un'installazione dalla sua copia, in una cartella senza dati",
  details: () => `
  FILE     la copia che «postino backup» ha scritto
  --json   un solo documento JSON sullo standard output
  Il file è letto e verificato per intero prima di scrivere; dove ci sono già dei dati non si scrive nulla. Un
  ripristino interrotto si riprende ripetendo il comando. I flussi ripartono dopo il «realign» di ogni ente; chi era
  entrato nel pannello entra di nuovo. Con POSTINO_STORE il registro va dove dice, in un file o in PostgreSQL.
`,
  words: ["FILE"],
  options: { json: { type: "boolean" } },
  async run(input) {
    const config = readConfig(terminal.environment);
    const restored = await restoreBackup(config, input.words[0] ?? "", terminal.clock);
    noteRestore(config.dataFolder);
    const text = input.hasFlag("json")
      ? JSON.stringify(restored)
      : describeRestored(restored).join("\n");
    terminal.stdout.write(`${text}\n`);
    return exitCodes.completed;
  },
};

/** Written into the log that was put back: before, there is none to write into. */
function noteRestore(dataFolder: string): void {
  const path = locatePeople(dataFolder);
  if (!existsSync(path)) return;
  const db = openPeopleFile(path);
  try {
    createAudit(db, terminal.clock).append({ actor: nameTerminalUser(), action: "ripristino" });
  } finally {
    db.close();
  }
}

function describeRestored({ head, artifacts, files }: Restored): readonly string[] {
  const { runs, enti, madeAt } = head;
  return [
    `Rimessi dalla copia del ${formatDateTime(madeAt)}: ${formatCount(runs, "flusso", "flussi")}, ${formatCount(artifacts, "documento", "documenti")}, ${formatCount(files, "altro file", "altri file")}.`,
    "Il registro non sa che cosa è stato inviato dopo quella copia: nulla parte finché non è confrontato con SEND e i pagamenti. Per ogni ente:",
    ...enti.map((ente) => `  ${formatCommand({ action: "realign", ente })}`),
    "I segreti e i file delle pipeline non erano nella copia: li controlla «postino secret check».",
  ];
}
