/** Which column of a CSV feeds which field of the verbale. */
import { unwrapCell } from "./rows/cell-text.ts";
import { fieldSpecs, findFieldSpec, type FieldSpec } from "./fields.ts";
import { countEdits, wholeFileFault, findNearestName } from "./faults.ts";
import { listMappingFaults } from "./mapping.ts";
import type { RowFault } from "./port.ts";
import type { FlussoSettings } from "./settings.ts";

/** One column of the file: `field` is `null` where the column is not to be read. */
export interface Column {
  readonly header: string;
  readonly field: string | null;
  readonly spec: FieldSpec | null;
  /** A column without a name at the end of the line must stay empty. */
  readonly isBlank: boolean;
}

/** The columns of the header line, or every fault of it. */
export function readHeader(
  line: number,
  names: readonly string[],
  settings: FlussoSettings,
): { readonly columns: readonly Column[] } | { readonly faults: readonly RowFault[] } {
  const mapping = mapHeaders(settings);
  const ignored = new Set((settings.ignore ?? []).map(normaliseHeader));
  const faults = checkMapping(settings);
  const seen = new Map<string, number>();
  const fed = new Map<string, string>();
  const columns: Column[] = names.map((raw, index) => {
    const header = unwrapCell(raw);
    const name = normaliseHeader(raw);
    const at = { line, column: index + 1, header };
    if (name === "" || ignored.has(name))
      return { header, field: null, spec: null, isBlank: name === "" };
    const earlier = seen.get(name);
    if (earlier !== undefined)
      faults.push({
        ...at,
        code: "FLUSSO_COLUMN_TWICE",
        message: `la colonna c'è già al posto ${earlier}.`,
        remedy: "togliere o rinominare una delle due.",
      });
    seen.set(name, index + 1);
    const field = mapping.get(name) ?? (findFieldSpec(header) === undefined ? null : header);
    if (field === null) faults.push({ ...at, ...unknownColumnFault(header, settings) });
    const other = field === null ? undefined : fed.get(field);
    if (field !== null && other !== undefined && earlier === undefined)
      faults.push({
        ...at,
        code: "FLUSSO_COLUMN_TWICE",
        message: `anche la colonna «${other}» porta il campo ${field}.`,
        remedy: "lasciarne una sola, l'altra va in flusso.ignore nel file dell'ente.",
      });
    if (field !== null) fed.set(field, header);
    return { header, field, spec: findFieldSpec(field ?? "") ?? null, isBlank: false };
  });
  if (fed.size === 0 && columns.every((column) => !hasGuess(column.header, settings)))
    return { faults: [noNamesFault(line)] };
  faults.push(...checkNeededColumns(line, fed, seen, settings));
  return faults.length > 0 ? { faults } : { columns };
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
  if (findFieldNamedLike(header) !== null || findMistypedField(header) !== null) return true;
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
  const headerOf = new Map(mapped.map(([header, field]) => [field, header]));
  for (const [field, spec] of fieldSpecs) {
    const header = headerOf.get(field);
    const isWanted = spec.isNeeded || (usesMapping && header !== undefined);
    if (fed.has(field) || !isWanted) continue;
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
  return listMappingFaults(settings.columns ?? {}).map(({ message, remedy }) =>
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
  const field = findFieldNamedLike(header);
  const near =
    findNearestName(header, Object.keys(settings.columns ?? {})) ?? findMistypedField(header);
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
function findFieldNamedLike(header: string): string | null {
  const word = foldWord(header);
  if (word === "") return null;
  const all = [...fieldSpecs.keys()];
  const whole = all.find((field) => foldWord(field) === word);
  if (whole !== undefined) return whole;
  const fields = all.filter((field) => {
    const own = foldWord(field.slice(field.lastIndexOf(".") + 1).replace(/Cents$/, ""));
    return own === word;
  });
  return fields.length === 1 ? (fields[0] ?? null) : null;
}

/** A field written with one or two letters wrong. */
function findMistypedField(header: string): string | null {
  const near = findNearestName(header, [...fieldSpecs.keys()]);
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
function mapHeaders(settings: FlussoSettings): Map<string, string> {
  const known = new Map<string, string>();
  for (const field of fieldSpecs.keys()) known.set(normaliseHeader(field), field);
  for (const [header, field] of Object.entries(settings.columns ?? {}))
    known.set(normaliseHeader(header), field);
  return known;
}

/** Headers differ in case, blanks and Unicode form between two exports of the same software. */
export function normaliseHeader(header: string): string {
  return unwrapCell(header).normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
}
