/** One answer file of an office as a spreadsheet saved it: its encoding, its separator, its rows. */
import { isUtf8 } from "node:buffer";
import {
  countOutsideQuotes,
  csvRecords,
  type CsvRecord,
  type Delimiter,
  firstLine,
  isBlankRecord,
} from "../../csv.ts";

/** One row of an answer file, its cells by header. */
export interface AnswerRow {
  /** File name and 1-based line, for messages. */
  readonly file: string;
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** Why its cells are not to be trusted, in Italian; absent: they are. */
  readonly fault?: string;
  /** Line of the same file that answers the same reference otherwise; absent: none. */
  readonly otherLine?: number;
}

/** An answer file has no such column. */
export class MissingColumn extends Error {
  readonly file: string;
  readonly column: string;

  constructor(file: string, column: string) {
    super(`${file}: column ${column} missing`);
    this.file = file;
    this.column = column;
  }
}

/** First cell of every row, in requests and answers. */
export const referenceHeader = "riferimento";

/**
 * Rows of an answer file with a reference, in order; throws MissingColumn. A file whose first line has no end yet is still
 * being copied: no rows.
 */
export async function readAnswers(
  file: string,
  bytes: Uint8Array,
  headers: readonly string[],
): Promise<readonly AnswerRow[]> {
  const text = textOf(bytes);
  if (!/[\r\n]/.test(text)) return [];
  const records = await recordsOf(text, await delimiterOf(text));
  const [head, ...rows] = records.filter((record) => !isBlankRecord(record));
  if (head === undefined) return [];
  const names = head.fields.map((name) => name.trim().toLowerCase());
  for (const column of [referenceHeader, ...headers])
    if (!names.includes(column)) throw new MissingColumn(file, column);
  return rows
    .map((record) => rowOf(file, names, record))
    .filter(({ cells }) => cells[referenceHeader] !== "");
}

function rowOf(file: string, names: readonly string[], record: CsvRecord): AnswerRow {
  const { line, fields } = record;
  const cells: Record<string, string> = {};
  for (const [index, name] of names.entries()) cells[name] = (fields[index] ?? "").trim();
  const fault = faultOf(record, names.length);
  return { file, line, cells, ...(fault === null ? {} : { fault }) };
}

function faultOf({ quotes, isEndless, fields }: CsvRecord, columns: number): string | null {
  if (quotes !== null || isEndless)
    return "le virgolette aperte in un valore non sono chiuse prima del separatore";
  // Spreadsheets fill short rows up with empty cells, or leave them short.
  return fields.slice(columns).some((field) => field.trim() !== "")
    ? "ha più valori che colonne: un valore che contiene il separatore va messo tra virgolette"
    : null;
}

/** A notice code as people and spreadsheets write it: with blanks, after an apostrophe, or as a formula that is a text. */
export function codeText(cell: string): string {
  return cell.replace(/^="(.*)"$/, "$1").replaceAll(/[\s']/g, "");
}

/** The cells of 18 digits. */
export function codesIn({ cells }: AnswerRow): readonly string[] {
  return Object.values(cells)
    .map(codeText)
    .filter((cell) => /^[0-9]{18}$/.test(cell));
}

/** Records of a CSV that lies in memory. */
export function recordsOf(text: string, delimiter: Delimiter): Promise<readonly CsvRecord[]> {
  return Array.fromAsync(csvRecords(once(text), delimiter));
}

async function* once(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}

async function delimiterOf(text: string): Promise<Delimiter> {
  const line = await firstLine(once(text));
  let best: Delimiter = ";";
  for (const other of [",", "\t"] as const)
    if (countOutsideQuotes(line, other) > countOutsideQuotes(line, best)) best = other;
  return best;
}

/** The text of a file without its mark: UTF-16 where the mark says so, else UTF-8, else the Windows-1252 of older spreadsheets. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): "utf-16le" | "utf-16be" | "utf-8" | "windows-1252" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}
