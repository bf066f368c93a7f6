/** What an export is and how it may be read: the guess, tried on the whole file by the reader itself. For the terminal and for the page alike. */
import type { Clock } from "../../engine/host/clock.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import { fieldSpecs } from "../../integrations/flusso/fields.ts";
import { createFlusso } from "../../integrations/flusso/flusso.ts";
import type { ColumnGuess } from "../../integrations/flusso/guess/column-guess.ts";
import { guessMapping, type Guess } from "../../integrations/flusso/guess/guess-mapping.ts";
import { readSample, type Sample } from "../../integrations/flusso/guess/sample.ts";
import type {
  FlussoFile,
  FlussoRow,
  PostalTable,
  RowFault,
} from "../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../integrations/flusso/settings.ts";

export interface ProposeOptions {
  readonly file: FlussoFile;
  readonly towns: PostalTable;
  readonly clock: Clock;
  /** What somebody has said: part of a `flusso:`. */
  readonly known: Partial<FlussoSettings>;
  /** Who is notified, where the file has several persons. */
  readonly recipient?: string;
  /** What an ente's file says already: it counts for the columns that the export has. */
  readonly earlier?: Partial<FlussoSettings>;
}

/** A row as it would be understood. */
export interface ShownRow {
  readonly line: number;
  /** Header and cell, in the order of the file; of columns that are read. */
  readonly cells: readonly (readonly [string, string])[];
  /** Field and value; empty: the row has faults. */
  readonly fields: readonly (readonly [string, string])[];
  /** Italian: what is in doubt or wrong. */
  readonly notes: readonly string[];
}

export interface Proposal {
  readonly sample: Sample;
  readonly guess: Guess;
  /** The guess with what the trial found: a column whose cells cannot be read is not sure. */
  readonly columns: readonly ColumnGuess[];
  readonly settings: Partial<FlussoSettings>;
  /** Rows that were read, and those with faults. */
  readonly rows: number;
  readonly faulty: number;
  /** Rows that leave something in doubt. */
  readonly doubtful: number;
  readonly shown: readonly ShownRow[];
  /** The first faults, as the reader tells them. */
  readonly faults: readonly RowFault[];
}

const shownRows = 3;

/** Understands an export, or says why it cannot be read at all. */
export async function proposeMapping(options: ProposeOptions): Promise<Proposal | RowFault> {
  const { file, towns, clock, recipient } = options;
  const sample = await readSample(file, options.known);
  if ("code" in sample) return sample;
  const known = joinKnown(options, sample);
  const guess = guessMapping(sample, {
    towns,
    known,
    today: toRomeDay(clock.now()),
    ...(recipient !== undefined && { recipient }),
  });
  const trial = await tryMapping(options, sample, guess);
  return {
    sample,
    guess,
    settings: guess.settings,
    columns: guess.columns.map((column) => doubtColumn(column, trial)),
    rows: trial.rows,
    faulty: trial.faulty,
    doubtful: trial.doubtful,
    shown: trial.shown,
    faults: trial.faults.slice(0, 10),
  };
}

/** What was said now wins over what the ente's file says of the same columns. */
function joinKnown(
  { known, earlier = {} }: ProposeOptions,
  sample: Sample,
): Partial<FlussoSettings> {
  const names = new Set(sample.names);
  const has = (name: string): boolean =>
    names.has(name.trim().replaceAll(/\s+/g, " ").toLowerCase());
  const isAnswered = (name: string): boolean =>
    known.columns?.[name] !== undefined || known.ignore?.includes(name) === true;
  const columns = Object.entries(earlier.columns ?? {}).filter(
    ([name]) => has(name) && !isAnswered(name),
  );
  const ignore = (earlier.ignore ?? []).filter((name) => has(name) && !isAnswered(name));
  const constants = { ...earlier.constants, ...known.constants };
  return {
    ...(earlier.sameNumber !== undefined && { sameNumber: earlier.sameNumber }),
    ...known,
    ...(columns.length > 0 && { columns: { ...Object.fromEntries(columns), ...known.columns } }),
    ...(ignore.length > 0 && { ignore: [...ignore, ...(known.ignore ?? [])] }),
    ...(Object.keys(constants).length > 0 && { constants }),
  };
}

interface Trial {
  readonly rows: number;
  readonly faulty: number;
  readonly doubtful: number;
  readonly shown: readonly ShownRow[];
  readonly faults: readonly RowFault[];
  /** By header: in how many rows, and what. */
  readonly byHeader: ReadonlyMap<string, { readonly count: number; readonly message: string }>;
}

