/** Finds keys that a schema does not know, says which was meant, and goes on as if it had been written. */
import { reportFault, type Fault, type Fix, type Problem } from "./diagnostics.ts";
import { type ForeignKey, readHabits } from "./habits.ts";
import type { JsonSchema } from "./schema-check.ts";
import { suggestKey } from "./suggest.ts";
import {
  isEmptyScalar,
  findText,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "./yaml.ts";

export interface KeyContext {
  readonly problems: Problem[];
  /** Whose keys these are, with its preposition: `nella pipeline`, `nel passo "render"`. */
  readonly owner: string;
  /** Keys on the way from the owner to here. */
  readonly path: readonly string[];
}

/**
 * The node with known keys only: an unknown key becomes a P003, is taken for the key that was meant, or dropped.
 * Lists and maps are followed as deep as the schema goes.
 */
export function mendKeys(node: YamlNode, schema: object, context: KeyContext): YamlNode {
  if (node.kind === "scalar" || sound.get(node)?.has(schema) === true) return node;
  const told = context.problems.length;
  const mended = mendInside(node, schema as JsonSchema, context);
  if (mended === node && context.problems.length === told) {
    const known = sound.get(node) ?? new WeakSet();
    sound.set(node, known.add(schema));
  }
  return mended;
}

/** Nodes that were found without a fault, by schema: the parts of a base are asked for by each ente that takes them over. */
const sound = new WeakMap<YamlNode, WeakSet<object>>();

/** The same node where nothing had to be mended. */
function mendInside(
  node: Exclude<YamlNode, YamlScalar>,
  shape: JsonSchema,
  context: KeyContext,
): YamlNode {
  if (node.kind === "list") {
    const items = shape["items"] as JsonSchema | undefined;
    if (items === undefined) return node;
    const mended = node.items.map((item) => mendKeys(item, items, buildItemContext(item, context)));
    return mended.every((item, index) => item === node.items[index])
      ? node
      : { ...node, items: mended };
  }
  return mendMapKeys(node, shape, context);
}

/** The properties of an object schema, those of all branches of a union of objects, or none. */
export function collectProperties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const own = schema["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
  const branches = (schema["anyOf"] ?? []) as readonly JsonSchema[];
  return Object.assign({}, ...branches.map(collectProperties), own) as Record<string, JsonSchema>;
}

/** Whether keys that neither `properties` nor a pattern knows are faults. */
export function isClosed(schema: JsonSchema): boolean {
  const branches = (schema["anyOf"] ?? []) as readonly JsonSchema[];
  if (branches.length > 0)
    return branches.every((branch) => branch["type"] !== "object" || isClosed(branch));
  return schema["additionalProperties"] === false || schema["patternProperties"] !== undefined;
}

/** The schema of a key that is not in `properties`. */
export function findFreeSchema(schema: JsonSchema, key: string): JsonSchema | null {
  for (const [pattern, known] of Object.entries(schema["patternProperties"] ?? {}))
    if (new RegExp(pattern, "u").test(key)) return known as JsonSchema;
  const others = schema["additionalProperties"];
  return typeof others === "object" && others !== null ? (others as JsonSchema) : null;
}

function mendMapKeys(node: YamlMap, schema: JsonSchema, context: KeyContext): YamlMap {
  const properties = collectProperties(schema);
  const written = new Set(node.entries.map((entry) => entry.key.text));
  const entries: YamlEntry[] = [];
  for (const entry of node.entries) {
    const name = entry.key.text;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const free = known ?? findFreeSchema(schema, name);
    if (free !== undefined && free !== null) {
      const value = mendKeys(entry.value, free, buildChildContext(context, entry));
      entries.push(value === entry.value ? entry : { key: entry.key, value });
    } else if (isClosed(schema)) {
      const mended = mendKey(entry, schema, written, context);
      if (mended !== null) entries.push(mended);
    } else entries.push(entry);
  }
  const isSame =
    entries.length === node.entries.length &&
    entries.every((entry, index) => entry === node.entries[index]);
  return isSame ? node : { ...node, entries };
}

function mendKey(
  entry: YamlEntry,
  shape: JsonSchema,
  written: Set<string>,
  context: KeyContext,
): YamlEntry | null {
  const { key, value } = entry;
  if (key.isBroken) return null;
  const properties = collectProperties(shape);
  const names = Object.keys(properties);
  const foreign = findForeignKey(key.text, names);
  if (foreign !== null) {
    reportFault(context.problems, key.at, {
      code: "P003",
      message: `chiave "${key.text}" non riconosciuta ${context.owner}`,
      why: foreign.why,
      remedy: foreign.remedy,
    });
    const { instead } = foreign;
    if (instead === undefined || written.has(instead)) return null;
    written.add(instead);
    return { key: { ...key, text: instead }, value: { ...key, text: "", isBroken: true } };
  }
  const free = names.filter((name) => !written.has(name));
  const suggestion = suggestKey(key.text, free);
  const inside = context.path.length === 0 ? "" : ` in "${context.path.join(".")}"`;
  const message = `chiave "${key.text}" non riconosciuta${inside} ${context.owner}`;
  if (suggestion === null) {
    reportFault(context.problems, key.at, {
      code: "P003",
      message,
      ...explainUnknownKey(entry, names, shape),
    });
    return null;
  }
  const { word, isSynonym } = suggestion;
  written.add(word);
  const schema = properties[word] ?? {};
  const mended = formatShorthand(word, value, schema);
  const fault: Fault = isSynonym
    ? {
        code: "P003",
        message,
        why: `in questa lingua si scrive "${word}"`,
        remedy: mended ?? `${word}: …`,
        fix: buildFix(key, value, word, mended),
      }
    : { code: "P003", message, maybe: word };
  reportFault(context.problems, key.at, fault);
  const isWrongShape = value.kind === "scalar" && schema["type"] === "object";
  const child = buildChildContext(context, { key: { ...key, text: word }, value });
  return {
    key: { ...key, text: word },
    value: isWrongShape ? { ...value, isBroken: true } : mendKeys(value, schema, child),
  };
}

/** In a step entry only: there the words of other engines are typed by habit. */
function findForeignKey(word: string, known: readonly string[]): ForeignKey | null {
  if (!known.includes("uses") || known.includes(word)) return null;
  return readHabits().foreign.find(({ keys }) => keys.includes(word)) ?? null;
}

/** What to say of a key that resembles none. */
function explainUnknownKey(
  entry: YamlEntry,
  names: readonly string[],
  shape: JsonSchema,
): Partial<Fault> {
  if (/^\d+$/.test(entry.key.text) && isEmptyScalar(entry.value))
    return {
      why: "tra parentesi la virgola separa le chiavi",
      remedy: "i decimali si scrivono con il punto; un testo con la virgola va tra virgolette",
    };
  const [pattern] = Object.keys(shape["patternProperties"] ?? {});
  if (pattern !== undefined) return { remedy: `una chiave ha qui la forma ${pattern}` };
  if (names.length === 0) return { remedy: "togli la chiave" };
  return { options: `chiavi ammesse: ${names.join(", ")}` };
}

/** `retry: 5` written out: `retry: { times: 5 }`; `null` where the schema has no such short form. */
export function formatShorthand(name: string, value: YamlNode, schema: JsonSchema): string | null {
  const short = schema["shorthand"];
  if (typeof short !== "string" || value.kind !== "scalar" || !/^\d+$/.test(value.text))
    return null;
  return `${name}: { ${short}: ${value.text} }`;
}

function buildFix(key: YamlScalar, value: YamlNode, word: string, mended: string | null): Fix {
  const { start, end } = key.at;
  return mended === null ? { start, end, text: word } : { start, end: value.at.end, text: mended };
}

/** A step entry, and what an ente changes of it, become the owner of their keys. */
function buildChildContext(context: KeyContext, entry: YamlEntry): KeyContext {
  const name = entry.key.text;
  if (context.path.at(-1) === "change")
    return { ...context, owner: `nella modifica del passo "${name}"`, path: [] };
  if (name === "step" && entry.value.kind === "map")
    return { ...context, owner: describeOwner(entry.value), path: [] };
  return { ...context, path: [...context.path, name] };
}

function buildItemContext(item: YamlNode, context: KeyContext): KeyContext {
  if (context.path.at(-1) !== "steps") return context;
  return { ...context, owner: describeOwner(item), path: [] };
}

function describeOwner(entry: YamlNode): string {
  const name = findText(entry, "id") ?? findText(entry, "uses") ?? findText(entry, "usa");
  return name === undefined ? "in un passo" : `nel passo "${name}"`;
}
