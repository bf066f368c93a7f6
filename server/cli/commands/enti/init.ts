/** `init`: begins an ente: its file from a template or from an export, its folders, its stream on SEND; says which secrets are missing. Safe to repeat. */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { formatProblems } from "../../../words/problems.ts";
import { allowMissing, RetryLater } from "../../../../engine/host/errors.ts";
import { toPortablePath } from "../../../../engine/host/portable-path.ts";
import { describeCosts } from "../../../../integrations/costs.ts";
import { ensureVerdictStream } from "../../../../integrations/send/verdicts.ts";
import { locateProgramFolder } from "../../../program.ts";
import { listMissingSecrets, needsStream } from "../../../ente/doctor-demands.ts";
import {
  buildEnteTemplate,
  explainBadCodice,
  type TemplateField,
} from "../../../ente/ente-template.ts";
import { locateEnteFolder, type EnteView, readEnte } from "../../../ente/ente-view.ts";
import { type Installation, openSecrets } from "../../../installation.ts";
import { openSend } from "../../../ente/send-access.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { formatCommand } from "../../../words/hints.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { formatCount } from "../../output.ts";
import { beginFrom, mappingOptions } from "../../mapping-dialog.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";

type Ready = Extract<EnteView, { status: "ready" }>;

/** The first command for an ente, and a harmless one later. */
export const initCommand: Command = {
  usage: "init --ente C [--from FILE] [--yes] [--answers FILE] [--recipient R]",
  summary:
    "prepara un ente: il suo file, le cartelle, lo stream su SEND; dice quali segreti mancano",
  details: () => `
  --from FILE        da un'esportazione del gestionale: ne capisce le colonne, come postino map, e chiede i dati dell'ente
  --yes              accetta le proposte sulle colonne senza chiedere
  --answers FILE     risposte già date: un pezzo del file dell'ente (ente: …, payments: …, render: …, flusso: …)
  --recipient R      chi va notificato, se nel file ci sono più persone: owner, tenant, driver

  Si può ripetere: un file che c'è non viene toccato. Esce con 0 se l'ente è pronto o appena cominciato, con 2 se il suo
  file è da completare, con 4 o 5 se SEND non ha creato lo stream.
`,
  words: [],
  options: { ente: { type: "string" }, from: { type: "string" }, ...mappingOptions },
  async run(input) {
    const codice = requireOption(input, "ente", "borgonuovo");
    const badCodice = explainBadCodice(codice);
    if (badCodice !== null) throw new UsageError(badCodice, { isWellTyped: true });
    const installation = await openForCommand();
    let view = await readEnte(installation, codice);
    const isNew = view.status === "missing";
    const from = input.findValue("from");
    if (from !== undefined && !isNew)
      throw new UsageError(
        `L'ente «${codice}» ha già un file. Per le sue colonne: postino map ${from} --ente ${codice}`,
        { isWellTyped: true },
      );
    if (isNew) {
      const finish =
        from === undefined ? (text: string) => text : await beginFrom(input, from, installation);
      if (finish === null) return exitCodes.waiting;
      if (typeof finish === "number") return finish;
      await beginEnte(installation, codice, finish);
      view = await readEnte(installation, codice);
    }
    if (view.status !== "ready") {
      await makeFolders(installation, codice, [codice]);
      tellWhatIsMissing(codice, view, isNew);
      return isNew ? exitCodes.completed : exitCodes.usage;
    }
    await makeFolders(installation, codice, listInboxes(codice, view));
    say(`Spese di notifica: ${describeCosts(view.settings).sentence}.`);
    const isKeyThere = await tellSecrets(installation, view);
    const code = await makeStream(installation, view, isKeyThere);
    if (code === exitCodes.completed)
      say(`Per provare tutto senza notificare: postino doctor --ente ${codice}`);
    return code;
  },
};

function say(text: string): void {
  terminal.stdout.write(`${text}\n`);
}

