/** The blocks that a model of the verbale is made of, each turned into boxes. */
import {
  beside,
  framed,
  gap,
  marked,
  pageEnd,
  rule,
  shaded,
  stack,
  type Box,
} from "../layout/boxes.ts";
import { crestRoom } from "../layout/crest.ts";
import { euro, groupedCode, type PaymentContent, type VerbaleContent } from "../model/content.ts";
import type { Block, SecondBlock } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import { isWanted, type Values } from "../layout/template.ts";
import { points, type Style } from "../layout/text.ts";
import type { Typesetter } from "../layout/typesetter.ts";

/** Everything that a block may need. */
export interface BlockContext {
  readonly set: Typesetter;
  readonly values: Values;
  readonly verbale: VerbaleContent;
  /** Width between the margins, points. */
  readonly width: number;
  readonly textSize: number;
  readonly crest: Drawing;
  /** The same block in the second language. */
  readonly second: SecondBlock | undefined;
}

const makers: Readonly<
  Record<NonNullable<Block["type"]>, (block: Block, context: BlockContext) => readonly Box[]>
> = {
  letterhead,
  opening,
  fields,
  amounts,
  signature,
  text: (block, context) => [...textHead(block, context), ...paragraphs(block, context)],
  "new-page": () => [pageEnd],
};

/** The boxes of a block; none when its conditions do not hold. */
export function blockBoxes(block: Block, context: BlockContext): readonly Box[] {
  if (!isWanted(block, context.values)) return [];
  return makers[block.type ?? "text"](block, context);
}

function letterhead(block: Block, context: BlockContext): Box[] {
  const { width: crestWidth, height: crestHeight } = fitted(context.crest, crestRoom);
  const left = crestWidth + 14;
  const width = context.width - left;
  const name: Style = { font: "bold", size: 19, leading: 23 };
  const small: Style = { font: "regular", size: 8.6, leading: 11.4 };
  const title = context.set.set(block.title ?? "", context.values, name, width) ?? [];
  const lines = [...title, gap(1.5)];
  for (const line of [...(block.lines ?? []), ...(context.second?.lines ?? [])])
    lines.push(...(context.set.set(line, context.values, small, width) ?? []));
  const text = stack(lines);
  const height = Math.max(crestRoom.height, text.height);
  const head: Box = {
    height,
    draw: (x, y) =>
      drawingOperators(context.crest, x, y - (height + crestHeight) / 2, crestHeight) +
      text.draw(x + left, y - (height - text.height) / 2),
  };
  return [head, gap(7), rule(context.width, 0.8), gap(13)];
}

/** Width and height of a drawing that fills its room as far as its proportions let it. */
export function fitted(
  drawing: Drawing,
  room: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const height = Math.min(room.height, (room.width * drawing.height) / drawing.width);
  return { width: (height * drawing.width) / drawing.height, height };
}

/** Draws a shared drawing (resource `X1`) with its lower left corner at `x`, `y`. */
export function drawingOperators(drawing: Drawing, x: number, y: number, height: number): string {
  const width = (height * drawing.width) / drawing.height;
  const [sx, sy] =
    drawing.pixels === undefined
      ? [height / drawing.height, height / drawing.height]
      : [width, height];
  return `q ${sx.toFixed(4)} 0 0 ${sy.toFixed(4)} ${points(x)} ${points(y)} cm /X1 Do Q\n`;
}

function opening(block: Block, context: BlockContext): Box[] {
  const { set, values, second } = context;
  const windowWidth = Math.min(235, context.width * 0.48);
  const left = context.width - windowWidth - 16;
  const title: Style = { font: "bold", size: 15.5, leading: 18.5 };
  const sub: Style = { font: "regular", size: 10.5, leading: 14 };
  const head = [...(set.set(block.title ?? "", values, title, left) ?? [])];
  if (second?.title !== undefined)
    head.push(gap(2), ...(set.set(second.title, values, { ...sub, size: 11 }, left) ?? []));
  head.push(gap(5));
  for (const line of block.subtitles ?? []) head.push(...(set.set(line, values, sub, left) ?? []));
  const caption: Style = { font: "regular", size: 7.5, leading: 10 };
  const inner = windowWidth - 22;
  const recipient = [
    ...(set.set(both(block.heading, second?.heading), values, caption, inner) ?? []),
  ];
  recipient.push(gap(2));
  const address: Style = { font: "regular", size: 10.5, leading: 13.6 };
  for (const line of block.lines ?? [])
    recipient.push(...(set.set(line, values, address, inner) ?? []));
  const window = framed(stack(recipient), windowWidth, 11);
  return [
    beside([
      { x: 0, box: stack(head) },
      { x: context.width - windowWidth, box: window },
    ]),
    gap(12),
  ];
}

