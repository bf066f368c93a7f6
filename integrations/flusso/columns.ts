/** Which column of a CSV feeds which field of the verbale. */
import { unwrapCell } from "./rows/cell-text.ts";
import { verbaleFields, type FieldSpec, type FieldTable } from "./fields.ts";
import { countEdits, wholeFileFault, findNearestName } from "./faults.ts";
import type { ColumnRule, SplitKind } from "./mapping/column-rule.ts";
import { foldText } from "./mapping/fold-text.ts";
import { listMappingFaults } from "./mapping/mapping-faults.ts";
import { fedBySplit } from "./mapping/split-fields.ts";
import { isAmountForm, isDateForm, type Notation } from "./notation/notation.ts";
import type { RowFault } from "./port.ts";
import type { FlussoSettings } from "./settings.ts";

/** One column of the file: `field` is `null` where the column is not to be read, or is taken apart. */
export interface Column {
  readonly header: string;
  /** As an ente's file calls it: folded; a column without a name is `(7)`, the second of a name `indirizzo (2)`. */
  readonly name: string;
  readonly field: string | null;
  readonly spec: FieldSpec | null;
  /** A column without a name at the end of the line must stay empty. */
  readonly isBlank: boolean;
  /** What the cell is taken apart into; `null`: it is one value. */
  readonly split: SplitKind | null;
  /** What is put before it where several columns make up a field. */
  readonly joint: string;
  /** What is made of a cell before it is read; `null`: nothing. */
  readonly treatment: Treatment | null;
  readonly notation: Notation;
}

/** Texts that mean others, folded. */
export interface Treatment {
  readonly empty: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly default: string;
  readonly isFirst: boolean;
}

/** The columns of the header line, or every fault of it. */
export function readHeader(
  line: number,
  names: readonly string[],
  settings: FlussoSettings,
): { readonly columns: readonly Column[] } | { readonly faults: readonly RowFault[] } {
  const mapping = mapHeaders(settings);
  const { table = verbaleFields } = settings;
  const ignored = new Set((settings.ignore ?? []).map(normaliseHeader));
  const faults = checkMapping(settings);
  const seen = new Map<string, number>();
  const fed = new Map<string, string>();
  const own = nameColumns(names);
  const columns: Column[] = names.map((raw, index) => {
    const header = unwrapCell(raw);
    const name = own[index] ?? "";
    const at = { line, column: index + 1, header };
    const isBlank = header === "";
    if (ignored.has(name) || (isBlank && !mapping.has(name)))
      return describeColumn(
        { header, name, isBlank: isBlank && !ignored.has(name) },
        null,
        settings,
      );
    const isRepeated = !isBlank && name !== normaliseHeader(raw) && !mapping.has(name);
    if (isRepeated)
      faults.push({
        ...at,
        code: "FLUSSO_COLUMN_TWICE",
        message: `la colonna c'è già al posto ${seen.get(normaliseHeader(raw)) ?? 1}.`,
        remedy: "togliere o rinominare una delle due.",
      });
    if (!seen.has(name)) seen.set(name, index + 1);
    const target =
      mapping.get(isRepeated ? normaliseHeader(raw) : name) ??
      (table.find(header) === undefined ? null : header);
    if (target === null) faults.push({ ...at, ...unknownColumnFault(header, settings) });
    for (const field of listFed(target)) {
      const other = fed.get(field);
      const isJoined = typeof target === "object" && target?.join !== undefined;
      if (other !== undefined && !isRepeated && !isJoined)
        faults.push({
          ...at,
          code: "FLUSSO_COLUMN_TWICE",
          message: `anche la colonna «${other}» porta il campo ${field}.`,
          remedy: "lasciarne una sola, l'altra va in flusso.ignore nel file dell'ente.",
        });
      fed.set(field, header);
    }
    return describeColumn({ header, name, isBlank: false }, target, settings);
  });
  if (fed.size === 0 && columns.every((column) => !hasGuess(column.header, settings)))
    return { faults: [noNamesFault(line)] };
  for (const field of [...Object.keys(settings.constants ?? {}), ...(settings.deduce ?? [])])
    if (!fed.has(field)) fed.set(field, "");
  faults.push(...checkNeededColumns(line, fed, seen, settings));
  return faults.length > 0 ? { faults } : { columns };
}

