/** The `flusso:` part as YAML with comments, put into an ente's file without touching the rest of it. */
import { Document, isMap, isScalar, type Pair, parseDocument, Scalar, type YAMLMap } from "yaml";
import type { ColumnGuess } from "../../integrations/flusso/guess/column-guess.ts";
import { describeForm } from "../../integrations/flusso/guess/sample.ts";
import type { Proposal } from "./propose.ts";
import { canBeConstant } from "./questions.ts";

/** Keys in the order in which they are written. */
const order = [
  "encoding",
  "delimiter",
  "sheet",
  "headerRow",
  "skipRows",
  "hiddenRows",
  "sameNumber",
  "ready",
  "dates",
  "amounts",
  "empty",
  "skip",
  "deduce",
  "constants",
  "columns",
  "ignore",
];

/** The block alone, as it would stand in a file; it ends with a line break. */
export function buildFlussoBlock(proposal: Proposal): string {
  const document = new Document({});
  const node = document.createNode({ flusso: {} }) as YAMLMap;
  document.contents = node as typeof document.contents;
  const block = document.createNode({}) as YAMLMap;
  block.flow = false;
  node.set("flusso", block);
  fillBlock(document, block, proposal);
  return writeComments(proposal) + format(document);
}

/** The text of an ente's file with this `flusso:`; what the file says of columns in the same words keeps its comments. */
export function putFlussoBlock(text: string, proposal: Proposal): string {
  const document = parseDocument(text);
  const pair = isMap(document.contents)
    ? document.contents.items.find(({ key }) => isScalar(key) && key.value === "flusso")
    : undefined;
  const place = pair === undefined ? null : findPlace(pair);
  if (pair === undefined || place === null) return appendBlock(text, buildFlussoBlock(proposal));
  const block = isMap(pair.value) ? pair.value : (document.createNode({}) as YAMLMap);
  block.flow = false;
  fillBlock(document, block, proposal);
  const own = new Document({});
  const root = own.createNode({}) as YAMLMap;
  own.contents = root as typeof own.contents;
  root.set("flusso", block);
  const [start, end] = place;
  const written = format(own);
  const tail = text.slice(end);
  return text.slice(0, start) + (tail.startsWith("\n") ? written.trimEnd() : written) + tail;
}

/** Where key and value stand in the text. */
function findPlace(pair: Pair): readonly [number, number] | null {
  const { key, value } = pair;
  const start = isScalar(key) ? key.range?.[0] : undefined;
  const end = (value as { range?: readonly number[] } | null)?.range?.[1];
  return start === undefined || end === undefined ? null : [start, end];
}

function format(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** The part that a new ente's file has as a comment. */
const example = /(?:^# [^\n]*\n)*^# flusso:\n(?:^#[^\n]*\n?)*/m;

function appendBlock(text: string, block: string): string {
  if (example.test(text)) return text.replace(example, () => block);
  return `${text.replace(/\n*$/, "\n")}\n${block}`;
}

/** How the file was found, as comments above the block. */
function writeComments({ sample, rows, guess }: Proposal): string {
  const lines = [
    `Da «${sample.name}»: ${describeForm(sample)}; nomi delle colonne alla riga ${sample.headerLine}, ${rows} righe.`,
    "A sinistra la colonna del file, a destra il campo del verbale.",
  ];
  const lacking = guess.missing.filter((field) => !canBeConstant(field));
  if (lacking.length > 0)
    lines.push(`Nessuna colonna porta ${lacking.join(", ")}: va aggiunta all'esportazione.`);
  return lines.map((line) => `# ${line}\n`).join("");
}

function fillBlock(document: Document, block: YAMLMap, proposal: Proposal): void {
  const { columns: targets = {}, ...settings } = proposal.settings;
  for (const key of order) {
    if (key === "columns") {
      fillColumns(document, block, targets, proposal);
      continue;
    }
    const value = (settings as Readonly<Record<string, unknown>>)[key];
    const constants = key === "constants" ? listConstants(proposal) : null;
    if (constants !== null && constants.items.length > 0) {
      block.set("constants", constants);
      continue;
    }
    if (value === undefined) {
      if (["empty", "skip", "deduce", "constants", "ignore"].includes(key)) block.delete(key);
      continue;
    }
    if (isSame(block.get(key, true), value)) continue;
    block.set(key, createFlow(document, value));
  }
}

/** Fields that no column gives are left open, marked as in a new ente's file. */
function listConstants({ settings, guess }: Proposal): YAMLMap {
  const document = new Document({});
  const node = document.createNode({ ...settings.constants }) as YAMLMap;
  for (const field of guess.missing.filter(canBeConstant)) {
    const open = new Scalar<null>(null);
    open.source = "";
    open.comment = " <-- valore uguale per tutti i verbali, oppure la colonna che lo porta";
    node.set(field, open);
  }
  return node;
}

function fillColumns(
  document: Document,
  block: YAMLMap,
  targets: Readonly<Record<string, unknown>>,
  { columns }: Proposal,
): void {
  const before = block.get("columns", true);
  const kept = isMap(before) ? before : null;
  const node = document.createNode({}) as YAMLMap;
  if (kept?.commentBefore !== undefined) node.commentBefore = kept.commentBefore;
  const byName = new Map(columns.map((column) => [column.name, column]));
  for (const [name, target] of Object.entries(targets)) {
    const own = kept?.items.find(({ key }) => isScalar(key) && key.value === name);
    if (own !== undefined && isSame(own.value, target)) {
      node.items.push(own);
      continue;
    }
    const value = createFlow(document, target);
    const comment = describeColumn(byName.get(name));
    if (comment !== null) value.comment = ` ${comment}`;
    node.items.push(document.createPair<never, never>(name, value));
  }
  block.set("columns", node);
}

/** A remark only where a person should look, or where something is made of the cell. */
function describeColumn(column: ColumnGuess | undefined): string | null {
  if (column === undefined) return null;
  return column.isSure ? null : `da verificare: ${column.reason}`;
}

interface Commented {
  comment?: string | null | undefined;
}

function createFlow(document: Document, value: unknown): Commented {
  const isRules = Array.isArray(value) && value.some((entry) => typeof entry === "object");
  const node = document.createNode(value, { flow: !isRules }) as Commented & { items?: unknown[] };
  if (isRules) for (const item of node.items ?? []) if (isMap(item)) item.flow = true;
  return node;
}

function isSame(node: unknown, value: unknown): boolean {
  const own = (node as { toJSON?: () => unknown } | undefined)?.toJSON?.();
  return own !== undefined && JSON.stringify(own) === JSON.stringify(value);
}
