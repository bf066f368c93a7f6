/** `purge` and `vacuum`: what nobody needs any more goes, with a certificate, and the room that it took comes back. */
import { existsSync } from "node:fs";
import { addDays, toRomeDay } from "../../../../engine/host/clock.ts";
import { openPipelineFiles } from "../../../../loader/pipeline/files.ts";
import { EnteSettings } from "../../../../integrations/ente.ts";
import { readAll } from "../../../../stores/sql/plan.ts";
import { sealDatabase } from "../../../../stores/sql/sealed.ts";
import type { Config } from "../../../config.ts";
import { readDocuments } from "../../../store/documents-place.ts";
import { type Installation, openWriting } from "../../../installation.ts";
import { openSeals } from "../../../store/keys.ts";
import { locateSearch } from "../../../store/journal-reader.ts";
import { createAudit } from "../../../people/audit.ts";
import { locatePeople, openPeopleFile } from "../../../people/store.ts";
import { openStoreTables } from "../../../store/store.ts";
import type { Purged } from "../../../upkeep/certificate.ts";
import { forgetSearchIndex, purgeEnte } from "../../../upkeep/purge.ts";
import { keepReasons, type KeepReason } from "../../../upkeep/purge-judge.ts";
import { sweepUnnamed } from "../../../upkeep/sweep-blobs.ts";
import { formatBytes, formatNumber } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { nameTerminalUser } from "../../../people/terminal-user.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

/** Never what is open, and never sooner than the ente's terms allow. */
export const purgeCommand: Command = {
  usage: "purge --before AAAA-MM-GG [--ente C] [--dry-run] [--json]",
  summary: "cancella i dati personali di ciò che è concluso da tempo, con un certificato",
  details: () => `
  --before D   solo ciò che era concluso prima di questo giorno, e mai prima dei termini di «retention» nel file dell'ente
  --ente C     un ente solo; se manca, tutti
  --dry-run    dice che cosa cancellerebbe, senza cancellare
  --json       un documento JSON per ente, uno per riga
  Restano numeri, codici, IUN, impronte, conclusione di legge, spese ed esiti. Non si tocca ciò che è aperto: senza
  conclusione, pagabile e non pagato, in attesa, non ancora conservato. Con «serve» in funzione va prima fermato.
`,
  words: [],
  options: {
    before: { type: "string" },
    ente: { type: "string" },
    "dry-run": { type: "boolean" },
    json: { type: "boolean" },
  },
  async run(input) {
    const before = readDay(input);
    const isDryRun = input.hasFlag("dry-run");
    const installation = await openForCommand();
    const { config, clock } = installation;
    if (before > toRomeDay(clock.now()))
      throw new UsageError(`--before ${before} è nel futuro.`, { isWellTyped: true });
    const enti = await readSettings(installation, input);
    if (enti === null) return exitCodes.usage;
    const writing = await openWriting(installation);
    const all: Purged[] = [];
    try {
      for (const settings of enti) {
        const parts = { ...writing, dataFolder: config.dataFolder };
        const purged = await purgeEnte(parts, settings, { before, isDryRun });
        notePurge(config, purged);
        all.push(purged);
      }
    } finally {
      await writing.close();
    }
    if (!isDryRun && all.some(({ certificate }) => certificate !== null)) {
      await forgetSearchIndex(locateSearch(config));
      // What was written over still lies in free pages.
      await vacuumJournal(config);
    }
    for (const purged of all)
      terminal.stdout.write(
        input.hasFlag("json")
          ? `${JSON.stringify(purged)}\n`
          : `${describe(purged, isDryRun).join("\n")}\n`,
      );
    return exitCodes.completed;
  },
};

/** Throws UsageError. */
function readDay(input: CommandInput): string {
  const given = requireOption(input, "before", "2021-11-29");
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(given) &&
    Number.isFinite(Date.parse(given)) &&
    addDays(given, 0) === given;
  if (!isDay) throw new UsageError(`--before vuole un giorno come 2021-11-29, non «${given}».`);
  return given;
}