function both(
  italian: string | undefined,
  other: string | undefined,
  between: " / " | "\n" = " / ",
): string {
  if (other === undefined || other === "") return italian ?? "";
  return `${italian ?? ""}${between}${other}`;
}

function sectionTitle(block: Block, context: BlockContext): Box[] {
  if (block.title === undefined) return [];
  const style: Style = { font: "bold", size: context.textSize + 2.3, leading: 16 };
  const title = both(block.title, context.second?.title);
  const boxes = context.set.set(title, context.values, style, context.width) ?? [];
  return [
    gap(5),
    ...boxes.map((box) => marked(box, { keepsWithNext: true })),
    marked(rule(context.width, 0.5), { keepsWithNext: true }),
    marked(gap(3.5), { keepsWithNext: true }),
  ];
}

/** Without a title the text goes on below the block before, apart from its second language. */
function textHead(block: Block, context: BlockContext): Box[] {
  if (block.title !== undefined) return sectionTitle(block, context);
  return context.second === undefined ? [] : [gap(2.8)];
}

function bodyStyle(context: BlockContext): Style {
  return { font: "regular", size: context.textSize, leading: context.textSize * 1.34 };
}

function paragraphs(block: Block, context: BlockContext): Box[] {
  const second = spoken(context.second?.paragraphs, context);
  const between = second.length === 0 ? [] : [gap(2.8)];
  return [...spoken(block.paragraphs, context), ...between, ...second];
}

/** The paragraphs of one language. */
function spoken(texts: readonly string[] | undefined, context: BlockContext): Box[] {
  const boxes: Box[] = [];
  const style = bodyStyle(context);
  for (const text of texts ?? []) {
    const lines = context.set.set(text, context.values, style, context.width);
    if (lines === null) continue;
    const leadsOn = text.endsWith(":");
    if (lines.length === 1) keepTail(boxes);
    boxes.push(
      ...(leadsOn ? lines.map((line) => marked(line, { keepsWithNext: true })) : lines),
      marked(gap(3.2), { keepsWithNext: leadsOn }),
    );
  }
  return boxes;
}

/** Keeps the end of a text on the page of what comes next: of an office that it spoke of, of the signature. */
export function keepTail(boxes: Box[]): void {
  for (const [at, box] of boxes.entries())
    if (at >= boxes.length - 2) boxes[at] = marked(box, { keepsWithNext: true });
}

/** Label and value side by side, a hairline between rows; a long value flows on over pages. */
function fields(block: Block, context: BlockContext): Box[] {
  const boxes = sectionTitle(block, context);
  const value = bodyStyle({ ...context, textSize: context.textSize + 0.6 });
  const label: Style = { ...value, size: context.textSize - 0.4 };
  const second = context.second?.rows ?? [];
  const left = second.length === 0 ? 92 : 140;
  for (const [index, row] of (block.rows ?? []).entries()) {
    if (!isWanted(row, context.values)) continue;
    const lines = context.set.set(row.value, context.values, value, context.width - left);
    if (lines === null) continue;
    const name = stack(
      context.set.set(both(row.label, second[index]?.label), context.values, label, left - 8) ?? [],
    );
    boxes.push(gap(2), ...labelled(name, lines, left), gap(2), hairline(context.width));
  }
  return [...boxes, gap(4)];
}

function labelled(label: Box, lines: readonly Box[], left: number): Box[] {
  return lines.map((line, index) => {
    const columns = [{ x: left, box: line }];
    if (index === 0) columns.push({ x: 0, box: label });
    return marked(beside(columns), { keepsWithNext: line.keepsWithNext === true });
  });
}

