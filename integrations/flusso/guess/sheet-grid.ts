/** The sheets of a workbook as rows of texts, each cell with its kind. */
import type { RowFault } from "../port.ts";
import { unwrapCell } from "../rows/cell-text.ts";
import { readCells, toFlussoRecord, type Cell } from "../sheet/cells.ts";
import { damaged, tooLarge } from "../sheet/faults.ts";
import { isArchiveError, openWorkbook, readFormats, readTexts } from "../sheet/workbook.ts";
import { BrokenXml } from "../../xml.ts";
import type { CellKind, SampleGrid } from "./grid.ts";

/** Every sheet of the workbook; `null`: the file is too large. */
export function listSheetGrids(bytes: Uint8Array | null): readonly SampleGrid[] | RowFault {
  if (bytes === null) return tooLarge;
  const workbook = openWorkbook(bytes);
  if ("code" in workbook) return workbook;
  const unpack = (part: string | null): string | null =>
    part === null ? null : workbook.unpack(part);
  try {
    const context = {
      texts: readTexts(unpack(workbook.textsPart)),
      formats: readFormats(unpack(workbook.stylesPart)),
    };
    const notation = {
      dates: "AAAA-MM-GG",
      amounts: "1.234,56",
      isFrom1904: workbook.isFrom1904,
    } as const;
    const grids: SampleGrid[] = [];
    for (const { name, isHidden, part } of workbook.sheets) {
      const xml = workbook.unpack(part);
      const rows = xml === null ? damaged : readCells(xml, context);
      if ("code" in rows) {
        if (workbook.sheets.length === 1) return rows;
        continue;
      }
      const filled = rows
        .map(({ line, cells }) => ({
          line,
          cells: toFlussoRecord(
            { line, cells, isHidden: false },
            cells.length,
            null,
            notation,
          ).fields.map(unwrapCell),
          kinds: cells.map(describeKind),
        }))
        .filter(({ cells }) => cells.some((cell) => cell !== ""));
      grids.push({ name, isHidden, rows: filled, rowCount: filled.length });
    }
    return grids;
  } catch (error) {
    if (error instanceof BrokenXml || isArchiveError(error)) return damaged;
    throw error;
  }
}

function describeKind(cell: Cell | undefined): CellKind | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell !== "object") return "text";
  if (!cell.format.isDate) return "number";
  return Number(cell.digits) < 1 ? "time" : "day";
}
