/** What every block of a verbale is made with: titles, paragraphs and their second language. */
import { keepWhole, leaveGap, markBox, placeRule, type Box } from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { Values, Wording } from "../layout/template.ts";
import type { Style } from "../layout/text.ts";
import type { Typesetter } from "../layout/typesetter.ts";
import type { VerbaleContent } from "../model/content.ts";
import type { Block, SecondBlock } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";

/** Everything that a block may need. */
export interface BlockContext {
  readonly set: Typesetter;
  readonly values: Values;
  readonly verbale: VerbaleContent;
  /** Width between the margins, points. */
  readonly width: number;
  readonly textSize: number;
  readonly crest: Drawing;
  /** What the crest shows, for those who do not see it. */
  readonly crestName: string;
  /** The same block in the second language. */
  readonly second: SecondBlock | undefined;
  /** BCP 47 of the second language. */
  readonly language: string | undefined;
}

/** A text beside its second language: each is read as what it is. */
export function joinLanguages(
  { language }: BlockContext,
  italian: string | undefined,
  other: string | undefined,
  between: " / " | "\n" = " / ",
): Wording {
  if (other === undefined || other === "") return italian ?? "";
  const phrase = language === undefined ? { text: other } : { text: other, language };
  return [{ text: `${italian ?? ""}${between}` }, phrase];
}

/** The marks of an element in the second language. */
export function spellSecond({ language }: BlockContext): { readonly language?: string } {
  return language === undefined ? {} : { language };
}

/** The title of a block over its rule; nothing where it has none. */
export function placeSectionTitle(block: Block, context: BlockContext): TaggedFlow {
  const flow = new TaggedFlow();
  if (block.title === undefined) return flow;
  const style: Style = { font: "bold", size: context.textSize + 2.3, leading: 16 };
  const title = joinLanguages(context, block.title, context.second?.title);
  flow.add(leaveGap(5));
  flow.addText(context.set.setTemplate(title, context.values, style, context.width), "H2");
  keepLast(flow.boxes);
  flow.add(
    markBox(placeRule(context.width, 0.5), { keepsWithNext: true }),
    markBox(leaveGap(3.5), { keepsWithNext: true }),
  );
  return flow;
}

/** A title is not parted from what it stands over. */
function keepLast(boxes: Box[]): void {
  const last = boxes.at(-1);
  if (last?.lines !== undefined) boxes[boxes.length - 1] = keepWhole(last);
}

export function buildBodyStyle({ textSize }: { readonly textSize: number }): Style {
  return { font: "regular", size: textSize, leading: textSize * 1.34 };
}

/** The paragraphs of a block, in Italian and then in the second language. */
export function placeParagraphs(block: Block, context: BlockContext): TaggedFlow {
  const flow = new TaggedFlow();
  placeTexts(flow, block.paragraphs, context, {});
  const second = new TaggedFlow();
  placeTexts(second, context.second?.paragraphs, context, spellSecond(context));
  if (second.boxes.length > 0) flow.add(leaveGap(2.8));
  flow.append(second);
  return flow;
}

/** A title with its paragraphs. */
export function placeTextBlock(block: Block, context: BlockContext): TaggedFlow {
  const flow = placeSectionTitle(block, context);
  // Without a title the text goes on below the block before, apart from its second language.
  if (block.title === undefined && context.second !== undefined) flow.add(leaveGap(2.8));
  flow.append(placeParagraphs(block, context));
  return flow;
}

/** The paragraphs of one language. */
function placeTexts(
  flow: TaggedFlow,
  texts: readonly string[] | undefined,
  context: BlockContext,
  traits: { readonly language?: string },
): void {
  const style = buildBodyStyle(context);
  for (const source of texts ?? []) {
    const text = context.set.setTemplate(source, context.values, style, context.width);
    if (text === null) continue;
    const leadsOn = source.endsWith(":");
    if (text.count === 1) keepTail(flow.boxes);
    flow.addText(text, "P", traits);
    if (leadsOn) keepLast(flow.boxes);
    flow.add(leadsOn ? markBox(leaveGap(3.2), { keepsWithNext: true }) : leaveGap(3.2));
  }
}

/** Keeps the end of a text on the page of what comes next: of an office that it spoke of, of the signature. */
export function keepTail(boxes: Box[]): void {
  for (let at = Math.max(0, boxes.length - 2); at < boxes.length; at += 1) {
    const box = boxes[at];
    if (box !== undefined) boxes[at] = markBox(box, { keepsWithNext: true });
  }
}
