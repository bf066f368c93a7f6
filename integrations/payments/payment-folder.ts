/** The folder over which the file adapter and an office exchange CSV files: requests go out once each, answers are read as they come. */
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** One row of an answer file, its cells by header. */
export interface AnswerRow {
  /** File name and 1-based line, for messages. */
  readonly file: string;
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** Line of the same file that answers the same reference otherwise; absent: none. */
  readonly otherLine?: number;
}

export interface PaymentFolder {
  /** Where the files lie, for messages. */
  readonly path: string;
  /** Adds a row to the request file of the day unless the reference was ever asked for; durable when the promise resolves. */
  ask(request: PaymentRequest): Promise<void>;
  /** The last row that answers this reference, or `null`. Throws MissingColumn when an answer file lacks one. */
  answer(reference: string): Promise<AnswerRow | null>;
  /** A row that gives this code, written with or without blanks, to another reference and is the last word on that; `null`: none. */
  otherWith(code: string, reference: string): Promise<AnswerRow | null>;
}

export interface PaymentRequest {
  /** `YYYY-MM-DD`, Europe/Rome: the day in the file's name. */
  readonly day: string;
  readonly reference: string;
  /** In the order of `requestHeaders`. */
  readonly cells: readonly string[];
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

export interface FolderOptions {
  readonly path: string;
  readonly requestHeaders: readonly string[];
  /** Columns that an answer file must have; more are allowed. */
  readonly answerHeaders: readonly string[];
}

interface Known {
  readonly stamp: string;
  readonly rows: ReadonlyMap<string, AnswerRow>;
  /** The same by each cell that looks like a notice code. */
  readonly byCell: ReadonlyMap<string, readonly AnswerRow[]>;
}

const registryName = "registro.csv";

/** One writer at a time per folder, whichever run has opened it. */
const tails = new Map<string, Promise<void>>();

/** Opens the folder when it is first used; one process at a time writes into it, with as many runs as it likes. */
export function openPaymentFolder(options: FolderOptions): PaymentFolder {
  const { path } = options;
  /** As of a size of the registry: another run writes into it too. */
  let asked: { readonly bytes: number; readonly references: Set<string> } | null = null;

  async function write({ day, reference, cells }: PaymentRequest): Promise<void> {
    const bytes = await registryBytes(path);
    const references = asked?.bytes === bytes ? asked.references : await askedBefore(path);
    // Whoever comes after a failure reads the files: the row may stand in one of the two.
    asked = null;
    if (!references.has(reference)) {
      await append(join(path, `richieste-${day}.csv`), options.requestHeaders, cells);
      await append(join(path, registryName), [referenceHeader, "giorno"], [reference, day]);
      references.add(reference);
    }
    asked = { bytes: await registryBytes(path), references };
  }

  return {
    path,
    ask(request) {
      const turn = (tails.get(path) ?? Promise.resolve()).then(() => write(request));
      // The next in line waits for this one's end, whatever it is; who asked hears of it.
      tails.set(
        path,
        turn.catch(() => undefined),
      );
      return turn;
    },
    ...openAnswers(options),
  };
}

/** The answer files, each read again when it has changed. */
function openAnswers(options: FolderOptions): Pick<PaymentFolder, "answer" | "otherWith"> {
  const { path } = options;
  const known = new Map<string, Known>();

  async function contentOf(name: string): Promise<Known> {
    const { mtimeMs, size } = await stat(join(path, name));
    const stamp = `${mtimeMs}/${size}`;
    const before = known.get(name);
    if (before?.stamp === stamp) return before;
    const text = await readFile(join(path, name), "utf8");
    const content = { stamp, ...indexed(readAnswers(name, text, options.answerHeaders)) };
    known.set(name, content);
    return content;
  }

  async function answerTo(reference: string): Promise<AnswerRow | null> {
    let found: AnswerRow | null = null;
    for (const name of await answerNames(path))
      found = (await contentOf(name)).rows.get(reference) ?? found;
    return found;
  }

  return {
    answer: answerTo,
    async otherWith(code, reference) {
      for (const name of await answerNames(path))
        for (const row of (await contentOf(name)).byCell.get(code) ?? []) {
          const other = row.cells[referenceHeader] ?? "";
          const last = other === reference ? null : await answerTo(other);
          if (last !== null && cellsOf(last).includes(code)) return last;
        }
      return null;
    },
  };
}

/** The last row of each reference, which knows of another one that says otherwise. */
function indexed(answers: readonly AnswerRow[]): Pick<Known, "rows" | "byCell"> {
  const rows = new Map<string, AnswerRow>();
  for (const row of answers) {
    const reference = row.cells[referenceHeader] ?? "";
    const earlier = rows.get(reference);
    const isOther = earlier !== undefined && !isSame(earlier.cells, row.cells);
    const otherLine = isOther ? earlier.line : earlier?.otherLine;
    rows.set(reference, otherLine === undefined ? row : { ...row, otherLine });
  }
  const byCell = new Map<string, AnswerRow[]>();
  for (const row of rows.values())
    for (const cell of cellsOf(row)) {
      const alike = byCell.get(cell) ?? [];
      alike.push(row);
      byCell.set(cell, alike);
    }
  return { rows, byCell };
}

/** The cells of 18 digits, without blanks. */
function cellsOf({ cells }: AnswerRow): readonly string[] {
  return Object.values(cells)
    .map((cell) => cell.replaceAll(" ", ""))
    .filter((cell) => /^[0-9]{18}$/.test(cell));
}

function isSame(one: AnswerRow["cells"], two: AnswerRow["cells"]): boolean {
  return Object.entries(one).every(([name, cell]) => two[name] === cell);
}

/** Size of the registry, 0 where there is none yet. */
async function registryBytes(path: string): Promise<number> {
  try {
    return (await stat(join(path, registryName))).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

async function answerNames(path: string): Promise<readonly string[]> {
  const names = await listed(path);
  return names.filter((name) => /^risposte.*\.csv$/i.test(name)).toSorted();
}

async function listed(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** References in the registry and in the request files: the registry is written last, an office may move the others away. */
async function askedBefore(path: string): Promise<Set<string>> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const references = new Set<string>();
  for (const name of await listed(path)) {
    if (name !== registryName && !/^richieste-.*\.csv$/.test(name)) continue;
    await dropTornLine(join(path, name));
    const text = await readFile(join(path, name), "utf8");
    for (const { cells } of parseCsv(text).slice(1)) if (cells[0]) references.add(cells[0]);
  }
  return references;
}

/** A process that died while it wrote may have left half a row. */
async function dropTornLine(file: string): Promise<void> {
  const bytes = await readFile(file);
  const end = bytes.lastIndexOf(10) + 1;
  if (end === bytes.length) return;
  const handle = await open(file, "r+");
  try {
    await handle.truncate(end);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function append(
  file: string,
  headers: readonly string[],
  cells: readonly string[],
): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    const { size } = await handle.stat();
    // The mark at the start tells spreadsheets that the file is UTF-8.
    const head = size === 0 ? `\uFEFF${csvLine(headers)}` : "";
    await handle.appendFile(`${head}${csvLine(cells)}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => {
    const flat = cell.replaceAll(/[\r\n]+/g, " ");
    return /[;"]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
  });
  return `${quoted.join(";")}\r\n`;
}

/** Rows of an answer file; throws MissingColumn. Rows without a reference are left out. */
function readAnswers(file: string, text: string, headers: readonly string[]): readonly AnswerRow[] {
  const [head, ...rows] = parseCsv(text);
  const names = (head?.cells ?? []).map((name) => name.trim().toLowerCase());
  for (const column of [referenceHeader, ...headers])
    if (!names.includes(column)) throw new MissingColumn(file, column);
  const answers: AnswerRow[] = [];
  for (const { line, cells } of rows) {
    const byName: Record<string, string> = {};
    for (const [index, name] of names.entries()) byName[name] = (cells[index] ?? "").trim();
    if (byName[referenceHeader] !== "") answers.push({ file, line, cells: byName });
  }
  return answers;
}

interface CsvRow {
  /** 1-based line where the row begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** RFC 4180 with `;` or `,`, whichever the first line has more of. */
function parseCsv(source: string): readonly CsvRow[] {
  const text = source.replace(/^\uFEFF/, "");
  const first = text.split("\n", 1)[0] ?? "";
  const delimiter = first.split(";").length >= first.split(",").length ? ";" : ",";
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let line = 1;
  let start = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((content) => content !== "")) rows.push({ line: start, cells });
    cells = [];
    cell = "";
    start = line;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "\n") line += 1;
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (char === '"' && cell === "") isQuoted = true;
    else if (char === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (char === "\n") endRow();
    else if (char !== "\r") cell += char;
  }
  if (cell !== "" || cells.length > 0) endRow();
  return rows;
}
