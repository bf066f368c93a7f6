/** What the parts of the coercion share: its state, its words and its questions to a schema. */
import { reportFault, type Fault, type Problem, type Span } from "./diagnostics.ts";
import type { Evaluated } from "./expressions.ts";
import type { JsonSchema } from "./schema-check.ts";
import { formatShorthand } from "./keys.ts";
import type { YamlScalar } from "./yaml.ts";

export interface CoerceOptions {
  readonly problems: Problem[];
  /** Path of a value -> `file:line` where it was written, or why it has the value; filled here. */
  readonly origins: Record<string, string>;
  /** First part of the paths in `origins`: `steps.render.with`; empty for none. */
  readonly originPrefix: string;
  /** Whose value it is, with its preposition: `nel passo "render"`. */
  readonly owner: string;
  /** Keys on the way from the owner to the value, for messages: `["with"]`. */
  readonly path: readonly string[];
  /** Where to point when the value itself is missing. */
  readonly at: Span;
  /** Resolves expressions; without it `$(…)` is an error. */
  readonly evaluate?: (scalar: YamlScalar) => Evaluated;
}

/** The state of one coercion. Pointers are keys joined by "/", as ajv writes them. */
export interface Walk extends CoerceOptions {
  /** Where each value is written. */
  readonly places: Map<string, Span>;
  /** A problem was told about these. */
  readonly blamed: Set<string>;
  /** Their value comes when the run starts. */
  readonly hidden: Set<string>;
}

/** Notes a problem about a value, so that ajv's word on it is not told too. */
export function blameValue(walk: Walk, keys: readonly string[], at: Span, fault: Fault): undefined {
  walk.blamed.add(toPointer(keys));
  reportFault(walk.problems, at, fault);
  return undefined;
}

/** How a message names a value: `nel passo "render", "with.model"`. */
export function formatSubject(walk: CoerceOptions, keys: readonly string[]): string {
  const path = [...walk.path, ...keys].join(".");
  return path === "" ? `il valore ${walk.owner}` : `${walk.owner} "${path}"`;
}

/** What a schema wants, in words. */
export function describeType(schema: JsonSchema): string {
  if (schema["duration"] === true) return "una durata (30s, 10m, 24h)";
  const names: Readonly<Record<string, string>> = {
    string: "un testo",
    integer: "un numero intero",
    number: "un numero",
    boolean: "true oppure false",
    array: "un elenco",
    object: "un gruppo di chiavi",
  };
  return names[String(schema["type"])] ?? "un altro valore";
}

export function toPointer(keys: readonly string[]): string {
  let pointer = "";
  for (const key of keys)
    pointer += /[~/]/.test(key) ? `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}` : `/${key}`;
  return pointer;
}

/** A walk below `keys` that keeps to itself what it finds. */
export function startApart(walk: Walk, keys: readonly string[]): Walk {
  const pointer = toPointer(keys);
  const at = walk.places.get(pointer);
  const places = new Map(at === undefined ? [] : [[pointer, at]]);
  return { ...walk, problems: [], origins: {}, places, blamed: new Set(), hidden: new Set() };
}

/** What a walk apart found, as if it had been this one. */
export function joinApart(walk: Walk, apart: Walk): void {
  walk.problems.push(...apart.problems);
  for (const path in apart.origins) walk.origins[path] = apart.origins[path] ?? "";
  for (const [pointer, at] of apart.places)
    if (!walk.places.has(pointer)) walk.places.set(pointer, at);
  for (const pointer of apart.blamed) walk.blamed.add(pointer);
  for (const pointer of apart.hidden) walk.hidden.add(pointer);
}

/** Whether a schema takes values of a JSON type; one without type takes all. */
export function matchesType(schema: JsonSchema, type: string): boolean {
  const wanted = schema["type"];
  if (wanted === undefined) return schema["anyOf"] === undefined && schema["const"] === undefined;
  return wanted === type || (Array.isArray(wanted) && wanted.includes(type));
}

/** The fixed values of a schema, `null` when it is no choice. */
export function findChoices(schema: JsonSchema): readonly unknown[] | null {
  if (schema["const"] !== undefined) return [schema["const"]];
  if (Array.isArray(schema["enum"])) return schema["enum"] as readonly unknown[];
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  if (branches === undefined || branches.some((branch) => branch["const"] === undefined))
    return null;
  return branches.map((branch) => branch["const"]);
}

/** Shows the long form where a schema has a short one: `retry: { times: 5 }`. */
export function formatLongForm(node: YamlScalar, schema: JsonSchema, keys: readonly string[]) {
  return formatShorthand(keys.at(-1) ?? "", node, schema) ?? undefined;
}
