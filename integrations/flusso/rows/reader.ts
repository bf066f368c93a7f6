/** Reads a flusso: settled in one pass over its bytes, read in a second, kept as rows until they are used. */
import { isBlankRecord, readCsvRecords, type CsvRecord } from "../../csv.ts";
import { readHeader, type Column } from "../columns.ts";
import { findVerbaleNumber, isBlank, readRecord, type FlussoRecord } from "./csv-rows.ts";
import { findHeaderPlace, noRows, type HeaderPlace } from "./header.ts";
import { findLineNumber, parseLine, readJsonLines, readLine } from "./json-rows.ts";

import { buildRowPlan, type RowPlan } from "../mapping/row-plan.ts";
import { joinRows } from "./join-rows.ts";
import { buildMarks, noMarks } from "./marks.ts";
import { describeHeaderLine, describeHidden, describeJoined, describeSkipped } from "./notes.ts";
import type { FlussoFile, FlussoRow, RowFault } from "../port.ts";
import {
  endlessRowFault,
  hiddenRowFault,
  incompleteFault,
  jsonEncoding,
  jsonList,
  repeatedNumberFault,
} from "./reader-faults.ts";
import type { FlussoSettings } from "../settings.ts";
import { openSheet, readWholeFile } from "../sheet/sheet.ts";
import { openSpool, type RowSpool, type SpooledRow } from "./spool.ts";
import { encodingTitles } from "../text/code-pages.ts";
import {
  decodeFlusso,
  decodeHead,
  settleEncoding,
  type SettledEncoding,
} from "../text/encoding.ts";
import { hasPrefix, scanBytes, type Scan } from "../text/scan.ts";

/** A file that was read to its end. */
export interface ReadFlusso {
  /** Acts, faulty ones included. */
  readonly rows: number;
  /** Rows: more than the acts where those of one number are one act. */
  readonly lines: number;
  /** Italian sentences on how it was read; may be empty. */
  readonly notes: readonly string[];
  /** The sheet of a spreadsheet; `null`: the file is none. */
  readonly sheet: string | null;
  /** The rows in file order; rows that share a number are all faulty, since nobody can tell which one is meant. */
  readRows(): Generator<FlussoRow, void, undefined>;
  close(): void;
}

/** The faults of the file itself: nothing of it was read. */
export interface RefusedFile {
  readonly faults: readonly RowFault[];
  readonly sheet: string | null;
}

/** Thrown inside this folder when the rest of the file cannot be read. */
class Unreadable extends Error {
  readonly fault: RowFault;

  constructor(fault: RowFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** How a file is to be read, settled before its first row. */
interface Reading {
  readonly spool: RowSpool;
  readonly settings: FlussoSettings;
  readonly notes: string[];
  /** Header of the column that a field comes from, where that is one. */
  readonly headers: Map<string, string>;
}

/** Reads the file: a spreadsheet once, a text twice. The caller closes what comes back. */
export async function readFlusso(
  file: FlussoFile,
  settings: FlussoSettings,
): Promise<ReadFlusso | RefusedFile> {
  const reading: Reading = {
    spool: openSpool({ joinsNumbers: settings.sameNumber === "recipients" }),
    settings,
    notes: [],
    headers: new Map(),
  };
  const { spool, notes, headers } = reading;
  let sheet: string | null = null;
  try {
    const begun = await peek(file.open());
    const refused = isZip(begun.start)
      ? await readSpreadsheet(begun.chunks, reading, (name) => (sheet = name))
      : await readText(file, await scanBytes(begun.chunks), reading);
    const faults = refused ?? (spool.countRows() === 0 ? [noRows] : null);
    if (faults === null) {
      const lines = spool.countRows();
      const rows = spool.countActs();
      if (rows < lines) notes.push(describeJoined(rows, lines));
      return {
        rows,
        lines,
        notes,
        sheet,
        *readRows() {
          for (const row of spool.readRows())
            yield finishRow(joinRows(row, (field) => headers.get(field) ?? field));
        },
        close: () => spool.close(),
      };
    }
    spool.close();
    return { faults, sheet };
  } catch (error) {
    spool.close();
    if (error instanceof Unreadable) return { faults: [error.fault], sheet };
    throw error;
  }
}

function finishRow({ line, number, content, otherLine, neighbours }: SpooledRow): FlussoRow {
  const faults = [
    ...(otherLine === null ? [] : [repeatedNumberFault(line, otherLine)]),
    ...("faults" in content ? content.faults : []),
  ];
  const own = otherLine === null ? number : `${number} (riga ${line})`;
  const key = own ?? `riga ${line}`;
  if (faults.length > 0 || !("verbale" in content)) return { line, key, faults };
  const { verbale, doubts } = content;
  return {
    line,
    key,
    verbale,
    ...(neighbours !== null && { neighbours }),
    ...(doubts !== undefined && { doubts }),
  };
}

/** The first bytes, and all chunks with them. */
async function peek(chunks: AsyncIterable<Uint8Array>): Promise<{
  readonly start: Uint8Array;
  readonly chunks: AsyncIterable<Uint8Array>;
}> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    seen.push(next.value);
    length += next.value.length;
  }
  return { start: Buffer.concat(seen), chunks: chain(seen, iterator) };
}

