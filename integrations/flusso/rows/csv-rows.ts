/** Rows of a CSV flusso by its columns. */
import { isBlankRecord, type CsvRecord } from "../../csv.ts";
import { unwrapCell } from "./cell-text.ts";
import type { Column } from "../columns.ts";
import { rowFault } from "../faults.ts";
import {
  amountsToPay,
  readValue,
  type FieldSpec,
  type ReadValue,
  type ValueFault,
} from "../fields.ts";
import { cleanWords } from "../look-alikes.ts";
import { deduceType } from "../mapping/deduce-type.ts";
import { foldText } from "../mapping/fold-text.ts";
import type { RowPlan } from "../mapping/row-plan.ts";
import { fedBySplit, splitCell, splitFirst, type SplitContext } from "../mapping/split-fields.ts";
import type { Notation } from "../notation/notation.ts";
import type { RowDoubt, RowFault } from "../port.ts";
import { finishRecipients, openRecipient } from "./recipients.ts";

/** A record of a CSV, or a row of a spreadsheet in the same shape. */
export interface FlussoRecord extends CsvRecord {
  /** By index: what is wrong with a cell of a spreadsheet that no text can be made of. */
  readonly unreadable?: ReadonlyMap<number, ValueFault>;
}

/** What a row holds once it was read. */
export type RowContent =
  | { readonly verbale: Record<string, unknown>; readonly doubts?: readonly RowDoubt[] }
  | { readonly faults: readonly RowFault[] };

/** True when no field of the record holds anything: the blank lines that spreadsheets leave. */
export function isBlank(record: FlussoRecord): boolean {
  return isBlankRecord(record) && (record.unreadable?.size ?? 0) === 0;
}

/** The verbale's number, or `null` where the row is too broken to tell. */
export function findVerbaleNumber(record: CsvRecord, plan: RowPlan): string | null {
  if (record.quotes !== null || record.fields.length !== plan.columns.length) return null;
  const text =
    plan.numberAt === -1
      ? joinCells(record, plan, "numero")
      : readCell(record, plan, plan.numberAt);
  return parseVerbaleNumber(text);
}

/** A number that can name the item everywhere: short, and without control characters. */
export function parseVerbaleNumber(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return null;
  const number = cleanWords(text);
  return number !== "" && number.length <= 100 ? number : null;
}

/** The verbale of a record, or every fault of the row. */
export function readRecord(record: FlussoRecord, plan: RowPlan): RowContent {
  const { columns } = plan;
  const shape = shapeFault(record, columns);
  if (shape !== null) return { faults: [shape] };
  const row = openRow(record.line, plan);
  for (const [index, column] of columns.entries()) {
    const at = { line: record.line, column: index + 1, header: column.header };
    if (column.isBlank && unwrapCell(record.fields[index] ?? "") !== "")
      row.faults.push({
        ...at,
        header: null,
        code: "FLUSSO_COLUMN_UNNAMED",
        message: "c'è un valore in una colonna senza nome.",
        remedy: "dare un nome alla colonna nella prima riga, o togliere il valore.",
      });
    if (column.field === null && column.split === null) continue;
    const unreadable = record.unreadable?.get(index);
    if (unreadable !== undefined) {
      row.faults.push({ ...at, ...unreadable });
      continue;
    }
    const { field, spec, notation } = column;
    if (field === null || spec === null) continue;
    const joined = plan.joins.get(field);
    if (joined === undefined)
      putText(row, { field, spec, notation, at }, readCell(record, plan, index));
    // Once for all of its columns, at the first of them.
    else if (joined.every((other) => other >= index))
      putText(row, { field, spec, notation, at }, joinCells(record, plan, field));
  }
  if (!plan.isPlain) finishRow(row, record, plan);
  settleAmounts(row);
  finishRecipients(row.verbale, row.line, row.faults);
  const { faults, verbale, doubts } = row;
  if (faults.length > 0) return { faults };
  return doubts.length === 0 ? { verbale } : { verbale, doubts };
}

/** What a cell says: what means empty is empty, and the value that the ente's table gives. */
function readCell(record: CsvRecord, { columns }: RowPlan, index: number): string {
  const text = unwrapCell(record.fields[index] ?? "");
  const treatment = columns[index]?.treatment ?? null;
  if (treatment === null) return text;
  const word = foldText(text);
  if (word === "" || treatment.empty.has(word)) return treatment.default;
  const value = treatment.values.get(word) ?? text;
  return treatment.isFirst ? splitFirst(value) : value;
}

/** The cells of a field that several columns make up; those that are empty are left out with what stands before them. */
function joinCells(record: CsvRecord, plan: RowPlan, field: string): string {
  let whole = "";
  for (const index of plan.joins.get(field) ?? []) {
    const text = readCell(record, plan, index);
    if (text !== "") whole += whole === "" ? text : `${plan.columns[index]?.joint ?? ""}${text}`;
  }
  return whole;
}

interface OpenRow {
  readonly line: number;
  readonly faults: RowFault[];
  /** Of the faults, those of amounts that are there only where the verbale may be paid. */
  readonly missingAmounts: Set<RowFault>;
  readonly verbale: Record<string, unknown>;
  readonly doubts: RowDoubt[];
  /** Texts as they were put, by field; `null`: nobody asks for them. */
  readonly texts: Map<string, string> | null;
  /** A type that is not written is told from the codes. */
  readonly deducesType: boolean;
}

