/** Reads YAML into nodes that keep every scalar as source text with its place. */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from "yaml";
import { buildProblem, reportFault, type Problem, type Source, type Span } from "./diagnostics.ts";
import { findLimitFault } from "./limits.ts";
import { engineSyntaxFault, strangeCharactersFault, checkSyntax } from "./syntax.ts";

export interface YamlScalar {
  readonly kind: "scalar";
  readonly at: Span;
  /** The source text, unquoted and unfolded; never a number. */
  readonly text: string;
  /** Written without quotes. */
  readonly isPlain: boolean;
  /** A fault was told already: no second message about its value. */
  readonly isBroken: boolean;
}

export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

export interface YamlMap {
  readonly kind: "map";
  readonly at: Span;
  readonly entries: readonly YamlEntry[];
}

export interface YamlList {
  readonly kind: "list";
  readonly at: Span;
  readonly items: readonly YamlNode[];
}

export type YamlNode = YamlScalar | YamlMap | YamlList;

export interface YamlFile {
  readonly source: Source;
  /** `null` when the file is empty or too broken to look at. */
  readonly root: YamlNode | null;
  readonly problems: readonly Problem[];
}

/** A file nobody writes by hand; more than this is an alias that multiplies itself. */
const mostNodes = 50_000;

/** Parses one document. Faults of syntax are in `problems`, each with its place; it does not throw. */
export function parseYaml(source: Source): YamlFile {
  const limit = findLimitFault(source);
  if (limit !== null) return { source, root: null, problems: [limit] };
  const document = parseDocument(source.text, {
    schema: "failsafe",
    lineCounter: new LineCounter(),
    prettyErrors: false,
    stringKeys: false,
  });
  const syntax = checkSyntax(source, document);
  if (!syntax.isUsable) return { source, root: null, problems: syntax.problems };
  const reader: Reader = { source, document, problems: [...syntax.problems], nodes: 0 };
  const root = document.contents === null ? null : convertNode(reader, document.contents);
  if (reader.nodes > mostNodes) {
    const at = { source, start: 0, end: 1 };
    const message = "il file si moltiplica da sé: troppi richiami (*) uno dentro l'altro";
    return { source, root: null, problems: [buildProblem(at, { code: "P001", message })] };
  }
  const isUsable = !reader.problems.some((problem) => problem.code === "P008");
  return { source, root: isUsable ? root : null, problems: reader.problems };
}

/** The entry of a map with that key. */
export function findEntry(node: YamlNode | null | undefined, key: string): YamlEntry | undefined {
  if (node?.kind !== "map") return undefined;
  return node.entries.find((entry) => entry.key.text === key);
}

/** The value of a map under that key. */
export function findValue(node: YamlNode | null | undefined, key: string): YamlNode | undefined {
  return findEntry(node, key)?.value;
}

/** The text of a scalar under that key. */
export function findText(node: YamlNode | null | undefined, key: string): string | undefined {
  const value = findValue(node, key);
  return value?.kind === "scalar" && value.text !== "" ? value.text : undefined;
}

/** `null` or `~` without quotes: in an override it takes the key away. */
export function isNullScalar(node: YamlNode): boolean {
  return node.kind === "scalar" && node.isPlain && /^(?:null|Null|NULL|~)$/.test(node.text);
}

/** A key with nothing behind it, or with YAML's word for nothing. */
export function isEmptyScalar(node: YamlNode): boolean {
  return isNullScalar(node) || (node.kind === "scalar" && node.isPlain && node.text === "");
}

interface Reader {
  readonly source: Source;
  readonly document: Document;
  readonly problems: Problem[];
  nodes: number;
}

function convertNode(reader: Reader, node: Node | null): YamlNode {
  if (++reader.nodes > mostNodes) return buildScalar(reader, "", toSpan(reader, node), true);
  if (isAlias(node)) return convertAlias(reader, node);
  if (isMap(node)) return convertMap(reader, node);
  if (isSeq(node)) {
    const items = node.items.map((item) => convertNode(reader, item as Node | null));
    return { kind: "list", at: toSpan(reader, node), items };
  }
  if (!isScalar(node)) return buildScalar(reader, "", toSpan(reader, node), true);
  const at = toSpan(reader, node);
  const text = typeof node.value === "string" ? node.value : "";
  const isPlain = node.type === "PLAIN" || node.type === undefined;
  const fault = (isPlain ? strangeCharactersFault(at) : null) ?? engineSyntaxFault(at, text);
  if (fault !== null) reportFault(reader.problems, at, fault);
  return { kind: "scalar", at, text, isPlain, isBroken: fault !== null };
}

function convertAlias(reader: Reader, alias: Node): YamlNode {
  const at = toSpan(reader, alias);
  const target = isAlias(alias) ? alias.resolve(reader.document) : undefined;
  if (target !== undefined) return convertNode(reader, target);
  reportFault(reader.problems, at, {
    code: "P007",
    message: `"${reader.source.text.slice(at.start, at.end)}" comincia con un asterisco e non è un testo`,
    why: "in YAML l'asterisco richiama un'àncora, e qui non ce n'è",
    remedy: "metti il valore tra virgolette",
  });
  return buildScalar(reader, "", at, true);
}

function convertMap(reader: Reader, node: Node): YamlNode {
  const at = toSpan(reader, node);
  const own: YamlEntry[] = [];
  const merged: YamlEntry[] = [];
  for (const pair of isMap(node) ? node.items : []) {
    if (!isPair(pair)) continue;
    const key = convertNode(reader, pair.key as Node | null);
    if (key.kind !== "scalar") return convertBraces(reader, key.at);
    const value = pair.value === null ? buildEmpty(reader, key.at) : (pair.value as Node);
    const converted = "kind" in value ? value : convertNode(reader, value);
    if (key.isPlain && key.text === "<<") merged.push(...listMergedEntries(converted));
    else own.push({ key, value: converted });
  }
  const names = new Set(own.map((entry) => entry.key.text));
  const inherited = merged.filter((entry, index) => {
    const isFirst = merged.findIndex((other) => other.key.text === entry.key.text) === index;
    return isFirst && !names.has(entry.key.text);
  });
  return { kind: "map", at, entries: [...inherited, ...own] };
}

function listMergedEntries(node: YamlNode): readonly YamlEntry[] {
  if (node.kind === "map") return node.entries;
  return node.kind === "list" ? node.items.flatMap(listMergedEntries) : [];
}

/** `{{ a }}` is a map whose key is a map: other engines' syntax, unquoted. */
function convertBraces(reader: Reader, key: Span): YamlNode {
  const start = key.start - 1;
  const close = reader.source.text.indexOf("}}", start);
  const end = close === -1 ? key.end : close + 2;
  const at = { source: reader.source, start, end };
  const text = reader.source.text.slice(start, end);
  const fault = engineSyntaxFault(at, text) ?? {
    code: "P001",
    message: "una chiave deve essere una parola",
  };
  reportFault(reader.problems, at, fault);
  return buildScalar(reader, text, at, true);
}

function buildEmpty(reader: Reader, key: Span): YamlScalar {
  return buildScalar(reader, "", { source: reader.source, start: key.start, end: key.end }, false);
}

function buildScalar(reader: Reader, text: string, at: Span, isBroken: boolean): YamlScalar {
  return { kind: "scalar", at: { ...at, source: reader.source }, text, isPlain: true, isBroken };
}

function toSpan(reader: Reader, node: Node | null): Span {
  const [start, end] = node?.range ?? [0, 0];
  return { source: reader.source, start, end };
}
