/** The sheet of an XLSX flusso that holds the verbali, as records. */
import type { Column } from "../columns.ts";
import type { FlussoRecord } from "../rows/csv-rows.ts";
import { unwrapCell } from "../rows/cell-text.ts";
import { findHeaderLine, noRows } from "../rows/header.ts";
import type { RowFault } from "../port.ts";
import type { FlussoSettings } from "../settings.ts";
import { readCells, toFlussoRecord, type CellNotation } from "./cells.ts";
import { damaged, tooLarge } from "./faults.ts";
import {
  chooseSheet,
  isArchiveError,
  openWorkbook,
  readFormats,
  readTexts,
  type Workbook,
} from "./workbook.ts";
import { BrokenXml } from "../../xml.ts";

const mostFileBytes = 20 * 1024 * 1024;

/** A sheet whose names were found: the record of the names, and those of its rows. */
export interface OpenSheet {
  readonly name: string;
  readonly header: FlussoRecord;
  /** Other rows stand above. */
  readonly hasTitles: boolean;
  /** Italian sentences on how it was read. */
  readonly notes: readonly string[];
  /** The rows below the names, hidden ones marked. */
  readRecords(
    columns: readonly Column[],
  ): Iterable<{ readonly record: FlussoRecord; readonly isHidden: boolean }>;
}

/** All bytes of a file, or `null` where they are more than a spreadsheet may have. */
export async function readWholeFile(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > mostFileBytes) return null;
    parts.push(chunk);
  }
  return new Uint8Array(Buffer.concat(parts, size));
}

/** Opens the sheet that is meant, or says why it cannot be read; `bytes` is `null` for a file that is too large. */
export function openSheet(
  bytes: Uint8Array | null,
  settings: FlussoSettings,
): OpenSheet | RowFault {
  if (bytes === null) return tooLarge;
  const workbook = openWorkbook(bytes);
  if ("code" in workbook) return workbook;
  try {
    return openChosen(workbook, settings);
  } catch (error) {
    if (error instanceof BrokenXml || isArchiveError(error)) return damaged;
    throw error;
  }
}

function openChosen(workbook: Workbook, settings: FlussoSettings): OpenSheet | RowFault {
  const chosen = chooseSheet(workbook, settings.sheet);
  if ("code" in chosen) return chosen;
  const { sheet } = chosen;
  const xml = workbook.unpack(sheet.part);
  if (xml === null) return damaged;
  const unpack = (part: string | null): string | null =>
    part === null ? null : workbook.unpack(part);
  const rows = readCells(xml, {
    texts: readTexts(unpack(workbook.textsPart)),
    formats: readFormats(unpack(workbook.stylesPart)),
  });
  if ("code" in rows) return rows;
  const notation: CellNotation = { ...settings, isFrom1904: workbook.isFrom1904 };
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const toRecord = (row: (typeof rows)[number], columns: readonly Column[] | null): FlussoRecord =>
    toFlussoRecord(row, width, columns, notation);
  const filled = rows.filter((row) =>
    toRecord(row, null).fields.some((field) => unwrapCell(field) !== ""),
  );
  const head = filled
    .slice(0, 1000)
    .map((row) => ({ line: row.line, cells: toRecord(row, null).fields }));
  const place = findHeaderLine(head, settings);
  const headerRow = filled.find(({ line }) => line === place?.line);
  if (headerRow === undefined) return noRows;
  const below = filled.slice(filled.indexOf(headerRow) + 1);
  return {
    name: sheet.name,
    header: toRecord(headerRow, null),
    hasTitles: place?.hasTitles ?? false,
    notes: chosen.notes,
    *readRecords(columns) {
      for (const row of below) yield { record: toRecord(row, columns), isHidden: row.isHidden };
    },
  };
}
