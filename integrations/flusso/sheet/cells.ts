/** Cells of a sheet as they are stored, and as the text that a CSV of this ente would hold. */
import type { Column } from "../columns.ts";
import type { FlussoRecord } from "../rows/csv-rows.ts";
import type { ValueFault } from "../fields.ts";
import { writeCents } from "../notation/amounts.ts";
import { writeDay } from "../notation/dates.ts";
import type { Notation } from "../notation/notation.ts";
import type { RowFault } from "../port.ts";
import {
  damaged,
  formulaFailed,
  moreThanCents,
  mostColumns,
  mostRows,
  notANumber,
  notCalculated,
  tooLarge,
  turnedIntoDate,
  zerosLost,
} from "./faults.ts";
import { decodeControls, type NumberFormat } from "./workbook.ts";
import { type Element, walkXml } from "../../xml.ts";

/** A number as it is written: a code of 18 digits keeps what the file still has of it. */
export interface NumberCell {
  readonly digits: string;
  readonly format: NumberFormat;
}

/** A text, a truth, a number, or nothing. */
export type Cell = string | boolean | NumberCell | null;

export interface SheetRow {
  /** 1-based. */
  readonly line: number;
  readonly cells: readonly Cell[];
  /** Hidden by a filter or by hand. */
  readonly isHidden: boolean;
}

/** What the cells of a sheet refer to. */
export interface CellContext {
  readonly texts: readonly string[];
  readonly formats: readonly NumberFormat[];
}

/** Thrown when the rest need not be looked at. */
class SheetFault extends Error {
  readonly fault: RowFault;

