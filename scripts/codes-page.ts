/** The page of all codes for technicians, made of the tables that `postino explain` reads. */
import type { FaultCode } from "../loader/yaml/diagnostics.ts";
import faultCodes from "../loader/yaml/fault-codes.json";
import codeWords from "../server/words/codes/code-words.json";
import { type FaultPage, faultPages } from "../server/words/codes/fault-pages.ts";
import { escapeTableCell, formatMarkdownTable } from "./markdown-table.ts";

/** docs/it/codici.md. */
export function formatCodesPage(): string {
  const faults = Object.entries(faultPages) as [FaultCode, FaultPage][];
  const others = Object.entries(codeWords).map(([code, about]) => [
    `\`${code}\``,
    escapeTableCell(about),
  ]);
  return [
    "# I codici",
    "",
    "Generato da `bun run reference`: non si modifica a mano. Lo stesso dice `postino explain CODICE`.",
    "I codici dei controlli di un verbale (`CAP_TOWN`, `SAME_VIOLATION`…) sono in [I controlli di un verbale](controlli.md).",
    "",
    "## Codici di check",
    "",
    ...faults.toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(formatFault),
    "## Codici di verbali, flussi e comandi",
    "",
    formatMarkdownTable(["codice", "che cosa vuol dire, e che cosa fare"], others),
    "",
  ].join("\n");
}

function formatFault([code, { about, file, wrong, right }]: [
  FaultCode,
  FaultPage,
]): readonly string[] {
  const language = file === "names" || file === "past" ? "text" : "yaml";
  const block = (text: string) => ["", `\`\`\`${language}`, text, "```", ""];
  return [
    `### ${code}`,
    "",
    `_${faultCodes[code]}_`,
    "",
    about,
    "",
    right === null ? "Compare con:" : "Sbagliato:",
    ...block(wrong),
    ...(right === null ? [] : ["Giusto:", ...block(right)]),
  ];
}
