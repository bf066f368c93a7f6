/** The table of the checks of a verbale in the page for operators, made of their catalogue; the rest of the page is written by hand. */
import { type CheckSpec, checks, type SendVerdict } from "../steps/checks/catalogue.ts";

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
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`docs/it/controlli.md has lost a mark of its table: ${begin} … ${end}`);
  const rows = Object.entries(catalogue).map(([code, { severity, bySend, about }]) => [
    `[\`${code}\`](#${code.toLowerCase()})`,
    severity,
    verdicts[bySend],
    about.replaceAll("|", "\\|"),
  ]);
  const table = formatTable(["codice", "gravità", "SEND rifiuta", "che cosa guarda"], rows);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

/** Padded as the formatter of the repository wants it. */
function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const joinCells = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const line = widths.map((width) => "-".repeat(width));
  return [head, line, ...rows].map(joinCells).join("\n");
}