async function* chain(
  seen: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** An XLSX is a ZIP, whatever its name. */
function isZip(start: Uint8Array): boolean {
  return hasPrefix(start, [0x50, 0x4b, 0x03, 0x04]);
}

/** `null`: its rows are in the spool. */
async function readSpreadsheet(
  chunks: AsyncIterable<Uint8Array>,
  reading: Reading,
  name: (sheet: string) => void,
): Promise<readonly RowFault[] | null> {
  const { spool, settings, notes } = reading;
  const opened = openSheet(await readWholeFile(chunks), settings);
  if ("code" in opened) return [opened];
  name(opened.name);
  const header = readHeader(opened.header.line, opened.header.fields, settings);
  if ("faults" in header) return header.faults;
  keepHeaders(header.columns, reading);
  notes.push(...opened.notes);
  if (opened.hasTitles) notes.push(describeHeaderLine(opened.header.line));
  const plan = buildRowPlan(header.columns, settings);
  const hidden: number[] = [];
  const skipped: number[] = [];
  let left = settings.skipRows ?? 0;
  for (const { record, isHidden } of opened.readRecords(header.columns)) {
    left -= 1;
    if (left >= 0) continue;
    if (plan.isSkipped?.(record.fields) === true) {
      skipped.push(record.line);
      continue;
    }
    if (isHidden) hidden.push(record.line);
    const isLeftOut = isHidden && settings.hiddenRows === "reject";
    addRecord(spool, record, plan, isLeftOut ? hiddenRowFault(record.line) : null);
  }
  if (skipped.length > 0) notes.push(describeSkipped(skipped));
  if (hidden.length > 0) notes.push(describeHidden(hidden, settings));
  return null;
}

async function readText(
  file: FlussoFile,
  scan: Scan,
  reading: Reading,
): Promise<readonly RowFault[] | null> {
  const { settings, notes } = reading;
  const encoding = settleEncoding(scan, file.name, settings.encoding);
  if ("code" in encoding) return [encoding];
  if (encoding.encoding !== "utf-8")
    notes.push(`Il file è stato letto in ${encodingTitles[encoding.encoding]}.`);
  const head = decodeHead(scan.head, encoding).replace(/^\uFEFF/, "");
  const start = head.trimStart();
  if (start.startsWith("{") || /\.(jsonl|ndjson|json)$/i.test(file.name)) {
    if (encoding.encoding !== "utf-8") return [jsonEncoding];
    if (start.startsWith("[")) return [jsonList];
    return await readJson(file, encoding, scan, reading);
  }
  const place = await findHeaderPlace(head, settings);
  if ("code" in place) return [place];
  return await readCsv({ file, encoding, place, endsLine: scan.endsLine }, reading);
}

async function readJson(
  file: FlussoFile,
  encoding: SettledEncoding,
  scan: Scan,
  { spool, settings }: Reading,
): Promise<null> {
  let last: { readonly line: number; readonly text: string } | null = null;
  for await (const { line, text, isEndless } of readJsonLines(decodeFlusso(file, encoding))) {
    if (isEndless) throw new Unreadable(endlessRowFault(line));
    const content = readLine(line, text, settings.table);
    const marks = "verbale" in content ? buildMarks(content.verbale) : noMarks;
    spool.add({ line, number: findLineNumber(text), marks, content });
    last = { line, text };
  }
  if (last !== null && !scan.endsLine && parseLine(last.text) === null)
    throw new Unreadable(incompleteFault(last.line));
  return null;
}

interface CsvReading {
  readonly file: FlussoFile;
  readonly encoding: SettledEncoding;
  readonly place: HeaderPlace;
  /** The last byte of the file ends a line. */
  readonly endsLine: boolean;
}

/** `null`: its rows are in the spool. */
async function readCsv(
  { file, encoding, place, endsLine }: CsvReading,
  reading: Reading,
): Promise<readonly RowFault[] | null> {
  const { spool, settings, notes } = reading;
  let plan: RowPlan | null = null;
  const skipped: number[] = [];
  let left = settings.skipRows ?? 0;
  let last: CsvRecord | null = null;
  for await (const record of readCsvRecords(decodeFlusso(file, encoding), place.delimiter)) {
    if (record.line < place.line && !record.isEndless) continue;
    if (record.isEndless) throw new Unreadable(endlessRowFault(record.line));
    if (plan === null) {
      if (isBlankRecord(record)) continue;
      if (record.quotes !== null) throw new Unreadable(endlessRowFault(record.line));
      const header = readHeader(record.line, record.fields, settings);
      if ("faults" in header) return header.faults;
      plan = buildRowPlan(header.columns, settings);
      keepHeaders(header.columns, reading);
      if (place.hasTitles) notes.push(describeHeaderLine(record.line));
      continue;
    }
    if (isBlank(record)) continue;
    left -= 1;
    if (left >= 0) continue;
    if (plan.isSkipped?.(record.fields) === true) {
      skipped.push(record.line);
      last = null;
      continue;
    }
    addRecord(spool, record, plan, null);
    last = record;
  }
  if (last !== null && plan !== null && !endsLine && isCut(last, plan.columns))
    throw new Unreadable(incompleteFault(last.line));
  if (skipped.length > 0) notes.push(describeSkipped(skipped));
  return null;
}

function keepHeaders(columns: readonly Column[], { headers }: Reading): void {
  for (const { field, spec, header } of columns)
    if (field !== null) headers.set(spec?.at ?? field, header);
}

/** Fewer values than columns, or quotes still open: the end of the file cut the row. */
function isCut({ fields, quotes }: CsvRecord, columns: readonly Column[]): boolean {
  return fields.length < columns.length || (quotes?.column === fields.length && quotes !== null);
}

function addRecord(
  spool: RowSpool,
  record: FlussoRecord,
  plan: RowPlan,
  fault: RowFault | null,
): void {
  const content = fault === null ? readRecord(record, plan) : { faults: [fault] };
  const marks = "verbale" in content ? buildMarks(content.verbale) : noMarks;
  spool.add({ line: record.line, number: findVerbaleNumber(record, plan), marks, content });
}
