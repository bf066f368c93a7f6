/** Reads the resolved pipeline that is stored with a run: its steps for the grid, its text for the pipeline page. */
import { isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { RegisteredStep, StepRegistry } from "../../loader/pipeline/registry.ts";
import { toFields, toList } from "./fields.ts";

/** A step of a run, as persons and documents name it; the title of one that is not installed (any more) is its name. */
export type RunStep = Pick<ResolvedStep, "id" | "uses"> & Pick<RegisteredStep, "title">;

/** Specs as they were parsed last: a page asks the same one several times, and so does the next page. */
const parsed = new Map<string, Readonly<Record<string, unknown>>>();

function parseSpec(spec: string): Readonly<Record<string, unknown>> {
  const known = parsed.get(spec);
  if (known !== undefined) return known;
  const made = toFields(JSON.parse(spec));
  if (parsed.size >= 50) parsed.clear();
  parsed.set(spec, made);
  return made;
}

/** The step entries in order; an item's `step` is an index into them. Without a registry titles are names. */
export function parseSpecSteps(spec: string, registry?: StepRegistry): readonly RunStep[] {
  const { steps } = parseSpec(spec);
  if (!Array.isArray(steps)) return [];
  return steps.map((entry) => {
    const { id, uses } = toFields(entry);
    const name = typeof uses === "string" ? uses : String(id);
    const title = registry?.get(name)?.title ?? name;
    return { id: typeof id === "string" ? id : name, uses: name, title };
  });
}

/** Ids of the steps before which a person has to agree. */
export function listGates(spec: string): readonly string[] {
  return toList(parseSpec(spec)["steps"])
    .map(toFields)
    .flatMap(({ id, approval }) => (approval === true && typeof id === "string" ? [id] : []));
}

/** The pipeline's own title; `null` when it has none. */
export function parseSpecTitle(spec: string): string | null {
  const { title } = parseSpec(spec);
  return typeof title === "string" && title !== "" ? title : null;
}

/**
 * The resolved pipeline as YAML. Where the run knows the origin of a value (`steps.transmit.retry.times` ->
 * `pipelines/send.yaml:12`; a step goes by its id), it stands beside the value as a comment.
 */
export function formatSpecAsYaml(spec: string): string {
  const { origins, ...pipeline } = toFields(JSON.parse(spec));
  const document = parseDocument(stringify(pipeline, { lineWidth: 0 }));
  annotate(document.contents, "", toFields(origins));
  return document.toString({ lineWidth: 0 });
}

type Origins = Readonly<Record<string, unknown>>;

function annotate(node: unknown, path: string, origins: Origins): void {
  const origin = origins[path] ?? origins[path.replace(/Ms$/, "")];
  if (typeof origin === "string" && isScalar(node)) node.comment = ` ${origin}`;
  if (isSeq(node))
    for (const [index, item] of node.items.entries())
      annotate(item, joinPath(path, findId(item) ?? String(index)), origins);
  if (isMap(node))
    for (const { key, value } of node.items)
      if (isScalar(key)) annotate(value, joinPath(path, String(key.value)), origins);
}

function findId(item: unknown): string | null {
  const id = isMap(item) ? item.get("id") : null;
  return typeof id === "string" ? id : null;
}

function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
