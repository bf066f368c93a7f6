/** The folder over which the file adapter and an office exchange CSV files: requests go out once each, answers are read as they come. */
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { allowMissing } from "../../../engine/host/errors.ts";
import { dropTornLine } from "../../../engine/host/whole-file.ts";
import { join } from "node:path";
import { formatCsvLine } from "../../csv.ts";
import {
  type AnswerRow,
  listNoticeCodes,
  readAnswers,
  parseCsvRecords,
  referenceHeader,
  decodeText,
} from "./answer-file.ts";

export interface PaymentFolder {
  /** Where the files lie, for messages. */
  readonly path: string;
  /** Adds a row to the request file of the day unless the reference was ever asked for; durable when the promise resolves. */
  ask(request: PaymentRequest): Promise<void>;
  /** The same for a row of the file of the day that tells until when codes may be paid; nobody answers it. */
  tell(request: PaymentRequest): Promise<void>;
  /** The last row that answers this reference, or `null`. Throws MissingColumn when an answer file lacks one. */
  findAnswer(reference: string): Promise<AnswerRow | null>;
  /** A row that gives this code, written with or without blanks, to another reference and is the last word on that; `null`: none. */
  findOtherAnswer(code: string, reference: string): Promise<AnswerRow | null>;
}

export interface PaymentRequest {
  /** `YYYY-MM-DD`, Europe/Rome: the day in the file's name. */
  readonly day: string;
  readonly reference: string;
  /** In the order of the file's headers. */
  readonly cells: readonly string[];
}

export interface FolderOptions {
  readonly path: string;
  readonly requestHeaders: readonly string[];
  readonly tellHeaders: readonly string[];
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

/** Where an ente and the office that keeps its positions exchange files. */
export function locateExchange(at: {
  readonly outboxFolder: string;
  readonly ente: string;
}): string {
  return join(at.outboxFolder, at.ente, "pagamenti");
}

/** One writer at a time per folder, whichever run has opened it. */
const tails = new Map<string, Promise<void>>();

/** Opens the folder when it is first used; one process at a time writes into it, with as many runs as it likes. */
export function openPaymentFolder(options: FolderOptions): PaymentFolder {
  const { path } = options;
  /** As of a size of the registry: another run writes into it too. */
  let asked: { readonly bytes: number; readonly references: Set<string> } | null = null;

  async function writeRow(
    { day, reference, cells }: PaymentRequest,
    file: { readonly prefix: string; readonly headers: readonly string[] },
  ): Promise<void> {
    const bytes = await measureRegistry(path);
    const references = asked?.bytes === bytes ? asked.references : await readAskedReferences(path);
    // Whoever comes after a failure reads the files: the row may stand in one of the two.
    asked = null;
    if (!references.has(reference)) {
      await appendRow(join(path, `${file.prefix}-${day}.csv`), file.headers, cells);
      await appendRow(join(path, registryName), [referenceHeader, "giorno"], [reference, day]);
      references.add(reference);
    }
    asked = { bytes: await measureRegistry(path), references };
  }

  function queueRow(...[request, file]: Parameters<typeof writeRow>): Promise<void> {
    const turn = (tails.get(path) ?? Promise.resolve()).then(() => writeRow(request, file));
    // The next in line waits for this one's end, whatever it is; who asked hears of it.
    tails.set(
      path,
      turn.catch(() => undefined),
    );
    return turn;
  }

  return {
    path,
    ask: (request) => queueRow(request, { prefix: "richieste", headers: options.requestHeaders }),
    tell: (request) => queueRow(request, { prefix: "scadenze", headers: options.tellHeaders }),
    ...openAnswers(options),
  };
}

/** The answer files, each read again when it has changed. */
function openAnswers(
  options: FolderOptions,
): Pick<PaymentFolder, "findAnswer" | "findOtherAnswer"> {
  const { path } = options;
  const known = new Map<string, Known>();

  async function readContent(name: string): Promise<Known> {
    const { mtimeMs, size } = await stat(join(path, name));
    const stamp = `${mtimeMs}/${size}`;
    const before = known.get(name);
    if (before?.stamp === stamp) return before;
    const bytes = await readFile(join(path, name));
    const content = {
      stamp,
      ...indexAnswers(await readAnswers(name, bytes, options.answerHeaders)),
    };
    known.set(name, content);
    return content;
  }

  async function findAnswer(reference: string): Promise<AnswerRow | null> {
    let found: AnswerRow | null = null;
    for (const name of await listAnswerNames(path))
      found = (await readContent(name)).rows.get(reference) ?? found;
    return found;
  }

  return {
    findAnswer,
    async findOtherAnswer(code, reference) {
      for (const name of await listAnswerNames(path))
        for (const row of (await readContent(name)).byCell.get(code) ?? []) {
          const other = row.cells[referenceHeader] ?? "";
          const last = other === reference ? null : await findAnswer(other);
          if (last !== null && listNoticeCodes(last).includes(code)) return last;
        }
      return null;
    },
  };
}

/** The last row of each reference, which knows of another one that says otherwise. */
function indexAnswers(answers: readonly AnswerRow[]): Pick<Known, "rows" | "byCell"> {
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
    for (const cell of listNoticeCodes(row)) {
      const alike = byCell.get(cell) ?? [];
      alike.push(row);
      byCell.set(cell, alike);
    }
  return { rows, byCell };
}

function isSame(one: AnswerRow["cells"], two: AnswerRow["cells"]): boolean {
  return Object.entries(one).every(([name, cell]) => two[name] === cell);
}

/** Size of the registry, 0 where there is none yet. */
async function measureRegistry(path: string): Promise<number> {
  return (await allowMissing(stat(join(path, registryName))))?.size ?? 0;
}

const collator = new Intl.Collator("it", { numeric: true });

/** As a person counts: `risposte.csv`, `risposte-2.csv`, `risposte-10.csv`. */
function compareNames(one: string, two: string): number {
  return collator.compare(one.slice(0, -".csv".length), two.slice(0, -".csv".length));
}

async function listAnswerNames(path: string): Promise<readonly string[]> {
  const names = await listNames(path);
  return names.filter((name) => /^risposte.*\.csv$/i.test(name)).toSorted(compareNames);
}

async function listNames(path: string): Promise<readonly string[]> {
  return (await allowMissing(readdir(path))) ?? [];
}

/** References in the registry and in the request files: the registry is written last, an office may move the others away. */
async function readAskedReferences(path: string): Promise<Set<string>> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const references = new Set<string>();
  for (const name of await listNames(path)) {
    if (name !== registryName && !/^(richieste|scadenze)-.*\.csv$/.test(name)) continue;
    const text = decodeText(await dropTornLine(join(path, name)));
    for (const { fields } of await parseCsvRecords(text, ";"))
      if (fields[0] !== undefined) references.add(fields[0]);
  }
  return references;
}

async function appendRow(
  file: string,
  headers: readonly string[],
  cells: readonly string[],
): Promise<void> {
  const handle = await open(file, "a", 0o600);
  try {
    const { size } = await handle.stat();
    // The mark at the start tells spreadsheets that the file is UTF-8.
    const head = size === 0 ? `\uFEFF${formatCsvLine(headers)}` : "";
    // A row is a line: that is how a torn one is known.
    const flat = cells.map((cell) => cell.replaceAll(/[\r\n]+/g, " "));
    await handle.appendFile(`${head}${formatCsvLine(flat)}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
