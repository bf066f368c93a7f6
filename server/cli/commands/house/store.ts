/** `store`: the journal from a file into PostgreSQL or back, held against each other before it counts; documents into packs, or out of them. */
import { type Moved, packBlobs, unpackBlobs } from "../../../../stores/blobs/move.ts";
import { type Config, parseArtifactsPlace, parseStore, readConfig } from "../../../config.ts";
import { copyDocuments } from "../../../store/copy-documents.ts";
import { openDocuments, readDocuments } from "../../../store/documents-place.ts";
import { openSeals } from "../../../store/keys.ts";
import { copyStore } from "../../../store/store-copy.ts";
import { openStoreTables } from "../../../store/store.ts";
import { listStretches } from "../../../upkeep/stretches.ts";
import { formatBytes, formatNumber } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

/** Safe to repeat: what broke off goes on where it was. */
export const storeCommand: Command = {
  usage: "store copy DA A | pack | unpack",
  summary:
    "copia il registro da un file a PostgreSQL, o al contrario, e lo confronta riga per riga; copia i documenti tra cartelle e bucket; li raccoglie in pochi file, o li rimette uno per file",
  details: () => `
  copy     il registro, da DA a A; se uno dei due è un bucket o una cartella, i documenti
  pack     i documenti di data/artifacts, uno per file, nei pacchi: meno spazio, meno file; quelli nuovi ci nascono
  unpack   il contrario: ogni documento torna un file con il nome del suo sha256
  DA, A    come POSTINO_STORE: sqlite:data/postino.sqlite, postgres://utente:password@server:5432/database
           o come POSTINO_ARTIFACTS: file:data/artifacts, s3://bucket/prefisso?endpoint=https://s3.esempio.it&region=eu-south-1
  Con «serve» fermo. Una copia interrotta si riprende ripetendo il comando. A copia fatta si imposta POSTINO_STORE sulla
  destinazione: il registro di partenza non agisce più, finché un «realign» non lo confronta con SEND e i pagamenti.
  I documenti si possono copiare con «serve» in funzione, e di nuovo a «serve» fermo: si copiano solo quelli che mancano.
  Anche pack e unpack vogliono «serve» fermo e si riprendono ripetendo il comando.
`,
  words: ["copy|pack|unpack", "DA?", "A?"],
  options: {},
  async run(input) {
    const [action = "", from = "", to = ""] = input.words;
    if (action === "pack" || action === "unpack") {
      if (from !== "") throw new UsageError(`«store ${action}» non vuole altre parole.`);
      return await moveBlobs(action);
    }
    if (action !== "copy") throw new UsageError(`«${action}» non è «copy», «pack» o «unpack».`);
    if (to === "") throw new UsageError("«store copy» vuole DA e A.");
    const config = readConfig(terminal.environment);
    const { dataFolder } = config;
    if ([from, to].some((place) => /^(?:s3|file):/.test(place)))
      return await copyBetween(config, { from, to });
    const places = { from: parseStore(from, dataFolder), to: parseStore(to, dataFolder) };
    if (JSON.stringify(places.from) === JSON.stringify(places.to))
      throw new UsageError("DA e A sono lo stesso registro.");
    const copied = await copyStore(places, {
      dataFolder,
      clock: terminal.clock,
      tell: (table, rows) => terminal.stderr.write(`${table}: ${formatNumber(rows)}\n`),
    });
    for (const { table, rows, sha256 } of copied)
      terminal.stdout.write(`${table.padEnd(16)} ${formatNumber(rows).padStart(12)}  ${sha256}\n`);
    terminal.stdout.write(
      "La copia è uguale all'originale. Impostare POSTINO_STORE sulla destinazione e riavviare.\n",
    );
    return exitCodes.completed;
  },
};

async function copyBetween(
  config: Config,
  places: { readonly from: string; readonly to: string },
): Promise<number> {
  const [from, to] = [places.from, places.to].map((text) => ({
    ...config,
    artifacts: parseArtifactsPlace(text, config.dataFolder),
  })) as [Config, Config];
  if (JSON.stringify(from.artifacts) === JSON.stringify(to.artifacts))
    throw new UsageError("DA e A sono lo stesso posto.");
  const source = await readDocuments(from);
  const target = await openDocuments(to);
  const copied = await copyDocuments(source, target, (documents) => {
    if (terminal.stderr.isTTY) terminal.stderr.write(`\r${formatNumber(documents)} documenti`);
  });
  await target.close();
  if (terminal.stderr.isTTY) terminal.stderr.write("\n");
  const { bytes, there, altered } = copied;
  terminal.stdout.write(
    `${formatCount(copied.copied, "documento copiato", "documenti copiati")} (${formatBytes(bytes)}), ${formatNumber(there)} c'erano già. Impostare POSTINO_ARTIFACTS sulla destinazione e riavviare.\n`,
  );
  return tellAltered(altered);
}

/** While nobody writes the journal: who writes it writes documents too. */
async function moveBlobs(action: "pack" | "unpack"): Promise<number> {
  const config = readConfig(terminal.environment);
  const { artifacts, store } = config;
  if (artifacts.kind === "s3")
    throw new UsageError(
      `In un bucket ogni documento è un oggetto: non c'è nulla da ${action === "pack" ? "raccogliere" : "separare"}.`,
      {
        isWellTyped: true,
      },
    );
  const folder = artifacts.path;
  const tables = await openStoreTables(store, terminal.clock);
  const seals = (await openSeals(config))?.blobs ?? null;
  try {
    const tell = (blobs: number): void => {
      if (terminal.stderr.isTTY) terminal.stderr.write(`\r${formatNumber(blobs)} documenti`);
    };
    const moved =
      action === "pack"
        ? await packBlobs(folder, listStretches, tell, seals)
        : await unpackBlobs(folder, tell, seals);
    if (terminal.stderr.isTTY) terminal.stderr.write("\n");
    return tellMoved(action, moved);
  } finally {
    await tables.close();
  }
}

function tellMoved(action: "pack" | "unpack", { blobs, bytes, large, altered }: Moved): number {
  const documents = formatCount(blobs, "documento", "documenti");
  terminal.stdout.write(
    action === "pack"
      ? `${documents} nei pacchi (${formatBytes(bytes)}).\n`
      : `${documents} di nuovo in file propri (${formatBytes(bytes)}).\n`,
  );
  if (large > 0)
    terminal.stdout.write(
      `${formatCount(large, "file grande resta", "file grandi restano")} com'${large === 1 ? "era" : "erano"}.\n`,
    );
  return tellAltered(altered);
}

function tellAltered(altered: readonly string[]): number {
  if (altered.length === 0) return exitCodes.completed;
  terminal.stderr.write(
    `${formatCount(altered.length, "documento non è più com'era quando è stato conservato, e resta", "documenti non sono più com'erano quando sono stati conservati, e restano")} dove ${altered.length === 1 ? "sta" : "stanno"}: recuperarli da una copia di sicurezza.\n${altered.map((sha256) => `  ${sha256}\n`).join("")}`,
  );
  return exitCodes.failure;
}
