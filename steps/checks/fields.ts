/** Checks that every kind of act has by its table of fields: what must be there, and what can be printed. */
import type { ActKind } from "../../integrations/services.ts";
import { readActValue } from "../kinds/values.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { checkActText } from "./print.ts";
import { checkProtocol } from "./verbale.ts";

const longestColumn = 200;

export function checkFields(verbale: Verbale, kind: ActKind): Finding[] {
  const found: Finding[] = [];
  for (const [name, { title, required, maxLength }] of Object.entries(kind.fields)) {
    const value = readActValue(verbale, name, kind);
    if (value === null && required)
      found.push(
        buildFinding("FIELD_MISSING", title, "manca.", "completare l'atto nel gestionale."),
      );
    if (typeof value !== "string") continue;
    found.push(...checkActText(title, value), ...checkLength(title, value, maxLength));
  }
  for (const [name, text] of Object.entries(verbale.extra ?? {}))
    found.push(...checkLength(`Colonna extra.${name}`, text, longestColumn));
  return [...found, ...checkProtocol(verbale)];
}

function checkLength(title: string, text: string, most: number): Finding[] {
  if (text.length <= most) return [];
  const what = `ha ${text.length} caratteri, e per la stampa ne vanno al massimo ${most}.`;
  return [buildFinding("ACT_LENGTH", title, what, "accorciare il testo.")];
}
