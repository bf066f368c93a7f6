/** `trust`: what an ente's folder of authorities holds, and a person's word that a trusted list in it is the right one. */
import { chmod, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  confirmationOf,
  readTrustFolder,
  type TrustedListFile,
  type TrustFolder,
  type TrustOptions,
} from "../../integrations/signing/trust-anchors.ts";
import { romeDay } from "../../engine/host/clock.ts";
import { readConfig } from "../config.ts";
import { enteFolder } from "../ente/ente-view.ts";
import { formatDay } from "../words/format.ts";
import { openInstallation } from "../installation.ts";
import { type Command, exitCodes, need } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";
import { counted } from "./output.ts";
import { readyEnte } from "./preview.ts";

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
    const codice = need(input, "ente", "borgolieto");
    const installation = await openInstallation(readConfig());
    const view = await readyEnte(installation, codice);
    if (view === null) return exitCodes.usage;
    const folder = view.settings.signing?.trust;
    const options = { folder, base: enteFolder(installation), nowMs: installation.clock.now() };
    const accepted = input.text("accept")?.toLowerCase();
    if (accepted !== undefined) await confirm(accepted, await readTrustFolder(options), options);
    const { certificates, lists, revocations } = await readTrustFolder(options);
    const lines = [
      `Cartella ${folder ?? ""}: ${counted(certificates.length, "certificato", "certificati")}`,
    ];
    for (const list of lists) lines.push(...linesOf(list));
    for (const { name, revoked, nextUpdateMs } of revocations)
      lines.push(
        `Revoche ${name}: ${counted(revoked, "certificato revocato", "certificati revocati")}${until(nextUpdateMs)}`,
      );
    process.stdout.write(`${lines.join("\n")}\n`);
    return lists.every(({ isConfirmed }) => isConfirmed) ? exitCodes.completed : exitCodes.blocked;
  },
};

/** Writes the confirmation beside the list. Throws UsageError when no list of the folder has this digest. */
async function confirm(
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
  const path = resolve(base, folder, confirmationOf(found.name));
  await writeFile(path, `${sha256}  ${found.name}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

function linesOf({ name, sha256, isConfirmed, list }: TrustedListFile): readonly string[] {
  const issued = list.issuedAt === "" ? "" : `, emessa il ${day(Date.parse(list.issuedAt))}`;
  const unreadable =
    list.unreadable === 0
      ? ""
      : `, ${counted(list.unreadable, "certificato illeggibile", "certificati illeggibili")}`;
  return [
    `Lista di fiducia ${name}: ${list.operator}, n. ${list.sequence}${issued}${until(list.nextUpdateMs)}`,
    `  ${counted(list.authorities.length, "autorità ammessa oggi", "autorità ammesse oggi")}${unreadable}`,
    `  SHA-256 ${sha256}`,
    isConfirmed
      ? "  confermata"
      : `  NON confermata: controllare che numero e date siano quelli pubblicati per l'Italia dalla Commissione europea, poi ripetere il comando con --accept ${sha256}`,
  ];
}

function until(ms: number | null): string {
  return ms === null ? "" : `, la prossima entro il ${day(ms)}`;
}

function day(ms: number): string {
  return formatDay(romeDay(ms));
}
