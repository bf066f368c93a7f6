/** The file of an ente as a form: what it says of each field of the schema, what only the text shows, and the text with what was typed. */
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { EnteSettings } from "../../../integrations/ente.ts";
import type { EnteForm, EnteFormField, FormRest } from "../../history/edited-files.ts";
import { editText, findPair, isEmpty, isLine, parseText } from "./edit-text.ts";
import { listSections, type SchemaField } from "./fields.ts";

const sections = listSections(EnteSettings);
const known = new Map(
  sections.flatMap(({ fields }) => fields.map((field) => [field.path.join("."), field] as const)),
);

/** `null`: the text is no YAML map, and only the editor can mend it. */
export function readEnteForm(text: string): EnteForm | null {
  const { contents, errors } = parseText(text);
  if (errors.length > 0 || (contents !== null && !isMap(contents))) return null;
  const lines = new LineCounter();
  parseDocument(text, { lineCounter: lines });
  const read = sections.map(({ key, title, fields }) => ({
    key,
    title,
    isThere: contents !== null && findPair(contents, key) !== undefined,
    fields: fields.map((field) => readField(contents, field)),
  }));
  return { sections: read, rest: contents === null ? [] : listRest(contents, [], lines) };
}

function readField(contents: unknown, field: SchemaField): EnteFormField {
  const { path, kind, otherwise } = field;
  const name = path.join(".");
  const node = findNode(contents, path);
  const parent = findNode(contents, path.slice(0, kind === "secret" ? -2 : -1));
  const shared = {
    ...field,
    name,
    // Of a group that the file does not have nothing is wanted.
    isRequired: field.isRequired && (isMap(parent) || path.length <= 2),
    otherwise: otherwise === null || kind !== "euro" ? otherwise : toEuro(otherwise),
  };
  if (node === undefined || isEmpty(node))
    return { ...shared, value: "", isInFile: false, start: null, end: null };
  const [start, end] = (node as Node).range ?? [0, 0];
  const text = isScalar(node) ? String(node.value) : "";
  if (!isLine(node) || !canShow(field, text))
    return { ...shared, value: text, isInFile: true, start, end };
  return { ...shared, value: kind === "euro" ? toEuro(text) : text, isInFile: false, start, end };
}

/** A value that the form would change by showing it stays in the file. */
function canShow({ kind, options }: SchemaField, text: string): boolean {
  if (kind === "switch") return text === "true" || text === "false";
  if (kind === "choice") return options.includes(text);
  if (kind === "euro") return /^\d{1,12}$/.test(text);
  if (kind === "date") return /^\d{4}-\d{2}-\d{2}$/.test(text);
  return !text.includes("\n");
}

function findNode(contents: unknown, path: readonly string[]): unknown {
  let node: unknown = contents;
  for (const key of path) {
    if (!isMap(node)) return path.at(-1) === key || node === null ? undefined : node;
    node = findPair(node, key)?.value;
    if (node === undefined) return undefined;
  }
  return node;
}

/** What no field shows: by its outermost key, with the line where it stands. */
function listRest(map: unknown, path: readonly string[], lines: LineCounter): readonly FormRest[] {
  if (!isMap(map)) return [];
  return map.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return [];
    const here = [...path, String(key.value)];
    const name = here.join(".");
    if (known.has(name)) return [];
    const isPart = [...known.keys()].some((one) => one.startsWith(`${name}.`));
    if (isPart) return listRest(value, here, lines);
    return [{ name, line: lines.linePos(key.range?.[0] ?? 0).line }];
  });
}

/**
 * The text with what was typed: only fields that differ from what they showed are written. `given`: by the names of the fields;
 * a switch that is off is not among them, so `shown` names those that the form had.
 */
export function fillEnteForm(
  text: string,
  given: ReadonlyMap<string, string>,
  shown: readonly string[],
): string {
  const form = readEnteForm(text);
  if (form === null) return text;
  let filled = text;
  for (const field of form.sections.flatMap(({ fields }) => fields)) {
    if (field.isInFile || !shown.includes(field.name)) continue;
    const value = readGiven(field, given.get(field.name));
    if (value !== undefined) filled = editText(filled, field.path, value);
  }
  return filled;
}

/** What is to be written, `null`: nothing stays; `undefined`: it is as it was. */
function readGiven(field: EnteFormField, typed: string | undefined): string | null | undefined {
  const { kind, value, otherwise } = field;
  if (kind === "switch") {
    const isOn = typed === "true";
    const wasOn = (value === "" ? (otherwise ?? "false") : value) === "true";
    return isOn === wasOn ? undefined : String(isOn);
  }
  const given = (typed ?? "").replaceAll(/[\r\n]+/g, " ").trim();
  if (given === value) return undefined;
  if (given === "") return null;
  return kind === "euro" ? toCents(given) : given;
}

function toEuro(cents: string): string {
  const whole = cents.padStart(3, "0");
  return `${whole.slice(0, -2)},${whole.slice(-2)}`;
}

/** What is no amount is written as it was typed: the checks say so. */
function toCents(euro: string): string {
  const found = /^(\d{1,9})(?:[,.](\d{1,2}))?(?:\s*€)?$/.exec(euro);
  if (found === null) return euro;
  return String(Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")));
}
