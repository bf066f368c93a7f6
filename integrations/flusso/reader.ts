/** Reads a flusso as it streams by: encoding, columns, repeated numbers, then row by row; what `createFlusso` is made of. */
import { csvRecords, type Delimiter, firstLine } from "../csv.ts";
import { chooseDelimiter, readHeader, type Column } from "./columns.ts";
import {
  type FlussoRecord,
  isBlank,
  markPlaces,
  marksOfRecord,
  numberOf,
  readRecord,
  type RowContent,
} from "./csv-rows.ts";
import { decode, settleEncoding, type SettledEncoding } from "./encoding.ts";
import { fileFault } from "./faults.ts";
import { jsonLines, identityOfLine, readLine } from "./json-rows.ts";
import { markList, type Marks, sharedFields } from "./marks.ts";
import { openNumbers, type Numbers } from "./numbers.ts";
import type { FlussoFile, FlussoRow, RowFault } from "./port.ts";
import type { FlussoSettings } from "./settings.ts";
import { isZip, readSheetRows, recordOf } from "./sheet.ts";

/** How a file is to be read, settled before its first row. */
export interface Prepared {
  readonly layout: Layout;
  readonly rows: number;
  /** Numbers or marks stand on more than one row: reading needs the temporary database again. */
  readonly hasRepetitions: boolean;
}

type Layout =
  | { readonly format: "json"; readonly encoding: SettledEncoding }
  | {
      readonly format: "csv";
      readonly encoding: SettledEncoding;
      readonly delimiter: Delimiter;
      readonly columns: readonly Column[];
    }
  | { readonly format: "xlsx"; readonly columns: readonly Column[] };

type Faults = { readonly faults: readonly RowFault[] };

interface RawRow {
  readonly line: number;
  readonly number: string | null;
  readonly marks: Marks;
  read(): RowContent;
}

/** Thrown inside this folder when the rest of the file cannot be read. */
class Unreadable extends Error {
  readonly fault: RowFault;

  constructor(fault: RowFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Reads the whole file once or twice and keeps nothing of it: how to read it, or the faults of the file itself. */
export async function prepare(
  file: FlussoFile,
  settings: FlussoSettings,
): Promise<Prepared | Faults> {
  const numbers = openNumbers();
  try {
    const layout = await settleLayout(file, settings);
    if ("faults" in layout) return layout;
    const rows = await noteNumbers(rawRows(file, layout, settings), numbers);
    if (rows === 0) return { faults: [noRows] };
    const hasRepetitions = numbers.repeated() > 0 || numbers.hasShared();
    return { layout, rows, hasRepetitions };
  } catch (error) {
    if (error instanceof Unreadable) return { faults: [error.fault] };
    throw error;
  } finally {
    numbers.close();
  }
}

/** The rows in file order; rows that share a number are all faulty, since nobody can tell which one is meant. */
export async function* readRows(
  file: FlussoFile,
  prepared: Prepared,
  settings: FlussoSettings,
): AsyncGenerator<FlussoRow, void, undefined> {
  const numbers = prepared.hasRepetitions ? openNumbers() : null;
  try {
    if (numbers !== null) await noteNumbers(rawRows(file, prepared.layout, settings), numbers);
    for await (const row of rawRows(file, prepared.layout, settings)) yield finished(row, numbers);
  } finally {
    numbers?.close();
  }
}

function finished(row: RawRow, numbers: Numbers | null): FlussoRow {
  const { line, number } = row;
  const other = number === null ? null : (numbers?.otherLine(number, line) ?? null);
  const content = row.read();
  const faults = [
    ...(other === null ? [] : [repeated(line, other)]),
    ...("faults" in content ? content.faults : []),
  ];
  const own = other === null ? number : `${number} (riga ${line})`;
  const key = own ?? `riga ${line}`;
  if (faults.length > 0 || !("verbale" in content)) return { line, key, faults };
  if (number === null || numbers === null) return { line, key, verbale: content.verbale };
  return {
    line,
    key,
    verbale: { ...content.verbale, ...sharedFields(number, row.marks, numbers) },
  };
}

async function settleLayout(file: FlussoFile, settings: FlussoSettings): Promise<Layout | Faults> {
  if (await isZip(file)) {
    const header = await headerIn(sheetRecords(file, null, settings), settings);
    return "faults" in header ? header : { format: "xlsx", ...header };
  }
  const encoding = await settleEncoding(file, settings.encoding);
  if ("code" in encoding) return { faults: [encoding] };
  const start = (await firstLine(decode(file, encoding))).trim();
  if (start.startsWith("{") || /\.(jsonl|ndjson|json)$/i.test(file.name)) {
    if (encoding.encoding !== "utf-8") return { faults: [jsonEncoding] };
    if (start.startsWith("[")) return { faults: [jsonList] };
    return { format: "json", encoding };
  }
  const delimiter = chooseDelimiter(start, settings);
  if (typeof delimiter !== "string") return { faults: [delimiter] };
  const header = await headerIn(csvRecords(decode(file, encoding), delimiter), settings);
  return "faults" in header ? header : { format: "csv", encoding, delimiter, ...header };
}

async function headerIn(
  records: AsyncIterable<FlussoRecord>,
  settings: FlussoSettings,
): Promise<{ readonly columns: readonly Column[] } | Faults> {
  for await (const record of records) {
    if (record.isEndless || record.quotes !== null) return { faults: [endless(record.line)] };
    if (!isBlank(record)) return readHeader(record.line, record.fields, settings);
  }
  return { faults: [noRows] };
}

async function noteNumbers(rows: AsyncIterable<RawRow>, numbers: Numbers): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    count += 1;
    if (row.number !== null) numbers.add(row.number, row.line, markList(row.marks));
  }
  return count;
}

