/** The block with the photographs of an act: each a figure with its caption, as large as its proportions let it. */
import { leaveGap, markBox, type Box } from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import { compileTemplate, toPlainText } from "../layout/template.ts";
import type { Style } from "../layout/text.ts";
import { namePhotograph, type Photograph } from "../model/content.ts";
import type { Block } from "../model/model.ts";
import { measureJpeg } from "../pdf/jpeg.ts";
import { StructureElement } from "../pdf/structure.ts";
import { joinLanguages, placeTextBlock, type BlockContext } from "./block-context.ts";
import { fitDrawing, paintPhotograph } from "./figures.ts";

/** Three of them, with their captions, go on a page. */
const mostHeight = 230;

/** The texts of the block, then what is printed; the texts alone where nothing is. */
export function placePhotographs(block: Block, context: BlockContext): TaggedFlow {
  const flow = placeTextBlock(block, context);
  const { photographs = [] } = context.verbale;
  for (const at of photographs.keys()) flow.append(placeOne(block, context, photographs, at));
  return flow;
}

function placeOne(
  block: Block,
  context: BlockContext,
  photographs: readonly Photograph[],
  at: number,
): TaggedFlow {
  const flow = new TaggedFlow();
  const image = photographs[at]?.image;
  if (image === undefined) return flow;
  const { set, width, textSize, second } = context;
  const values = { ...context.values, ...namePhotograph(photographs, at) };
  const alt = toPlainText(compileTemplate(block.alt ?? "{fotografia.file}").fillIn(values));
  const figure = new StructureElement("Figure", { alt });
  const fitted = fitDrawing(
    { ...measureJpeg(image), operators: "" },
    { width, height: mostHeight },
  );
  const box: Box = {
    height: fitted.height,
    keepsWithNext: true,
    draw(page, x, y) {
      const place = { x, y: y - fitted.height, ...fitted };
      paintPhotograph(page, figure, { image, number: at + 1 }, place);
    },
  };
  flow.elements.push(figure);
  flow.add(leaveGap(4), box, markBox(leaveGap(3), { keepsWithNext: true }));
  const style: Style = { font: "regular", size: textSize - 1, leading: (textSize - 1) * 1.3 };
  const caption = joinLanguages(context, block.caption, second?.caption);
  flow.addText(set.setTemplate(caption, values, style, width));
  flow.add(leaveGap(6));
  return flow;
}
