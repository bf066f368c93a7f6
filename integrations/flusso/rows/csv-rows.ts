/** Rows of a CSV flusso by its columns. */
import { isBlankRecord, type CsvRecord } from "../../csv.ts";
import { unwrapCell } from "./cell-text.ts";
import type { Column } from "../columns.ts";
import { rowFault } from "../faults.ts";
import { readValue, type Notation, type ReadValue, type ValueFault } from "../fields.ts";
import { cleanWords } from "../look-alikes.ts";
import type { RowFault } from "../port.ts";

/** A record of a CSV, or a row of a spreadsheet in the same shape. */
export interface FlussoRecord extends CsvRecord {
  /** By index: what is wrong with a cell of a spreadsheet that no text can be made of. */
  readonly unreadable?: ReadonlyMap<number, ValueFault>;
}

/** What a row holds once it was read. */
export type RowContent =
  | { readonly verbale: Record<string, unknown> }
  | { readonly faults: readonly RowFault[] };

/** True when no field of the record holds anything: the blank lines that spreadsheets leave. */
export function isBlank(record: FlussoRecord): boolean {
  return isBlankRecord(record) && (record.unreadable?.size ?? 0) === 0;
}

/** The verbale's number, or `null` where the row is too broken to tell. */
export function findVerbaleNumber(record: CsvRecord, columns: readonly Column[]): string | null {
  if (record.quotes !== null || record.fields.length !== columns.length) return null;
  const at = columns.findIndex((column) => column.field === "numero");
  return parseVerbaleNumber(unwrapCell(record.fields[at] ?? ""));
}

/** A number that can name the item everywhere: short, and without control characters. */
export function parseVerbaleNumber(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return null;
  const number = cleanWords(text);
  return number !== "" && number.length <= 100 ? number : null;
}

/** The verbale of a record, or every fault of the row. */
export function readRecord(
  record: FlussoRecord,
  columns: readonly Column[],
  notation: Notation,
): RowContent {
  const shape = shapeFault(record, columns);
  if (shape !== null) return { faults: [shape] };
  const faults: RowFault[] = [];
  const verbale: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const text = unwrapCell(record.fields[index] ?? "");
    const at = { line: record.line, column: index + 1, header: column.header };
    if (column.isBlank && text !== "")
      faults.push({
        ...at,
        header: null,
        code: "FLUSSO_COLUMN_UNNAMED",
        message: "c'è un valore in una colonna senza nome.",
        remedy: "dare un nome alla colonna nella prima riga, o togliere il valore.",
      });
    if (column.field === null || column.spec === null) continue;
    const unreadable = record.unreadable?.get(index);
    if (unreadable !== undefined) {
      faults.push({ ...at, ...unreadable });
      continue;
    }
    if (text === "") {
      if (column.spec.isFilled) faults.push({ ...at, ...emptyFault(column.field) });
      else if (column.spec.isNeeded) setField(verbale, column.field, "");
      continue;
    }
    const read = readColumnValue(column, text, notation);
    if ("fault" in read) faults.push({ ...at, ...read.fault });
    else setField(verbale, column.field, read.value);
  }
  return faults.length > 0 ? { faults } : { verbale };
}

function readColumnValue(column: Column, text: string, notation: Notation): ReadValue {
  if (column.field === "numero" && parseVerbaleNumber(text) === null)
    return {
      fault: {
        code: "FLUSSO_NUMBER",
        message: "il numero del verbale ha più di 100 caratteri o va a capo.",
        remedy: "scrivere il solo numero del verbale.",
      },
    };
  return readValue(column.spec?.kind ?? "text", text, notation);
}

/** What is said of a value that must be there. */
export function emptyFault(field: string): Pick<RowFault, "code" | "message" | "remedy"> {
  return {
    code: "FLUSSO_VALUE_MISSING",
    message: `manca il valore del campo ${field}.`,
    remedy: "completarlo nel gestionale ed esportare di nuovo.",
  };
}

function shapeFault(record: CsvRecord, columns: readonly Column[]): RowFault | null {
  if (record.quotes !== null)
    return {
      line: record.quotes.line,
      column: record.quotes.column,
      header: columns[record.quotes.column - 1]?.header ?? null,
      code: "FLUSSO_QUOTES",
      message: "le virgolette aperte all'inizio del valore non sono chiuse prima del separatore.",
      remedy: 'raddoppiare le virgolette che fanno parte del testo ("") e chiudere il valore.',
    };
  const count = record.fields.length;
  if (count === columns.length) return null;
  return rowFault(
    record.line,
    "FLUSSO_RAGGED_ROW",
    `la riga ha ${count === 1 ? "1 valore" : `${count} valori`}, le colonne sono ${columns.length}.`,
    count > columns.length
      ? "un valore che contiene il separatore va messo tra virgolette."
      : "la riga è stata spezzata o tagliata: esportare di nuovo il flusso.",
  );
}

const positionFields: Readonly<Record<string, string>> = {
  "posizioni.iupd": "iupd",
  "posizioni.idPendenza": "idPendenza",
  "posizioni.numeroAvviso": "numeroAvviso",
};

/** Sets a dotted field; the lists of positions become one object each. */
export function setField(
  verbale: Record<string, unknown>,
  field: string,
  value: string | number | boolean | readonly string[],
): void {
  const positionName = positionFields[field];
  if (positionName !== undefined && Array.isArray(value)) {
    const positions = (verbale["posizioni"] ?? []) as Record<string, string>[];
    for (const name of value as readonly string[]) positions.push({ [positionName]: name });
    verbale["posizioni"] = positions;
    return;
  }
  const path = field.split(".");
  let target = verbale;
  for (const part of path.slice(0, -1)) {
    target[part] ??= {};
    target = target[part] as Record<string, unknown>;
  }
  target[path.at(-1) ?? field] = value;
}
