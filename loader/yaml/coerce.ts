/** Makes typed values of source text by a step's schema, fills in defaults, and says in Italian what does not fit. */
import { checkCoerced } from "./coerce-faults.ts";
import { parseScalar } from "./coerce-scalar.ts";
import {
  matchesType,
  blameValue,
  findChoices,
  toPointer,
  formatSubject,
  joinApart,
  startApart,
  describeType,
  type CoerceOptions,
  type Walk,
} from "./coerce-walk.ts";
import { formatOrigin } from "./diagnostics.ts";
import { parseDuration } from "./duration.ts";
import { hasExpression, type Evaluated } from "./expressions.ts";
import type { JsonSchema } from "./schema-check.ts";
import { keepFit } from "./schema-fit.ts";
import { findFreeSchema, mendKeys, collectProperties } from "./keys.ts";
import { isEmptyScalar, type YamlMap, type YamlNode, type YamlScalar } from "./yaml.ts";

/** Says that a key has no value, as if it were not written. */
export const absent = Symbol("absent");

/**
 * The typed value of a node by one schema, defaults filled in. Unknown keys, wrong types and values that the schema
 * refuses become problems with their place; the value is whole only when none was an error.
 * `node` undefined: nothing was written, the defaults alone.
 */
export function coerceBySchema(
  node: YamlNode | undefined,
  schema: object,
  options: CoerceOptions,
): unknown {
  const walk: Walk = { ...options, places: new Map(), blamed: new Set(), hidden: new Set() };
  walk.places.set("", options.at);
  const written: YamlNode = node ?? { kind: "map", at: options.at, entries: [] };
  const known = mendKeys(written, schema, options);
  const value = coerceNode(walk, known, schema as JsonSchema, []);
  const typed = value === absent ? undefined : value;
  walk.problems.push(...checkCoerced(walk, schema, typed));
  return typed;
}

/** One value; `keys` lead to it from the schema's root. */
export function coerceNode(
  walk: Walk,
  node: YamlNode,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const pointer = toPointer(keys);
  if (!walk.places.has(pointer)) walk.places.set(pointer, node.at);
  if (node.kind === "scalar") return coerceScalar(walk, node, schema, keys);
  if (schema["anyOf"] !== undefined) return coerceUnion(walk, node, schema, keys);
  if (node.kind === "list") return coerceList(walk, node.items, schema, keys);
  if (!matchesType(schema, "object"))
    return blameValue(walk, keys, node.at, {
      code: "P005",
      message: `${formatSubject(walk, keys)} deve essere ${describeType(schema)}, non un gruppo di chiavi`,
      why: "qui cominciano altre chiavi",
    });
  return coerceMap(walk, node, schema, keys);
}

function coerceScalar(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const pointer = toPointer(keys);
  if (node.isBroken) {
    walk.blamed.add(pointer);
    return undefined;
  }
  if (isEmptyScalar(node) && matchesType(schema, "object")) {
    const empty: YamlMap = { kind: "map", at: node.at, entries: [] };
    return coerceMap(walk, empty, schema, keys);
  }
  if (isEmptyScalar(node) && matchesType(schema, "array")) return [];
  const expression = hasExpression(node.text) ? `  ${node.text}` : "";
  noteOrigin(walk, keys, formatOrigin(node.at) + expression);
  const evaluated = evaluateHere(walk, node, keys);
  switch (evaluated.status) {
    case "absent":
      return absent;
    case "error":
      walk.blamed.add(pointer);
      return undefined;
    case "unknown":
      return coerceUnknown(walk, node, schema, evaluated.type, keys);
    case "value":
      return coerceValue(evaluated.value, schema);
    case "text":
      return coerceText(walk, { ...node, text: evaluated.text }, schema, keys);
    default:
      return evaluated satisfies never;
  }
}

