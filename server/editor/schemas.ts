/** The JSON schemas that editors complete and check pipelines and enti by, made of the loader's schemas and the steps' own: they accept what `check` accepts. */
import {
  buildEnteFileSchema,
  EntePipeline,
  PipelineFile,
  StepEntry,
} from "../../loader/pipeline/schema.ts";
import { findActSchema } from "../../loader/pipeline/acts.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { TestFile } from "../testing/language/test-file.ts";
import { adaptForEditor, type Manner } from "./adapt.ts";
import { shareRepeated } from "./share.ts";

const dialect = "http://json-schema.org/draft-07/schema#";

/** Step ids of the installed pipelines with the step that each uses: by them `change` follows the step's settings. */
export type StepsByPipeline = Readonly<Record<string, Readonly<Record<string, string>>>>;

const plain: Manner = { hasExpressions: false, isPartial: false };
const inStep: Manner = { hasExpressions: true, isPartial: false };
const inChange: Manner = { hasExpressions: true, isPartial: true };

/** Schema of `pipelines/*.yaml`: `uses` decides what `with` may say. */
export function buildPipelineEditorSchema(registry: StepRegistry): object {
  const file = adaptForEditor(PipelineFile, plain);
  const properties = file["properties"] as Readonly<Record<string, JsonSchema>>;
  return shareRepeated({
    $schema: dialect,
    title: "Pipeline di Postino",
    ...file,
    properties: {
      ...properties,
      steps: { ...properties["steps"], items: { $ref: "#/definitions/step" } },
      onFailure: addStepRules({ ...properties["onFailure"] }, registry),
    },
    definitions: buildDefinitions(registry),
  });
}

/** Schema of `pipelines/enti/*.yaml`: an ente that extends a base says only what is its own. */
export function buildEnteEditorSchema(
  registry: StepRegistry,
  settingsSchema: object,
  steps: StepsByPipeline = {},
): object {
  const whole = adaptForEditor(buildEnteFileSchema(settingsSchema), plain);
  return shareRepeated({
    $schema: dialect,
    title: "Ente di Postino",
    type: "object",
    if: { required: ["extends"] },
    // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
    then: buildBase(settingsSchema, steps),
    else: { ...whole, properties: addPipelines(whole, steps) },
    definitions: { ...buildDefinitions(registry), ...buildChangeDefinitions(registry) },
  });
}

/** Schema of `pipelines/enti/base-*.yaml`. */
export function buildBaseEditorSchema(
  registry: StepRegistry,
  settingsSchema: object,
  steps: StepsByPipeline = {},
): object {
  return shareRepeated({
    $schema: dialect,
    title: "Base di enti di Postino",
    ...buildBase(settingsSchema, steps),
    definitions: { ...buildDefinitions(registry), ...buildChangeDefinitions(registry) },
  });
}

/** What a file may say that is one of several: everything may be left out, and `null` takes away what a base says. */
function buildBase(settingsSchema: object, steps: StepsByPipeline): JsonSchema {
  const manner: Manner = { hasExpressions: false, isPartial: true };
  const file = adaptForEditor(buildEnteFileSchema(settingsSchema), manner);
  return { ...file, type: "object", properties: addPipelines(file, steps) };
}

function addPipelines(file: JsonSchema, steps: StepsByPipeline): object {
  const properties = file["properties"] as Readonly<Record<string, JsonSchema>>;
  const known = Object.entries(steps).map(([name, ids]) => [name, buildOverrides(ids)] as const);
  return {
    ...properties,
    // One base may stand without brackets.
    extends: {
      description: properties["extends"]?.["description"],
      anyOf: [
        { type: "array", items: { type: "string", minLength: 1 } },
        { type: ["string", "null"] },
      ],
    },
    pipelines: {
      type: ["object", "null"],
      description: properties["pipelines"]?.["description"],
      properties: Object.fromEntries(known),
      additionalProperties: buildOverrides({}),
    },
  };
}

/** Schema of `pipelines/atti/*.yaml`: which values a text may name is the kind's own, and `check` tells it. */
export function buildActEditorSchema(settingsSchema: object): object {
  const file = dropInspected(findActSchema(settingsSchema) ?? {}) as JsonSchema;
  return shareRepeated({
    $schema: dialect,
    title: "Tipo di atto di Postino",
    ...adaptForEditor(file, plain),
  });
}