/** How an ente's file calls each column: the name, and the place where there is none or it comes again. */
export function nameColumns(names: readonly string[]): readonly string[] {
  const folded = names.map(normaliseHeader);
  const taken = new Set(folded);
  const times = new Map<string, number>();
  return folded.map((name, index) => {
    if (name === "") return `(${index + 1})`;
    let time = (times.get(name) ?? 0) + 1;
    // A column may really be called so.
    while (time > 1 && taken.has(`${name} (${time})`)) time += 1;
    times.set(name, time);
    return time === 1 ? name : `${name} (${time})`;
  });
}

type Target = string | ColumnRule;

/** The fields that a column feeds. */
function listFed(target: Target | null): readonly string[] {
  if (target === null) return [];
  if (typeof target === "string") return [target];
  if (target.split !== undefined && target.split !== "first") return fedBySplit[target.split];
  return target.to === undefined ? [] : [target.to];
}

function describeColumn(
  own: Pick<Column, "header" | "name" | "isBlank">,
  target: Target | null,
  settings: FlussoSettings,
): Column {
  const rule = target === null || typeof target === "string" ? {} : target;
  const isTakenApart = rule.split !== undefined && rule.split !== "first";
  const field = isTakenApart ? null : ((typeof target === "string" ? target : rule.to) ?? null);
  const { dates, amounts } = settings;
  const { format = "" } = rule;
  const notation = {
    dates: isDateForm(format) ? format : dates,
    amounts: isAmountForm(format) ? format : amounts,
  };
  return {
    ...own,
    field,
    spec: field === null ? null : ((settings.table ?? verbaleFields).find(field) ?? null),
    split: isTakenApart ? (rule.split ?? null) : null,
    joint: rule.join ?? "",
    treatment: target === null ? null : buildTreatment(rule, settings),
    notation,
  };
}

function buildTreatment(rule: ColumnRule, settings: FlussoSettings): Treatment | null {
  const empty = new Set([...(settings.empty ?? []), ...(rule.empty ?? [])].map(foldText));
  const values = new Map(
    Object.entries(rule.values ?? {}).map(([text, value]) => [foldText(text), value]),
  );
  const isFirst = rule.split === "first";
  if (empty.size + values.size === 0 && rule.default === undefined && !isFirst) return null;
  return { empty, values, default: rule.default ?? "", isFirst };
}

/** No name of the line is known, and none resembles one: it is not the line of the names, which is told once. */
function noNamesFault(line: number): RowFault {
  return {
    line,
    column: 0,
    header: null,
    code: "FLUSSO_HEADER",
    message: "la riga non porta alcun nome di colonna conosciuto.",
    remedy:
      "esportare il flusso con i nomi delle colonne, oppure chiedere al tecnico di dichiarare in quale riga stanno e come si chiamano.",
  };
}

function hasGuess(header: string, settings: FlussoSettings): boolean {
  const { table = verbaleFields } = settings;
  if (findFieldNamedLike(header, table) !== null || findMistypedField(header, table) !== null)
    return true;
  const name = normaliseHeader(header);
  return Object.keys(settings.columns ?? {}).some((own) => {
    const known = normaliseHeader(own);
    return countEdits(name, known) <= Math.min(2, known.length - 3);
  });
}

