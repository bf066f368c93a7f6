/** Records of an XLSX flusso: the first sheet, its cells as the text that a CSV of this ente would hold. */
import { strFromU8, unzipSync } from "fflate";
import { readSheet } from "read-excel-file/universal";
import type { Column } from "./columns.ts";
import type { FlussoRecord } from "./csv-rows.ts";
import { wholeFileFault } from "./faults.ts";
import type { Notation, ValueFault } from "./fields.ts";
import type { FlussoFile, RowFault } from "./port.ts";

/** A spreadsheet is held whole: beyond these the same data come as CSV, which streams by. */
const mostRows = 10_000;
const mostColumns = 200;
const mostFileBytes = 20 * 1024 * 1024;
const mostXmlBytes = 150 * 1024 * 1024;

/** A number as it is written: a code of 18 digits keeps what the file still has of it. */
class NumberCell {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** Rows of the first sheet, all of one width, blank ones included: row 1 is at 0. A cell is a text, a NumberCell, a Date, a boolean or `null`. */
export type SheetRows = readonly (readonly unknown[])[];

/** True for a ZIP, which is what an XLSX is, whatever its name. */
export async function isZipFile(file: FlussoFile): Promise<boolean> {
  let start: Uint8Array = new Uint8Array(0);
  for await (const chunk of file.open()) {
    start = Buffer.concat([start, chunk.subarray(0, 4)]);
    if (start.length >= 4) break;
  }
  return [0x50, 0x4b, 0x03, 0x04].every((byte, index) => start[index] === byte);
}

/** Reads the first sheet, or says why the file cannot be read. */
export async function readSheetRows(file: FlussoFile): Promise<SheetRows | RowFault> {
  const bytes = await readBytes(file);
  if (bytes === null) return tooLarge;
  const fault = checkArchive(bytes);
  if (fault !== null) return fault;
  try {
    return await readSheet(bytes.buffer, {
      trim: false,
      parseNumber: (digits) => new NumberCell(digits),
    });
  } catch (error) {
    if (error instanceof Error && unreadableNames.has(error.name)) return damaged;
    throw error;
  }
}

const unreadableNames = new Set([
  "InvalidInputError",
  "InvalidSpreadsheetError",
  "SheetNotFoundError",
]);

/** The row as a record; `columns` is `null` for the header. */
export function toFlussoRecord(
  cells: readonly unknown[],
  line: number,
  columns: readonly Column[] | null,
  notation: Notation,
): FlussoRecord {
  const unreadable = new Map<number, ValueFault>();
  const fields = cells.map((cell, index) => {
    const read = formatCell(cell, columns?.[index] ?? null, notation);
    if (typeof read === "string") return read;
    unreadable.set(index, read);
    return "";
  });
  return { line, fields, quotes: null, isEndless: false, unreadable };
}

function formatCell(cell: unknown, column: Column | null, notation: Notation): string | ValueFault {
  if (typeof cell === "string") return cell;
  if (typeof cell === "boolean") return cell ? "VERO" : "FALSO";
  const kind = column?.spec?.kind ?? "text";
  if (cell instanceof Date)
    return kind === "text" && column?.field ? turnedIntoDate : formatDate(cell, notation.dates);
  if (!(cell instanceof NumberCell)) return "";
  if (kind === "cents") return formatAmount(cell.digits, notation.amounts);
  return formatNumber(cell.digits, column?.field ?? null);
}

/** A spreadsheet counts in fractions of days: the seconds come out a thousandth short. */
function formatDate(date: Date, dates: Notation["dates"]): string {
  const rounded = new Date(Math.round(date.getTime() / 1000) * 1000);
  const [day = "", clock = ""] = rounded.toISOString().split("T");
  const time = clock.slice(0, 5);
  // Day 0 of the two calendars that spreadsheets count by: a time of day alone.
  if (day === "1899-12-30" || day === "1899-12-31" || day === "1904-01-01") return time;
  const written = dates === "AAAA-MM-GG" ? day : day.split("-").toReversed().join("/");
  return time === "00:00" ? written : `${written} ${time}`;
}

function formatAmount(digits: string, amounts: Notation["amounts"]): string | ValueFault {
  if (amounts === "cents") return digits;
  const exact = Number(digits) * 100;
  const cents = Math.round(exact);
  // A sum of a spreadsheet may be a hair beside its cents.
  if (!Number.isSafeInteger(cents) || Math.abs(exact - cents) > 1e-4) return moreThanCents;
  const sign = cents < 0 ? "-" : "";
  const text = String(Math.abs(cents)).padStart(3, "0");
  return `${sign}${text.slice(0, -2)}${amounts === "1.234,56" ? "," : "."}${text.slice(-2)}`;
}

/** Fields of a fixed number of digits, which a number cell takes the first zeros from. */
const fixedDigits: Readonly<Record<string, number>> = {
  "destinatario.indirizzo.cap": 5,
  "destinatario.partitaIva": 11,
  "destinatario.codiceFiscale": 11,
};

function formatNumber(digits: string, field: string | null): string | ValueFault {
  if (field !== null && digits.length < (fixedDigits[field] ?? 0)) return zerosLost;
  return /^\d{1,15}$/.test(digits) || field === null ? digits : notANumber;
}

async function readBytes(file: FlussoFile): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.open()) {
    size += chunk.length;
    if (size > mostFileBytes) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, size));
}

