/** The blocks that a model of the verbale is made of, each turned into boxes. */
import {
  placeBeside,
  frameBox,
  leaveGap,
  markBox,
  pageEnd,
  placeRule,
  shadeBox,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import { crestRoom } from "../layout/crest.ts";
import {
  formatEuro,
  formatNoticeCode,
  type PaymentContent,
  type VerbaleContent,
} from "../model/content.ts";
import type { Block, SecondBlock } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import { isWanted, type Values } from "../layout/template.ts";
import { formatPoints, type Style } from "../layout/text.ts";
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
  letterhead: placeLetterhead,
  opening: placeOpening,
  fields: placeFields,
  amounts: placeAmounts,
  signature: placeSignature,
  text: (block, context) => [...placeTextHead(block, context), ...placeParagraphs(block, context)],
  "new-page": () => [pageEnd],
};

/** The boxes of a block; none when its conditions do not hold. */
export function placeBlock(block: Block, context: BlockContext): readonly Box[] {
  if (!isWanted(block, context.values)) return [];
  return makers[block.type ?? "text"](block, context);
}

function placeLetterhead(block: Block, context: BlockContext): Box[] {
  const { width: crestWidth, height: crestHeight } = fitDrawing(context.crest, crestRoom);
  const left = crestWidth + 14;
  const width = context.width - left;
  const name: Style = { font: "bold", size: 19, leading: 23 };
  const small: Style = { font: "regular", size: 8.6, leading: 11.4 };
  const title = context.set.setTemplate(block.title ?? "", context.values, name, width) ?? [];
  const lines = [...title, leaveGap(1.5)];
  for (const line of [...(block.lines ?? []), ...(context.second?.lines ?? [])])
    lines.push(...(context.set.setTemplate(line, context.values, small, width) ?? []));
  const text = stackBoxes(lines);
  const height = Math.max(crestRoom.height, text.height);
  const head: Box = {
    height,
    draw: (x, y) =>
      drawCrest(context.crest, x, y - (height + crestHeight) / 2, crestHeight) +
      text.draw(x + left, y - (height - text.height) / 2),
  };
  return [head, leaveGap(7), placeRule(context.width, 0.8), leaveGap(13)];
}

/** Width and height of a drawing that fills its room as far as its proportions let it. */
export function fitDrawing(
  drawing: Drawing,
  room: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  const height = Math.min(room.height, (room.width * drawing.height) / drawing.width);
  return { width: (height * drawing.width) / drawing.height, height };
}

/** Draws a shared drawing (resource `X1`) with its lower left corner at `x`, `y`. */
export function drawCrest(drawing: Drawing, x: number, y: number, height: number): string {
  const width = (height * drawing.width) / drawing.height;
  const [sx, sy] =
    drawing.pixels === undefined
      ? [height / drawing.height, height / drawing.height]
      : [width, height];
  return `q ${sx.toFixed(4)} 0 0 ${sy.toFixed(4)} ${formatPoints(x)} ${formatPoints(y)} cm /X1 Do Q\n`;
}

function placeOpening(block: Block, context: BlockContext): Box[] {
  const { set, values, second } = context;
  const windowWidth = Math.min(235, context.width * 0.48);
  const left = context.width - windowWidth - 16;
  const title: Style = { font: "bold", size: 15.5, leading: 18.5 };
  const sub: Style = { font: "regular", size: 10.5, leading: 14 };
  const head = [...(set.setTemplate(block.title ?? "", values, title, left) ?? [])];
  if (second?.title !== undefined)
    head.push(
      leaveGap(2),
      ...(set.setTemplate(second.title, values, { ...sub, size: 11 }, left) ?? []),
    );
  head.push(leaveGap(5));
  for (const line of block.subtitles ?? [])
    head.push(...(set.setTemplate(line, values, sub, left) ?? []));
  const caption: Style = { font: "regular", size: 7.5, leading: 10 };
  const inner = windowWidth - 22;
  const recipient = [
    ...(set.setTemplate(joinLanguages(block.heading, second?.heading), values, caption, inner) ??
      []),
  ];
  recipient.push(leaveGap(2));
  const address: Style = { font: "regular", size: 10.5, leading: 13.6 };
  for (const line of block.lines ?? [])
    recipient.push(...(set.setTemplate(line, values, address, inner) ?? []));
  const window = frameBox(stackBoxes(recipient), windowWidth, 11);
  return [
    placeBeside([
      { x: 0, box: stackBoxes(head) },
      { x: context.width - windowWidth, box: window },
    ]),
    leaveGap(12),
  ];
}

