/** What every module of a notice is made with: its texts, each beside its second language, and columns of them. */
import { leaveGap, placeBeside, stackBoxes } from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { SetText } from "../layout/set-text.ts";
import type { Wording } from "../layout/template.ts";
import type { Style } from "../layout/text.ts";
import type { Typesetter } from "../layout/typesetter.ts";
import type { EnteContent, PaymentContent, VerbaleContent } from "../model/content.ts";
import type { NoticeModel, NoticeTextName } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import type { ElementTraits } from "../pdf/structure.ts";

export interface NoticeContext {
  readonly set: Typesetter;
  readonly model: NoticeModel;
  readonly ente: EnteContent;
  readonly crest: Drawing;
  /** Of pagoPA; without it its name is set in type. */
  readonly logo: Drawing | undefined;
  readonly verbale: VerbaleContent;
  /** Width between the margins, points. */
  readonly width: number;
  /** At most 90 characters. */
  readonly subject: string;
  readonly info: string;
}

/** Inside a grey ground. */
export const pad = 8;

/** What stands above a datum. */
export const caption: Style = { font: "regular", size: 7.4, leading: 9.4 };

/** Flows side by side, read one after another. */
export function placeColumns(
  columns: readonly { readonly x: number; readonly flow: TaggedFlow }[],
): TaggedFlow {
  const all = new TaggedFlow();
  for (const { flow } of columns) all.elements.push(...flow.elements);
  all.add(placeBeside(columns.map(({ x, flow }) => ({ x, box: stackBoxes(flow.boxes) }))));
  return all;
}

/** A short text, set for its column. */
export function setShortText(
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): SetText {
  return setWording(context, joinShortText(context, name), style, width);
}

/** A wording of the model, which names no value. */
export function setWording(
  { set }: NoticeContext,
  wording: Wording,
  style: Style,
  width: number,
): SetText {
  return set.setTemplate(wording, {}, style, width) ?? set.setFixed("", style, width);
}

/** A sentence, with the second language below. */
export function addSentence(
  flow: TaggedFlow,
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): void {
  const { model, set } = context;
  flow.addText(set.setTemplate(model.texts[name], {}, style, width));
  const other = model.second?.texts[name];
  if (other === undefined) return;
  flow.add(leaveGap(1.8));
  flow.addText(set.setTemplate(other, {}, style, width), "P", spellSecondLanguage(context));
}

function spellSecondLanguage({ model }: NoticeContext): ElementTraits {
  return model.second === undefined ? {} : { language: model.second.language };
}

/** Two languages need both columns to the full. */
export function isBilingual(context: NoticeContext): boolean {
  return context.model.second !== undefined;
}

/** A short text, with its second language behind a slash. */
export function joinShortText({ model }: NoticeContext, name: NoticeTextName): Wording {
  const italian = model.texts[name];
  const other = model.second?.texts[name];
  if (other === undefined || model.second === undefined) return italian;
  return [{ text: `${italian} / ` }, { text: other, language: model.second.language }];
}

/** Which amount it is; the only one has no name of its own. */
export function pickAmountName(context: NoticeContext, payment: PaymentContent): Wording {
  if (context.verbale.payments.length === 1) return joinShortText(context, "importo");
  return joinShortText(context, payment.kind === "discounted" ? "scontato" : "ridotto");
}

/** Until when the amount holds. */
export function pickTerm(context: NoticeContext, payment: PaymentContent): Wording {
  if (context.verbale.payments.length === 1) return joinShortText(context, "entroSessantaGiorni");
  return joinShortText(context, payment.kind === "discounted" ? "cinqueGiorni" : "sessantaGiorni");
}
