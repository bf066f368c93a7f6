/** The blocks of a verbale that are tables: data with their names, amounts with their codes. */
import {
  leaveGap,
  markBox,
  placeBeside,
  placeFirstLine,
  placeText,
  shadeBox,
  shiftBox,
  type Box,
} from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { SetText } from "../layout/set-text.ts";
import { isWanted } from "../layout/template.ts";
import { formatPoints, type Style } from "../layout/text.ts";
import { formatEuro, formatNoticeCode, type PaymentContent } from "../model/content.ts";
import type { Block } from "../model/model.ts";
import { groupElements, StructureElement } from "../pdf/structure.ts";
import {
  buildBodyStyle,
  joinLanguages,
  placeParagraphs,
  placeSectionTitle,
  type BlockContext,
} from "./block-context.ts";

const rowHead = { scope: "Row" } as const;
const columnHead = { scope: "Column" } as const;

/** Label and value side by side, a hairline between rows; a long value flows on over pages. */
export function placeFields(block: Block, context: BlockContext): TaggedFlow {
  const rows = new TaggedFlow();
  const { set, values, width } = context;
  const value = buildBodyStyle({ textSize: context.textSize + 0.6 });
  const label: Style = { ...value, size: context.textSize - 0.4 };
  const second = context.second?.rows ?? [];
  const left = second.length === 0 ? 92 : 140;
  const hairline = placeHairline(width);
  for (const [index, row] of (block.rows ?? []).entries()) {
    if (!isWanted(row, values)) continue;
    const text = set.setTemplate(row.value, values, value, width - left);
    if (text === null) continue;
    const name = joinLanguages(context, row.label, second[index]?.label);
    rows.add(leaveGap(2));
    placeField(rows, set.setTemplate(name, values, label, left - 8), text, left);
    rows.add(leaveGap(2), hairline);
  }
  // A table of nothing has no title either.
  if (rows.boxes.length === 0) return rows;
  const flow = placeSectionTitle(block, context);
  flow.elements.push(groupElements("Table", rows.elements));
  flow.add(...rows.boxes, leaveGap(4));
  return flow;
}

function placeField(rows: TaggedFlow, name: SetText | null, text: SetText, left: number): void {
  const head = new StructureElement("TH", rowHead);
  const cell = new StructureElement("TD");
  rows.elements.push(groupElements("TR", [head, cell]));
  const first = placeFirstLine(cell, text);
  const columns = [{ x: left, box: first }];
  if (name !== null) columns.unshift({ x: 0, box: placeText(head, name) });
  rows.add(markBox(placeBeside(columns), { keepsWithNext: first.keepsWithNext === true }));
  if (text.count > 1) rows.add(shiftBox(placeText(cell, text, 1), left));
}

function placeHairline(width: number): Box {
  return {
    height: 0.5,
    draw(page, x, y) {
      page.decorate(
        `0.6 G 0.5 w ${formatPoints(x)} ${formatPoints(y)} m ${formatPoints(x + width)} ${formatPoints(y)} l S 0 G\n`,
      );
    },
  };
}

/** Where the columns of the amounts table begin, as parts of its width. */
const amountColumns = [0, 0.36, 0.63, 0.75, 0.87] as const;

export function placeAmounts(block: Block, context: BlockContext): TaggedFlow {
  const { set, verbale, width } = context;
  const head: Style = { font: "regular", size: context.textSize - 1, leading: 11.5 };
  const headings = (block.columns ?? []).map((text, index) =>
    joinLanguages(context, text, context.second?.columns?.[index], "\n"),
  );
  const heading = placeTableRow(context, head, "head", (column, style, room) =>
    set.setTemplate(headings[column] ?? "", context.values, style, room),
  );
  const rows = [heading.element];
  const flow = placeSectionTitle(block, context);
  flow.add(markBox(shadeBox(heading.box, width, 4), { keepsWithNext: true }));
  for (const payment of verbale.payments) {
    const row = placePaymentRow(block, context, payment);
    rows.push(row.element);
    flow.add(
      markBox(leaveGap(3), { keepsWithNext: true }),
      shiftBox(row.box, 4),
      leaveGap(3),
      placeHairline(width),
    );
  }
  flow.add(leaveGap(4));
  flow.elements.push(groupElements("Table", rows));
  const notes = placeParagraphs(block, context);
  if (notes.boxes.length === 0) return flow;
  // The table and its first note are read together.
  for (const [at, box] of flow.boxes.entries())
    flow.boxes[at] = markBox(box, { keepsWithNext: true });
  flow.append(notes);
  return flow;
}

interface TableRow {
  readonly element: StructureElement;
  readonly box: Box;
}

function placePaymentRow(block: Block, context: BlockContext, payment: PaymentContent): TableRow {
  const { set, verbale, second, values } = context;
  const isOnly = verbale.payments.length === 1;
  const when = joinLanguages(
    context,
    pickWhenPaid(block, payment, isOnly),
    second === undefined ? undefined : pickWhenPaid(second, payment, isOnly),
    "\n",
  );
  const style: Style = { font: "regular", size: context.textSize + 0.8, leading: 14 };
  const cells = [
    // With several recipients each has codes of his own, on his notice.
    (context.verbale.others ?? []).length > 0
      ? "sul proprio avviso"
      : formatNoticeCode(payment.noticeCode),
    formatEuro(payment.amountCents - verbale.speseCents),
    formatEuro(verbale.speseCents),
  ];
  return placeTableRow(context, style, "body", (column, cell, room) => {
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

/** Every row has a cell in every column. */
function placeTableRow(
  { width }: BlockContext,
  style: Style,
  part: "head" | "body",
  setCell: (column: number, style: Style, room: number) => SetText | null,
): TableRow {
  const usable = width - 8;
  const columns: { x: number; box: Box }[] = [];
  const cells: StructureElement[] = [];
  for (const [index, start] of amountColumns.entries()) {
    const x = start * usable;
    const room = (amountColumns[index + 1] ?? 1) * usable - x - (index === 4 ? 0 : 6);
    const align = index >= 2 ? "right" : "left";
    const cell = buildCell(part, index);
    cells.push(cell);
    const text = setCell(index, { ...style, align }, room);
    if (text !== null) columns.push({ x, box: placeText(cell, text) });
  }
  return { element: groupElements("TR", cells), box: placeBeside(columns) };
}

function buildCell(part: "head" | "body", column: number): StructureElement {
  if (part === "head") return new StructureElement("TH", columnHead);
  return column === 0 ? new StructureElement("TH", rowHead) : new StructureElement("TD");
}
