/** CSV: records read as they come (quotes, doubled quotes, line breaks inside quotes), and rows that a spreadsheet opens unharmed. */

/** `\t`: what spreadsheets call «Unicode text». */
export type Delimiter = ";" | "," | "|" | "\t";

export interface CsvRecord {
  /** 1-based line on which the record begins. */
  readonly line: number;
  readonly fields: readonly string[];
  /** What is wrong with its quotes: the 1-based column number of the field, and the line it begins on. */
  readonly quotes: { readonly column: number; readonly line: number } | null;
  /** The record does not end within the limits: nothing after it can be read. */
  readonly isEndless: boolean;
}

/** A record may have so many characters: a quote that is never closed must not swallow the file into memory. */
const longestRecord = 1024 * 1024;

interface Parsed {
  readonly fields: string[];
  readonly end: number;
  readonly lines: number;
  readonly quotes: CsvRecord["quotes"];
}

/** Yields the records in order, blank lines included (as one empty field); stops after an endless one. */
export async function* readCsvRecords(
  text: AsyncIterable<string>,
  delimiter: Delimiter,
): AsyncGenerator<CsvRecord, void, undefined> {
  let rest = "";
  let line = 1;
  for await (const piece of text) {
    rest += piece;
    let start = 0;
    for (;;) {
      const parsed = parseRecord(rest, start, { delimiter, line, isLast: false });
      if (parsed === null) break;
      yield { line, fields: parsed.fields, quotes: parsed.quotes, isEndless: false };
      line += parsed.lines;
      start = parsed.end;
    }
    rest = rest.slice(start);
    if (rest.length > longestRecord) {
      yield { line, fields: [], quotes: null, isEndless: true };
      return;
    }
  }
  let start = 0;
  while (start < rest.length) {
    const parsed = parseRecord(rest, start, { delimiter, line, isLast: true });
    if (parsed === null) return;
    yield { line, fields: parsed.fields, quotes: parsed.quotes, isEndless: false };
    line += parsed.lines;
    start = parsed.end;
  }
}

/** The first record that is not blank, as text: enough to choose the delimiter from. Records of blanks alone are passed over. */
export async function readFirstLine(text: AsyncIterable<string>): Promise<string> {
  let start = "";
  for await (const piece of text) {
    start = (start + piece).replace(/^[\s;,]*[\r\n]/, "");
    const found = /^((?:"(?:[^"]|"")*"|[^"\r\n])+)[\r\n]/.exec(start);
    if (found?.[1] !== undefined) return found[1];
    if (start.length > longestRecord) break;
  }
  return start;
}

/** How often a delimiter would split the line, quoted parts left out. */
export function countOutsideQuotes(line: string, character: string): number {
  return line.replace(/"(?:[^"]|"")*"/g, "").split(character).length - 1;
}

/** One row with `;`. What a spreadsheet would compute or round reads as text there: `=1` becomes `'=1`, codes of 12 digits or more follow a tab. */
export function formatCsvLine(cells: readonly string[]): string {
  return `${cells.map(formatCell).join(";")}\r\n`;
}

function formatCell(text: string): string {
  const safe = guardCell(text);
  return /[;"\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function guardCell(text: string): string {
  if (/^[=+\-@\t\r\n]/.test(text)) return `'${text}`;
  return /^\d{12,}$/.test(text) ? `\t${text}` : text;
}

/** One row with `;`, every value in quotes: what is read again is what was written. */
export function quoteCsvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(";")}\r\n`;
}

/** True when no field holds anything but blanks, no-break spaces and byte order marks included. */
export function isBlankRecord({ quotes, fields }: CsvRecord): boolean {
  return quotes === null && fields.every((field) => field.trim() === "");
}

interface ParseOptions {
  readonly delimiter: Delimiter;
  readonly line: number;
  /** No text follows: the end of the text ends the record. */
  readonly isLast: boolean;
}

/** One record from `start`; `null` when its end is not there yet. */
function parseRecord(text: string, start: number, options: ParseOptions): Parsed | null {
  const fields: string[] = [];
  let quotes: CsvRecord["quotes"] = null;
  let lines = 0;
  let at = start;
  for (;;) {
    const field =
      text.charCodeAt(at) === 34
        ? parseQuotedField(text, at, options)
        : parsePlainField(text, at, options);
    if (field === null) return null;
    fields.push(field.value);
    if (field.isBroken) quotes ??= { column: fields.length, line: options.line + lines };
    lines += field.breaks;
    at = field.end;
    const next = text[at];
    if (next === options.delimiter) {
      at += 1;
      continue;
    }
    if (next === undefined) return options.isLast ? { fields, end: at, lines, quotes } : null;
    if (next === "\r" && at + 1 === text.length && !options.isLast) return null;
    at += next === "\r" && text[at + 1] === "\n" ? 2 : 1;
    return { fields, end: at, lines: lines + 1, quotes };
  }
}

interface Field {
  readonly value: string;
  /** Index of the delimiter, the line break or the end. */
  readonly end: number;
  readonly breaks: number;
  readonly isBroken: boolean;
}

function parsePlainField(text: string, start: number, options: ParseOptions): Field | null {
  const end = findPlainEnd(text, start, options.delimiter);
  if (end === text.length && !options.isLast) return null;
  return { value: text.slice(start, end), end, breaks: 0, isBroken: false };
}

function findPlainEnd(text: string, start: number, delimiter: Delimiter): number {
  const wanted = delimiter.charCodeAt(0);
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === wanted || code === 10 || code === 13) return at;
  }
  return at;
}

function parseQuotedField(text: string, start: number, options: ParseOptions): Field | null {
  let close = text.indexOf('"', start + 1);
  while (close !== -1 && text.charCodeAt(close + 1) === 34) close = text.indexOf('"', close + 2);
  if (!options.isLast && (close === -1 || close + 1 === text.length)) return null;
  const inner = text.slice(start + 1, close === -1 ? text.length : close);
  const value = inner.includes('""') ? inner.replaceAll('""', '"') : inner;
  const breaks = inner.match(/\r\n|\r|\n/g)?.length ?? 0;
  if (close === -1) return { value, end: text.length, breaks, isBroken: true };
  const end = findPlainEnd(text, close + 1, options.delimiter);
  if (end === text.length && !options.isLast) return null;
  return { value, end, breaks, isBroken: text.slice(close + 1, end).trim() !== "" };
}
