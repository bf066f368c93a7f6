/** Turns an item's data into titled lists of label and value, in the words of the steps that added them. */
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { formatCents, formatDay, formatSeconds } from "../words/format.ts";
import { toFields } from "./fields.ts";
import type { RunStep } from "./run-spec.ts";
import { buildCostsSection, buildReceiptsSection } from "./money-section.ts";
import { buildTermsSection } from "./terms-section.ts";

export interface FieldSection {
  readonly title: string;
  readonly fields: readonly Labelled[];
}

/** Label and value. */
type Labelled = readonly [string, string];

/** Files and the IUN have their own place on the page. */
const shownElsewhere = new Set(["documents", "signedDocuments", "archive", "iun"]);

/** What is told in sentences rather than field by field. */
const ownSections: Readonly<Record<string, (value: unknown) => FieldSection | null>> = {
  terms: buildTermsSection,
  costs: buildCostsSection,
  receipts: buildReceiptsSection,
};

/**
 * The schemas of the fields that steps add, by name: as the steps of the run say it, for a field that none of them adds (its
 * step is no longer installed) as any other step does.
 */
export function collectFieldSchemas(
  steps: readonly RunStep[],
  registry: StepRegistry,
): Readonly<Record<string, JsonSchema>> {
  const ofRun = steps.map(({ uses }) => registry.get(uses));
  const found = [...registry.listSteps(), ...ofRun].map((known) => known?.step.adds.properties);
  return Object.assign({}, ...found) as Readonly<Record<string, JsonSchema>>;
}

/**
 * The data in the order in which the steps added it. An object is a section; an object inside it too where its schema has a
 * title, else its fields stand among the others. What has no title keeps its own name.
 */
export function buildSections(
  data: Readonly<Record<string, unknown>>,
  schemas: Readonly<Record<string, JsonSchema>>,
): readonly FieldSection[] {
  const sections: FieldSection[] = [];
  const loose: Labelled[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (shownElsewhere.has(name)) continue;
    const schema = schemas[name] ?? {};
    const own = ownSections[name]?.(value) ?? null;
    if (own !== null) sections.push(own);
    else if (isRecord(value)) sections.push(...buildObjectSections(name, value, schema));
    else loose.push(...flatten(name, value, schema));
  }
  if (loose.length > 0) sections.push({ title: "Altri dati", fields: loose });
  return sections.filter(({ fields }) => fields.length > 0);
}

function buildObjectSections(
  name: string,
  value: Readonly<Record<string, unknown>>,
  schema: JsonSchema,
): readonly FieldSection[] {
  const fields: Labelled[] = [];
  const inner: FieldSection[] = [];
  for (const [field, part] of Object.entries(value)) {
    const own = pickProperty(schema, field);
    if (isRecord(part) && readTitle(own) !== null)
      inner.push(...buildObjectSections(field, part, own));
    else fields.push(...flatten(field, part, own));
  }
  return [{ title: readTitle(schema) ?? name, fields }, ...inner];
}

function flatten(name: string, value: unknown, schema: JsonSchema): readonly Labelled[] {
  if (value === null || value === undefined) return [];
  const label = readTitle(schema) ?? name;
  if (Array.isArray(value)) {
    const entries = toFields(schema["items"]);
    if (value.length > 0 && value.every(isPaymentOption))
      return value.map((option) => describeOption(option, entries));
    return value.map((entry, index) => [
      value.length === 1 ? label : `${label} (${index + 1})`,
      formatEntry(entry, entries),
    ]);
  }
  if (isRecord(value))
    return Object.entries(value).flatMap(([field, inner]) =>
      flatten(field, inner, pickProperty(schema, field)),
    );
  return [[label, formatScalar(name, value, schema)]];
}

/** A way to pay; its codes stand at the top of the page. */
function isPaymentOption(value: unknown): boolean {
  const { kind, noticeCode, amountCents } = toFields(value);
  return kind !== undefined && noticeCode !== undefined && typeof amountCents === "number";
}

function describeOption(option: unknown, schema: JsonSchema): Labelled {
  const { kind, amountCents } = toFields(option);
  const label = readTitle(pickProperty(schema, "amountCents")) ?? "amountCents";
  const word = formatScalar("kind", kind, pickProperty(schema, "kind"));
  return [`${label} (${word})`, formatCents(Number(amountCents))];
}

function formatEntry(entry: unknown, schema: JsonSchema): string {
  if (!isRecord(entry)) return formatScalar("", entry, schema);
  return Object.entries(entry)
    .flatMap(([name, value]) => flatten(name, value, pickProperty(schema, name)))
    .map(([label, value]) => `${label}: ${value}`)
    .join(" · ");
}

function formatScalar(name: string, value: unknown, schema: JsonSchema): string {
  const word = findLiteralTitle(schema, value);
  if (word !== null) return word;
  if (typeof value === "number" && name.endsWith("Cents")) return formatCents(value);
  if (typeof value === "boolean") return value ? "sì" : "no";
  const text = String(value);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return formatSeconds(text);
  return formatDay(text);
}

/** The title of the literal that the value is, where the schema is one or a choice of them. */
function findLiteralTitle(schema: JsonSchema, value: unknown): string | null {
  const branches = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [schema];
  const literal = branches.map(toFields).find((branch) => branch["const"] === value);
  return literal === undefined || value === undefined ? null : readTitle(literal);
}

function pickProperty(schema: JsonSchema, name: string): JsonSchema {
  return toFields(toFields(schema["properties"])[name]);
}

function readTitle(schema: JsonSchema): string | null {
  const title = schema["title"];
  return typeof title === "string" && title !== "" ? title : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
