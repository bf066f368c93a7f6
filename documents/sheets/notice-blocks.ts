/** The modules of the payment notice, in pagoPA's order: header, parties, how much and where, payment data. */
import { beside, fillRectangle, gap, shaded, stack, type Box } from "../layout/boxes.ts";
import {
  euro,
  type EnteContent,
  type PaymentContent,
  type VerbaleContent,
} from "../model/content.ts";
import type { NoticeModel, NoticeTextName } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import type { Style } from "../layout/text.ts";
import type { Label, Typesetter } from "../layout/typesetter.ts";
import { crestRoom } from "../layout/crest.ts";
import { drawingOperators, fitted } from "./verbale-blocks.ts";

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
export function headerBox(context: NoticeContext): Box {
  const { set, width, crest } = context;
  const { width: crestWidth, height } = fitted(crest, {
    width: (crestRoom.width * headHeight) / crestRoom.height,
    height: headHeight,
  });
  const mark: Style = { font: "bold", size: 22, leading: 26 };
  const word = set.fixedLabel("pagoPA", mark);
  const left = crestWidth + 12;
  const room = width - left - word.width - 16;
  const text = stack([
    ...titled(context, "titolo", { font: "regular", size: 11, leading: 14 }, room),
    ...set.plain(context.subject, { font: "bold", size: 15.5, leading: 18.5 }, room),
  ]);
  const total = Math.max(headHeight, text.height);
  return {
    height: total + 8,
    draw: (x, y) =>
      drawingOperators(crest, x, y - (total + height) / 2, height) +
      text.draw(x + left, y - (total - text.height) / 2) +
      word.box.draw(x + width - word.width, y - (total - word.box.height) / 2) +
      fillRectangle(x, y - total - 8, width, 0.8),
  };
}

/** Creditor and debtor, side by side. */
export function partiesBox(context: NoticeContext): Box {
  const { ente, verbale, set } = context;
  const column = (context.width - 18) / 2;
  const small: Style = { font: "regular", size: 8.6, leading: 11 };
  const lines = (text: string, style: Style): readonly Box[] =>
    text === "" ? [] : set.plain(text, style, column);
  const name: Style = { font: "bold", size: 11.5, leading: 14.5 };
  const own = (text: string, style: Style): readonly Box[] =>
    text === "" ? [] : set.fixed(text, style, column);
  const number: Style = { font: "mono", size: 9, leading: 12 };
  const creditor = stack([
    partyHead(context, "enteCreditore", set.fixedLabel(ente.codiceFiscale, number), column),
    ...own(ente.nome, name),
    ...own(ente.settore ?? "", { ...small, size: 9.6, leading: 12 }),
    ...lines(context.info, small),
  ]);
  const debtor = stack([
    partyHead(context, "destinatario", set.label(verbale.recipient.taxId, number), column),
    ...lines(verbale.recipient.name, name),
    ...verbale.recipient.address.flatMap((line) =>
      lines(line, { ...small, size: 9.6, leading: 12 }),
    ),
  ]);
  return beside([
    { x: 0, box: creditor },
    { x: column + 18, box: debtor },
  ]);
}

function partyHead(
  context: NoticeContext,
  who: "enteCreditore" | "destinatario",
  number: Label,
  width: number,
): Box {
  const head: Style = { font: "bold", size: 9, leading: 12 };
  const word = context.set.fixedLabel(textOf(context, "codiceFiscale"), {
    ...caption,
    leading: 12,
  });
  const left = width - number.width - word.width - 5;
  const row = beside([
    { x: 0, box: stack(titled(context, who, head, left - 6)) },
    { x: left, box: word.box },
    { x: width - number.width, box: number.box },
  ]);
  return {
    height: row.height + 6,
    draw: (x, y) => row.draw(x, y) + fillRectangle(x, y - row.height - 1.5, width, 0.4),
  };
}

/** Amounts with their terms, and where to pay. */
export function howMuchBox(context: NoticeContext, payments: readonly PaymentContent[]): Box {
  const gutter = 18;
  const wide = (context.width - gutter) * 0.62;
  const narrow = context.width - gutter - wide;
  return beside([
    { x: 0, box: stack([...amountBoxes(context, payments, wide), ...adviceBoxes(context, wide)]) },
    { x: wide + gutter, box: stack(whereBoxes(context, narrow)) },
  ]);
}