function checkNeededColumns(
  line: number,
  fed: ReadonlyMap<string, string>,
  seen: ReadonlyMap<string, number>,
  settings: FlussoSettings,
): RowFault[] {
  const faults: RowFault[] = [];
  const mapped = Object.entries(settings.columns ?? {});
  const usesMapping = mapped.some(([header]) => seen.has(normaliseHeader(header)));
  const headerOf = new Map(
    mapped.flatMap(([header, target]) => listFed(target).map((field) => [field, header] as const)),
  );
  const told = new Set<string>();
  for (const [header, target] of mapped) {
    if (!usesMapping || typeof target === "string" || seen.has(normaliseHeader(header))) continue;
    told.add(header);
    faults.push({
      line,
      column: 0,
      header,
      code: "FLUSSO_COLUMN_MISSING",
      message: "la colonna manca.",
      remedy:
        "aggiungere la colonna all'esportazione, oppure chiedere al tecnico di toglierla da quelle attese, se non c'è più.",
    });
  }
  for (const [field, spec] of (settings.table ?? verbaleFields).specs) {
    const header = headerOf.get(field);
    const isWanted = spec.isNeeded || (usesMapping && header !== undefined);
    if (fed.has(field) || !isWanted || told.has(header ?? "")) continue;
    faults.push({
      line,
      column: 0,
      header: usesMapping && header !== undefined ? header : null,
      code: "FLUSSO_COLUMN_MISSING",
      message: `manca la colonna del campo ${field}.`,
      remedy: spec.isNeeded
        ? "aggiungere la colonna all'esportazione, o chiedere al tecnico di indicare come si chiama."
        : "aggiungere la colonna all'esportazione, oppure chiedere al tecnico di toglierla da quelle attese, se non c'è più.",
    });
  }
  return faults;
}

function checkMapping(settings: FlussoSettings): RowFault[] {
  return listMappingFaults(settings).map(({ message, remedy }) =>
    wholeFileFault(
      "FLUSSO_MAPPING",
      `nel file dell'ente, fra le colonne del flusso, ${message}`,
      remedy,
    ),
  );
}

function unknownColumnFault(
  header: string,
  settings: FlussoSettings,
): Pick<RowFault, "code" | "message" | "remedy"> {
  const { table = verbaleFields } = settings;
  const field = findFieldNamedLike(header, table);
  const near =
    findNearestName(header, Object.keys(settings.columns ?? {})) ??
    findMistypedField(header, table);
  const guess = near === null ? "" : `forse è «${near}»; `;
  return {
    code: "FLUSSO_COLUMN_UNKNOWN",
    message: "non si sa a quale campo del verbale corrisponda.",
    remedy:
      field === null
        ? `${guess}chiedere al tecnico di dire che cosa contiene, oppure che non serve.`
        : `chiedere al tecnico di dire che è il campo ${field}, oppure che non serve.`,
  };
}

/** The one field that these words name: `Data violazione` -> dataViolazione, `CAP` -> destinatario.indirizzo.cap; a resemblance would mislead. */
function findFieldNamedLike(header: string, { specs }: FieldTable): string | null {
  const word = foldWord(header);
  if (word === "") return null;
  const all = [...specs.keys()];
  const whole = all.find((field) => foldWord(field) === word);
  if (whole !== undefined) return whole;
  const fields = all.filter((field) => {
    const own = foldWord(field.slice(field.lastIndexOf(".") + 1).replace(/Cents$/, ""));
    return own === word;
  });
  return fields.length === 1 ? (fields[0] ?? null) : null;
}

/** A field written with one or two letters wrong. */
function findMistypedField(header: string, { specs }: FieldTable): string | null {
  const near = findNearestName(header, [...specs.keys()]);
  return near !== null && countEdits(header.toLowerCase(), near.toLowerCase()) <= 2 ? near : null;
}

/** Letters and digits alone, small and without accents. */
function foldWord(text: string): string {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
}

/** Every header that stands for a field, normalised, and those to ignore. */
export function listKnownHeaders(settings: FlussoSettings): ReadonlySet<string> {
  return new Set([...mapHeaders(settings).keys(), ...(settings.ignore ?? []).map(normaliseHeader)]);
}

/** Normalised header -> field: the mapping of the ente, and the dotted names as they stand. */
function mapHeaders(settings: FlussoSettings): Map<string, Target> {
  const known = new Map<string, Target>();
  for (const field of (settings.table ?? verbaleFields).specs.keys())
    known.set(normaliseHeader(field), field);
  for (const [header, target] of Object.entries(settings.columns ?? {}))
    known.set(normaliseHeader(header), target);
  return known;
}

/** Headers differ in case, blanks and Unicode form between two exports of the same software. */
export function normaliseHeader(header: string): string {
  return unwrapCell(header).normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
}