async function* rawRows(
  file: FlussoFile,
  layout: Layout,
  settings: FlussoSettings,
): AsyncGenerator<RawRow, void, undefined> {
  if (layout.format === "json") {
    for await (const { line, text, isEndless } of jsonLines(decode(file, layout.encoding))) {
      if (isEndless) throw new Unreadable(endless(line));
      yield { line, ...identityOfLine(text), read: () => readLine(line, text) };
    }
    return;
  }
  const { columns } = layout;
  const places = markPlaces(columns);
  const records =
    layout.format === "xlsx"
      ? sheetRecords(file, columns, settings)
      : csvRecords(decode(file, layout.encoding), layout.delimiter);
  let isHeader = true;
  for await (const record of records) {
    if (record.isEndless) throw new Unreadable(endless(record.line));
    if (isBlank(record)) continue;
    if (!isHeader) {
      const number = numberOf(record, columns);
      yield {
        line: record.line,
        number,
        marks: marksOfRecord(record, number, places),
        read: () => readRecord(record, columns, settings),
      };
    }
    isHeader = false;
  }
}

async function* sheetRecords(
  file: FlussoFile,
  columns: readonly Column[] | null,
  settings: FlussoSettings,
): AsyncGenerator<FlussoRecord, void, undefined> {
  const rows = await readSheetRows(file);
  if ("code" in rows) throw new Unreadable(rows);
  for (const [index, cells] of rows.entries()) yield recordOf(cells, index + 1, columns, settings);
}

const noRows = fileFault(
  "FLUSSO_NO_ROWS",
  "il file non contiene verbali.",
  "controllare il filtro dell'esportazione nel gestionale.",
);

const jsonEncoding = fileFault(
  "FLUSSO_ENCODING",
  "un file JSON deve essere in UTF-8.",
  "esportare il file in UTF-8.",
);

const jsonList = fileFault(
  "FLUSSO_JSON",
  "il file è un elenco JSON, non una riga per verbale.",
  "scrivere un oggetto per riga (JSON lines), senza parentesi quadre né virgole tra le righe.",
);

function endless(line: number): RowFault {
  return {
    line,
    column: 0,
    header: null,
    code: "FLUSSO_ENDLESS_ROW",
    message:
      "la riga che comincia qui non finisce: mancano le virgolette di chiusura o gli a capo.",
    remedy: "chiudere le virgolette aperte in questa riga ed esportare di nuovo.",
  };
}

function repeated(line: number, other: number): RowFault {
  return {
    line,
    column: 0,
    header: null,
    code: "FLUSSO_NUMBER_TWICE",
    message: `il numero del verbale è anche alla riga ${other}.`,
    remedy: "lasciare una sola riga per verbale.",
  };
}
