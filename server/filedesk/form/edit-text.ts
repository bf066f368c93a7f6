/** One value of a YAML text, changed where it stands: every other letter of the file, its comments and its order stay. */
import {
  isAlias,
  isMap,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";

/** The text with this value at the path, or without it (`null`). Throws where the file's own structure is in the way. */
export function editText(text: string, path: readonly string[], value: string | null): string {
  const place = findPlace(text, path);
  if (value === null) return place.pair === undefined ? text : removePair(text, path);
  if (place.pair !== undefined) return replaceValue(text, place.pair, value);
  return addValue(text, place, value);
}

/** The pair of the path, if all of it is there; else the deepest map that is, and what is missing below it. */
interface Place {
  readonly pair?: Pair<Node, Node | null>;
  readonly map: YAMLMap | null;
  /** The pair whose value is empty where a map is wanted. */
  readonly empty?: Pair<Node, Node | null>;
  readonly missing: readonly string[];
  readonly depth: number;
}

/** Every scalar is text: YAML decides no number. */
export function parseText(text: string): ReturnType<typeof parseDocument> {
  return parseDocument(text, { schema: "failsafe", keepSourceTokens: true });
}

function findPlace(text: string, path: readonly string[]): Place {
  let node: unknown = parseText(text).contents;
  let map: YAMLMap | null = null;
  for (const [depth, key] of path.entries()) {
    if (node === null && depth === 0) return { map: null, missing: path, depth };
    if (!isMap(node)) throw new RangeError(`no map at ${path.slice(0, depth).join(".")}`);
    map = node;
    const pair = findPair(node, key);
    if (pair === undefined) return { map, missing: path.slice(depth), depth };
    if (depth === path.length - 1) return { pair, map, missing: [], depth };
    if (isEmpty(pair.value)) return { map, empty: pair, missing: path.slice(depth + 1), depth };
    node = pair.value;
  }
  return { map, missing: [], depth: 0 };
}

/** The pair of this key. */
export function findPair(map: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
  const found = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  return found as Pair<Node, Node | null> | undefined;
}

/** `key:` with nothing behind it. */
export function isEmpty(node: unknown): boolean {
  if (node === null) return true;
  return isScalar(node) && (node.source ?? "") === "" && node.type === "PLAIN";
}

/** A value of one line that may be written anew. */
export function isLine(node: unknown): node is Scalar {
  if (isAlias(node) || !isScalar(node) || node.anchor !== undefined) return false;
  return node.type === "PLAIN" || node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
}

function replaceValue(text: string, { key, value }: Pair<Node, Node | null>, given: string) {
  if (isEmpty(value)) {
    const colon = text.indexOf(":", key.range?.[1] ?? 0) + 1;
    return `${text.slice(0, colon)} ${formatScalar(given)}${text.slice(colon)}`;
  }
  if (!isLine(value) || value.range === undefined || value.range === null)
    throw new RangeError("no value of one line");
  const [start, end] = value.range;
  return `${text.slice(0, start)}${formatScalar(given, value.type)}${text.slice(end)}`;
}

function addValue(text: string, place: Place, value: string): string {
  const { map, empty, missing, depth } = place;
  if (map === null)
    return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${buildBlock(missing, 0, value)}\n`;
  if (empty !== undefined) {
    const indent = findColumn(text, empty.key.range?.[0] ?? 0) + 2;
    const end = findLineEnd(text, empty.key.range?.[1] ?? 0);
    return `${text.slice(0, end)}\n${buildBlock(missing, indent, value)}${text.slice(end)}`;
  }
  if (map.flow === true) {
    const close = (map.range?.[1] ?? 1) - 1;
    const before = text.slice(0, close).replace(/[\s,]*$/, "");
    const gap = map.items.length === 0 ? " " : ", ";
    return `${before}${gap}${buildFlow(missing, value)} ${text.slice(close)}`;
  }
  const first = map.items[0]?.key as Node | undefined;
  const indent = findColumn(text, first?.range?.[0] ?? 0);
  const end = findLineEnd(text, findEnd(map));
  const gap = depth === 0 && missing.length > 1 ? "\n\n" : "\n";
  return `${text.slice(0, end)}${gap}${buildBlock(missing, indent, value)}${text.slice(end)}`;
}

/** With the lines that it stands on; what would be left empty goes too. */
function removePair(text: string, path: readonly string[]): string {
  const { pair, map } = findPlace(text, path);
  if (pair === undefined || map === null) return text;
  if (map.items.length === 1 && path.length > 1) return removePair(text, path.slice(0, -1));
  const start = pair.key.range?.[0] ?? 0;
  const end = isEmpty(pair.value) ? start : findEnd(pair.value);
  if (map.flow === true) {
    const after = /^\s*,\s*/.exec(text.slice(end));
    if (after !== null) return text.slice(0, start) + text.slice(end + after[0].length);
    return text.slice(0, start).replace(/,?\s*$/, " ") + text.slice(end).replace(/^\s*/, "");
  }
  const from = text.lastIndexOf("\n", start - 1) + 1;
  return text.slice(0, from) + text.slice(findLineEnd(text, end) + 1);
}

/** Where the last letter of a node is. */
function findEnd(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    const end = isEmpty(last?.value ?? null) ? last?.key : last?.value;
    return findEnd(end);
  }
  const range = (node as Node | null | undefined)?.range;
  return range?.[1] ?? 0;
}

function findLineEnd(text: string, at: number): number {
  // A block of text ends behind its line end.
  const from = text[at - 1] === "\n" ? at - 1 : at;
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function findColumn(text: string, at: number): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1);
}

/** `send:` and below it `  baseUrl: …`; a secret on one line. */
function buildBlock(path: readonly string[], indent: number, value: string): string {
  const [key = "", ...rest] = path;
  const head = " ".repeat(indent) + formatScalar(key);
  if (rest.length === 0) return `${head}: ${formatScalar(value)}`;
  if (rest.join() === "secret") return `${head}: { secret: ${formatScalar(value)} }`;
  return `${head}:\n${buildBlock(rest, indent + 2, value)}`;
}

function buildFlow(path: readonly string[], value: string): string {
  const [key = "", ...rest] = path;
  if (rest.length === 0) return `${formatScalar(key)}: ${formatScalar(value)}`;
  return `${formatScalar(key)}: { ${buildFlow(rest, value)} }`;
}

/** As it was quoted before; plain only where it can be nothing but words, or a word of YAML that is meant. */
function formatScalar(value: string, before?: string): string {
  if (before === "QUOTE_SINGLE" && !/[\n']/.test(value)) return `'${value}'`;
  const isPlain =
    before !== "QUOTE_DOUBLE" && (isPlainWord(value) || before === "PLAIN") && isSafe(value);
  return isPlain ? value : JSON.stringify(value);
}

function isPlainWord(value: string): boolean {
  if (/^(true|false)$/.test(value) || /^(0|[1-9]\d{0,8})(\.\d+)?$/.test(value)) return true;
  return /^[\p{L}/_]/u.test(value) && !/^(yes|no|on|off|null|y|n)$/i.test(value);
}

/** YAML would read the same text. */
function isSafe(value: string): boolean {
  const found = parseText(`a: ${value}\n`);
  const node = found.get("a", true);
  return (
    found.errors.length === 0 &&
    isScalar(node) &&
    node.value === value &&
    node.type === "PLAIN" &&
    !/^[-?:,[\]{}#&*!|>'"%@`]/.test(value) &&
    !/[,[\]{}]/.test(value)
  );
}
