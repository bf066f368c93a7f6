/** Rows of a flusso in JSON lines: one verbale a line, nested as the documentation shows. */
import {
  parseVerbaleNumber,
  pushMissing,
  setField,
  settleAmounts,
  type RowContent,
} from "./csv-rows.ts";
import { findNearestName, rowFault } from "../faults.ts";
import { isNumeric, readValue, verbaleFields, type FieldSpec, type FieldTable } from "../fields.ts";
import { maskValue } from "../mask-value.ts";
import type { Notation } from "../notation/notation.ts";
import type { RowFault } from "../port.ts";
import { finishRecipients } from "./recipients.ts";

export interface JsonLine {
  readonly line: number;
  readonly text: string;
  /** Longer than any verbale: nothing after it can be trusted. */
  readonly isEndless: boolean;
}

const longestLine = 1024 * 1024;
const notation: Notation = { dates: "AAAA-MM-GG", amounts: "cents" };

/** The lines that are not blank; stops after an endless one. */
export async function* readJsonLines(
  text: AsyncIterable<string>,
): AsyncGenerator<JsonLine, void, undefined> {
  let rest = "";
  let line = 1;
  for await (const piece of text) {
    rest += piece;
    let start = 0;
    for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n", start)) {
      const found = rest.slice(start, end).trim();
      if (found !== "") yield { line, text: found, isEndless: false };
      line += 1;
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > longestLine) {
      yield { line, text: "", isEndless: true };
      return;
    }
  }
  if (rest.trim() !== "") yield { line, text: rest.trim(), isEndless: false };
}