function amountBoxes(
  context: NoticeContext,
  payments: readonly PaymentContent[],
  width: number,
): Box[] {
  const part = (width - 10 * (payments.length - 1)) / payments.length;
  const cells = payments.map((payment, index) => {
    const inner = part - 2 * pad;
    const cell = stack([
      ...context.set.fixed(
        amountName(context, payment),
        { font: "bold", size: 9.2, leading: 11.6 },
        inner,
      ),
      ...context.set.plain(
        `${euro(payment.amountCents)} ${context.model.texts.euro}`,
        { font: "bold", size: 18, leading: 23 },
        inner,
      ),
      ...context.set.fixed(
        term(context, payment),
        { font: "regular", size: 8.4, leading: 10.6 },
        inner,
      ),
    ]);
    return { x: index * (part + 10), cell };
  });
  const height = Math.max(...cells.map(({ cell }) => cell.height));
  const grounds = cells.map(({ x, cell }) => ({ x, box: shaded({ ...cell, height }, part, pad) }));
  return [...heading(context, "quantoQuando", width), beside(grounds), gap(7)];
}

function adviceBoxes(context: NoticeContext, width: number): Box[] {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { ...body, font: "bold" };
  const boxes: Box[] = [];
  if (context.verbale.payments.length > 1)
    boxes.push(...said(context, "scelta", head, width), gap(4));
  boxes.push(...titled(context, "scadenzeTitolo", head, width));
  boxes.push(...said(context, "scadenze", body, width), gap(4));
  boxes.push(...titled(context, "giacenzaTitolo", head, width));
  boxes.push(...said(context, "giacenza", body, width));
  if (!isBilingual(context)) boxes.push(gap(4), ...said(context, "aggiornamento", body, width));
  return boxes;
}

function whereBoxes(context: NoticeContext, width: number): Box[] {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { font: "bold", size: 9.6, leading: 12.5 };
  return [
    ...heading(context, "dovePagare", width),
    ...titled(context, "onlineTitolo", head, width),
    ...said(context, "online", body, width),
    gap(8),
    ...titled(context, "territorioTitolo", head, width),
    ...said(context, "territorio", body, width),
    ...(isBilingual(context) ? [gap(8), ...said(context, "aggiornamento", body, width)] : []),
  ];
}

function heading(context: NoticeContext, name: NoticeTextName, width: number): Box[] {
  return [...titled(context, name, { font: "bold", size: 12.5, leading: 16 }, width), gap(3)];
}

/** A short text as boxes. */
export function titled(
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): readonly Box[] {
  return context.set.set(textOf(context, name), {}, style, width) ?? [];
}

/** A sentence, with the second language below. */
export function said(
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): Box[] {
  const boxes = [...(context.set.set(context.model.texts[name], {}, style, width) ?? [])];
  const other = context.model.second?.texts[name];
  if (other !== undefined)
    boxes.push(gap(1.8), ...(context.set.set(other, {}, style, width) ?? []));
  return boxes;
}

/** Two languages need both columns to the full. */
function isBilingual(context: NoticeContext): boolean {
  return context.model.second !== undefined;
}

/** A short text, with its second language behind a slash. */
export function textOf(context: NoticeContext, name: NoticeTextName): string {
  const italian = context.model.texts[name];
  const other = context.model.second?.texts[name];
  return other === undefined ? italian : `${italian} / ${other}`;
}

/** Which amount it is; the only one has no name of its own. */
export function amountName(context: NoticeContext, payment: PaymentContent): string {
  if (context.verbale.payments.length === 1) return textOf(context, "importo");
  return textOf(context, payment.kind === "discounted" ? "scontato" : "ridotto");
}

/** Until when the amount holds. */
export function term(context: NoticeContext, payment: PaymentContent): string {
  if (context.verbale.payments.length === 1) return textOf(context, "entroSessantaGiorni");
  return textOf(context, payment.kind === "discounted" ? "cinqueGiorni" : "sessantaGiorni");
}