function joinLanguages(
  italian: string | undefined,
  other: string | undefined,
  between: " / " | "\n" = " / ",
): string {
  if (other === undefined || other === "") return italian ?? "";
  return `${italian ?? ""}${between}${other}`;
}

function placeSectionTitle(block: Block, context: BlockContext): Box[] {
  if (block.title === undefined) return [];
  const style: Style = { font: "bold", size: context.textSize + 2.3, leading: 16 };
  const title = joinLanguages(block.title, context.second?.title);
  const boxes = context.set.setTemplate(title, context.values, style, context.width) ?? [];
  return [
    leaveGap(5),
    ...boxes.map((box) => markBox(box, { keepsWithNext: true })),
    markBox(placeRule(context.width, 0.5), { keepsWithNext: true }),
    markBox(leaveGap(3.5), { keepsWithNext: true }),
  ];
}

/** Without a title the text goes on below the block before, apart from its second language. */
function placeTextHead(block: Block, context: BlockContext): Box[] {
  if (block.title !== undefined) return placeSectionTitle(block, context);
  return context.second === undefined ? [] : [leaveGap(2.8)];
}

function buildBodyStyle(context: BlockContext): Style {
  return { font: "regular", size: context.textSize, leading: context.textSize * 1.34 };
}

function placeParagraphs(block: Block, context: BlockContext): Box[] {
  const second = placeTexts(context.second?.paragraphs, context);
  const between = second.length === 0 ? [] : [leaveGap(2.8)];
  return [...placeTexts(block.paragraphs, context), ...between, ...second];
}

/** The paragraphs of one language. */
function placeTexts(texts: readonly string[] | undefined, context: BlockContext): Box[] {
  const boxes: Box[] = [];
  const style = buildBodyStyle(context);
  for (const text of texts ?? []) {
    const lines = context.set.setTemplate(text, context.values, style, context.width);
    if (lines === null) continue;
    const leadsOn = text.endsWith(":");
    if (lines.length === 1) keepTail(boxes);
    boxes.push(
      ...(leadsOn ? lines.map((line) => markBox(line, { keepsWithNext: true })) : lines),
      markBox(leaveGap(3.2), { keepsWithNext: leadsOn }),
    );
  }
  return boxes;
}

/** Keeps the end of a text on the page of what comes next: of an office that it spoke of, of the signature. */
export function keepTail(boxes: Box[]): void {
  for (const [at, box] of boxes.entries())
    if (at >= boxes.length - 2) boxes[at] = markBox(box, { keepsWithNext: true });
}

/** Label and value side by side, a hairline between rows; a long value flows on over pages. */
function placeFields(block: Block, context: BlockContext): Box[] {
  const boxes: Box[] = [];
  const value = buildBodyStyle({ ...context, textSize: context.textSize + 0.6 });
  const label: Style = { ...value, size: context.textSize - 0.4 };
  const second = context.second?.rows ?? [];
  const left = second.length === 0 ? 92 : 140;
  for (const [index, row] of (block.rows ?? []).entries()) {
    if (!isWanted(row, context.values)) continue;
    const lines = context.set.setTemplate(row.value, context.values, value, context.width - left);
    if (lines === null) continue;
    const name = stackBoxes(
      context.set.setTemplate(
        joinLanguages(row.label, second[index]?.label),
        context.values,
        label,
        left - 8,
      ) ?? [],
    );
    boxes.push(
      leaveGap(2),
      ...placeLabelled(name, lines, left),
      leaveGap(2),
      placeHairline(context.width),
    );
  }
  // A table of nothing has no title either.
  return boxes.length === 0 ? [] : [...placeSectionTitle(block, context), ...boxes, leaveGap(4)];
}

