/** The blocks that a model of the verbale is made of, each turned into boxes and the elements that are read. */
import {
  frameBox,
  leaveGap,
  markBox,
  pageEnd,
  placeBeside,
  placeRule,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import { crestRoom } from "../layout/crest.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import { isWanted } from "../layout/template.ts";
import type { Style } from "../layout/text.ts";
import type { Block } from "../model/model.ts";
import { StructureElement } from "../pdf/structure.ts";
import {
  buildBodyStyle,
  joinLanguages,
  placeTextBlock,
  spellSecond,
  type BlockContext,
} from "./block-context.ts";
import { fitDrawing, paintDrawing } from "./figures.ts";
import { placePhotographs } from "./photographs.ts";
import { placeAmounts, placeFields } from "./verbale-tables.ts";

const makers: Readonly<
  Record<NonNullable<Block["type"]>, (block: Block, context: BlockContext) => TaggedFlow>
> = {
  letterhead: placeLetterhead,
  opening: placeOpening,
  fields: placeFields,
  amounts: placeAmounts,
  photographs: placePhotographs,
  signature: placeSignature,
  text: placeTextBlock,
  "new-page": placePageEnd,
};

/** A block with what is read of it; nothing when its conditions do not hold. */
export function placeBlock(block: Block, context: BlockContext): TaggedFlow {
  if (!isWanted(block, context.values)) return new TaggedFlow();
  return makers[block.type ?? "text"](block, context);
}

function placePageEnd(): TaggedFlow {
  const flow = new TaggedFlow();
  flow.add(pageEnd);
  return flow;
}

function placeLetterhead(block: Block, context: BlockContext): TaggedFlow {
  const { set, values, crest, second } = context;
  const fitted = fitDrawing(crest, crestRoom);
  const left = fitted.width + 14;
  const width = context.width - left;
  const name: Style = { font: "bold", size: 19, leading: 23 };
  const small: Style = { font: "regular", size: 8.6, leading: 11.4 };
  const lines = new TaggedFlow();
  lines.addText(set.setTemplate(block.title ?? "", values, name, width));
  lines.add(leaveGap(1.5));
  for (const line of block.lines ?? []) lines.addText(set.setTemplate(line, values, small, width));
  for (const line of second?.lines ?? [])
    lines.addText(set.setTemplate(line, values, small, width), "P", spellSecond(context));
  const text = stackBoxes(lines.boxes);
  const height = Math.max(crestRoom.height, text.height);
  const figure = new StructureElement("Figure", { alt: context.crestName });
  const head: Box = {
    height,
    draw(page, x, y) {
      const place = { x, y: y - (height + fitted.height) / 2, ...fitted };
      paintDrawing(page, figure, { ...crest, resource: "X1" }, place);
      text.draw(page, x + left, y - (height - text.height) / 2);
    },
  };
  const flow = new TaggedFlow();
  flow.elements.push(figure, ...lines.elements);
  flow.add(head, leaveGap(7), placeRule(context.width, 0.8), leaveGap(13));
  return flow;
}

function placeOpening(block: Block, context: BlockContext): TaggedFlow {
  const { set, values, second } = context;
  const windowWidth = Math.min(235, context.width * 0.48);
  const left = context.width - windowWidth - 16;
  const title: Style = { font: "bold", size: 15.5, leading: 18.5 };
  const sub: Style = { font: "regular", size: 10.5, leading: 14 };
  const head = new TaggedFlow();
  if (block.title !== undefined)
    head.addText(set.setTemplate(block.title, values, title, left), "H1");
  if (second?.title !== undefined) {
    head.add(leaveGap(2));
    const other = set.setTemplate(second.title, values, { ...sub, size: 11 }, left);
    head.addText(other, "P", spellSecond(context));
  }
  head.add(leaveGap(5));
  for (const line of block.subtitles ?? []) head.addText(set.setTemplate(line, values, sub, left));
  const window = placeRecipient(block, context, windowWidth);
  const flow = new TaggedFlow();
  flow.elements.push(...head.elements, ...window.elements);
  flow.add(
    placeBeside([
      { x: 0, box: stackBoxes(head.boxes) },
      { x: context.width - windowWidth, box: frameBox(stackBoxes(window.boxes), windowWidth, 11) },
    ]),
    leaveGap(12),
  );
  return flow;
}

/** Where a window envelope shows it. */
function placeRecipient(block: Block, context: BlockContext, width: number): TaggedFlow {
  const { set, values, second } = context;
  const caption: Style = { font: "regular", size: 7.5, leading: 10 };
  const address: Style = { font: "regular", size: 10.5, leading: 13.6 };
  const inner = width - 22;
  const flow = new TaggedFlow();
  const heading = joinLanguages(context, block.heading, second?.heading);
  flow.addText(set.setTemplate(heading, values, caption, inner));
  flow.add(leaveGap(2));
  for (const line of block.lines ?? []) flow.addText(set.setTemplate(line, values, address, inner));
  return flow;
}

function placeSignature(block: Block, context: BlockContext): TaggedFlow {
  const { set, values, second } = context;
  const width = context.width * 0.5;
  const style: Style = { ...buildBodyStyle(context), align: "center" };
  const lines = new TaggedFlow();
  for (const line of block.lines ?? []) lines.addText(set.setTemplate(line, values, style, width));
  for (const line of second?.lines ?? [])
    lines.addText(set.setTemplate(line, values, style, width), "P", spellSecond(context));
  const flow = new TaggedFlow();
  flow.elements.push(...lines.elements);
  flow.add(
    markBox(leaveGap(14), { keepsWithNext: true }),
    placeBeside([{ x: context.width - width, box: stackBoxes(lines.boxes) }]),
  );
  return flow;
}
