/** The resolved pipeline that is stored with a run, as YAML: for its page, for comparing two. */
import { isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
import { toFields } from "./fields.ts";

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
