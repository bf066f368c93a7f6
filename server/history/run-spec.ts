/** Reads the resolved pipeline that is stored with a run: its steps, its gates, its title. */
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
