/** Which row bears the names of the columns, and which rows are no verbali, told by what stands in them. */
import { readHeaderName } from "./header-name.ts";
import type { SampleRow } from "./grid.ts";

const mostTitleRows = 30;

/** The row of the names and how many of them the table knows; `null`: none does. */
export function findHeader(
  rows: readonly SampleRow[],
  wanted: number | undefined,
): { readonly line: number; readonly known: number } | null {
  const head = rows
    .slice(0, wanted === undefined ? mostTitleRows : undefined)
    .filter(({ line }) => wanted === undefined || line === wanted);
  if (wanted !== undefined) {
    const [said] = head;
    return said === undefined ? null : { line: wanted, known: countKnown(said) };
  }
  for (const row of head) {
    const known = countKnown(row);
    const filled = row.cells.filter((cell) => cell !== "").length;
    if (known >= 3 && known >= filled * 0.3) return { line: row.line, known };
  }
  return null;
}

function countKnown({ cells, kinds }: SampleRow): number {
  return cells.filter((cell, index) => {
    if (cell === "" || cell.length > 60 || !/\p{L}/u.test(cell)) return false;
    if ((kinds?.[index] ?? "text") !== "text") return false;
    const { meaning, score } = readHeaderName(cell);
    return meaning !== null && score >= 0.8;
  }).length;
}

const closing =
  /^(?:gran )?(?:tot(?:ale|ali|\.)?(?=[\s:.]|$)|somm[ae]\b|fine\b|pagina\b|pag\.|stampat|estratt[oi]|elaborat|esportat|generat|riepilog|report\b|n(?:umero|\.|r\.?)?\s?(?:dei |di )?(?:verbali|record|righe|atti)\b|verbali\s*:|record\s*:|righe\s*:|\*{3,}|-{3,}|={3,}|eof\b)/i;

/** A total or a closing line: few cells are filled, or it says so. `usual`: how many are filled in most rows. */
export function isClosingRow({ cells }: SampleRow, usual: number): boolean {
  const filled = cells.filter((cell) => cell !== "");
  const [first = ""] = filled;
  if (filled.length <= Math.max(1, usual * 0.25) && usual > 3) return true;
  return filled.length < usual * 0.7 && closing.test(first);
}
