/** `postal`: imports a table of CAPs for the checks of addresses, and tells which one is in use. */
import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { basename } from "node:path";
import { toRomeDay, systemClock } from "../../engine/host/clock.ts";
import { codeOf } from "../../engine/host/errors.ts";
import { resolvePostalPath, importPostal, openPostal } from "../../integrations/flusso/postal.ts";
import { readConfig } from "../config.ts";
import { formatNumber } from "../words/format.ts";
import { describePostal } from "../words/postal-words.ts";
import { type Command, exitCodes } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";

/** The table of CAP, comune and provincia. */
export const postalCommand: Command = {
  usage: "postal import FILE | postal show",
  summary: "importa la tabella dei CAP (CAP;localita;provincia), o dice quale è in uso",
  words: ["import|show", "FILE?"],
  options: {},
  async run(input) {
    const [action, path] = input.words;
    const { dataFolder } = readConfig();
    if (action === "show") {
      if (path !== undefined) throw new UsageError(`«${path}» è di troppo.`);
      process.stdout.write(`${await describeTableInUse(dataFolder)}\n`);
      return exitCodes.completed;
    }
    if (action !== "import") throw new UsageError(`«${action ?? ""}» non è né «import» né «show».`);
    if (path === undefined) throw new UsageError("Manca <FILE>.");
    await requireReadable(path);
    const file = { name: basename(path), open: () => createReadStream(path) };
    const { rows } = await importPostal(file, dataFolder, toRomeDay(systemClock.now()));
    process.stdout.write(`Importate ${formatNumber(rows)} righe da ${file.name}.\n`);
    process.stdout.write(`${await describeTableInUse(dataFolder)}\n`);
    return exitCodes.completed;
  },
};

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isDirectory()) throw new Error("a folder");
  } catch (error) {
    const isMissing = codeOf(error) === "ENOENT";
    throw new UsageError(`Il file ${path} ${isMissing ? "non esiste" : "non si può leggere"}.`, {
      isWellTyped: true,
    });
  }
}

async function describeTableInUse(dataFolder: string): Promise<string> {
  const table = await openPostal(dataFolder);
  const isImported = await Bun.file(resolvePostalPath(dataFolder)).exists();
  return describePostal(table, isImported);
}