function dropInspected(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(dropInspected);
  if (typeof part !== "object" || part === null) return part;
  const { inspected, pattern, ...rest } = part as JsonSchema;
  const kept = inspected === true || pattern === undefined ? rest : { ...rest, pattern };
  return Object.fromEntries(Object.entries(kept).map(([key, own]) => [key, dropInspected(own)]));
}

/** Schema of `pipelines/tests/*.yaml`. */
export function buildTestEditorSchema(): object {
  const file = adaptForEditor(TestFile, plain);
  return shareRepeated({ $schema: dialect, title: "Prove di Postino", ...file });
}

/** What an ente says of one pipeline; the ids of its steps are offered, others are told by `check`. */
function buildOverrides(ids: Readonly<Record<string, string>>): JsonSchema {
  const told = adaptForEditor(EntePipeline, plain)["properties"] as Record<string, JsonSchema>;
  const { schedule } = EntePipeline.properties;
  const { after, before } = EntePipeline.properties.add.items.properties;
  const byId = Object.entries(ids).map(([id, uses]) => [
    id,
    { $ref: `#/definitions/change-${uses}` },
  ]);
  return {
    type: ["object", "null"],
    properties: {
      ...told,
      schedule: orNull(adaptForEditor(schedule, { ...plain, isPartial: true })),
      change: {
        type: ["object", "null"],
        description: told["change"]?.["description"],
        properties: Object.fromEntries(byId) as object,
        additionalProperties: { $ref: "#/definitions/change" },
      },
      add: {
        type: ["array", "null"],
        description: told["add"]?.["description"],
        items: {
          type: "object",
          properties: { after, before, step: { $ref: "#/definitions/step" } },
          required: ["step"],
          oneOf: [{ required: ["after"] }, { required: ["before"] }],
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  };
}

/** A step entry, and the `with` of each step. */
function buildDefinitions(registry: StepRegistry): Readonly<Record<string, object>> {
  const settings = registry
    .listSteps()
    .map(({ name, step }) => [`with-${name}`, adaptForEditor(step.config, inStep)] as const);
  return {
    step: addStepRules(adaptForEditor(StepEntry, inStep), registry),
    ...Object.fromEntries(settings),
  };
}

/** A change of a step: everything may be left out, and `null` takes away what the pipeline says. */
function buildChangeDefinitions(registry: StepRegistry): Readonly<Record<string, object>> {
  const entry = adaptForEditor(StepEntry, inChange);
  const { id: _, with: ownWith, ...keys } = entry["properties"] as Record<string, JsonSchema>;
  const uses = buildUses(keys["uses"], registry);
  const change = { ...entry, properties: { ...keys, uses, with: ownWith } };
  const each = registry.listSteps().map(({ name, step }) => {
    const settings = orNull(adaptForEditor(step.config, inChange));
    return [
      `change-${name}`,
      {
        ...change,
        properties: { ...keys, uses, with: {} },
        if: { not: { required: ["uses"] } },
        // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
        then: { properties: { with: settings } },
        description: step.summary,
      },
    ] as const;
  });
  return { change: orNull(change), ...Object.fromEntries(each) };
}

function buildUses(uses: JsonSchema | undefined, registry: StepRegistry): JsonSchema {
  const names = registry
    .listSteps()
    .map(({ name, step }) => ({ const: name, description: step.summary }));
  return { description: uses?.["description"], oneOf: names };
}

/** `uses` offers the steps by name, and `with` follows it. */
function addStepRules(schema: JsonSchema, registry: StepRegistry): JsonSchema {
  const properties = schema["properties"] as Readonly<Record<string, JsonSchema>>;
  return {
    ...schema,
    properties: { ...properties, uses: buildUses(properties["uses"], registry) },
    allOf: registry.listSteps().map(({ name, step }) => ({
      if: { properties: { uses: { const: name } }, required: ["uses"] },
      // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
      then: buildStepRule(name, adaptForEditor(step.config, inStep)),
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

/** A key with nothing behind it says nothing; in a change it takes away. */
function orNull(schema: JsonSchema): JsonSchema {
  const { description, ...shape } = schema;
  return { ...(description !== undefined && { description }), anyOf: [shape, { type: "null" }] };
}
