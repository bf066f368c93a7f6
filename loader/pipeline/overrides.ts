/** Lays an ente's changes over a pipeline's steps: `change`, `remove`, `add`, by step id; every node keeps its own file and line. */
import { reportFault, type Problem, type Span } from "../yaml/diagnostics.ts";
import { findNearest } from "../yaml/nearest.ts";
import {
  findEntry,
  isNullScalar,
  findText,
  findValue,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "../yaml/yaml.ts";

export interface OverrideContext {
  readonly problems: Problem[];
  /** The pipeline's file, for messages. */
  readonly baseFile: string;
}

/** Maps merge key by key, `null` takes a key away, everything else is replaced. */
export function mergeNodes(
  base: YamlNode | undefined,
  over: YamlNode | undefined,
): YamlNode | undefined {
  if (over === undefined) return base;
  if (base?.kind !== "map" || over.kind !== "map") return over;
  const entries: YamlEntry[] = [];
  for (const entry of base.entries) {
    const change = findEntry(over, entry.key.text);
    if (change === undefined) entries.push(entry);
    else if (!isNullScalar(change.value)) {
      const value = mergeNodes(entry.value, change.value) ?? change.value;
      entries.push({ key: value.kind === "map" ? entry.key : change.key, value });
    }
  }
  for (const entry of over.entries)
    if (findEntry(base, entry.key.text) === undefined && !isNullScalar(entry.value))
      entries.push(entry);
  return { ...base, entries };
}

/** The step entries of a `steps:` list; what is no map is left out (the schema tells). */
export function listStepNodes(steps: YamlNode | undefined): readonly YamlMap[] {
  return steps?.kind === "list" ? steps.items.filter((item) => item.kind === "map") : [];
}

/** The id that a step entry goes by; `null` when it names no step at all. */
export function findStepId(node: YamlMap): string | null {
  return findText(node, "id") ?? findText(node, "uses") ?? null;
}

/** The steps with an ente's `change`, `remove` and `add`; problems when it speaks of a step that is not there. */
export function overrideSteps(
  base: readonly YamlMap[],
  overrides: YamlNode | undefined,
  context: OverrideContext,
): readonly YamlMap[] {
  const ids = base.map((step) => findStepId(step) ?? "");
  const changed = changeSteps(base, findValue(overrides, "change"), ids, context);
  const kept = removeSteps(changed, findValue(overrides, "remove"), ids, context);
  return addSteps(kept, findValue(overrides, "add"), ids, context);
}

function changeSteps(
  steps: readonly YamlMap[],
  change: YamlNode | undefined,
  ids: readonly string[],
  context: OverrideContext,
): readonly YamlMap[] {
  if (change?.kind !== "map") return steps;
  for (const { key } of change.entries)
    if (!ids.includes(key.text))
      reportGoneStep(key.at, `"change.${key.text}" modifica`, key.text, ids, context);
  return steps.map((step) => {
    const id = findStepId(step);
    const over = id === null ? undefined : findValue(change, id);
    if (id === null || over === undefined) return step;
    reportRepeated(step, over, context);
    const changed = mergeNodes(keepFitting(step, over), over);
    return changed?.kind === "map" ? keepStepId(changed, id) : step;
  });
}

/** Settings of one step are none of another: where the ente names another step, its own stand alone. */
function keepFitting(step: YamlMap, over: YamlNode): YamlMap {
  const uses = findText(over, "uses");
  if (uses === undefined || uses === findText(step, "uses")) return step;
  return { ...step, entries: step.entries.filter(({ key }) => key.text !== "with") };
}

/** An entry that goes by the name of its step keeps that id when the ente names another step. */
function keepStepId(node: YamlMap, id: string): YamlMap {
  const uses = findValue(node, "uses");
  if (findStepId(node) === id || uses?.kind !== "scalar") return node;
  const key = { ...uses, text: "id" };
  return { ...node, entries: [{ key, value: { ...uses, text: id } }, ...node.entries] };
}

function removeSteps(
  steps: readonly YamlMap[],
  remove: YamlNode | undefined,
  ids: readonly string[],
  context: OverrideContext,
): readonly YamlMap[] {
  if (remove?.kind !== "list") return steps;
  const gone = new Set<string>();
  for (const item of remove.items) {
    if (item.kind !== "scalar") continue;
    gone.add(item.text);
    if (!ids.includes(item.text))
      reportGoneStep(item.at, `"remove" toglie`, item.text, ids, context);
  }
  return steps.filter((step) => {
    const id = findStepId(step);
    return id === null || !gone.has(id);
  });
}

function addSteps(
  steps: readonly YamlMap[],
  add: YamlNode | undefined,
  baseIds: readonly string[],
  context: OverrideContext,
): readonly YamlMap[] {
  if (add?.kind !== "list") return steps;
  const result = [...steps];
  for (const item of add.items) {
    const step = findValue(item, "step");
    if (item.kind !== "map" || step?.kind !== "map") continue;
    const after = findEntry(item, "after");
    const before = findEntry(item, "before");
    const anchor = after ?? before;
    if (anchor?.value.kind !== "scalar" || (after !== undefined && before !== undefined)) {
      reportMissingPlace(item.at, context);
      continue;
    }
    const id = anchor.value.text;
    const index = result.findIndex((other) => findStepId(other) === id);
    if (index === -1) {
      const known = [...result.map((other) => findStepId(other) ?? ""), ...baseIds];
      reportGoneStep(
        anchor.value.at,
        `"add" mette un passo accanto a`,
        id,
        [...new Set(known)],
        context,
      );
      continue;
    }
    result.splice(after === undefined ? index : index + 1, 0, step);
  }
  return result;
}

function reportMissingPlace(at: Span, context: OverrideContext): void {
  reportFault(context.problems, at, {
    code: "P005",
    message: `"add" deve dire dove va il passo: after oppure before, uno solo dei due`,
    remedy: "after: nome-del-passo",
  });
}

function reportGoneStep(
  at: Span,
  does: string,
  id: string,
  ids: readonly string[],
  context: OverrideContext,
): void {
  const object = does.includes("accanto") ? `"${id}", un passo` : "un passo";
  reportFault(context.problems, at, {
    code: "P040",
    message: `${does} ${object} che ${context.baseFile} non ha`,
    why: `"${id}" non c'è, o non c'è più`,
    maybe: findNearest(id, ids) ?? undefined,
    options: `passi della pipeline: ${ids.join(", ")}`,
  });
}

/** An override that says what the pipeline says anyway. */
function reportRepeated(base: YamlNode, over: YamlNode, context: OverrideContext): void {
  if (over.kind === "map")
    for (const entry of over.entries) {
      const below = findValue(base, entry.key.text);
      if (below !== undefined) reportRepeated(below, entry.value, context);
    }
  if (over.kind !== "scalar" || base.kind !== "scalar" || base.text !== over.text) return;
  reportFault(context.problems, over.at, {
    code: "P041",
    severity: "warning",
    message: `questa modifica ripete ciò che ${context.baseFile} dice già`,
    remedy: "togli la riga",
  });
}