/** The object of a line, or `null` when it is none. */
export function parseLine(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The verbale's number, `null` where it cannot be told. */
export function findLineNumber(text: string): string | null {
  return parseVerbaleNumber(trimText(parseLine(text)?.["numero"]));
}

function trimText(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

/** The verbale of a line, or every fault of it. */
export function readLine(
  line: number,
  text: string,
  table: FieldTable = verbaleFields,
): RowContent {
  const object = parseLine(text);
  if (object === null)
    return {
      faults: [
        rowFault(
          line,
          "FLUSSO_JSON",
          "la riga non è un oggetto JSON completo.",
          "scrivere un verbale per riga, tra graffe, senza andare a capo.",
        ),
      ],
    };
  const faults: RowFault[] = [];
  const missingAmounts = new Set<RowFault>();
  const verbale: Record<string, unknown> = { ...table.start };
  const found = new Map<string, unknown>();
  flatten(numberRecipients(object), "", { found, table }, (field) =>
    faults.push(unknownFieldFault(line, field, table)),
  );
  for (const [field, spec] of listSpecs(found.keys(), table)) {
    const at = { line, column: 0, header: field };
    const value = found.get(field);
    if (value === undefined) {
      if (spec.isFilled) pushMissing({ faults, missingAmounts }, field, at);
      else if (spec.isNeeded) setField(verbale, spec.at ?? field, "");
      continue;
    }
    const text = toText(value, spec);
    if (text === null) {
      faults.push({ ...at, ...wrongTypeFault(spec, value) });
      continue;
    }
    if (field === "numero" && parseVerbaleNumber(text) === null) {
      faults.push({ ...at, ...numberFault });
      continue;
    }
    const read = readValue(spec.kind, text, notation);
    if ("fault" in read) faults.push({ ...at, ...read.fault });
    else setField(verbale, spec.at ?? field, read.value);
  }
  settleAmounts({ faults, missingAmounts, verbale });
  finishRecipients(verbale, line, faults);
  readPositions(line, object["posizioni"], verbale, faults);
  return faults.length > 0
    ? { faults: faults.map((fault) => locateFault(fault, text)) }
    : { verbale };
}

/** Every field that there may be, and those of the ente's own that the line has. */
function* listSpecs(
  found: Iterable<string>,
  table: FieldTable,
): Iterable<readonly [string, FieldSpec]> {
  yield* table.specs;
  for (const field of found) {
    const spec = table.specs.has(field) ? undefined : table.find(field);
    if (spec !== undefined) yield [field, spec];
  }
}

/** The fault with the character column of its field's name, where the line has it. */
function locateFault(fault: RowFault, text: string): RowFault {
  const name = fault.header?.split(".").at(-1);
  return name === undefined ? fault : { ...fault, column: text.indexOf(`"${name}"`) + 1 };
}

const numberFault: Pick<RowFault, "code" | "message" | "remedy"> = {
  code: "FLUSSO_NUMBER",
  message: "il numero del verbale ha più di 100 caratteri o va a capo.",
  remedy: "scrivere il solo numero del verbale.",
};

function toText(value: unknown, spec: FieldSpec): string | null {
  if (spec.kind === "flag" && typeof value === "boolean") return String(value);
  if (spec.kind === "files" && Array.isArray(value))
    return value.every((name) => typeof name === "string") ? value.join("\n") : null;
  if (isNumeric(spec)) return typeof value === "number" ? value.toString() : null;
  return typeof value === "string" ? value : null;
}

function readPositions(
  line: number,
  positions: unknown,
  verbale: Record<string, unknown>,
  faults: RowFault[],
): void {
  if (positions === undefined || positions === null) return;
  const at = { line, column: 0, header: "posizioni" };
  if (!Array.isArray(positions)) {
    faults.push({
      ...at,
      code: "FLUSSO_JSON",
      message: "le posizioni non sono un elenco.",
      remedy: 'scrivere "posizioni": [{"iupd": "…"}].',
    });
    return;
  }
  for (const position of positions as readonly unknown[]) {
    const entries = isObject(position) ? Object.entries(position) : [];
    const [entry] = entries;
    const spec = entry === undefined ? undefined : verbaleFields.specs.get(`posizioni.${entry[0]}`);
    if (entries.length !== 1 || entry === undefined || spec === undefined) {
      faults.push({
        ...at,
        code: "FLUSSO_JSON",
        message: "una posizione non ha esattamente uno tra iupd, idPendenza e numeroAvviso.",
        remedy: 'scrivere {"iupd": "…"}, {"idPendenza": "…"} oppure {"numeroAvviso": "…"}.',
      });
      continue;
    }
    const [name, value] = entry;
    if (typeof value !== "string" || value.trim() === "") {
      faults.push({ ...at, header: `posizioni.${name}`, ...wrongTypeFault(spec, value) });
      continue;
    }
    const read = readValue(spec.kind, value.trim(), notation);
    if ("fault" in read) faults.push({ ...at, header: `posizioni.${name}`, ...read.fault });
    else setField(verbale, `posizioni.${name}`, read.value);
  }
}

/** `destinatari` as an object by number, from 2; where the line has no `destinatario` the first of them is it. */
function numberRecipients(object: Record<string, unknown>): Record<string, unknown> {
  const { destinatari, ...rest } = object;
  if (!Array.isArray(destinatari)) return object;
  const all = [
    ...("destinatario" in rest ? [rest["destinatario"]] : []),
    ...(destinatari as readonly unknown[]),
  ];
  const others = all.slice(1).map((each, index) => [String(index + 2), each] as const);
  return { ...rest, destinatario: all[0], destinatari: Object.fromEntries(others) };
}

/** What holds fields: `destinatario`, `destinatario.indirizzo`, and `extra` those of the ente's own. */
const branches: ReadonlySet<string> = new Set([
  "extra",
  "destinatari",
  ...[...verbaleFields.specs.keys()].flatMap((field) => {
    const parts = field.split(".");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
  }),
]);

/** Values by dotted name, trimmed; `null` and blank texts count as absent. */
function flatten(
  object: Record<string, unknown>,
  prefix: string,
  into: { readonly found: Map<string, unknown>; readonly table: FieldTable },
  unknown: (field: string) => void,
): void {
  for (const [name, value] of Object.entries(object)) {
    const field = prefix + name;
    if (field === "posizioni") continue;
    if (branches.has(field.replace(/^destinatari\.\d+/, "destinatario")) && isObject(value))
      flatten(value, `${field}.`, into, unknown);
    else if (into.table.find(field) === undefined) unknown(field);
    else if (typeof value === "string" && value.trim() !== "") into.found.set(field, value.trim());
    else if (typeof value !== "string" && value !== null) into.found.set(field, value);
  }
}

function unknownFieldFault(line: number, field: string, { specs }: FieldTable): RowFault {
  const near = findNearestName(field, [...specs.keys()]);
  return {
    line,
    column: 0,
    header: field,
    code: "FLUSSO_FIELD_UNKNOWN",
    message: "il verbale non ha questo campo.",
    remedy: near === null ? "toglierlo." : `forse si intendeva «${near}».`,
  };
}

function wrongTypeFault(
  spec: FieldSpec,
  value: unknown,
): Pick<RowFault, "code" | "message" | "remedy"> {
  const shown = maskValue(typeof value === "string" ? value : JSON.stringify(value));
  if (spec.kind === "cents")
    return {
      code: "FLUSSO_AMOUNT",
      message: `l'importo «${shown}» non è un numero intero di centesimi.`,
      remedy: "scrivere 17300 per 173,00 euro, senza virgolette.",
    };
  return isNumeric(spec)
    ? {
        code: "FLUSSO_FIGURE",
        message: `il valore «${shown}» non è un numero.`,
        remedy: "scrivere il solo numero, senza virgolette: 3.",
      }
    : {
        code: "FLUSSO_JSON",
        message: "il valore non è un testo.",
        remedy: "metterlo tra virgolette: i codici scritti come numeri perdono cifre.",
      };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
