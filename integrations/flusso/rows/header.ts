/** Where the names of the columns stand in a file, and what separates them: settled from its beginning. */
import { isBlankRecord, readCsvRecords, type Delimiter } from "../../csv.ts";
import { listKnownHeaders, normaliseHeader } from "../columns.ts";
import type { FlussoCode } from "../error-codes.ts";
import { wholeFileFault } from "../faults.ts";
import type { RowFault } from "../port.ts";
import type { FlussoSettings } from "../settings.ts";

/** Titles above the names of the columns are looked through so far. */
const mostTitleRows = 30;

/** A row of the beginning: its line and its cells. */
export interface HeadRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface HeaderLine {
  readonly line: number;
  /** How many of its names are known. */
  readonly known: number;
  /** Other rows stand above. */
  readonly hasTitles: boolean;
}

/**
 * The line of the names: the one that the ente says, else the first that bears names which the ente's mapping knows; `null`:
 * there is no row at all. A title above has none of them; a first row with a single known name is taken for the names.
 */
export function findHeaderLine(
  rows: readonly HeadRow[],
  settings: FlussoSettings,
): HeaderLine | null {
  const known = listKnownHeaders(settings);
  const countKnown = ({ cells }: HeadRow): number =>
    new Set(cells.map(normaliseHeader).filter((name) => known.has(name))).size;
  const [first] = rows;
  if (first === undefined) return null;
  const wanted = settings.headerRow;
  if (wanted !== undefined) {
    const row = rows.find(({ line }) => line === wanted);
    if (row === undefined) return null;
    return { line: wanted, known: countKnown(row), hasTitles: row !== first };
  }
  const own = countKnown(first);
  if (own > 0) return { line: first.line, known: own, hasTitles: false };
  const counted = rows.slice(1, mostTitleRows).map((row) => ({ row, known: countKnown(row) }));
  const most = Math.max(0, ...counted.map((each) => each.known));
  const found = most < 3 ? undefined : counted.find((each) => each.known === most);
  if (found === undefined) return { line: first.line, known: 0, hasTitles: false };
  return { line: found.row.line, known: found.known, hasTitles: true };
}

export interface HeaderPlace {
  readonly delimiter: Delimiter;
  readonly line: number;
  /** Other rows stand above. */
  readonly hasTitles: boolean;
}

const delimiters: readonly Delimiter[] = [";", ",", "\t"];

/** Delimiter and line of the names of a CSV, from the text of its beginning; or why they cannot be told. */
export async function findHeaderPlace(
  head: string,
  settings: FlussoSettings,
): Promise<HeaderPlace | RowFault> {
  const declared = findDeclared(head, settings);
  if (declared !== null && typeof declared !== "string") return declared;
  const found = await Promise.all(
    (declared === null ? delimiters : [declared]).map(async (delimiter) => {
      const rows = await readHeadRows(head, delimiter, settings);
      const place = findHeaderLine(rows, settings);
      const cells = rows.find(({ line }) => line === (place?.line ?? rows[0]?.line))?.cells ?? [];
      const { known = 0, hasTitles = false } = place ?? {};
      return { delimiter, line: place?.line ?? null, known, hasTitles, cells };
    }),
  );
  const [best, ...others] = found.toSorted((left, right) => right.known - left.known);
  if (best === undefined || best.line === null) return noHeader(settings);
  const isTie = others.some((other) => other.known === best.known && !isSame(best, other));
  const { line, hasTitles } = best;
  if (!isTie) return { delimiter: best.delimiter, line, hasTitles };
  const splitting = found.filter(({ cells }) => cells.length > 1).map(({ delimiter }) => delimiter);
  if (splitting.length > 1 && splitting.includes(";") && splitting.includes(","))
    return bothFault(line);
  if (splitting.includes("\t") || /\|/.test(best.cells.join(""))) return tabFault(line);
  return { delimiter: splitting[0] ?? ";", line, hasTitles };
}

interface Candidate {
  readonly line: number | null;
  readonly cells: readonly string[];
}

/** Neither of the two splits the line. */
function isSame(left: Candidate, right: Candidate): boolean {
  return left.line === right.line && left.cells.length === 1 && right.cells.length === 1;
}

/** `sep=;` as spreadsheets write it, or what the ente says; `null`: to be found. */
function findDeclared(head: string, settings: FlussoSettings): Delimiter | RowFault | null {
  const [, sign] = separatorLine.exec(head) ?? [];
  if (sign !== undefined && !delimiters.includes(sign as Delimiter))
    return headerFault(
      1,
      "FLUSSO_DELIMITER",
      `la prima riga dichiara il separatore «${sign}», che non si legge.`,
      "esportare il file con «;» o «,» come separatore.",
    );
  if (settings.delimiter === "tab") return "\t";
  if (settings.delimiter !== "auto") return settings.delimiter;
  return sign === undefined ? null : (sign as Delimiter);
}

const separatorLine = /^"?sep=(.)"?[^\S\r\n]*[\r\n]/i;

async function readHeadRows(
  head: string,
  delimiter: Delimiter,
  settings: FlussoSettings,
): Promise<readonly HeadRow[]> {
  const rows: HeadRow[] = [];
  const last = settings.headerRow ?? 1000;
  const from = separatorLine.test(head) ? 2 : 1;
  for await (const record of readCsvRecords(streamOnce(head), delimiter)) {
    if (record.line > last || rows.length > mostTitleRows) break;
    if (record.line >= from && !isBlankRecord(record))
      rows.push({ line: record.line, cells: record.fields });
  }
  return rows;
}

async function* streamOnce(text: string): AsyncGenerator<string> {
  yield text;
}

function noHeader(settings: FlussoSettings): RowFault {
  if (settings.headerRow === undefined) return noRows;
  return headerFault(
    settings.headerRow,
    "FLUSSO_HEADER",
    `la riga ${settings.headerRow}, che dovrebbe portare i nomi delle colonne, è vuota o manca.`,
    "chiedere al tecnico di dichiarare in quale riga stanno i nomi delle colonne.",
  );
}

function bothFault(line: number): RowFault {
  return headerFault(
    line,
    "FLUSSO_DELIMITER",
    `nella ${line === 1 ? "prima riga" : `riga ${line}`} ci sono sia «;» sia «,»: non si capisce quale separi le colonne.`,
    "chiedere al tecnico di dichiarare quale separatore usa il gestionale: «;» o «,».",
  );
}

function tabFault(line: number): RowFault {
  return headerFault(
    line,
    "FLUSSO_DELIMITER",
    "le colonne sono separate da tabulazioni o barre verticali.",
    "esportare il file con «;» o «,» come separatore, oppure chiedere al tecnico di dichiarare quale separatore usa il gestionale.",
  );
}

export const noRows = wholeFileFault(
  "FLUSSO_NO_ROWS",
  "il file non contiene verbali.",
  "controllare il filtro dell'esportazione nel gestionale.",
);

function headerFault(line: number, code: FlussoCode, message: string, remedy: string): RowFault {
  return { line, column: 0, header: null, code, message, remedy };
}
