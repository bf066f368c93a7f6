/** The merged pipeline as YAML text, with the origin of every value beside it. */
import { stringify } from "yaml";
import { formatYamlDuration } from "../../loader/yaml/duration.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

/** A line of YAML and where its value comes from. */
interface Line {
  readonly text: string;
  readonly origin: string | null;
}

interface Shown {
  readonly lines: Line[];
  readonly origins: Readonly<Record<string, string>>;
}

/** Origins stand in one column, unless a line is longer than this. */
const widest = 64;

/**
 * Two YAML documents: the pipeline as it runs for its ente, and the ente's settings.
 * With a registry the durations inside `with:` are written as people write them (`1m`), otherwise in milliseconds.
 */
export function showPipeline(pipeline: ResolvedPipeline, registry?: StepRegistry): string {
  const head: Line[] = [
    { text: `# Pipeline ${pipeline.name}, ente ${pipeline.ente}`, origin: null },
  ];
  const shown: Shown = { lines: head, origins: pipeline.origins };
  for (const [name, value] of Object.entries(pipeline.params))
    putLine(shown, `# parametro ${name}: ${formatScalar(value)}`, `params.${name}`);
  putValue(shown, "", "name", pipeline.title, "name");
  if (pipeline.schedule !== null) putValue(shown, "", "schedule", pipeline.schedule, "schedule");
  if (pipeline.expectSuccessEveryMs !== null)
    putDuration(shown, "", "expectSuccessEvery", pipeline.expectSuccessEveryMs);
  putLine(shown, "steps:", null);
  for (const step of pipeline.steps) putStep(shown, step, registry);
  if (pipeline.onFailure !== null) {
    const { uses, with: values } = pipeline.onFailure;
    putLine(shown, "onFailure:", null);
    putValue(shown, "  ", "uses", uses, "onFailure.uses");
    putWith(shown, "  ", values, "onFailure.with", registry?.get(uses)?.step.config);
  }
  putLine(shown, "---", null);
  putLine(shown, `# Impostazioni dell'ente ${pipeline.ente}`, null);
  for (const [key, value] of Object.entries(pipeline.settings))
    putValue(shown, "", key, value, `settings.${key}`);
  return alignLines(shown.lines);
}

function putStep(shown: Shown, step: ResolvedStep, registry: StepRegistry | undefined): void {
  const path = `steps.${step.id}`;
  const indent = "    ";
  putLine(shown, `  - id: ${formatScalar(step.id)}`, `${path}.id`);
  putValue(shown, indent, "uses", step.uses, `${path}.uses`);
  putWith(shown, indent, step.with, `${path}.with`, registry?.get(step.uses)?.step.config);
  putLine(shown, `${indent}retry:`, null);
  putValue(shown, `${indent}  `, "times", step.retry.times, `${path}.retry.times`);
  putDuration(shown, `${indent}  `, "wait", step.retry.waitMs, `${path}.retry.wait`);
  putDuration(shown, `${indent}  `, "maxWait", step.retry.maxWaitMs, `${path}.retry.maxWait`);
  putValue(shown, indent, "concurrency", step.concurrency, `${path}.concurrency`);
  if (step.timeoutMs !== null)
    putDuration(shown, indent, "timeout", step.timeoutMs, `${path}.timeout`);
  if (step.withinMs !== null) putDuration(shown, indent, "within", step.withinMs, `${path}.within`);
  putValue(shown, indent, "approval", step.approval, `${path}.approval`);
}

function putWith(
  shown: Shown,
  indent: string,
  values: Readonly<Record<string, unknown>>,
  path: string,
  schema: object | undefined,
): void {
  if (Object.keys(values).length > 0)
    putValue(shown, indent, "with", values, path, schema as JsonSchema | undefined);
}

function putDuration(
  shown: Shown,
  indent: string,
  key: string,
  milliseconds: number,
  path = key,
): void {
  putLine(shown, `${indent}${key}: ${formatYamlDuration(milliseconds)}`, path);
}

function putValue(
  shown: Shown,
  indent: string,
  key: string,
  value: unknown,
  path: string,
  schema?: JsonSchema,
): void {
  if (schema?.["duration"] === true && typeof value === "number")
    return putDuration(shown, indent, key, value, path);
  const name = formatScalar(key);
  if (typeof value !== "object" || value === null)
    return putLine(shown, `${indent}${name}: ${formatScalar(value)}`, path);
  if (Array.isArray(value))
    return putLine(shown, `${indent}${name}: ${JSON.stringify(value)}`, path);
  const entries = Object.entries(value);
  if (entries.length === 0) return putLine(shown, `${indent}${name}: {}`, path);
  putLine(shown, `${indent}${name}:`, null);
  const properties = schema?.["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
  for (const [childKey, child] of entries)
    putValue(shown, `${indent}  `, childKey, child, `${path}.${childKey}`, properties?.[childKey]);
}

/** One line; its origin is looked up by the path of its value. */
function putLine(shown: Shown, text: string, path: string | null): void {
  shown.lines.push({ text, origin: path === null ? null : (shown.origins[path] ?? null) });
}

/** One line, quoted where YAML would read something else. */
function formatScalar(value: unknown): string {
  if (typeof value === "string" && /[\n\r\t]/.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0, version: "1.1" }).trimEnd();
}

function alignLines(lines: readonly Line[]): string {
  let column = 0;
  for (const { text, origin } of lines)
    if (origin !== null && text.length <= widest) column = Math.max(column, text.length);
  const shown = lines.map(({ text, origin }) =>
    origin === null ? text : `${text.padEnd(column)}  # ${origin}`,
  );
  return `${shown.join("\n")}\n`;
}
