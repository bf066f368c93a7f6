/** A schema of the loader as one of JSON Schema alone, that takes what an editor's YAML reader makes of a text that `check` takes. */
import { durationPattern } from "../../loader/yaml/duration.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import {
  buildDecimalPattern,
  buildIntegerPattern,
  listConstSpellings,
  listNumberSpellings,
} from "./spellings.ts";

/** Where the schema stands. */
export interface Manner {
  /** Single values may be `$(params.x)` or `$(ente.x)`; elsewhere they are faults. */
  readonly hasExpressions: boolean;
  /** Everything may be left out, and `null` takes a key away. */
  readonly isPartial: boolean;
}

const reference = String.raw`\$\(\s*(?:params|ente)(?:\.[A-Za-z0-9_-]+)+\s*\)`;
/** A text that holds an expression and nothing that looks like one. */
const mixed = String.raw`^(?:[^$]|\$(?!\())*(?:${reference}(?:[^$]|\$(?!\())*)+$`;
const whole = String.raw`^\s*${reference}\s*$`;
const noExpression = { not: { pattern: String.raw`\$\(` } };

/** No keyword of ours, durations as text, a field with a default may be left out. */
export function adaptForEditor(schema: object, manner: Manner): JsonSchema {
  // TypeBox keeps things beside the data.
  return adapt(JSON.parse(JSON.stringify(schema)) as JsonSchema, manner);
}

function adapt(schema: JsonSchema, manner: Manner): JsonSchema {
  const { title, description, default: fallback } = schema;
  const shape = adaptShape(schema, manner);
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    ...shape,
  };
}

function adaptShape(schema: JsonSchema, manner: Manner): JsonSchema {
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  if (branches !== undefined)
    return toUnion(branches.flatMap((branch) => listShapes(branch, manner)));
  if (schema["type"] === "object") return adaptObject(schema, manner);
  return toUnion(listShapes(schema, manner));
}

function toUnion(shapes: readonly JsonSchema[]): JsonSchema {
  const [first, ...others] = shapes;
  if (first === undefined) return {};
  return others.length === 0 ? first : { anyOf: shapes };
}

/** The ways to write a value, the one that is meant first. */
function listShapes(schema: JsonSchema, manner: Manner): readonly JsonSchema[] {
  const nothing: readonly JsonSchema[] = manner.isPartial ? [{ type: "null" }] : [];
  if (schema["const"] !== undefined) {
    const { const: value, description } = schema;
    const told = { const: value, ...(description !== undefined && { description }) };
    return [told, ...listConstSpellings(value), ...toMixed(manner), ...nothing] as JsonSchema[];
  }
  if (schema["duration"] === true)
    return [{ type: "string", pattern: durationPattern }, ...toMixed(manner), ...nothing];
  switch (schema["type"]) {
    case "string":
      return [...listTexts(schema, manner), ...nothing];
    case "integer":
    case "number":
      return [...listNumbers(schema), ...toWhole(manner), ...nothing];
    case "boolean": {
      const spelt = { type: "string", pattern: "^(?:true|false)$" };
      return [{ type: "boolean" }, spelt, ...toWhole(manner), ...nothing];
    }
    case "array":
      return [...listLists(schema, manner), ...nothing];
    case "object":
      // Among others, a key with nothing behind it is no group.
      return [{ ...adaptObject(schema, manner), type: "object" }, ...nothing];
    default:
      return [pickPlainKeys(schema)];
  }
}

function toMixed({ hasExpressions }: Manner): readonly JsonSchema[] {
  return hasExpressions ? [{ type: "string", pattern: mixed }] : [];
}

function toWhole({ hasExpressions }: Manner): readonly JsonSchema[] {
  return hasExpressions ? [{ type: "string", pattern: whole }] : [];
}

function listTexts(schema: JsonSchema, manner: Manner): readonly JsonSchema[] {
  const { pattern } = schema;
  const takesAny = typeof pattern !== "string" || new RegExp(pattern, "u").test("$(x)");
  const text = { ...pickPlainKeys(schema), ...(takesAny && noExpression) };
  return [text, ...(listNumberSpellings(schema) as JsonSchema[]), ...toMixed(manner)];
}

function listNumbers(schema: JsonSchema): readonly JsonSchema[] {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  const build = schema["type"] === "integer" ? buildIntegerPattern : buildDecimalPattern;
  const pattern = build(minimum, maximum);
  return [pickPlainKeys(schema), { type: "string", pattern }];
}

/** The items of a list replace those of the pipeline: they are whole. */
function listLists(schema: JsonSchema, manner: Manner): readonly JsonSchema[] {
  const items = adapt((schema["items"] ?? {}) as JsonSchema, { ...manner, isPartial: false });
  const isNeeded = Number(schema["minItems"] ?? 0) > 0;
  return [{ ...pickPlainKeys(schema), items }, ...(isNeeded ? [] : [{ type: "null" }])];
}

function adaptObject(schema: JsonSchema, manner: Manner): JsonSchema {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const patterns = schema["patternProperties"] as Readonly<Record<string, JsonSchema>> | undefined;
  const others = schema["additionalProperties"];
  const required = ((schema["required"] ?? []) as readonly string[]).filter(
    (name) => properties[name]?.["default"] === undefined,
  );
  const isNeeded = required.length > 0 && !manner.isPartial;
  const { required: _, ...plain } = pickPlainKeys(schema);
  const shape: JsonSchema = {
    ...plain,
    ...(schema["properties"] !== undefined && { properties: adaptEach(properties, manner) }),
    ...(patterns !== undefined && {
      patternProperties: adaptEach(patterns, manner),
      additionalProperties: false,
    }),
    ...(typeof others === "object" &&
      others !== null && { additionalProperties: adapt(others as JsonSchema, manner) }),
    ...(isNeeded && { required }),
  };
  const canBeEmpty = !isNeeded && Number(schema["minProperties"] ?? 0) === 0;
  return canBeEmpty ? { ...shape, type: ["object", "null"] } : shape;
}

function adaptEach(schemas: Readonly<Record<string, JsonSchema>>, manner: Manner): object {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, adapt(schema, manner)]),
  );
}

const ourKeys: ReadonlySet<string> = new Set(
  "title description default duration shorthand remedy inspected own ofFile".split(" "),
);

/** What JSON Schema knows and what is not said elsewhere. */
function pickPlainKeys(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !ourKeys.has(key)));
}
