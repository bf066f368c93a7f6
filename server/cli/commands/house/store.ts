/** `store copy`: the journal from a file into PostgreSQL or back, held against each other row by row before it counts. */
import { parseStore, readConfig } from "../../../config.ts";
import { copyStore } from "../../../store-copy.ts";
import { formatNumber } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { terminal } from "../../terminal.ts";

/** Safe to repeat: what broke off goes on where it was. */
export const storeCommand: Command = {
  usage: "store copy DA A",
  summary:
    "copia il registro da un file a PostgreSQL, o al contrario, e lo confronta riga per riga",
  details: () => `
  DA, A   come POSTINO_STORE: sqlite:data/postino.sqlite, postgres://utente:password@server:5432/database
  Con «serve» fermo. Una copia interrotta si riprende ripetendo il comando. A copia fatta si imposta POSTINO_STORE sulla
  destinazione: il registro di partenza non agisce più, finché un «realign» non lo confronta con SEND e i pagamenti.
`,
  words: ["copy", "DA", "A"],
  options: {},
  async run(input) {
    const [action = "", from = "", to = ""] = input.words;
    if (action !== "copy") throw new UsageError(`«${action}» non è «copy».`);
    const { dataFolder } = readConfig(terminal.environment);
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
