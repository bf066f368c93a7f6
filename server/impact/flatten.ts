/** What an ente's files say, merged: every value by its path, with the place where it is written. */
import type { LoadedPipeline, PipelineFiles } from "../../loader/pipeline/files.ts";
import { type Family, joinFamily } from "../../loader/pipeline/family.ts";
import { mergeSchedule } from "../../loader/pipeline/head.ts";
import { findStepId, listStepNodes, overrideSteps } from "../../loader/pipeline/overrides.ts";
import { formatOrigin } from "../../loader/yaml/diagnostics.ts";
import { findValue, type YamlMap, type YamlNode } from "../../loader/yaml/yaml.ts";

export interface FlatValue {
  readonly text: string;
  /** `pipelines/send.yaml:12` */
  readonly origin: string;
}

/** By path: `steps.transmit.retry.times`, `settings.send.paFee`. */
export type FlatValues = ReadonlyMap<string, FlatValue>;

/** An ente's file over its bases; `null` where there is no such file, or it cannot be looked at. */
export async function readFamily(
  files: PipelineFiles,
  folder: string,
  codice: string,
): Promise<Family | null> {
  const own = await files.readOwn(codice);
  if (own.root === null) return null;
  return await joinFamily(own.root, own.file, { ...files, folder });
}

/** The settings of an ente. */
export function flattenSettings(root: YamlMap): FlatValues {
  const values = new Map<string, FlatValue>();
  for (const { key, value } of root.entries)
    if (key.text !== "pipelines" && key.text !== "extends")
      addValues(values, `settings.${key.text}`, value);
  return values;
}

/** A pipeline with what an ente changes of it. */
export function flattenPipeline(base: LoadedPipeline, overrides: YamlNode | undefined): FlatValues {
  const values = new Map<string, FlatValue>();
  if (base.root === null) return values;
  const own = findValue(overrides, base.name);
  const head = mergeSchedule(base.root, findValue(own, "schedule"));
  for (const { key, value } of head.entries)
    if (key.text !== "steps") addValues(values, key.text, value);
  const written = listStepNodes(findValue(base.root, "steps"));
  const steps = overrideSteps(written, own, { problems: [], baseFile: base.file });
  const ids = steps.map((step) => findStepId(step) ?? "");
  const [first] = steps;
  if (first !== undefined)
    values.set("steps", { text: ids.join(", "), origin: formatOrigin(first.at) });
  for (const [index, step] of steps.entries())
    addValues(values, `steps.${ids[index] ?? index}`, step);
  return values;
}

function addValues(values: Map<string, FlatValue>, path: string, node: YamlNode): void {
  if (node.kind === "map") {
    for (const { key, value } of node.entries) addValues(values, `${path}.${key.text}`, value);
    return;
  }
  const [first] = node.kind === "list" ? node.items : [node];
  values.set(path, { text: writeShort(node), origin: formatOrigin((first ?? node).at) });
}

/** One line. */
function writeShort(node: YamlNode): string {
  if (node.kind === "scalar") return node.text;
  if (node.kind === "list") return `[${node.items.map(writeShort).join(", ")}]`;
  return `{${node.entries.map(({ key, value }) => `${key.text}: ${writeShort(value)}`).join(", ")}}`;
}
