/** One answer file of an office as a spreadsheet saved it: its encoding, its separator, its rows. */
import { isUtf8 } from "node:buffer";
import {
  countOutsideQuotes,
  readCsvRecords,
  type CsvRecord,
  type Delimiter,
  readFirstLine,
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
  const rows = await readRows(file, bytes, [referenceHeader, ...headers]);
  return rows.filter(({ cells }) => cells[referenceHeader] !== "");
}

/** All rows of a file that has these columns; see `readAnswers`. */
export async function readRows(
  file: string,
  bytes: Uint8Array,
  headers: readonly string[],
): Promise<readonly AnswerRow[]> {
  const text = decodeText(bytes);
  if (!/[\r\n]/.test(text)) return [];
  const records = await parseCsvRecords(text, await guessDelimiter(text));
  const [head, ...rows] = records.filter((record) => !isBlankRecord(record));
  if (head === undefined) return [];
  const names = head.fields.map((name) => name.trim().toLowerCase());
  for (const column of headers) if (!names.includes(column)) throw new MissingColumn(file, column);
  return rows.map((record) => buildRow(file, names, record));
}

function buildRow(file: string, names: readonly string[], record: CsvRecord): AnswerRow {
  const { line, fields } = record;
  const cells: Record<string, string> = {};
  for (const [index, name] of names.entries()) cells[name] = (fields[index] ?? "").trim();
  const fault = checkRecord(record, names.length);
  return { file, line, cells, ...(fault === null ? {} : { fault }) };
}

function checkRecord({ quotes, isEndless, fields }: CsvRecord, columns: number): string | null {
  if (quotes !== null || isEndless)
    return "le virgolette aperte in un valore non sono chiuse prima del separatore";
  // Spreadsheets fill short rows up with empty cells, or leave them short.
  return fields.slice(columns).some((field) => field.trim() !== "")
    ? "ha più valori che colonne: un valore che contiene il separatore va messo tra virgolette"
    : null;
}

/** A notice code as people and spreadsheets write it: with blanks, after an apostrophe, or as a formula that is a text. */
export function cleanNoticeCode(cell: string): string {
  return cell.replace(/^="(.*)"$/, "$1").replaceAll(/[\s']/g, "");
}

/** The cells of 18 digits. */
export function listNoticeCodes({ cells }: AnswerRow): readonly string[] {
  return Object.values(cells)
    .map(cleanNoticeCode)
    .filter((cell) => /^[0-9]{18}$/.test(cell));
}

/** Records of a CSV that lies in memory. */
export function parseCsvRecords(text: string, delimiter: Delimiter): Promise<readonly CsvRecord[]> {
  return Array.fromAsync(readCsvRecords(streamOnce(text), delimiter));
}

async function* streamOnce(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}

async function guessDelimiter(text: string): Promise<Delimiter> {
  const line = await readFirstLine(streamOnce(text));
  let best: Delimiter = ";";
  for (const other of [",", "\t"] as const)
    if (countOutsideQuotes(line, other) > countOutsideQuotes(line, best)) best = other;
  return best;
}

/** The text of a file without its mark: UTF-16 where the mark says so, else UTF-8, else the Windows-1252 of older spreadsheets. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(detectEncoding(bytes)).decode(bytes);
}

function detectEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | "utf-8" | "windows-1252" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}
