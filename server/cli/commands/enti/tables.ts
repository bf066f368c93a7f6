/** `postal`, `trust`: what checks go by, as it was brought in: the table of CAPs, the authorities and trusted lists of an ente. */
import { createReadStream } from "node:fs";
import { access, chmod, constants, stat, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { codeOf } from "../../../../engine/host/errors.ts";
import {
  importPostal,
  openPostal,
  resolvePostalPath,
} from "../../../../integrations/flusso/postal/postal.ts";
import { readConfig } from "../../../config.ts";
import { formatDay, formatNumber } from "../../../words/format.ts";
import { describePostal } from "../../../words/postal-words.ts";
import { UsageError } from "../../../words/usage-error.ts";
import {
  type TrustFolder,
  type TrustOptions,
  type TrustedListFile,
  nameConfirmation,
  readTrustFolder,
} from "../../../../integrations/signing/trust-anchors.ts";
import { locateEnteFolder } from "../../../ente/ente-view.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { terminal } from "../../terminal.ts";
import { formatCount } from "../../output.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";

/** The table of CAP, comune and provincia. */
export const postalCommand: Command = {
  usage: "postal import FILE | postal show",
  summary: "importa la tabella dei CAP (CAP;localita;provincia), o dice quale è in uso",
  words: ["import|show", "FILE?"],
  options: {},
  async run(input) {
    const [action, path] = input.words;
    const { dataFolder } = readConfig(terminal.environment);
    if (action === "show") {
      if (path !== undefined) throw new UsageError(`«${path}» è di troppo.`);
      terminal.stdout.write(`${await describeTableInUse(dataFolder)}\n`);
      return exitCodes.completed;
    }
    if (action !== "import") throw new UsageError(`«${action ?? ""}» non è né «import» né «show».`);
    if (path === undefined) throw new UsageError("Manca <FILE>.");
    await requireReadable(path);
    const file = { name: basename(path), open: () => createReadStream(path) };
    const { rows } = await importPostal(file, dataFolder, toRomeDay(terminal.clock.now()));
    terminal.stdout.write(`Importate ${formatNumber(rows)} righe da ${file.name}.\n`);
    terminal.stdout.write(`${await describeTableInUse(dataFolder)}\n`);
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

/** A list is used only after its digest was given here: its own signature says nothing without its operator's certificate. */
export const trustCommand: Command = {
  usage: "trust --ente C [--accept SHA256]",
  summary:
    "mostra le autorità ammesse per i PDF firmati altrove; --accept conferma una lista di fiducia",
  details: () => `
  --accept SHA256   l'impronta della lista, per intero, dopo aver guardato che numero d'ordine e date siano quelli pubblicati
`,
  words: [],
  options: { ente: { type: "string" }, accept: { type: "string" } },
  async run(input) {
    const codice = requireOption(input, "ente", "borgolieto");
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, codice);
    if (view === null) return exitCodes.usage;
    const folder = view.settings.signing?.trust;
    const options = {
      folder,
      base: locateEnteFolder(installation),
      nowMs: installation.clock.now(),
    };
    const accepted = input.findValue("accept")?.toLowerCase();
    if (accepted !== undefined)
      await confirmList(accepted, await readTrustFolder(options), options);
    const { certificates, lists, revocations } = await readTrustFolder(options);
    const lines = [
      `Cartella ${folder ?? ""}: ${formatCount(certificates.length, "certificato", "certificati")}`,
    ];
    for (const list of lists) lines.push(...describeList(list));
    for (const { name, revoked, nextUpdateMs } of revocations)
      lines.push(
        `Revoche ${name}: ${formatCount(revoked, "certificato revocato", "certificati revocati")}${describeNextUpdate(nextUpdateMs)}`,
      );
    terminal.stdout.write(`${lines.join("\n")}\n`);
    return lists.every(({ isConfirmed }) => isConfirmed) ? exitCodes.completed : exitCodes.blocked;
  },
};

/** Writes the confirmation beside the list. Throws UsageError when no list of the folder has this digest. */
async function confirmList(
  sha256: string,
  { lists }: TrustFolder,
  { base, folder = "" }: TrustOptions,
): Promise<void> {
  const found = lists.find((list) => list.sha256 === sha256);
  if (found === undefined)
    throw new UsageError(
      `Nessuna lista di fiducia della cartella ${folder} ha l'impronta ${sha256}: va scritta per intero, come la mostra «postino trust».`,
      { isWellTyped: true },
    );
  const path = resolve(base, folder, nameConfirmation(found.name));
  await writeFile(path, `${sha256}  ${found.name}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

function describeList({ name, sha256, isConfirmed, list }: TrustedListFile): readonly string[] {
  const issued =
    list.issuedAt === "" ? "" : `, emessa il ${formatRomeDay(Date.parse(list.issuedAt))}`;
  const unreadable =
    list.unreadable === 0
      ? ""
      : `, ${formatCount(list.unreadable, "certificato illeggibile", "certificati illeggibili")}`;
  return [
    `Lista di fiducia ${name}: ${list.operator}, n. ${list.sequence}${issued}${describeNextUpdate(list.nextUpdateMs)}`,
    `  ${formatCount(list.authorities.length, "autorità ammessa oggi", "autorità ammesse oggi")}${unreadable}`,
    `  SHA-256 ${sha256}`,
    isConfirmed
      ? "  confermata"
      : `  NON confermata: controllare che numero e date siano quelli pubblicati per l'Italia dalla Commissione europea, poi ripetere il comando con --accept ${sha256}`,
  ];
}

function describeNextUpdate(ms: number | null): string {
  return ms === null ? "" : `, la prossima entro il ${formatRomeDay(ms)}`;
}

function formatRomeDay(ms: number): string {
  return formatDay(toRomeDay(ms));
}