function openRow(line: number, { isPlain, deducesType, table }: RowPlan): OpenRow {
  const texts = isPlain ? null : new Map<string, string>();
  return {
    line,
    faults: [],
    missingAmounts: new Set(),
    verbale: { ...table.start },
    doubts: [],
    texts,
    deducesType,
  };
}

function findText(row: OpenRow, field: string): string {
  return row.texts?.get(field) ?? "";
}

interface Destination {
  readonly field: string;
  readonly spec: FieldSpec;
  readonly notation: Notation;
  readonly at: Pick<RowFault, "line" | "column" | "header">;
}

function putText(row: OpenRow, { field, spec, notation, at }: Destination, text: string): void {
  row.texts?.set(field, text);
  if (text === "") {
    const isDeduced = field === typeField && row.deducesType;
    if (spec.isFilled && !isDeduced) pushMissing(row, field, at);
    else if (spec.isNeeded && !spec.isFilled) setField(row.verbale, spec.at ?? field, "");
    return;
  }
  const read = readFieldText(field, spec, text, notation);
  if ("fault" in read) row.faults.push({ ...at, ...read.fault });
  else setField(row.verbale, spec.at ?? field, read.value);
}

type Faults = Pick<OpenRow, "faults" | "missingAmounts">;

/** The value of a field that every row must have is missing. */
export function pushMissing(
  { faults, missingAmounts }: Faults,
  field: string,
  at: Pick<RowFault, "line" | "column" | "header">,
): void {
  const fault = { ...at, ...emptyFault(field) };
  faults.push(fault);
  if (amountsToPay.has(field)) missingAmounts.add(fault);
}

/** An amount that is missing is no fault where there is nothing to pay yet: there it is 0. */
export function settleAmounts({
  faults,
  missingAmounts,
  verbale,
}: Faults & Pick<OpenRow, "verbale">): void {
  if (verbale["pagamentoRidotto"] !== "escluso") return;
  faults.splice(0, faults.length, ...faults.filter((fault) => !missingAmounts.has(fault)));
  for (const field of amountsToPay) verbale[field] ??= 0;
}

const typeField = "destinatario.tipo";

/** What does not come of one cell alone: constants, the type, cells that are taken apart. */
function finishRow(row: OpenRow, record: FlussoRecord, plan: RowPlan): void {
  const { notation } = plan;
  for (const { field, spec, text } of plan.constants)
    if (row.texts?.has(field) !== true)
      putText(row, { field, spec, notation, at: { ...wholeRow, line: row.line } }, text);
  const splits = plan.columns.flatMap(({ split }, index) =>
    split === null || split === "first" ? [] : [{ split, index }],
  );
  const whole = splits.map(({ index }) => readCell(record, plan, index));
  if (plan.deducesType && findText(row, typeField) === "") settleType(row, whole);
  for (const { split, index } of splits) {
    const column = plan.columns[index];
    const text = readCell(record, plan, index);
    if (column === undefined || record.unreadable?.has(index)) continue;
    const at = { line: row.line, column: index + 1, header: column.header };
    const { texts, doubt } =
      text === "" ? { texts: {}, doubt: null } : splitCell(split, text, describeRow(row));
    if (doubt !== null) row.doubts.push({ ...doubt, header: column.header });
    const fields = new Set([...fedBySplit[split], ...Object.keys(texts)]);
    for (const field of fields) {
      const spec = plan.table.find(field);
      if (spec === undefined) continue;
      const own = findText(row, field);
      const part = texts[field] ?? "";
      // Details that a cell of its own has too are kept beside each other.
      const both = own === "" || part === "" || own === part ? own || part : `${own} ${part}`;
      putText(row, { field, spec, notation: column.notation, at }, both);
    }
  }
}

const wholeRow = { column: 0, header: null };

function describeRow(row: OpenRow): SplitContext {
  const { tipo } = (row.verbale["destinatario"] ?? {}) as { readonly tipo?: "PF" | "PG" };
  return {
    taxCode: findText(row, "destinatario.codiceFiscale"),
    type: tipo,
    hasName: findText(row, "destinatario.nome") !== "",
  };
}

/** The type as the codes and names of the row tell it. */
function settleType(row: OpenRow, whole: readonly string[]): void {
  const read = (name: string): string => findText(row, `destinatario.${name}`);
  const { type, why } = deduceType({
    taxCode: read("codiceFiscale"),
    vatNumber: read("partitaIva"),
    names: [read("cognome"), read("nome"), read("denominazione"), ...whole],
    hasBothNames: read("cognome") !== "" && read("nome") !== "",
  });
  setField(row.verbale, typeField, type);
  if (why !== null) row.doubts.push({ kind: "type", why, header: null });
}

function readFieldText(
  field: string,
  spec: FieldSpec,
  text: string,
  notation: Notation,
): ReadValue {
  if (field === "numero" && parseVerbaleNumber(text) === null)
    return {
      fault: {
        code: "FLUSSO_NUMBER",
        message: "il numero del verbale ha più di 100 caratteri o va a capo.",
        remedy: "scrivere il solo numero del verbale.",
      },
    };
  return readValue(spec.kind, text, notation);
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
  if (path[0] === "destinatari") {
    target = openRecipient(verbale, path[1] ?? "");
    path.splice(0, 2);
  }
  for (const part of path.slice(0, -1)) {
    target[part] ??= {};
    target = target[part] as Record<string, unknown>;
  }
  target[path.at(-1) ?? field] = value;
}