  constructor(fault: RowFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const general: NumberFormat = { isDate: false, digits: 0 };

/** The rows that hold cells, in order; a row or cell without a place of its own comes after the one before. Throws BrokenXml. */
export function readCells(xml: string, context: CellContext): readonly SheetRow[] | RowFault {
  const rows: SheetRow[] = [];
  let line = 0;
  let isHidden = false;
  let cells: Cell[] = [];
  let cell: OpenCell | null = null;
  let text: "v" | "t" | "f" | null = null;
  let phonetic = 0;
  try {
    walkXml(xml, {
      open(element) {
        const { name } = element;
        if (name === "row") {
          line = readRowNumber(element.read("r"), line);
          isHidden = /^(1|true)$/.test(element.read("hidden") ?? "");
          cells = [];
        } else if (name === "c") cell = openCell(element, cells.length, line);
        else if (name === "rPh") phonetic += 1;
        else if (cell !== null && (name === "v" || name === "f")) {
          text = name;
          if (name === "f") cell.hasFormula = true;
          else cell.value ??= "";
        } else if (cell !== null && name === "t" && phonetic === 0) {
          text = "t";
          cell.inline ??= "";
        }
      },
      text(piece) {
        if (cell === null || text === null || text === "f") return;
        if (text === "v") cell.value = (cell.value ?? "") + piece;
        else cell.inline = (cell.inline ?? "") + piece;
      },
      close(name) {
        if (name === "rPh") phonetic -= 1;
        else if (name === "v" || name === "t" || name === "f") text = null;
        else if (name === "c" && cell !== null) {
          while (cells.length < cell.column - 1) cells.push(null);
          cells[cell.column - 1] = closeCell(cell, line, context);
          cell = null;
        } else if (name === "row") rows.push({ line, cells, isHidden });
      },
    });
  } catch (error) {
    if (error instanceof SheetFault) return error.fault;
    throw error;
  }
  return rows;
}

function readRowNumber(own: string | null, before: number): number {
  const line = own === null ? before + 1 : Number(own);
  if (!Number.isInteger(line) || line < 1) throw new SheetFault(damaged);
  if (line > mostRows + 1) throw new SheetFault(tooLarge);
  if (line <= before) throw new SheetFault(damaged);
  return line;
}

interface OpenCell {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  value: string | null;
  inline: string | null;
  hasFormula: boolean;
}

function openCell(element: Element, before: number, line: number): OpenCell {
  const place = element.read("r");
  const [, letters, digits] = place === null ? [] : (/^([A-Z]+)(\d+)$/.exec(place) ?? []);
  if (place !== null && letters === undefined) throw new SheetFault(damaged);
  const column = letters === undefined ? before + 1 : toColumnNumber(letters);
  if (Number(digits ?? line) > mostRows + 1 || column > mostColumns) throw new SheetFault(tooLarge);
  return {
    column,
    type: element.read("t") ?? "n",
    style: Number(element.read("s") ?? 0),
    value: null,
    inline: null,
    hasFormula: false,
  };
}

function closeCell(cell: OpenCell, line: number, { texts, formats }: CellContext): Cell {
  const { type, value } = cell;
  if (type === "e")
    throw new SheetFault({ line, column: cell.column, header: null, ...formulaFailed });
  // An empty text is a result too.
  const hasResult = type === "str" ? value !== null : value !== null && value !== "";
  if (cell.hasFormula && !hasResult && cell.inline === null) throw new SheetFault(notCalculated);
  if (type === "inlineStr") return decodeControls(cell.inline ?? value ?? "");
  if (value === null || (value === "" && type !== "str")) return null;
  if (type === "s") {
    const text = texts[Number(value)];
    if (text === undefined) throw new SheetFault(damaged);
    return text;
  }
  if (type === "str") return decodeControls(value);
  if (type === "b") return value === "1" || value === "true";
  if (type === "d") return value.replace(/T00:00(:00(\.0+)?)?Z?$/, "");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) throw new SheetFault(damaged);
  return { digits: value, format: formats[cell.style] ?? general };
}

/** `A` 1, `Z` 26, `AA` 27. */
function toColumnNumber(letters: string): number {
  let number = 0;
  for (const letter of letters.slice(0, 4)) number = number * 26 + letter.charCodeAt(0) - 64;
  return number;
}

/** How the texts of this ente's files are written, and from which year its spreadsheet counts. */
export interface CellNotation extends Notation {
  readonly isFrom1904: boolean;
}

/** The row as a record as wide as the sheet; `columns` is `null` for the names. */
export function toFlussoRecord(
  { cells, line }: SheetRow,
  width: number,
  columns: readonly Column[] | null,
  notation: CellNotation,
): FlussoRecord {
  const unreadable = new Map<number, ValueFault>();
  const fields = Array.from({ length: width }, (_, index) => {
    const read = formatCell(cells[index] ?? null, columns?.[index] ?? null, notation);
    if (typeof read === "string") return read;
    unreadable.set(index, read);
    return "";
  });
  return { line, fields, quotes: null, isEndless: false, unreadable };
}

function formatCell(
  cell: Cell,
  column: Column | null,
  notation: CellNotation,
): string | ValueFault {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  if (typeof cell === "boolean") return cell ? "VERO" : "FALSO";
  const kind = column?.spec?.kind ?? "text";
  const { dates, amounts } = column?.notation ?? notation;
  if (cell.format.isDate) {
    const isDay = kind === "day" || kind === "time";
    return !isDay && column?.field
      ? turnedIntoDate
      : formatDate(Number(cell.digits), dates, notation.isFrom1904);
  }
  if (kind === "cents") return formatAmount(cell.digits, amounts);
  if (kind === "speed") return formatSpeed(cell, column?.field ?? null);
  return formatNumber(cell, column?.field ?? null);
}

const dayMs = 86_400_000;
/** Day 0 of the two calendars that spreadsheets count by. */
const epochs = { from1900: Date.UTC(1899, 11, 30), from1904: Date.UTC(1904, 0, 1) };

/** A spreadsheet counts in fractions of days: the seconds come out a thousandth short. */
function formatDate(serial: number, dates: Notation["dates"], isFrom1904: boolean): string {
  const epoch = isFrom1904 ? epochs.from1904 : epochs.from1900;
  const instant = epoch + Math.round(serial * 86_400) * 1000;
  if (Math.abs(instant) > 8.64e15) return String(serial);
  const [day = "", clock = ""] = new Date(instant).toISOString().split("T");
  const time = clock.slice(0, 5);
  // A time of day alone.
  if (serial < 1 || instant - epoch < dayMs) return time;
  const written = writeDay(day, dates);
  return time === "00:00" ? written : `${written} ${time}`;
}

function formatAmount(digits: string, amounts: Notation["amounts"]): string | ValueFault {
  if (amounts === "cents" || amounts === "thousandths") return digits;
  const exact = Number(digits) * 100;
  const cents = Math.round(exact);
  // A sum of a spreadsheet may be a hair beside its cents.
  if (!Number.isSafeInteger(cents) || Math.abs(exact - cents) > 1e-4) return moreThanCents;
  return writeCents(cents, amounts);
}

/** With its decimals, without the hair that a formula leaves; three of them are refused by the field. */
function formatSpeed(cell: NumberCell, field: string | null): string | ValueFault {
  const exact = Number(cell.digits);
  if (!(exact >= 0 && exact < 1e6)) return formatNumber(cell, field);
  const rounded = Math.round(exact * 100) / 100;
  return Math.abs(exact - rounded) < 1e-6 ? String(rounded) : cell.digits;
}

/** Fields of a fixed number of digits, which a number cell takes the first zeros from. */
const fixedDigits: Readonly<Record<string, number>> = {
  "destinatario.indirizzo.cap": 5,
  "destinatario.partitaIva": 11,
  "destinatario.codiceFiscale": 11,
};

function formatNumber({ digits, format }: NumberCell, field: string | null): string | ValueFault {
  const shown = /^\d+$/.test(digits) ? digits.padStart(format.digits, "0") : digits;
  if (field !== null && shown.length < (fixedDigits[field] ?? 0)) return zerosLost;
  return /^\d{1,15}$/.test(shown) || field === null ? shown : notANumber;
}
