/** The fields of a form for an ente's file, made of its schema: sections, words, kinds, what may be chosen. */
import type { TObject, TSchema } from "typebox";
import type { FormFieldKind } from "../../history/edited-files.ts";
import { fieldLabels } from "./words.ts";

/** One value that the schema knows, wherever it stands. */
export interface SchemaField {
  readonly path: readonly string[];
  readonly label: string;
  readonly help: string;
  readonly kind: FormFieldKind;
  /** What may be chosen. */
  readonly options: readonly string[];
  /** What holds where the file says nothing, as a file would write it; `null`: nothing. */
  readonly otherwise: string | null;
  readonly isRequired: boolean;
}

export interface SchemaSection {
  readonly key: string;
  readonly title: string;
  readonly fields: readonly SchemaField[];
}

interface Words {
  readonly title?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly pattern?: string;
  readonly type?: string;
  readonly anyOf?: readonly { readonly const?: unknown }[];
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

/** Every section of the schema that has values of one line; single values at the top are the first section's. */
export function listSections(schema: TObject): readonly SchemaSection[] {
  const { properties = {}, required = [] } = toWords(schema);
  const sections: SchemaSection[] = [];
  const loose: SchemaField[] = [];
  for (const [key, one] of Object.entries(properties)) {
    const words = toWords(one);
    const fields = listFields(one, [key], required.includes(key));
    if (words.properties === undefined) loose.push(...fields);
    else if (fields.length > 0)
      sections.push({ key, title: words.title ?? key, fields: tellApart(fields) });
  }
  return sections.map((section, place) =>
    place === 0 ? { ...section, fields: [...section.fields, ...loose] } : section,
  );
}

/** Values of two groups that are called the same are called after their group too. */
function tellApart(fields: readonly SchemaField[]): readonly SchemaField[] {
  const labels = fields.map(({ label }) => label);
  return fields.map((field) => {
    const { label, path } = field;
    if (labels.indexOf(label) === labels.lastIndexOf(label)) return field;
    const group = path.slice(0, path.at(-1) === "secret" ? -2 : -1);
    const name = fieldLabels[group.join(".")] ?? group.at(-1) ?? "";
    return { ...field, label: `${name}: ${label}` };
  });
}

function listFields(
  schema: TSchema,
  path: readonly string[],
  isRequired: boolean,
): readonly SchemaField[] {
  const words = toWords(schema);
  const { properties, required = [] } = words;
  if (properties !== undefined && !isSecret(properties))
    return Object.entries(properties).flatMap(([key, one]) =>
      listFields(one, [...path, key], required.includes(key)),
    );
  const kind = findKind(words, path);
  if (kind === null) return [];
  const label = fieldLabels[path.join(".")] ?? words.title ?? pickLabel(words, path);
  return [
    {
      path: kind === "secret" ? [...path, "secret"] : path,
      label,
      help:
        kind === "secret"
          ? "Il nome del segreto, mai il suo valore"
          : phraseHelp(words.description ?? "", label, kind),
      kind,
      options: (words.anyOf ?? []).map(({ const: value }) => String(value)),
      otherwise: words.default === undefined ? null : String(words.default),
      isRequired: isRequired && words.default === undefined,
    },
  ];
}

function isSecret(properties: Readonly<Record<string, TSchema>>): boolean {
  return Object.keys(properties).join() === "secret";
}

/** `null`: a list or names of one's own, which a form of single lines cannot show. */
function findKind(words: Words, path: readonly string[]): FormFieldKind | null {
  const { type, anyOf, pattern = "", description = "", properties } = words;
  if (properties !== undefined) return "secret";
  if (anyOf !== undefined) return anyOf.every((one) => one.const !== undefined) ? "choice" : null;
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number")
    return path.at(-1)?.endsWith("Cents") || /centesimi/.test(description) ? "euro" : "number";
  if (type !== "string") return null;
  return pattern === "^\\d{4}-\\d{2}-\\d{2}$" ? "date" : "text";
}

/** What the description says besides its name, for whoever types no YAML: without quotes, in euro, yes and no. */
function phraseHelp(description: string, label: string, kind: FormFieldKind): string {
  const said = description.startsWith(label) ? description.slice(label.length) : description;
  const plain = said
    .replace(/^[:;,.\s]+/, "")
    .replace(/,? tra virgolette/, "")
    .replace(/^true: /, "Sì: ")
    .replace(/; false: /, "; no: ");
  const told =
    kind === "euro" ? phraseEuro(plain) : plain.replace(/se manca, false/i, "se manca, no");
  return /^https?:/.test(told) ? told : told.charAt(0).toLocaleUpperCase("it") + told.slice(1);
}

/** Cents of the description in euro; the sign stands beside the field. */
function phraseEuro(help: string): string {
  return help
    .replace(/^centesimi[:;,.]?\s*/, "")
    .replace(
      /se manca, (\d+)/i,
      (_, cents: string) => `se manca, ${(Number(cents) / 100).toFixed(2).replace(".", ",")}`,
    );
}

/** The beginning of the description, up to its first stop. */
function pickLabel({ description = "" }: Words, path: readonly string[]): string {
  const [first = ""] = description.split(/[:;,.(]/);
  return first.trim() === "" ? (path.at(-1) ?? "") : first.trim();
}

/** What JSON schema says beside the type. */
function toWords(schema: TSchema): Words {
  return schema;
}
