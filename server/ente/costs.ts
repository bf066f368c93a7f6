/** Who bears the costs of the notifications of each ente, in one sentence, as its file says. */
import { basename } from "node:path";
import { type CostArrangement, describeCosts } from "../../integrations/costs.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import type { Installation } from "../installation.ts";
import { openInstalledFiles } from "../installed-files.ts";

export interface EnteCosts extends CostArrangement {
  /** Codice. */
  readonly ente: string;
}

/** Of the enti whose files are among `files` and can be read. */
export async function readEnteCosts(
  { config }: Pick<Installation, "config">,
  checked: readonly string[],
): Promise<readonly EnteCosts[]> {
  const files = openInstalledFiles(config);
  const wanted = new Set(checked.map((file) => basename(file, ".yaml")));
  const found: EnteCosts[] = [];
  for (const ente of await files.listEnti()) {
    if (!wanted.has(ente)) continue;
    const { settings, problems } = await files.readEnte(ente);
    if (settings === null || problems.some(({ severity }) => severity === "error")) continue;
    found.push({ ente, ...describeCosts(toEnteSettings(settings)) });
  }
  return found;
}

const mostNamed = 3;

/** A line for each sentence, whoever it is true of. */
export function formatEnteCosts(costs: readonly EnteCosts[]): string {
  const bySentence = Map.groupBy(costs, ({ sentence }) => sentence);
  let text = "";
  for (const [sentence, enti] of bySentence) {
    const names = enti.map(({ ente }) => ente);
    const who = names.length > mostNamed ? `${names.length} enti` : names.join(", ");
    const proof = enti[0]?.isAdded === true ? "; lo prova postino doctor" : "";
    text += `Spese di notifica (${who}): ${sentence}${proof}.\n`;
  }
  return text;
}