function hairline(width: number): Box {
  return {
    height: 0.5,
    draw: (x, y) =>
      `0.6 G 0.5 w ${points(x)} ${points(y)} m ${points(x + width)} ${points(y)} l S 0 G\n`,
  };
}

/** Where the columns of the amounts table begin, as parts of its width. */
const amountColumns = [0, 0.36, 0.63, 0.75, 0.87] as const;

function amounts(block: Block, context: BlockContext): Box[] {
  const { set, verbale, width } = context;
  const head: Style = { font: "regular", size: context.textSize - 1, leading: 11.5 };
  const headings = (block.columns ?? []).map((text, index) =>
    both(text, context.second?.columns?.[index], "\n"),
  );
  const heading = tableRow(width, head, (column, style, room) =>
    set.set(headings[column] ?? "", context.values, style, room),
  );
  const boxes = sectionTitle(block, context);
  boxes.push(marked(shaded(heading, width, 4), { keepsWithNext: true }));
  for (const payment of verbale.payments)
    boxes.push(
      marked(gap(3), { keepsWithNext: true }),
      indented(paymentRow(block, context, payment)),
      gap(3),
      hairline(width),
    );
  // The table and its first note are read together.
  const table = [...boxes, gap(4)].map((box) => marked(box, { keepsWithNext: true }));
  const notes = paragraphs(block, context);
  return notes.length === 0 ? [...boxes, gap(4)] : [...table, ...notes];
}

function paymentRow(block: Block, context: BlockContext, payment: PaymentContent): Box {
  const { set, verbale, second, values } = context;
  const isOnly = verbale.payments.length === 1;
  const when = both(
    whenPaid(block, payment, isOnly),
    second === undefined ? undefined : whenPaid(second, payment, isOnly),
    "\n",
  );
  const style: Style = { font: "regular", size: context.textSize + 0.8, leading: 14 };
  const cells = [
    groupedCode(payment.noticeCode),
    euro(payment.amountCents - verbale.speseCents),
    euro(verbale.speseCents),
  ];
  return tableRow(context.width, style, (column, cell, room) => {
    if (column === 0) return set.set(when, values, cell, room);
    if (column === 4) return set.evident(euro(payment.amountCents), cell, room);
    const face: Style = column === 1 ? { ...cell, font: "mono", size: cell.size - 1.2 } : cell;
    return set.plain(cells[column - 1] ?? "", face, room);
  });
}

function whenPaid(
  block: Pick<Block, "only" | "reduced" | "discounted">,
  payment: PaymentContent,
  isOnly: boolean,
): string {
  if (isOnly) return block.only ?? block.reduced ?? "";
  return (payment.kind === "discounted" ? block.discounted : block.reduced) ?? "";
}

/** A table row moved in like the shaded heading above it. */
function indented(box: Box): Box {
  return { height: box.height, draw: (x, y) => box.draw(x + 4, y) };
}

function tableRow(
  width: number,
  style: Style,
  cell: (column: number, style: Style, room: number) => readonly Box[] | null,
): Box {
  const usable = width - 8;
  const columns: { x: number; box: Box }[] = [];
  for (const [index, start] of amountColumns.entries()) {
    const x = start * usable;
    const room = (amountColumns[index + 1] ?? 1) * usable - x - (index === 4 ? 0 : 6);
    const align = index >= 2 ? "right" : "left";
    columns.push({ x, box: stack(cell(index, { ...style, align }, room) ?? []) });
  }
  return beside(columns);
}

function signature(block: Block, context: BlockContext): Box[] {
  const width = context.width * 0.5;
  const style: Style = { ...bodyStyle(context), align: "center" };
  const lines: Box[] = [];
  for (const line of block.lines ?? [])
    lines.push(...(context.set.set(line, context.values, style, width) ?? []));
  for (const line of context.second?.lines ?? [])
    lines.push(...(context.set.set(line, context.values, style, width) ?? []));
  return [
    marked(gap(14), { keepsWithNext: true }),
    beside([{ x: context.width - width, box: stack(lines) }]),
  ];
}
