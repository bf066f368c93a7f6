/** The fields of a verbale as texts of a form, and back: what cannot be read is a fault beside its field. */
import { decreeKinds, qualities } from "../../integrations/flusso/port.ts";
import { type FieldKind, fieldSpecs, readValue } from "../../integrations/flusso/fields.ts";
import { nameField } from "../drafts/name-field.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface FormField {
  /** Dotted name. */
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  /** `null`: typed, not chosen. */
  readonly choices: readonly (readonly [value: string, label: string])[] | null;
}

export interface FormGroup {
  readonly title: string;
  readonly fields: readonly FormField[];
  /** Rarely needed: closed until one of its fields holds something. */
  readonly isExtra: boolean;
}

/** A fault beside these fields; empty: of the verbale as a whole. */
export interface FieldFault {
  readonly fields: readonly string[];
  readonly message: string;
  /** Without it the verbale does not go. */
  readonly isError: boolean;
}

const choices: Readonly<Partial<Record<FieldKind, FormField["choices"]>>> = {
  type: [
    ["PF", "Persona fisica"],
    ["PG", "Persona giuridica"],
  ],
  flag: [
    ["", ""],
    ["sì", "Sì"],
    ["no", "No"],
  ],
  quality: [["", ""], ...qualities.map((word) => [word, word] as const)],
  decree: [["", ""], ...decreeKinds.map((word) => [word, word] as const)],
};

/** The number is the verbale itself; positions to cancel are the payment system's to know. */
const names = [...fieldSpecs].filter(
  ([name]) => name !== "numero" && !name.startsWith("posizioni."),
);

const groups: readonly (readonly [
  title: string,
  holds: (name: string) => boolean,
  isExtra: boolean,
])[] = [
  ["Destinatario", (name) => /^destinatario\.(?!indirizzo)/.test(name), false],
  ["Indirizzo", (name) => name.startsWith("destinatario.indirizzo."), false],
  ["Violazione", (name) => !/\.|Cents$/.test(name), false],
  ["Importi", (name) => name.endsWith("Cents"), false],
  [
    "Veicolo, velocità e dispositivo",
    (name) => /^(veicolo|velocita|dispositivo)\./.test(name),
    true,
  ],
];

export const formGroups: readonly FormGroup[] = groups.map(([title, holds, isExtra]) => ({
  title,
  isExtra,
  fields: names
    .filter(([name]) => holds(name))
    .map(([name, { kind }]) => ({
      name,
      label: nameField(name).replace(/ del destinatario$/, ""),
      kind,
      choices: choices[kind] ?? null,
    })),
}));

/** The texts of the form, by name. */
export function toFormTexts(verbale: Fields): ReadonlyMap<string, string> {
  return new Map(
    names.map(([name, { kind }]) => [name, formatField(readPath(verbale, name), kind)]),
  );
}

function formatField(value: unknown, kind: FieldKind): string {
  if (kind === "cents" && typeof value === "number")
    return (value / 100).toFixed(2).replace(".", ",");
  if (typeof value === "boolean") return value ? "sì" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The verbale with what was typed; a field that was left empty is not there. */
export function readFormTexts(
  base: Fields,
  texts: ReadonlyMap<string, string>,
): { readonly verbale: Fields; readonly faults: readonly FieldFault[] } {
  const verbale = structuredClone(base) as Record<string, unknown>;
  const faults: FieldFault[] = [];
  for (const [name, { kind, isFilled }] of names) {
    const text = texts.get(name)?.trim();
    if (text === undefined) continue;
    if (text === "") {
      if (isFilled) faults.push({ fields: [name], message: "Manca: scriverlo.", isError: true });
      writePath(verbale, name, undefined);
      continue;
    }
    const read = readValue(kind, text, { dates: "AAAA-MM-GG", amounts: "1.234,5" });
    if ("fault" in read) {
      const { message, remedy } = read.fault;
      faults.push({ fields: [name], message: `${message} Rimedio: ${remedy}`, isError: true });
      continue;
    }
    writePath(verbale, name, read.value);
  }
  // A text that must be there may be empty: the checks tell it with all the others.
  for (const [name, { kind, isNeeded }] of names)
    if (isNeeded && readPath(verbale, name) === undefined && isTextual(kind))
      writePath(verbale, name, "");
  return { verbale, faults };
}

function isTextual(kind: FieldKind): boolean {
  return ["text", "code", "words"].includes(kind);
}

/** The labels of what differs between two versions. */
export function listChanged(before: Fields, after: Fields): readonly string[] {
  const [left, right] = [toFormTexts(before), toFormTexts(after)];
  return names.flatMap(([name]) => (left.get(name) === right.get(name) ? [] : [nameField(name)]));
}

function readPath(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split("."))
    at = typeof at === "object" && at !== null ? (at as Fields)[name] : undefined;
  return at;
}

/** Objects on the way are made where a value needs them, and stay where it is taken out. */
function writePath(verbale: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let at = verbale;
  for (const name of parts) {
    if (at[name] === undefined && value === undefined) return;
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}
