/** The beginning and the end of an export, read before anybody has said how: what it is, its names, its rows, what is no verbale. */
import { isBlankRecord, readCsvRecords, type Delimiter } from "../../csv.ts";
import { wholeFileFault } from "../faults.ts";
import { foldText } from "../mapping/fold-text.ts";
import type { FlussoFile, RowFault } from "../port.ts";
import { unwrapCell } from "../rows/cell-text.ts";
import type { FlussoSettings } from "../settings.ts";
import { readWholeFile } from "../sheet/sheet.ts";
import { codePages, encodingTitles, type Encoding } from "../text/code-pages.ts";
import {
  decodeFlusso,
  decodeHead,
  settleEncoding,
  type SettledEncoding,
} from "../text/encoding.ts";
import { hasPrefix, scanBytes } from "../text/scan.ts";
import { nameColumns } from "../columns.ts";
import { chooseDelimiter } from "./delimiter.ts";
import { findHeader, isClosingRow } from "./header-row.ts";
import type { SampleGrid, SampleRow } from "./grid.ts";
import { listSheetGrids } from "./sheet-grid.ts";

/** An export as it was found. */
export interface Sample {
  readonly name: string;
  /** `null`: a spreadsheet. */
  readonly encoding: Encoding | null;
  /** Encodings that fit as well and say other letters; empty: it is sure. */
  readonly otherEncodings: readonly Encoding[];
  readonly delimiter: Delimiter | null;
  /** All sheets that can be seen; empty: a text. */
  readonly sheets: readonly string[];
  readonly sheet: string | null;
  /** Other sheets hold verbali too. */
  readonly isSheetUnsure: boolean;
  readonly headerLine: number;
  readonly headers: readonly string[];
  /** As an ente's file calls them, see `nameColumns`. */
  readonly names: readonly string[];
  /** Texts above the names. */
  readonly titles: readonly string[];
  /** Rows that seem to be verbali, at most some hundreds. */
  readonly rows: readonly SampleRow[];
  /** How many there are in all. */
  readonly rowCount: number;
  /** Totals, closing lines and names that come again. */
  readonly others: readonly SampleRow[];
}

/** So many rows are looked at. */
const mostRows = 400;

/** What somebody has said of the file already. */
export type SampleHints = Partial<
  Pick<FlussoSettings, "encoding" | "delimiter" | "sheet" | "headerRow">
>;

/** Reads the sample, or says why there is none. */
export async function readSample(
  file: FlussoFile,
  hints: SampleHints = {},
): Promise<Sample | RowFault> {
  for await (const chunk of file.open()) {
    if (hasPrefix(chunk, [0x50, 0x4b, 0x03, 0x04])) return await readSheetSample(file, hints);
    break;
  }
  return await readTextSample(file, hints);
}

async function readSheetSample(file: FlussoFile, hints: SampleHints): Promise<Sample | RowFault> {
  const grids = listSheetGrids(await readWholeFile(file.open()));
  if ("code" in grids) return grids;
  const visible = grids.filter(({ isHidden }) => !isHidden);
  const scored = visible
    .map((grid) => ({ grid, header: findHeader(grid.rows, hints.headerRow) }))
    .map((each) => ({ ...each, known: each.header?.known ?? 0 }));
  const wanted = hints.sheet === undefined ? null : foldText(hints.sheet);
  const ranked = scored.toSorted((left, right) => right.known - left.known);
  const [best, second] =
    wanted === null ? ranked : scored.filter(({ grid }) => foldText(grid.name) === wanted);
  if (best === undefined || best.header === null) return noNames;
  const rest = { encoding: null, otherEncodings: [], delimiter: null };
  return buildSample(file.name, best.grid, best.header.line, {
    ...rest,
    sheets: visible.map((grid) => grid.name).filter((name) => name !== ""),
    sheet: best.grid.name,
    isSheetUnsure: wanted === null && (second?.known ?? 0) >= 4,
  });
}