/** The reader's own word on the guess; what no column gives stands as it may, so that the rest can be read. */
async function tryMapping(
  { file, clock }: ProposeOptions,
  sample: Sample,
  { settings, missing }: Guess,
): Promise<Trial> {
  const constants = Object.fromEntries(missing.map((field) => [field, standIn(field, settings)]));
  const whole: FlussoSettings = {
    delimiter: "auto",
    encoding: "auto",
    dates: "GG/MM/AAAA",
    amounts: "1.234,56",
    ...settings,
    constants: { ...constants, ...settings.constants },
    headerRow: sample.headerLine,
  };
  const flusso = createFlusso({ settings: whole, inboxRoot: "", clock });
  const inspection = await flusso.inspect(file, 200);
  const faults: RowFault[] = [...inspection.faults];
  const shown: ShownRow[] = [];
  const byHeader = new Map<string, { count: number; message: string }>();
  const counts = { rows: 0, faulty: 0, doubtful: 0 };
  if (inspection.rows > 0)
    for await (const row of flusso.readRows(file)) {
      counts.rows += 1;
      if ("faults" in row) {
        counts.faulty += 1;
        countFaults(row.faults, byHeader);
      } else if (row.doubts !== undefined) counts.doubtful += 1;
      if (shown.length < shownRows) shown.push(showRow(row, sample, { settings: whole, missing }));
    }
  return { ...counts, shown, faults, byHeader };
}

function countFaults(
  faults: readonly RowFault[],
  byHeader: Map<string, { count: number; message: string }>,
): void {
  for (const { header, message } of faults) {
    if (header === null) continue;
    const before = byHeader.get(header);
    byHeader.set(header, { count: (before?.count ?? 0) + 1, message: before?.message ?? message });
  }
}

/** A value that the reader takes, where the file has none. */
function standIn(field: string, { dates, amounts }: Partial<FlussoSettings>): string {
  const kind = fieldSpecs.get(field)?.kind;
  if (kind === "cents") {
    if (amounts?.startsWith("1,") === true) return "0.00";
    return amounts?.startsWith("1.") === true ? "0,00" : "0";
  }
  if (kind === "day") return dates === "seriale" ? "46000" : "";
  return "?";
}

/** In a fifth of the rows its cells cannot be read: the column is something else, or in another form. */
function doubtColumn(column: ColumnGuess, { byHeader, rows }: Trial): ColumnGuess {
  const own = byHeader.get(column.header.trim());
  if (own === undefined || column.target === null || own.count < rows * 0.2) return column;
  const reason = `${column.reason}; ma ${own.count} righe su ${rows} non si leggono: ${own.message}`;
  return { ...column, isSure: false, confidence: Math.min(column.confidence, 0.4), reason };
}

function showRow(
  row: FlussoRow,
  sample: Sample,
  { settings, missing }: { readonly settings: FlussoSettings; readonly missing: readonly string[] },
): ShownRow {
  const own = sample.rows.find(({ line }) => line === row.line);
  const used = new Set(Object.keys(settings.columns ?? {}).map((name) => name.toLowerCase()));
  const cells = sample.headers.flatMap((header, index) => {
    const name = sample.names[index] ?? "";
    return used.has(name)
      ? [[header === "" ? name : header, own?.cells[index] ?? ""] as const]
      : [];
  });
  if ("faults" in row)
    return {
      line: row.line,
      cells,
      fields: [],
      notes: row.faults.map(({ header, message }) => `${header ?? "riga"}: ${message}`),
    };
  return {
    line: row.line,
    cells,
    fields: flattenFields(row.verbale).filter(([field]) => !missing.includes(field)),
    notes: (row.doubts ?? []).map(({ header, why }) => `${header ?? "tipo"}: ${why}`),
  };
}

function flattenFields(value: unknown, prefix = ""): readonly (readonly [string, string])[] {
  if (Array.isArray(value))
    return value.flatMap((entry, index) =>
      // The first recipient has a name of his own.
      flattenFields(entry, prefix === "destinatari." ? `destinatari.${index + 2}.` : prefix),
    );
  if (typeof value !== "object" || value === null)
    return [[prefix.slice(0, -1), `${value as string | number | boolean}`]];
  return Object.entries(value).flatMap(([name, inner]) =>
    flattenFields(inner, `${prefix}${name}.`),
  );
}
