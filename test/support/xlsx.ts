/** XLSX files as spreadsheets write them, made cell by cell for the tests of the flusso reader. */
import { strToU8, zipSync } from "fflate";

/** A text, a number, a day (serial number of the 1900 calendar), a time (fraction of a day), a truth, or the XML of the cell's content with its type. */
export type XlsxCell =
  | string
  | number
  | boolean
  | null
  | { readonly day: number }
  | { readonly time: number }
  | { readonly type: string; readonly xml: string };

/** A workbook whose first sheet has these rows; a `null` row is left out, as spreadsheets leave out blank ones. */
export function xlsx(rows: readonly (readonly XlsxCell[] | null)[]): Uint8Array {
  const sheet = rows
    .map((cells, row) =>
      cells === null
        ? ""
        : `<row r="${row + 1}">${cells.map((cell, at) => cellXml(cell, at, row + 1)).join("")}</row>`,
    )
    .join("");
  return workbook(`<sheetData>${sheet}</sheetData>`);
}

/** A workbook around the content of its first sheet; a second sheet says that it is not meant. */
export function workbook(sheet: string): Uint8Array {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const second = `<sheetData><row r="1">${cellXml("altro foglio", 0, 1)}</row></sheetData>`;
  return zipSync(
    Object.fromEntries(
      Object.entries({
        "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
        "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${related}"><sheets><sheet name="Verbali" sheetId="1" r:id="rId1"/><sheet name="Altro" sheetId="2" r:id="rId2"/></sheets></workbook>`,
        "xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${[
          ["rId1", "worksheet", "worksheets/sheet1.xml"],
          ["rId2", "worksheet", "worksheets/sheet2.xml"],
          ["rId3", "styles", "styles.xml"],
        ]
          .map(
            ([id, type, target]) =>
              `<Relationship Id="${id}" Type="${related}/${type}" Target="${target}"/>`,
          )
          .join("")}</Relationships>`,
        "xl/styles.xml": `<styleSheet xmlns="${main}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="20" applyNumberFormat="1"/></cellXfs></styleSheet>`,
        "xl/worksheets/sheet1.xml": `<worksheet xmlns="${main}">${sheet}</worksheet>`,
        "xl/worksheets/sheet2.xml": `<worksheet xmlns="${main}">${second}</worksheet>`,
      }).map(([name, xml]) => [name, strToU8(`<?xml version="1.0" encoding="UTF-8"?>${xml}`)]),
    ),
  );
}

function cellXml(cell: XlsxCell, at: number, row: number): string {
  if (cell === null) return "";
  const place = `r="${String.fromCodePoint(65 + at)}${row}"`;
  if (typeof cell === "string")
    return `<c ${place} t="inlineStr"><is><t xml:space="preserve">${Bun.escapeHTML(cell)}</t></is></c>`;
  if (typeof cell === "number") return `<c ${place}><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c ${place} t="b"><v>${cell ? 1 : 0}</v></c>`;
  if ("day" in cell) return `<c ${place} s="1"><v>${cell.day}</v></c>`;
  if ("time" in cell) return `<c ${place} s="2"><v>${cell.time}</v></c>`;
  return `<c ${place} t="${cell.type}">${cell.xml}</c>`;
}
