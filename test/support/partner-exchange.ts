/** An ente whose positions a partner keeps, and the partner's half of the exchange over files. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Partner } from "../../simulators/payments/partner.ts";

/** The ente file of `makeInstallationWorld` with files in place of GPD; `more`: lines of `payments:`. */
export function fileEnte(text: string, more: string): string {
  return text
    .replace("adapter: gpd\n", `adapter: file\n${more}`)
    .replace(/  baseUrl: \S+\/gpd\S+\n  subscriptionKey: .*\n/, "");
}

/** Answers the only file of requests in the folder of the exchange. */
export function answerByFile(folder: string, partner: Partner): void {
  const [name = ""] = readdirSync(folder).filter((one) => one.startsWith("richieste-"));
  const [head = "", ...rows] = readFileSync(join(folder, name), "utf8")
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(";"));
  const pick = (row: readonly string[], column: string): string =>
    row[head.indexOf(column)]?.replaceAll('"', "") ?? "";
  const openFor = (row: readonly string[], column: string): string =>
    partner.open(Number(pick(row, column).replace(",", "")));
  const answers = rows.map((row) =>
    [
      pick(row, "riferimento"),
      "creata",
      openFor(row, "importo_scontato"),
      openFor(row, "importo_ridotto"),
    ].join(";"),
  );
  const title = "riferimento;esito;codice_avviso_scontato;codice_avviso_ridotto";
  writeFileSync(join(folder, "risposte.csv"), `${[title, ...answers].join("\n")}\n`);
}
