/** Families of enti: what a file takes over from the bases that it `extends`. Groups merge, lists replace, every part keeps its own file and line. */
import { basename, dirname, join, relative } from "node:path";
import { reportFault, type Problem } from "../yaml/diagnostics.ts";
import { collectProperties, findFreeSchema } from "../yaml/keys.ts";
import type { JsonSchema } from "../yaml/schema-check.ts";
import { findNearest } from "../yaml/nearest.ts";
import {
  findEntry,
  findValue,
  isNullScalar,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../yaml/yaml.ts";

/** A file of the enti's folder whose name begins so is a base, and no ente. */
export const basePrefix = "base-";

/** A base; `root` is `null` where it cannot be looked at, and `isThere` false where there is no such file. */
export interface BaseFile {
  readonly root: YamlMap | null;
  readonly isThere: boolean;
  readonly problems: readonly Problem[];
}

export interface Family {
  readonly root: YamlMap;
  /** The files that it takes over from, as a person would type them, each once. */
  readonly bases: readonly string[];
  readonly problems: readonly Problem[];
}

export interface FamilyFiles {
  /** Nothing outside of it is read. */
  readonly folder: string;
  readBase(file: string): Promise<BaseFile>;
  listBases(): Promise<readonly string[]>;
}

/** The ente's own file over its bases, the last of them the strongest; their bases below them. */
export async function joinFamily(own: YamlMap, file: string, files: FamilyFiles): Promise<Family> {
  const problems: Problem[] = [];
  const bases: string[] = [];
  const root = await layOver(own, [file], { files, problems, bases });
  return { root, bases, problems };
}

interface Joining {
  readonly files: FamilyFiles;
  readonly problems: Problem[];
  readonly bases: string[];
}

async function layOver(own: YamlMap, chain: readonly string[], joining: Joining): Promise<YamlMap> {
  let below: YamlMap | null = null;
  for (const name of listExtended(own)) {
    const base = await readNamed(name, chain, joining);
    if (base !== null) below = below === null ? base : mergeMaps(below, base);
  }
  return below === null ? own : mergeMaps(below, own);
}

function listExtended(root: YamlMap): readonly YamlScalar[] {
  const value = findValue(root, "extends");
  const items = value?.kind === "list" ? value.items : [value];
  return items.filter((item) => item?.kind === "scalar" && item.text.trim() !== "") as YamlScalar[];
}

/** `null`: told why it cannot be taken over. */
async function readNamed(
  name: YamlScalar,
  chain: readonly string[],
  { files, problems, bases }: Joining,
): Promise<YamlMap | null> {
  const file = join(dirname(chain.at(-1) ?? ""), name.text.trim());
  if (chain.includes(file)) {
    reportFault(problems, name.at, {
      code: "P046",
      message: `le basi girano in circolo: ${[...chain.slice(chain.indexOf(file)), file].map((one) => basename(one)).join(" → ")}`,
      remedy: "togli da extends il file che torna indietro",
    });
    return null;
  }
  if (!file.endsWith(".yaml") || relative(files.folder, file).startsWith("..")) {
    reportFault(problems, name.at, {
      code: "P046",
      message: `"${name.text}" non può essere una base: serve un file .yaml della cartella ${files.folder}`,
      remedy: `metti il file accanto a quello dell'ente, con un nome che comincia con ${basePrefix}`,
    });
    return null;
  }
  const { root, isThere, problems: own } = await files.readBase(file);
  if (!isThere) {
    const known = await files.listBases();
    reportFault(problems, name.at, {
      code: "P017",
      message: `la base "${name.text}" non esiste: manca il file ${file}`,
      maybe: findNearest(name.text, known) ?? undefined,
      ...(known.length > 0 && { options: `basi: ${known.join(", ")}` }),
      remedy: "controlla il nome, oppure crea il file",
    });
    return null;
  }
  if (!bases.includes(file)) {
    bases.push(file);
    problems.push(...own);
  }
  return root === null ? null : await layOver(root, [...chain, file], { files, problems, bases });
}

/** `null` takes a key away; what both have is where the stronger one says it. */
function mergeMaps(base: YamlMap, over: YamlMap): YamlMap {
  const entries: YamlEntry[] = [];
  for (const entry of base.entries) {
    const change = findEntry(over, entry.key.text);
    if (entry.key.text === "extends") continue;
    if (change === undefined) entries.push(entry);
    else if (!isNullScalar(change.value)) {
      const { value } = change;
      entries.push({
        ...change,
        value:
          entry.value.kind === "map" && value.kind === "map"
            ? mergeMaps(entry.value, value)
            : value,
      });
    }
  }
  for (const entry of over.entries)
    if (findEntry(base, entry.key.text) === undefined && !isNullScalar(entry.value))
      entries.push(entry);
  return { ...over, entries };
}

/** What only the ente's own file may say, and a base says: the parts whose schema is `own`. */
export function checkOwn(root: YamlMap, file: string, schema: object): readonly Problem[] {
  const problems: Problem[] = [];
  judgeOwn(root, schema as JsonSchema, { file, problems, path: [] });
  return problems;
}

interface Judging {
  readonly file: string;
  readonly problems: Problem[];
  readonly path: readonly string[];
}

function judgeOwn(node: YamlNode, schema: JsonSchema, { file, problems, path }: Judging): void {
  if (schema["own"] === true && node.at.source.file !== file) {
    reportFault(problems, node.at, {
      code: "P045",
      message: `"${path.join(".")}" è di un ente solo e non si eredita: sta in una base`,
      remedy: "toglilo da qui, e scrivilo nel file di ogni ente",
    });
    return;
  }
  if (node.kind !== "map") return;
  const properties = collectProperties(schema);
  for (const { key, value } of node.entries) {
    const inner = properties[key.text] ?? findFreeSchema(schema, key.text);
    if (inner !== null) judgeOwn(value, inner, { file, problems, path: [...path, key.text] });
  }
}