function placeLabelled(label: Box, lines: readonly Box[], left: number): Box[] {
  return lines.map((line, index) => {
    const columns = [{ x: left, box: line }];
    if (index === 0) columns.push({ x: 0, box: label });
    return markBox(placeBeside(columns), { keepsWithNext: line.keepsWithNext === true });
  });
}

function placeHairline(width: number): Box {
  return {
    height: 0.5,
    draw: (x, y) =>
      `0.6 G 0.5 w ${formatPoints(x)} ${formatPoints(y)} m ${formatPoints(x + width)} ${formatPoints(y)} l S 0 G\n`,
  };
}

/** Where the columns of the amounts table begin, as parts of its width. */
const amountColumns = [0, 0.36, 0.63, 0.75, 0.87] as const;

function placeAmounts(block: Block, context: BlockContext): Box[] {
  const { set, verbale, width } = context;
  const head: Style = { font: "regular", size: context.textSize - 1, leading: 11.5 };
  const headings = (block.columns ?? []).map((text, index) =>
    joinLanguages(text, context.second?.columns?.[index], "\n"),
  );
  const heading = placeTableRow(width, head, (column, style, room) =>
    set.setTemplate(headings[column] ?? "", context.values, style, room),
  );
  const boxes = placeSectionTitle(block, context);
  boxes.push(markBox(shadeBox(heading, width, 4), { keepsWithNext: true }));
  for (const payment of verbale.payments)
    boxes.push(
      markBox(leaveGap(3), { keepsWithNext: true }),
      indentBox(placePaymentRow(block, context, payment)),
      leaveGap(3),
      placeHairline(width),
    );
  // The table and its first note are read together.
  const table = [...boxes, leaveGap(4)].map((box) => markBox(box, { keepsWithNext: true }));
  const notes = placeParagraphs(block, context);
  return notes.length === 0 ? [...boxes, leaveGap(4)] : [...table, ...notes];
}

function placePaymentRow(block: Block, context: BlockContext, payment: PaymentContent): Box {
  const { set, verbale, second, values } = context;
  const isOnly = verbale.payments.length === 1;
  const when = joinLanguages(
    pickWhenPaid(block, payment, isOnly),
    second === undefined ? undefined : pickWhenPaid(second, payment, isOnly),
    "\n",
  );
  const style: Style = { font: "regular", size: context.textSize + 0.8, leading: 14 };
  const cells = [
    formatNoticeCode(payment.noticeCode),
    formatEuro(payment.amountCents - verbale.speseCents),
    formatEuro(verbale.speseCents),
  ];
  return placeTableRow(context.width, style, (column, cell, room) => {
    if (column === 0) return set.setTemplate(when, values, cell, room);
    if (column === 4) return set.setEvident(formatEuro(payment.amountCents), cell, room);
    const face: Style = column === 1 ? { ...cell, font: "mono", size: cell.size - 1.2 } : cell;
    return set.setPlain(cells[column - 1] ?? "", face, room);
  });
}

function pickWhenPaid(
  block: Pick<Block, "only" | "reduced" | "discounted">,
  payment: PaymentContent,
  isOnly: boolean,
): string {
  if (isOnly) return block.only ?? block.reduced ?? "";
  return (payment.kind === "discounted" ? block.discounted : block.reduced) ?? "";
}

/** A table row moved in like the shaded heading above it. */
function indentBox(box: Box): Box {
  return { height: box.height, draw: (x, y) => box.draw(x + 4, y) };
}

function placeTableRow(
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
    columns.push({ x, box: stackBoxes(cell(index, { ...style, align }, room) ?? []) });
  }
  return placeBeside(columns);
}

function placeSignature(block: Block, context: BlockContext): Box[] {
  const width = context.width * 0.5;
  const style: Style = { ...buildBodyStyle(context), align: "center" };
  const lines: Box[] = [];
  for (const line of block.lines ?? [])
    lines.push(...(context.set.setTemplate(line, context.values, style, width) ?? []));
  for (const line of context.second?.lines ?? [])
    lines.push(...(context.set.setTemplate(line, context.values, style, width) ?? []));
  return [
    markBox(leaveGap(14), { keepsWithNext: true }),
    placeBeside([{ x: context.width - width, box: stackBoxes(lines) }]),
  ];
}
