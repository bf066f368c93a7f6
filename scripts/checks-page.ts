/** The table of the checks of a verbale in the page for operators, made of their catalogue; the rest of the page is written by hand. */
import { type CheckSpec, checks, type SendVerdict } from "../steps/checks/catalogue.ts";
import { escapeTableCell, fillBetween, formatMarkdownTable } from "./markdown-table.ts";

const begin = "<!-- generato da bun run reference: steps/checks/catalogue.ts -->";
const end = "<!-- fine della tabella -->";

const verdicts: Readonly<Record<SendVerdict, string>> = {
  "at once": "subito",
  later: "dopo (1 €)",
  never: "no",
};

/** The page with its table as the catalogue is now. Throws where the marks around the table are missing. */
export function fillChecksTable(
  page: string,
  catalogue: Readonly<Record<string, CheckSpec>> = checks,
): string {
  const rows = Object.entries(catalogue).map(([code, { severity, bySend, about }]) => [
    `[\`${code}\`](#${code.toLowerCase()})`,
    severity,
    verdicts[bySend],
    escapeTableCell(about),
  ]);
  const table = formatMarkdownTable(["codice", "gravità", "SEND rifiuta", "che cosa guarda"], rows);
  return fillBetween(page, table, { begin, end, path: "docs/it/controlli.md" });
}
