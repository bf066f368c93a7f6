/** Reads a flusso as it streams by: encoding, columns, repeated numbers, then row by row; what `createFlusso` is made of. */
import { readCsvRecords, type Delimiter, readFirstLine } from "../csv.ts";
import { chooseDelimiter, readHeader, type Column } from "./columns.ts";
import {
  type FlussoRecord,
  isBlank,
  findMarkPlaces,
  collectRecordMarks,
  findVerbaleNumber,
  readRecord,
  type RowContent,
} from "./csv-rows.ts";
import { decodeFlusso, settleEncoding, type SettledEncoding } from "./encoding.ts";
import { wholeFileFault } from "./faults.ts";
import { readJsonLines, identifyLine, readLine } from "./json-rows.ts";
import { listMarks, type Marks, collectSharedFields } from "./marks.ts";
import { openNumbers, type SeenNumbers } from "./numbers.ts";
import type { FlussoFile, FlussoRow, RowFault } from "./port.ts";
import type { FlussoSettings } from "./settings.ts";
import { isZipFile, readSheetRows, toFlussoRecord } from "./sheet.ts";

/** How a file is to be read, settled before its first row. */
export interface PreparedFlusso {
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
export async function prepareFlusso(
  file: FlussoFile,
  settings: FlussoSettings,
): Promise<PreparedFlusso | Faults> {
  const numbers = openNumbers();
  try {
    const layout = await settleLayout(file, settings);
    if ("faults" in layout) return layout;
    const rows = await noteNumbers(readRawRows(file, layout, settings), numbers);
    if (rows === 0) return { faults: [noRows] };
    const hasRepetitions = numbers.countRepeated() > 0 || numbers.hasShared();
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
  prepared: PreparedFlusso,
  settings: FlussoSettings,
): AsyncGenerator<FlussoRow, void, undefined> {
  const numbers = prepared.hasRepetitions ? openNumbers() : null;
  try {
    if (numbers !== null) await noteNumbers(readRawRows(file, prepared.layout, settings), numbers);
    for await (const row of readRawRows(file, prepared.layout, settings))
      yield finishRow(row, numbers);
  } finally {
    numbers?.close();
  }
}

function finishRow(row: RawRow, numbers: SeenNumbers | null): FlussoRow {
  const { line, number } = row;
  const other = number === null ? null : (numbers?.findOtherLine(number, line) ?? null);
  const content = row.read();
  const faults = [
    ...(other === null ? [] : [repeatedNumberFault(line, other)]),
    ...("faults" in content ? content.faults : []),
  ];
  const own = other === null ? number : `${number} (riga ${line})`;
  const key = own ?? `riga ${line}`;
  if (faults.length > 0 || !("verbale" in content)) return { line, key, faults };
  if (number === null || numbers === null) return { line, key, verbale: content.verbale };
  return {
    line,
    key,
    verbale: { ...content.verbale, ...collectSharedFields(number, row.marks, numbers) },
  };
}

async function settleLayout(file: FlussoFile, settings: FlussoSettings): Promise<Layout | Faults> {
  if (await isZipFile(file)) {
    const header = await findHeader(readSheetRecords(file, null, settings), settings);
    return "faults" in header ? header : { format: "xlsx", ...header };
  }
  const encoding = await settleEncoding(file, settings.encoding);
  if ("code" in encoding) return { faults: [encoding] };
  const start = (await readFirstLine(decodeFlusso(file, encoding))).trim();
  if (start.startsWith("{") || /\.(jsonl|ndjson|json)$/i.test(file.name)) {
    if (encoding.encoding !== "utf-8") return { faults: [jsonEncoding] };
    if (start.startsWith("[")) return { faults: [jsonList] };
    return { format: "json", encoding };
  }
  const delimiter = chooseDelimiter(start, settings);
  if (typeof delimiter !== "string") return { faults: [delimiter] };
  const header = await findHeader(
    readCsvRecords(decodeFlusso(file, encoding), delimiter),
    settings,
  );
  return "faults" in header ? header : { format: "csv", encoding, delimiter, ...header };
}

async function findHeader(
  records: AsyncIterable<FlussoRecord>,
  settings: FlussoSettings,
): Promise<{ readonly columns: readonly Column[] } | Faults> {
  for await (const record of records) {
    if (record.isEndless || record.quotes !== null)
      return { faults: [endlessRowFault(record.line)] };
    if (!isBlank(record)) return readHeader(record.line, record.fields, settings);
  }
  return { faults: [noRows] };
}

async function noteNumbers(rows: AsyncIterable<RawRow>, numbers: SeenNumbers): Promise<number> {
  let count = 0;
  for await (const row of rows) {
    count += 1;
    if (row.number !== null) numbers.add(row.number, row.line, listMarks(row.marks));
  }
  return count;
}

async function* readRawRows(
  file: FlussoFile,
  layout: Layout,
  settings: FlussoSettings,
): AsyncGenerator<RawRow, void, undefined> {
  if (layout.format === "json") {
    for await (const { line, text, isEndless } of readJsonLines(
      decodeFlusso(file, layout.encoding),
    )) {
      if (isEndless) throw new Unreadable(endlessRowFault(line));
      yield { line, ...identifyLine(text), read: () => readLine(line, text) };
    }
    return;
  }
  const { columns } = layout;
  const places = findMarkPlaces(columns);
  const records =
    layout.format === "xlsx"
      ? readSheetRecords(file, columns, settings)
      : readCsvRecords(decodeFlusso(file, layout.encoding), layout.delimiter);
  let isHeader = true;
  for await (const record of records) {
    if (record.isEndless) throw new Unreadable(endlessRowFault(record.line));
    if (isBlank(record)) continue;
    if (!isHeader) {
      const number = findVerbaleNumber(record, columns);
      yield {
        line: record.line,
        number,
        marks: collectRecordMarks(record, number, places),
        read: () => readRecord(record, columns, settings),
      };
    }
    isHeader = false;
  }
}

async function* readSheetRecords(
  file: FlussoFile,
  columns: readonly Column[] | null,
  settings: FlussoSettings,
): AsyncGenerator<FlussoRecord, void, undefined> {
  const rows = await readSheetRows(file);
  if ("code" in rows) throw new Unreadable(rows);
  for (const [index, cells] of rows.entries())
    yield toFlussoRecord(cells, index + 1, columns, settings);
}

const noRows = wholeFileFault(
  "FLUSSO_NO_ROWS",
  "il file non contiene verbali.",
  "controllare il filtro dell'esportazione nel gestionale.",
);

const jsonEncoding = wholeFileFault(
  "FLUSSO_ENCODING",
  "un file JSON deve essere in UTF-8.",
  "esportare il file in UTF-8.",
);

const jsonList = wholeFileFault(
  "FLUSSO_JSON",
  "il file è un elenco JSON, non una riga per verbale.",
  "scrivere un oggetto per riga (JSON lines), senza parentesi quadre né virgole tra le righe.",
);

function endlessRowFault(line: number): RowFault {
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

function repeatedNumberFault(line: number, other: number): RowFault {
  return {
    line,
    column: 0,
    header: null,
    code: "FLUSSO_NUMBER_TWICE",
    message: `il numero del verbale è anche alla riga ${other}.`,
    remedy: "lasciare una sola riga per verbale.",
  };
}