function evaluateHere(walk: Walk, node: YamlScalar, keys: readonly string[]): Evaluated {
  if (walk.evaluate !== undefined) return walk.evaluate(node);
  if (!hasExpression(node.text)) return { status: "text", text: node.text };
  blameValue(walk, keys, node.at, {
    code: "P012",
    message: `${formatSubject(walk, keys)}: qui le espressioni $(…) non sono ammesse`,
    remedy: "scrivi il valore per esteso",
  });
  return { status: "error" };
}

function coerceText(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  if (schema["anyOf"] !== undefined) return coerceUnion(walk, node, schema, keys);
  return parseScalar(walk, node, schema, keys);
}

/** The value of an expression: a duration may come as text. */
function coerceValue(value: unknown, schema: JsonSchema): unknown {
  if (schema["duration"] !== true || typeof value !== "string") return value;
  return parseDuration(value) ?? value;
}

/** A parameter without a value yet: only its type can be held against the schema. */
function coerceUnknown(
  walk: Walk,
  node: YamlScalar,
  schema: JsonSchema,
  type: string,
  keys: readonly string[],
): unknown {
  const fits =
    schema["anyOf"] !== undefined ||
    schema["type"] === undefined ||
    matchesType(schema, type) ||
    (type === "integer" && matchesType(schema, "number")) ||
    (type === "string" && schema["duration"] === true);
  if (!fits)
    return blameValue(walk, keys, node.at, {
      code: "P005",
      message: `${formatSubject(walk, keys)} deve essere ${describeType(schema)}`,
      why: `l'espressione dà ${describeType({ type })}`,
    });
  walk.hidden.add(toPointer(keys));
  return null;
}

function coerceList(
  walk: Walk,
  items: readonly YamlNode[],
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const at = walk.places.get(toPointer(keys)) ?? walk.at;
  if (!matchesType(schema, "array"))
    return blameValue(walk, keys, items[0]?.at ?? at, {
      code: "P005",
      message: `${formatSubject(walk, keys)} deve essere ${describeType(schema)}, non un elenco`,
    });
  const first = items[0];
  noteOrigin(walk, keys, formatOrigin(first?.at ?? at));
  const itemSchema = (schema["items"] ?? {}) as JsonSchema;
  const quiet: Walk = { ...walk, origins: {} };
  return items
    .map((item, index) => coerceNode(quiet, item, itemSchema, [...keys, String(index)]))
    .filter((value) => value !== absent);
}

function coerceMap(
  walk: Walk,
  node: YamlMap,
  schema: JsonSchema,
  keys: readonly string[],
): Record<string, unknown> {
  const properties = collectProperties(schema);
  const value: Record<string, unknown> = {};
  for (const entry of node.entries) {
    const name = entry.key.text;
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const childKeys = [...keys, name];
    // a group is pointed at by its key, and so is a key with nothing behind it
    const isEmpty = isEmptyScalar(entry.value);
    const written = isEmpty ? { ...entry.value, at: entry.key.at } : entry.value;
    if (isEmpty || written.kind !== "scalar") walk.places.set(toPointer(childKeys), entry.key.at);
    const wanted = own ?? findFreeSchema(schema, name) ?? {};
    const isShared =
      walk.evaluate === undefined &&
      written.kind !== "scalar" &&
      written.at.source !== walk.at.source;
    const child = isShared
      ? coerceShared(walk, written, wanted, childKeys)
      : coerceNode(walk, written, wanted, childKeys);
    if (child !== absent) setKey(value, name, child);
  }
  for (const [name, property] of Object.entries(properties)) {
    if (Object.hasOwn(value, name)) continue;
    if (walk.blamed.has(toPointer([...keys, name]))) continue;
    const filled = fillDefault(walk, property, [...keys, name]);
    if (filled !== undefined) setKey(value, name, filled);
  }
  return value;
}

/** What was made of a part of another file, which a hundred enti may take over. */
interface SharedPart {
  readonly schema: JsonSchema;
  readonly subject: string;
  readonly walk: Walk;
  readonly value: unknown;
}

