/** A spreadsheet (XLSX) that opens unharmed: codes stay text with their zeros, nothing is computed. */
import { strToU8, zipSync } from "fflate";
import { formatEuroField } from "./euro.ts";
import { escapeXmlText } from "./xml-text.ts";

/** A text as it stands, an amount in cents, or a day `YYYY-MM-DD`. */
export type SheetCell =
  | string
  | { readonly cents: number }
  | { readonly day: string }
  | { readonly count: number };

const styles = { text: 1, amount: 2, day: 3, head: 4 } as const;

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relations = "http://schemas.openxmlformats.org/package/2006/relationships";
const documents = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const contentTypes = `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`;
const packageRelations = `${declaration}<Relationships xmlns="${relations}"><Relationship Id="rId1" Type="${documents}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
const workbookRelations = `${declaration}<Relationships xmlns="${relations}"><Relationship Id="rId1" Type="${documents}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${documents}/styles" Target="styles.xml"/></Relationships>`;
// 49: text; 4: #,##0.00; 14: a day as the reader's country writes it.
const styleSheet = `${declaration}<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

/**
 * One sheet with a frozen head and a filter. In memory as a whole: for up to some ten thousand rows. The same rows give the
 * same bytes. `name`: of the sheet, at most 31 characters without `[]:*?/\`.
 */
export function writeSpreadsheet(
  name: string,
  head: readonly string[],
  rows: readonly (readonly SheetCell[])[],
): Uint8Array {
  const last = `${nameColumn(head.length - 1)}${rows.length + 1}`;
  const widths = head.map((title, column) => measureColumn(title, rows, column));
  const sheet = [
    `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`,
    ...widths.map(
      (width, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`,
    ),
    "</cols><sheetData>",
    formatRow(
      1,
      head.map((title) => formatText(title, styles.head)),
    ),
    ...rows.map((cells, index) => formatRow(index + 2, cells.map(formatCell))),
    `</sheetData><autoFilter ref="A1:${last}"/></worksheet>`,
  ].join("");
  const workbook = `${declaration}<workbook xmlns="${main}" xmlns:r="${documents}"><sheets><sheet name="${escapeXmlText(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  const parts = {
    "[Content_Types].xml": contentTypes,
    "_rels/.rels": packageRelations,
    "xl/workbook.xml": workbook,
    "xl/_rels/workbook.xml.rels": workbookRelations,
    "xl/styles.xml": styleSheet,
    "xl/worksheets/sheet1.xml": sheet,
  };
  return zipSync(
    Object.fromEntries(Object.entries(parts).map(([path, text]) => [path, strToU8(text)])),
    // No clock: a file is made again after a kill with the bytes that it had.
    { mtime: "1980-01-01T00:00:00" },
  );
}

type Cell = (reference: string) => string;

function formatRow(number: number, cells: readonly Cell[]): string {
  const inner = cells.map((cell, column) => cell(`${nameColumn(column)}${number}`));
  return `<row r="${number}">${inner.join("")}</row>`;
}

function formatCell(cell: SheetCell): Cell {
  if (typeof cell === "string") return formatText(cell, styles.text);
  if ("count" in cell) return formatNumber(String(cell.count), 0);
  if ("cents" in cell) return formatNumber(formatEuroField(cell.cents, "."), styles.amount);
  // Days since 1899-12-30, as spreadsheets count them.
  const serial = Date.parse(`${cell.day}T00:00:00Z`) / 86_400_000 + 25_569;
  return Number.isFinite(serial)
    ? formatNumber(String(serial), styles.day)
    : formatText(cell.day, styles.text);
}

function formatNumber(value: string, style: number): Cell {
  return (reference) => `<c r="${reference}" s="${style}"><v>${value}</v></c>`;
}

function formatText(text: string, style: number): Cell {
  if (text === "") return () => "";
  return (reference) =>
    `<c r="${reference}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeXmlText(text)}</t></is></c>`;
}

/** `A`, `Z`, `AA`. */
function nameColumn(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${nameColumn(Math.floor(index / 26) - 1)}${letter}`;
}

function measureColumn(
  title: string,
  rows: readonly (readonly SheetCell[])[],
  column: number,
): number {
  const lengths = rows.slice(0, 200).map((cells) => {
    const cell = cells[column] ?? "";
    return typeof cell === "string" ? cell.length : 12;
  });
  return Math.min(60, Math.max(8, title.length + 2, ...lengths.map((length) => length + 1)));
}