/** What would not fit into memory, or would be read as if it were empty. */
function checkArchive(bytes: Uint8Array): RowFault | null {
  let xmlBytes = 0;
  try {
    unzipSync(bytes, {
      filter: ({ originalSize }) => {
        xmlBytes += originalSize;
        return false;
      },
    });
    if (xmlBytes > mostXmlBytes) return tooLarge;
    const workbook = unpackPart(bytes, "xl/workbook.xml");
    if (workbook === null) return otherSpreadsheet;
    const name = findFirstSheet(workbook, unpackPart(bytes, "xl/_rels/workbook.xml.rels") ?? "");
    const sheet = name === null ? null : unpackPart(bytes, name);
    return sheet === null ? damaged : checkSheet(sheet);
  } catch {
    return damaged;
  }
}

/** One part of the archive as text, the others stay packed; `null`: it has none of that name. */
function unpackPart(bytes: Uint8Array, wanted: string): string | null {
  const part = unzipSync(bytes, { filter: ({ name }) => name === wanted })[wanted];
  return part === undefined ? null : strFromU8(part);
}

/** The name of the part that holds the first sheet of the workbook. */
function findFirstSheet(workbook: string, relations: string): string | null {
  const sheet = /<(?:\w+:)?sheet\s[^>]*>/.exec(workbook)?.[0] ?? "";
  const id = findAttribute(sheet, /\s\w+:id="([^"]*)"/);
  for (const [relation] of relations.matchAll(/<(?:\w+:)?Relationship\s[^>]*>/g)) {
    if (id === null || findAttribute(relation, /\sId="([^"]*)"/) !== id) continue;
    const target = findAttribute(relation, /\sTarget="([^"]*)"/) ?? "";
    return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
  }
  return null;
}

/** One cell far away makes all those before it, and a failed formula counts as empty: told before the cells are read. */
function checkSheet(xml: string): RowFault | null {
  for (const [, row = "0"] of xml.matchAll(/<(?:\w+:)?row\s(?:[^>]*\s)?r="(\d+)"/g))
    if (Number(row) > mostRows + 1) return tooLarge;
  for (const [, attributes = "", content = ""] of xml.matchAll(cellPattern)) {
    const [, letters = "", digits = "0"] = /\sr="([A-Z]+)(\d+)"/.exec(attributes) ?? [];
    const place = { line: Number(digits), column: toColumnNumber(letters) };
    if (place.line > mostRows + 1 || place.column > mostColumns) return tooLarge;
    const type = findAttribute(attributes, /\st="([^"]*)"/);
    if (type === "e") return { ...place, header: null, ...formulaFailed };
    if (/<(?:\w+:)?f[\s/>]/.test(content) && !hasResult(content, type)) return notCalculated;
  }
  return null;
}

const cellPattern = /<(?:\w+:)?c(\s[^>]*?)(?:\/>|>(.*?)<\/(?:\w+:)?c>)/gs;

/** An empty text is a result too. */
function hasResult(content: string, type: string | null): boolean {
  return (type === "str" ? /<(?:\w+:)?v[\s/>]/ : /<(?:\w+:)?v>[^<]/).test(content);
}

function findAttribute(tag: string, attribute: RegExp): string | null {
  return attribute.exec(tag)?.[1] ?? null;
}

/** `A` 1, `Z` 26, `AA` 27. */
function toColumnNumber(letters: string): number {
  let number = 0;
  for (const letter of letters) number = number * 26 + letter.charCodeAt(0) - 64;
  return number;
}

const asText = "formattare la colonna come Testo, riscrivere il valore e salvare di nuovo.";

const turnedIntoDate: ValueFault = {
  code: "FLUSSO_CELL",
  message: "il foglio di calcolo ha reso il valore una data.",
  remedy: asText,
};

const zerosLost: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la cella è un numero: gli zeri iniziali sono andati perduti.",
  remedy: asText,
};

const notANumber: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la cella è un numero con decimali, con segno o con più di 15 cifre.",
  remedy: asText,
};

const moreThanCents: ValueFault = {
  code: "FLUSSO_CELL",
  message: "l'importo ha più di due decimali.",
  remedy: "arrotondarlo ai centesimi nel foglio di calcolo e salvare di nuovo.",
};

const formulaFailed: ValueFault = {
  code: "FLUSSO_CELL",
  message: "la formula della cella dà un errore.",
  remedy: "correggere la formula, o scrivere il valore, e salvare di nuovo.",
};

const tooLarge = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  `il foglio di calcolo è troppo grande (al massimo ${mostRows.toLocaleString("it")} righe, ${mostColumns} colonne e 20 MB).`,
  "togliere le celle lontane dai dati, oppure salvarlo come «CSV UTF-8 (delimitato da separatore di elenco)», poi ripetere.",
);

const damaged = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il foglio di calcolo è rovinato, o protetto da password.",
  "aprirlo con il programma che l'ha scritto, togliere la password e salvarlo di nuovo come XLSX.",
);

const otherSpreadsheet = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il file è un archivio, ma non un foglio di calcolo XLSX.",
  "aprirlo e salvarlo come «Cartella di lavoro Excel (.xlsx)» oppure come «CSV UTF-8», poi ripetere.",
);

const notCalculated = wholeFileFault(
  "FLUSSO_SPREADSHEET",
  "il foglio contiene formule mai calcolate: i loro valori mancherebbero.",
  "aprirlo con il foglio di calcolo, salvarlo e ripetere.",
);
