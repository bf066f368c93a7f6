/** The JSON schemas that editors complete pipelines and enti from, made of the engine's schemas and the steps' own. */
import { durationPattern } from "../loader/yaml/duration.ts";
import { buildEnteFileSchema, PipelineFile, StepEntry } from "../loader/pipeline/schema.ts";
import type { StepRegistry } from "../loader/pipeline/registry.ts";
import type { JsonSchema } from "../loader/yaml/schema-check.ts";

const dialect = "http://json-schema.org/draft-07/schema#";
const expressionPattern = "\\$\\((?:params|ente)\\.";

/** Schema of `pipelines/*.yaml`: `uses` decides what `with` may say. */
export function buildPipelineEditorSchema(registry: StepRegistry): object {
  const file = adaptForEditors(PipelineFile) as unknown as EditorSchema;
  return {
    $schema: dialect,
    title: "Pipeline di Postino",
    ...file,
    properties: {
      ...file.properties,
      steps: { ...file.properties["steps"], items: { $ref: "#/definitions/step" } },
      onFailure: addStepRules({ ...file.properties["onFailure"] }, registry),
    },
    definitions: buildDefinitions(registry),
  };
}

/** Schema of `pipelines/enti/*.yaml`. */
export function buildEnteEditorSchema(registry: StepRegistry, settingsSchema: object): object {
  const file = adaptForEditors(buildEnteFileSchema(settingsSchema));
  const text = JSON.stringify({
    $schema: dialect,
    title: "Ente di Postino",
    ...file,
    definitions: buildDefinitions(registry),
  });
  return JSON.parse(text, (key, value: unknown) => {
    if (key === "step" && isStepEntry(value)) return { $ref: "#/definitions/step" };
    if (key === "schedule") return allowNull(value);
    return key === "change" ? allowNullKeys(value as JsonSchema) : value;
  }) as object;
}

/** In a change `null` takes a key away. */
function allowNullKeys(change: JsonSchema): JsonSchema {
  const byId = change["patternProperties"] as Readonly<Record<string, EditorSchema>> | undefined;
  const mended = Object.entries(byId ?? {}).map(([pattern, entry]) => {
    const keys = Object.entries(entry.properties).map(([name, key]) => [name, allowNull(key)]);
    return [pattern, { ...entry, properties: Object.fromEntries(keys) as object }];
  });
  return { ...change, patternProperties: Object.fromEntries(mended) as object };
}

function allowNull(schema: unknown): object {
  const { description, ...constraint } = schema as Record<string, unknown>;
  return { description, anyOf: [constraint, { type: "null" }] };
}

interface EditorSchema {
  readonly properties: Readonly<Record<string, Record<string, unknown>>>;
}

/** A step entry as the ente file's schema carries it: it has no `allOf` per step yet. */
function isStepEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || "allOf" in value) return false;
  const { properties } = value as { properties?: Record<string, unknown> };
  return properties?.["uses"] !== undefined && properties["with"] !== undefined;
}

/** A step entry, and the `with` of each step. */
function buildDefinitions(registry: StepRegistry): Readonly<Record<string, object>> {
  const settings = registry
    .listSteps()
    .map(
      ({ name, step }) => [`with-${name}`, allowExpressions(adaptForEditors(step.config))] as const,
    );
  return {
    step: addStepRules(adaptForEditors(StepEntry), registry),
    ...Object.fromEntries(settings),
  };
}

/** `uses` offers the steps by name, and `with` follows it. */
function addStepRules(schema: object, registry: StepRegistry): object {
  const { properties } = schema as EditorSchema;
  const names = registry
    .listSteps()
    .map(({ name, step }) => ({ const: name, description: step.summary }));
  return {
    ...schema,
    properties: { ...properties, uses: { ...properties["uses"], oneOf: names } },
    allOf: registry.listSteps().map(({ name, step }) => ({
      if: { properties: { uses: { const: name } }, required: ["uses"] },
      // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
      then: buildStepRule(name, adaptForEditors(step.config)),
    })),
  };
}

/** What follows from `uses`: `with` fits the step, and is there when the step needs a setting. */
function buildStepRule(name: string, config: JsonSchema): object {
  const needs = config["required"] !== undefined;
  return {
    properties: { with: { $ref: `#/definitions/with-${name}` } },
    ...(needs && { required: ["with"] }),
  };
}

/** As editors want it: no keyword of ours, durations as text, a field with a default may be left out. */
function adaptForEditors(schema: object): JsonSchema {
  const copy = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
  return simplify(copy) as JsonSchema;
}

/** Below these stand names of ours, not words of JSON Schema. */
const namesKey: ReadonlySet<string> = new Set(["properties", "patternProperties"]);

function simplifyEach(schemas: unknown): object {
  const entries = Object.entries(schemas as object);
  return Object.fromEntries(entries.map(([name, schema]) => [name, simplify(schema)]));
}

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== "object" || value === null) return value;
  const schema = value as Record<string, unknown>;
  if (schema["duration"] === true) {
    const { duration: _duration, minimum: _minimum, type: _type, ...rest } = schema;
    return { type: "string", pattern: durationPattern, ...rest };
  }
  const {
    shorthand: _shorthand,
    remedy: _remedy,
    inspected: _inspected,
    required,
    ...rest
  } = schema;
  const result: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(rest))
    result[key] = namesKey.has(key) ? simplifyEach(child) : simplify(child);
  const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
  if (!Array.isArray(required)) return result;
  const needed = required.filter((name) => properties[String(name)]?.["default"] === undefined);
  return needed.length === 0 ? result : { ...result, required: needed };
}

/** Every single value of a `with` may be an expression instead. */
function allowExpressions(schema: JsonSchema): JsonSchema {
  const properties = schema["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties !== undefined) {
    const mended: Record<string, JsonSchema> = {};
    for (const [name, property] of Object.entries(properties))
      mended[name] = allowExpressions(property);
    return { ...schema, properties: mended };
  }
  if (schema["type"] === "array" || schema["type"] === "object") return schema;
  if (schema["type"] === "string" && schema["pattern"] === undefined) return schema;
  const { description, default: fallback, ...constraint } = schema;
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [constraint, { type: "string", pattern: expressionPattern }],
  };
}