/** Writes the ente's file, and in an empty folder the pipelines that come with the program. */
export async function beginEnte(
  installation: Installation,
  codice: string,
  finish: (template: string) => string,
  known: Readonly<Partial<Record<TemplateField, string>>> = {},
): Promise<void> {
  const { pipelinesFolder } = installation.config;
  const enti = locateEnteFolder(installation);
  await mkdir(enti, { recursive: true });
  const shipped = join(locateProgramFolder(), "pipelines");
  const there = await listNames(pipelinesFolder);
  const hasPipelines = there.some((name) => name.endsWith(".yaml"));
  for (const name of await listNames(shipped)) {
    const isWanted = name.endsWith(".schema.json") || (name.endsWith(".yaml") && !hasPipelines);
    if (!isWanted || there.includes(name)) continue;
    await copyFile(join(shipped, name), join(pipelinesFolder, name));
    if (name.endsWith(".yaml")) say(`Scritta ${join(pipelinesFolder, name)}.`);
  }
  const demoKey = toPortablePath(
    enti,
    join(locateProgramFolder(), "data", "demo", "keys", "comandante.p12"),
  );
  const text = finish(buildEnteTemplate({ codice, demoKey, known }));
  await writeFile(join(enti, `${codice}.yaml`), text, { flag: "wx" });
  const path = join(pipelinesFolder, "enti", `${codice}.yaml`);
  say(
    text.includes("# <--")
      ? `Scritto ${path}: i valori da mettere sono segnati con una freccia.`
      : `Scritto ${path}.`,
  );
}

async function listNames(folder: string): Promise<readonly string[]> {
  return (await allowMissing(readdir(folder))) ?? [];
}

/** A file that was just written says itself what to fill in; in an older one the places are pointed at. */
function tellWhatIsMissing(codice: string, view: Exclude<EnteView, Ready>, isNew: boolean): void {
  const problems = view.status === "wrong" ? view.problems : [];
  if (!isNew) say(`\n${formatProblems(problems)}`);
  const count = formatCount(problems.length, "cosa", "cose");
  say(
    `\n${count} da completare nel file; poi di nuovo: ${formatCommand({ action: "prepare", ente: codice })}`,
  );
}

function listInboxes(codice: string, { pipelines }: Ready): readonly string[] {
  const named = pipelines.flatMap(({ steps }) =>
    steps
      .filter(({ uses }) => uses === "load-verbali")
      .map(({ with: { inbox } }) => (typeof inbox === "string" ? inbox : codice)),
  );
  return named.length === 0 ? [codice] : [...new Set(named)];
}

async function makeFolders(
  { config }: Installation,
  codice: string,
  inboxes: readonly string[],
): Promise<void> {
  const folders = [
    ...inboxes.map((inbox) => join(config.dataFolder, "inbox", inbox)),
    join(config.dataFolder, "outbox", codice),
  ];
  for (const folder of folders) {
    // `undefined`: it was there.
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    const near = relative(process.cwd(), folder);
    say(
      `Cartella ${near.startsWith("..") ? folder : near}${made === undefined ? " (c'era già)" : ""}`,
    );
  }
}

/** Tells whether SEND's secrets are there. */
async function tellSecrets(installation: Installation, { settings }: Ready): Promise<boolean> {
  const missing = await listMissingSecrets(settings, openSecrets(installation, settings));
  if (missing.size === 0) say("I segreti ci sono tutti.");
  for (const name of missing)
    say(
      `Manca il segreto ${name}: una variabile d'ambiente con questo nome, oppure il file ${join(installation.config.secretsFolder, name)}.`,
    );
  const { apiKey, pdnd } = settings.send;
  return (
    !missing.has(apiKey.secret) && (pdnd === undefined || !missing.has(pdnd.privateKey.secret))
  );
}

/** Only for enti whose pipelines read verdicts from a stream; the one that is there is used again. */
async function makeStream(
  installation: Installation,
  { settings, pipelines }: Ready,
  isKeyThere: boolean,
): Promise<number> {
  if (!pipelines.some(needsStream)) return exitCodes.completed;
  if (!isKeyThere) {
    say(
      "Lo stream degli esiti su SEND si crea quando c'è la chiave: ripetere allora questo comando.",
    );
    return exitCodes.blocked;
  }
  const { streams } = openSend(installation, settings);
  try {
    const { title } = await ensureVerdictStream(streams, {
      ente: settings.ente.codice,
      group: settings.send.group,
      streamVersion: settings.send.streamVersion,
    });
    say(`Stream degli esiti su SEND: ${title}.`);
    return exitCodes.completed;
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
    terminal.stderr.write(`${error.message} Lo stream non è stato creato: riprovare più tardi.\n`);
    return exitCodes.waiting;
  }
}
