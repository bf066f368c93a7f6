/** The modules of the payment notice, in pagoPA's order: header, parties, how much and where, payment data. */
import {
  placeBeside,
  fillRectangle,
  leaveGap,
  shadeBox,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import {
  formatEuro,
  type EnteContent,
  type PaymentContent,
  type VerbaleContent,
} from "../model/content.ts";
import type { NoticeModel, NoticeTextName } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import type { Style } from "../layout/text.ts";
import type { Label, Typesetter } from "../layout/typesetter.ts";
import { crestRoom } from "../layout/crest.ts";
import { drawCrest, fitDrawing } from "./verbale-blocks.ts";

export interface NoticeContext {
  readonly set: Typesetter;
  readonly model: NoticeModel;
  readonly ente: EnteContent;
  readonly crest: Drawing;
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

const headHeight = 50;

/** Title and subject between the ente's crest and the name of pagoPA; it opens every page. */
export function placeHeader(context: NoticeContext): Box {
  const { set, width, crest } = context;
  const { width: crestWidth, height } = fitDrawing(crest, {
    width: (crestRoom.width * headHeight) / crestRoom.height,
    height: headHeight,
  });
  const mark: Style = { font: "bold", size: 22, leading: 26 };
  const word = set.setFixedLabel("pagoPA", mark);
  const left = crestWidth + 12;
  const room = width - left - word.width - 16;
  const text = stackBoxes([
    ...placeShortText(context, "titolo", { font: "regular", size: 11, leading: 14 }, room),
    ...set.setPlain(context.subject, { font: "bold", size: 15.5, leading: 18.5 }, room),
  ]);
  const total = Math.max(headHeight, text.height);
  return {
    height: total + 8,
    draw: (x, y) =>
      drawCrest(crest, x, y - (total + height) / 2, height) +
      text.draw(x + left, y - (total - text.height) / 2) +
      word.box.draw(x + width - word.width, y - (total - word.box.height) / 2) +
      fillRectangle(x, y - total - 8, width, 0.8),
  };
}

/** Creditor and debtor, side by side. */
export function placeParties(context: NoticeContext): Box {
  const { ente, verbale, set } = context;
  const column = (context.width - 18) / 2;
  const small: Style = { font: "regular", size: 8.6, leading: 11 };
  const setLines = (text: string, style: Style): readonly Box[] =>
    text === "" ? [] : set.setPlain(text, style, column);
  const name: Style = { font: "bold", size: 11.5, leading: 14.5 };
  const setOwnLines = (text: string, style: Style): readonly Box[] =>
    text === "" ? [] : set.setFixed(text, style, column);
  const number: Style = { font: "mono", size: 9, leading: 12 };
  const creditor = stackBoxes([
    placePartyHead(context, "enteCreditore", set.setFixedLabel(ente.codiceFiscale, number), column),
    ...setOwnLines(ente.nome, name),
    ...setOwnLines(ente.settore ?? "", { ...small, size: 9.6, leading: 12 }),
    ...setLines(context.info, small),
  ]);
  const debtor = stackBoxes([
    placePartyHead(context, "destinatario", set.setLabel(verbale.recipient.taxId, number), column),
    ...setLines(verbale.recipient.name, name),
    ...verbale.recipient.address.flatMap((line) =>
      setLines(line, { ...small, size: 9.6, leading: 12 }),
    ),
  ]);
  return placeBeside([
    { x: 0, box: creditor },
    { x: column + 18, box: debtor },
  ]);
}

function placePartyHead(
  context: NoticeContext,
  who: "enteCreditore" | "destinatario",
  number: Label,
  width: number,
): Box {
  const head: Style = { font: "bold", size: 9, leading: 12 };
  const word = context.set.setFixedLabel(joinShortText(context, "codiceFiscale"), {
    ...caption,
    leading: 12,
  });
  const left = width - number.width - word.width - 5;
  const row = placeBeside([
    { x: 0, box: stackBoxes(placeShortText(context, who, head, left - 6)) },
    { x: left, box: word.box },
    { x: width - number.width, box: number.box },
  ]);
  return {
    height: row.height + 6,
    draw: (x, y) => row.draw(x, y) + fillRectangle(x, y - row.height - 1.5, width, 0.4),
  };
}

/** Amounts with their terms, and where to pay. */
export function placeHowMuch(context: NoticeContext, payments: readonly PaymentContent[]): Box {
  const gutter = 18;
  const wide = (context.width - gutter) * 0.62;
  const narrow = context.width - gutter - wide;
  return placeBeside([
    {
      x: 0,
      box: stackBoxes([...placeAmounts(context, payments, wide), ...placeAdvice(context, wide)]),
    },
    { x: wide + gutter, box: stackBoxes(placeWhereToPay(context, narrow)) },
  ]);
}

function placeAmounts(
  context: NoticeContext,
  payments: readonly PaymentContent[],
  width: number,
): Box[] {
  const part = (width - 10 * (payments.length - 1)) / payments.length;
  const cells = payments.map((payment, index) => {
    const inner = part - 2 * pad;
    const cell = stackBoxes([
      ...context.set.setFixed(
        pickAmountName(context, payment),
        { font: "bold", size: 9.2, leading: 11.6 },
        inner,
      ),
      ...context.set.setPlain(
        `${formatEuro(payment.amountCents)} ${context.model.texts.euro}`,
        { font: "bold", size: 18, leading: 23 },
        inner,
      ),
      ...context.set.setFixed(
        pickTerm(context, payment),
        { font: "regular", size: 8.4, leading: 10.6 },
        inner,
      ),
    ]);
    return { x: index * (part + 10), cell };
  });
  const height = Math.max(...cells.map(({ cell }) => cell.height));
  const grounds = cells.map(({ x, cell }) => ({
    x,
    box: shadeBox({ ...cell, height }, part, pad),
  }));
  return [...placeHeading(context, "quantoQuando", width), placeBeside(grounds), leaveGap(7)];
}

function placeAdvice(context: NoticeContext, width: number): Box[] {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { ...body, font: "bold" };
  const boxes: Box[] = [];
  if (context.verbale.payments.length > 1)
    boxes.push(...placeSentence(context, "scelta", head, width), leaveGap(4));
  boxes.push(...placeShortText(context, "scadenzeTitolo", head, width));
  boxes.push(...placeSentence(context, "scadenze", body, width), leaveGap(4));
  boxes.push(...placeShortText(context, "giacenzaTitolo", head, width));
  boxes.push(...placeSentence(context, "giacenza", body, width));
  if (!isBilingual(context))
    boxes.push(leaveGap(4), ...placeSentence(context, "aggiornamento", body, width));
  return boxes;
}

function placeWhereToPay(context: NoticeContext, width: number): Box[] {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { font: "bold", size: 9.6, leading: 12.5 };
  return [
    ...placeHeading(context, "dovePagare", width),
    ...placeShortText(context, "onlineTitolo", head, width),
    ...placeSentence(context, "online", body, width),
    leaveGap(8),
    ...placeShortText(context, "territorioTitolo", head, width),
    ...placeSentence(context, "territorio", body, width),
    ...(isBilingual(context)
      ? [leaveGap(8), ...placeSentence(context, "aggiornamento", body, width)]
      : []),
  ];
}

function placeHeading(context: NoticeContext, name: NoticeTextName, width: number): Box[] {
  return [
    ...placeShortText(context, name, { font: "bold", size: 12.5, leading: 16 }, width),
    leaveGap(3),
  ];
}

/** A short text as boxes. */
export function placeShortText(
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): readonly Box[] {
  return context.set.setTemplate(joinShortText(context, name), {}, style, width) ?? [];
}

/** A sentence, with the second language below. */
export function placeSentence(
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): Box[] {
  const boxes = [...(context.set.setTemplate(context.model.texts[name], {}, style, width) ?? [])];
  const other = context.model.second?.texts[name];
  if (other !== undefined)
    boxes.push(leaveGap(1.8), ...(context.set.setTemplate(other, {}, style, width) ?? []));
  return boxes;
}

/** Two languages need both columns to the full. */
function isBilingual(context: NoticeContext): boolean {
  return context.model.second !== undefined;
}

/** A short text, with its second language behind a slash. */
export function joinShortText(context: NoticeContext, name: NoticeTextName): string {
  const italian = context.model.texts[name];
  const other = context.model.second?.texts[name];
  return other === undefined ? italian : `${italian} / ${other}`;
}

/** Which amount it is; the only one has no name of its own. */
export function pickAmountName(context: NoticeContext, payment: PaymentContent): string {
  if (context.verbale.payments.length === 1) return joinShortText(context, "importo");
  return joinShortText(context, payment.kind === "discounted" ? "scontato" : "ridotto");
}

/** Until when the amount holds. */
export function pickTerm(context: NoticeContext, payment: PaymentContent): string {
  if (context.verbale.payments.length === 1) return joinShortText(context, "entroSessantaGiorni");
  return joinShortText(context, payment.kind === "discounted" ? "cinqueGiorni" : "sessantaGiorni");
}