async function readTextSample(file: FlussoFile, hints: SampleHints): Promise<Sample | RowFault> {
  const scan = await scanBytes(file.open());
  const wanted = hints.encoding ?? "auto";
  let encoding: SettledEncoding | RowFault = settleEncoding(scan, file.name, wanted);
  let otherEncodings: readonly Encoding[] = [];
  if ("code" in encoding && encoding.code === "FLUSSO_ENCODING" && wanted === "auto") {
    const fitting = codePages.flatMap((page) => {
      const settled = settleEncoding(scan, file.name, page);
      return "code" in settled ? [] : [settled];
    });
    encoding = fitting[0] ?? encoding;
    otherEncodings = fitting.slice(1).map((other) => other.encoding);
  }
  if ("code" in encoding) return encoding;
  const head = decodeHead(scan.head, encoding).replace(/^\uFEFF/, "");
  if (/^\s*[{[]/.test(head) || /\.(jsonl|ndjson|json)$/i.test(file.name)) return noColumns;
  const delimiter = await chooseDelimiter(head, hints.delimiter);
  const grid = await readGrid(file, encoding, delimiter);
  const header = findHeader(grid.rows, hints.headerRow);
  if (header === null) return noNames;
  return buildSample(file.name, grid, header.line, {
    encoding: encoding.encoding,
    otherEncodings,
    delimiter,
    sheets: [],
    sheet: null,
    isSheetUnsure: false,
  });
}

/** The rows of the beginning, and the last ones. */
async function readGrid(
  file: FlussoFile,
  encoding: SettledEncoding,
  delimiter: Delimiter,
): Promise<SampleGrid> {
  const rows: SampleRow[] = [];
  const last: SampleRow[] = [];
  let count = 0;
  for await (const record of readCsvRecords(decodeFlusso(file, encoding), delimiter)) {
    if (record.isEndless) break;
    if (isBlankRecord(record) || (record.line === 1 && /^"?sep=/i.test(record.fields[0] ?? "")))
      continue;
    const row = { line: record.line, cells: record.fields.map(unwrapCell) };
    count += 1;
    if (rows.length < mostRows + 50) rows.push(row);
    else {
      last.push(row);
      if (last.length > 20) last.shift();
    }
  }
  return { name: "", isHidden: false, rows: [...rows, ...last], rowCount: count };
}

type Circumstances = Pick<
  Sample,
  "encoding" | "otherEncodings" | "delimiter" | "sheets" | "sheet" | "isSheetUnsure"
>;

function buildSample(
  name: string,
  grid: SampleGrid,
  headerLine: number,
  circumstances: Circumstances,
): Sample | RowFault {
  const at = grid.rows.findIndex(({ line }) => line === headerLine);
  const header = grid.rows[at];
  if (header === undefined) return noNames;
  const width = Math.max(header.cells.length, findLastFilled(grid.rows.slice(at + 1)));
  const headers = Array.from({ length: width }, (_, index) => header.cells[index] ?? "");
  const below = grid.rows.slice(at + 1);
  const counts = below.map(countFilled).toSorted((left, right) => left - right);
  const usual = counts[Math.floor(counts.length / 2)] ?? 0;
  const others = below.filter((row) => isRepeated(row, headers) || isClosingRow(row, usual));
  const kept = new Set(others);
  const rows = below.filter((row) => !kept.has(row));
  if (rows.length === 0) return noRows;
  return {
    name,
    ...circumstances,
    headerLine,
    headers,
    names: nameColumns(headers),
    titles: grid.rows
      .slice(0, at)
      .map(({ cells }) => cells.filter((cell) => cell !== "").join(" ")),
    rows: rows.slice(0, mostRows),
    rowCount: grid.rowCount - at - 1 - others.length,
    others,
  };
}

function countFilled({ cells }: SampleRow): number {
  return cells.filter((cell) => cell !== "").length;
}

function findLastFilled(rows: readonly SampleRow[]): number {
  return Math.max(0, ...rows.map(({ cells }) => cells.findLastIndex((cell) => cell !== "") + 1));
}

/** Programs that print pages write the names again. */
function isRepeated({ cells }: SampleRow, headers: readonly string[]): boolean {
  return headers.every((header, index) => foldText(cells[index] ?? "") === foldText(header));
}

/** As a person reads it: Windows-1252, «;», foglio Verbali. */
export function describeForm(sample: Sample): string {
  if (sample.encoding === null) return `foglio «${sample.sheet ?? ""}» di una cartella XLSX`;
  const signs: Readonly<Record<Delimiter, string>> = {
    ";": "punto e virgola",
    ",": "virgola",
    "|": "barra verticale",
    "\t": "tabulazione",
  };
  return `CSV in ${encodingTitles[sample.encoding]}, separato da ${signs[sample.delimiter ?? ";"]}`;
}

const noNames = wholeFileFault(
  "FLUSSO_HEADER",
  "nessuna riga porta nomi di colonne conosciuti.",
  "esportare il file con i nomi delle colonne, oppure dire in quale riga stanno.",
);

const noRows = wholeFileFault(
  "FLUSSO_NO_ROWS",
  "il file non contiene verbali.",
  "esportare alcuni verbali: i valori dicono che cosa contiene ogni colonna.",
);

const noColumns = wholeFileFault(
  "FLUSSO_JSON",
  "un file JSON non ha colonne: i campi si chiamano già come quelli del verbale.",
  "non serve dire altro: il file si legge com'è.",
);