const sharedParts = new WeakMap<YamlNode, SharedPart>();

/** Typed once, whoever takes it over: without expressions nothing but the text and its schema decides what becomes of it. */
function coerceShared(
  walk: Walk,
  node: YamlNode,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const subject = `${walk.originPrefix} ${formatSubject(walk, keys)}`;
  const known = sharedParts.get(node);
  const isKnown = known?.schema === schema && known.subject === subject;
  const apart = isKnown ? known.walk : startApart(walk, keys);
  const value = isKnown ? known.value : coerceNode(apart, node, schema, keys);
  if (!isKnown) {
    keepFit(schema, value);
    sharedParts.set(node, { schema, subject, walk: apart, value });
  }
  joinApart(walk, apart);
  return value;
}

/** The schema's default with the defaults inside it; `undefined` when it has none. */
function fillDefault(walk: Walk, schema: JsonSchema, keys: readonly string[]): unknown {
  const value = structuredClone(schema["default"]);
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    noteOrigin(walk, keys, "valore predefinito");
    return coerceValue(value, schema);
  }
  const filled = value as Record<string, unknown>;
  for (const [name, property] of Object.entries(collectProperties(schema))) {
    const inner = Object.hasOwn(filled, name)
      ? coerceValue(filled[name], property)
      : fillDefault(walk, property, [...keys, name]);
    if (inner !== undefined) setKey(filled, name, inner);
  }
  return filled;
}

/** A union of fixed values is a choice; of other shapes: the first that fits, or the one that looks most alike. */
function coerceUnion(
  walk: Walk,
  node: YamlNode,
  schema: JsonSchema,
  keys: readonly string[],
): unknown {
  const branches = schema["anyOf"] as readonly JsonSchema[];
  const isChoice = branches.every((branch) => branch["const"] !== undefined);
  if (isChoice && node.kind === "scalar") return parseScalar(walk, node, schema, keys);
  const alike = branches.filter((branch) => matchesShape(branch, node));
  for (const branch of alike) {
    const trial = startApart(walk, keys);
    const value = coerceNode(trial, node, branch, keys);
    const faults = checkCoerced(trial, branch, value, keys);
    if (trial.problems.length > 0 || faults.length > 0) continue;
    joinApart(walk, trial);
    return value;
  }
  const nearest = alike[0];
  if (nearest !== undefined) {
    const value = coerceNode(walk, node, nearest, keys);
    walk.problems.push(...checkCoerced(walk, nearest, value, keys));
    walk.blamed.add(toPointer(keys));
    return value;
  }
  const choices = findChoices(schema);
  const wanted = choices === null ? branches.map(describeType).join(" oppure ") : "un valore solo";
  return blameValue(walk, keys, walk.places.get(toPointer(keys)) ?? node.at, {
    code: "P005",
    message: `${formatSubject(walk, keys)} deve essere ${wanted}`,
    ...(choices !== null && { remedy: `scegli tra: ${choices.map(String).join(", ")}` }),
  });
}

/** Same kind of node, and the fixed values inside are the same. */
function matchesShape(branch: JsonSchema, node: YamlNode): boolean {
  if (node.kind === "list") return matchesType(branch, "array");
  if (node.kind === "scalar")
    return !matchesType(branch, "array") && !matchesType(branch, "object");
  if (!matchesType(branch, "object")) return false;
  const properties = collectProperties(branch);
  return node.entries.every((entry) => {
    const fixed = properties[entry.key.text]?.["const"];
    if (typeof fixed !== "string" || entry.value.kind !== "scalar") return true;
    return fixed === entry.value.text;
  });
}

function noteOrigin(walk: Walk, keys: readonly string[], origin: string): void {
  const path = [walk.originPrefix, ...keys].filter((part) => part !== "").join(".");
  walk.origins[path] = origin;
}

/** Plain assignment, safe for `__proto__`. */
function setKey(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