/** `null`: what is wrong with the ente was printed. */
async function readSettings(
  installation: Installation,
  input: CommandInput,
): Promise<readonly EnteSettings[] | null> {
  const files = openPipelineFiles(installation.config.pipelinesFolder, EnteSettings);
  const only = input.findValue("ente");
  const found: EnteSettings[] = [];
  for (const codice of only === undefined ? await files.listEnti() : [only]) {
    const view = await readEnteOrExplain(installation, codice);
    if (view === null) return null;
    found.push(view.settings);
  }
  return found;
}

function notePurge({ dataFolder }: Config, { ente, certificate }: Purged): void {
  if (certificate === null) return;
  const db = openPeopleFile(locatePeople(dataFolder));
  try {
    createAudit(db, terminal.clock).append({
      actor: nameTerminalUser(),
      action: "cancellazione",
      ente,
      detail: { certificato: certificate.sha256 },
    });
  } finally {
    db.close();
  }
}

function describe(purged: Purged, isDryRun: boolean): readonly string[] {
  const { ente, cuts, notified, unsent, kept, documents, documentBytes, files, detail } = purged;
  const { certificate } = purged;
  const verb = isDryRun ? "Si cancellerebbero" : "Cancellati";
  return [
    `${ente}: ${verb} i dati personali di ${formatCount(notified, "verbale notificato", "verbali notificati")} (conclusi prima del ${cuts.notified}) e ${formatCount(unsent, "mai inviato", "mai inviati")} (prima del ${cuts.unsent}); ${formatCount(files, "file", "file")} delle cartelle.`,
    ...(isDryRun
      ? ["  Nulla è stato cancellato."]
      : [
          `  ${formatCount(documents.length, "documento", "documenti")} (${formatBytes(documentBytes)}), ${formatCount(detail.attempts, "tentativo", "tentativi")}, ${formatCount(detail.dues, "avvio programmato", "avvii programmati")}, ${formatCount(detail.runs, "flusso vuoto", "flussi vuoti")}.`,
        ]),
    ...Object.entries(kept).map(
      ([reason, count]) => `  Restano ${count} ${keepReasons[reason as KeepReason]}.`,
    ),
    ...(certificate === null ? [] : [`  Certificato: ${certificate.path}`]),
  ];
}

/** Gives the room of what was deleted back to the disk. */
export const vacuumCommand: Command = {
  usage: "vacuum",
  summary:
    "restituisce al disco lo spazio di ciò che è stato cancellato dal registro, e toglie i documenti che nessuno nomina",
  details: () => `
  Con «serve» e worker fermi; serve per un momento tanto spazio quanto ne occupa il registro. In PostgreSQL lo fa autovacuum.
  I documenti che il registro non nomina, e che hanno più di un giorno, sono di un processo interrotto: si tolgono, anche dal bucket.
`,
  words: [],
  options: {},
  async run() {
    const config = (await openForCommand()).config;
    const told = await vacuumJournal(config);
    terminal.stdout.write(`${told}\n${await sweepDocuments(config)}\n`);
    return exitCodes.completed;
  },
};

async function vacuumJournal({ store }: Config): Promise<string> {
  if (store.kind === "postgres")
    return "Il registro è in PostgreSQL: lo spazio lo recupera autovacuum.";
  if (!existsSync(store.path)) return "Non c'è ancora nessun registro.";
  const before = Bun.file(store.path).size;
  const { db, close } = await openStoreTables(store, terminal.clock);
  try {
    await db.read(() => readAll("VACUUM"));
    await db.read(() => readAll("PRAGMA wal_checkpoint(TRUNCATE)"));
  } finally {
    await close();
  }
  return `Registro: da ${formatBytes(before)} a ${formatBytes(Bun.file(store.path).size)}.`;
}

async function sweepDocuments(config: Config): Promise<string> {
  const { store } = config;
  if (store.kind === "sqlite" && !existsSync(store.path)) return "Documenti: nessuno.";
  const { db, close } = await openStoreTables(store, terminal.clock);
  try {
    const artifacts = await readDocuments(config);
    const named = sealDatabase(db, await openSeals(config));
    const swept = await sweepUnnamed(named, artifacts, terminal.clock.now());
    await artifacts.close();
    if (swept === null)
      return "Documenti: ci sono flussi in corso, non ne è stato tolto nessuno. Ripetere quando sono finiti.";
    const { blobs, bytes } = swept;
    return `Documenti che nessuno nomina: ${formatNumber(blobs)} (${formatBytes(bytes)}).`;
  } finally {
    await close();
  }
}
