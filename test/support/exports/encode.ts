/** Rows of cells as files of programs: encodings, separators, quotes, workbooks. */
import { xlsx, type XlsxCell } from "../xlsx.ts";

export type PageName = "utf-8" | "utf-8-bom" | "windows-1252" | "cp850" | "utf-16le";

/** DOS letters of Italian. */
const dos: Readonly<Record<string, number>> = {
  à: 0x85,
  è: 0x8a,
  é: 0x82,
  ì: 0x8d,
  ò: 0x95,
  ù: 0x97,
  À: 0xb7,
  È: 0xd4,
  É: 0x90,
  Ì: 0xde,
  Ò: 0xe3,
  Ù: 0xeb,
  "°": 0xf8,
  º: 0xa7,
};

/** Bytes of a text. */
export function encodeText(text: string, page: PageName): Uint8Array {
  if (page === "utf-8") return new TextEncoder().encode(text);
  if (page === "utf-8-bom") return new TextEncoder().encode(`\uFEFF${text}`);
  if (page === "utf-16le") return new Uint8Array(Buffer.from(`\uFEFF${text}`, "utf16le"));
  return Uint8Array.from(text, (letter) => {
    if (page === "cp850" && dos[letter] !== undefined) return dos[letter];
    if (letter === "€") return 0x80;
    return letter.charCodeAt(0) & 0xff;
  });
}

/** Lines of a CSV; `isQuoted`: every cell. */
export function writeCsv(
  rows: readonly (readonly string[])[],
  { delimiter, isQuoted = false }: { readonly delimiter: string; readonly isQuoted?: boolean },
): string {
  const quote = (cell: string): string =>
    isQuoted || cell.includes(delimiter) || cell.includes('"') || cell.includes("\n")
      ? `"${cell.replaceAll('"', '""')}"`
      : cell;
  return rows.map((row) => `${row.map(quote).join(delimiter)}\r\n`).join("");
}

/** A workbook of one sheet with these rows. */
export function writeSheet(rows: readonly (readonly XlsxCell[])[]): Uint8Array {
  return xlsx(rows);
}

/** The day as a cell of a spreadsheet. */
export function toSerial(day: string): number {
  return (Date.parse(`${day}T00:00:00Z`) - Date.UTC(1899, 11, 30)) / 86_400_000;
}
