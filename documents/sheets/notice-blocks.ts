/** The modules of the payment notice, in pagoPA's order: header, parties, how much and where, payment data. */
import {
  fillRectangle,
  leaveGap,
  placeBeside,
  placeText,
  shadeBox,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import { crestRoom } from "../layout/crest.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { Style } from "../layout/text.ts";
import type { Label } from "../layout/typesetter.ts";
import { formatEuro, type PaymentContent } from "../model/content.ts";
import type { NoticeTextName } from "../model/model.ts";
import { StructureElement } from "../pdf/structure.ts";
import { fitDrawing, paintDrawing } from "./figures.ts";
import {
  addSentence,
  caption,
  isBilingual,
  joinShortText,
  pad,
  pickAmountName,
  pickTerm,
  placeColumns,
  setShortText,
  setWording,
  type NoticeContext,
} from "./notice-context.ts";

const headHeight = 50;
const underHead = 8;

/** Title and subject between the ente's crest and the mark of pagoPA; it opens every page and is read once. */
export function placeHeader(context: NoticeContext): TaggedFlow {
  const { set, width, crest } = context;
  const fitted = fitDrawing(crest, {
    width: (crestRoom.width * headHeight) / crestRoom.height,
    height: headHeight,
  });
  const mark = placeMark(context);
  const left = fitted.width + 12;
  const room = width - left - mark.room - 16;
  const text = new TaggedFlow();
  text.addText(
    setShortText(context, "titolo", { font: "regular", size: 11, leading: 14 }, room),
    "H1",
  );
  text.addText(set.setPlain(context.subject, { font: "bold", size: 15.5, leading: 18.5 }, room));
  const words = stackBoxes(text.boxes);
  const total = Math.max(headHeight, words.height);
  const figure = new StructureElement("Figure", { alt: `Stemma: ${context.ente.nome}` });
  const flow = new TaggedFlow();
  const [title, ...others] = text.elements;
  if (title !== undefined) flow.elements.push(title);
  flow.elements.push(figure, ...others, mark.element);
  flow.add({
    height: total + underHead,
    draw(page, x, y) {
      const place = { x, y: y - (total + fitted.height) / 2, ...fitted };
      paintDrawing(page, figure, { ...crest, resource: "X1" }, place);
      words.draw(page, x + left, y - (total - words.height) / 2);
      mark.box.draw(page, x + width - mark.room, y - (total - mark.box.height) / 2);
      page.decorate(fillRectangle(x, y - total - underHead, width, 0.8));
    },
  });
  return flow;
}

interface HeaderMark {
  readonly element: StructureElement;
  readonly box: Box;
  /** Width that nothing else may enter. */
  readonly room: number;
}

/**
 * The logo of pagoPA in its free room, or its name. Source: docs.pagopa.it/linee-guida-brand-pagopa, «spazio di sicurezza»: the square
 * around the logo, twice as large.
 */
function placeMark({ set, logo }: NoticeContext): HeaderMark {
  if (logo === undefined) {
    const word = set.setFixedLabel("pagoPA", { font: "bold", size: 22, leading: 26 });
    const element = new StructureElement("P");
    return { element, box: placeText(element, word.text), room: word.width };
  }
  const side = headHeight / 2 + underHead;
  const fitted = fitDrawing(logo, { width: side, height: side });
  const element = new StructureElement("Figure", { alt: "pagoPA" });
  const box: Box = {
    height: 2 * side,
    draw(page, x, y) {
      const place = { x: x + side - fitted.width / 2, y: y - side - fitted.height / 2, ...fitted };
      paintDrawing(page, element, { ...logo, resource: "X2" }, place);
    },
  };
  return { element, box, room: 2 * side };
}

/** Creditor and debtor, side by side. */
export function placeParties(context: NoticeContext): TaggedFlow {
  const { ente, verbale, set } = context;
  const column = (context.width - 18) / 2;
  const small: Style = { font: "regular", size: 8.6, leading: 11 };
  const name: Style = { font: "bold", size: 11.5, leading: 14.5 };
  const middle: Style = { ...small, size: 9.6, leading: 12 };
  const number: Style = { font: "mono", size: 9, leading: 12 };
  const creditor = placePartyHead(
    context,
    "enteCreditore",
    set.setFixedLabel(ente.codiceFiscale, number),
    column,
  );
  creditor.addText(set.setFixed(ente.nome, name, column));
  if (ente.settore !== undefined) creditor.addText(set.setFixed(ente.settore, middle, column));
  if (context.info !== "") creditor.addText(set.setPlain(context.info, small, column));
  const { recipient } = verbale;
  const debtor = placePartyHead(
    context,
    "destinatario",
    set.setLabel(recipient.taxId, number),
    column,
  );
  debtor.addText(set.setPlain(recipient.name, name, column));
  const address = new StructureElement("P");
  debtor.elements.push(address);
  for (const line of recipient.address)
    if (line !== "") debtor.add(placeText(address, set.setPlain(line, middle, column)));
  return placeColumns([
    { x: 0, flow: creditor },
    { x: column + 18, flow: debtor },
  ]);
}

function placePartyHead(
  context: NoticeContext,
  who: "enteCreditore" | "destinatario",
  number: Label,
  width: number,
): TaggedFlow {
  const head: Style = { font: "bold", size: 9, leading: 12 };
  const word = context.set.setFixedLabel(joinShortText(context, "codiceFiscale"), {
    ...caption,
    leading: 12,
  });
  const left = width - number.width - word.width - 5;
  const title = new TaggedFlow();
  title.addText(setShortText(context, who, head, left - 6), "H2");
  const taxId = new StructureElement("P");
  const row = placeBeside([
    { x: 0, box: stackBoxes(title.boxes) },
    { x: left, box: placeText(taxId, word.text) },
    { x: width - number.width, box: placeText(taxId, number.text) },
  ]);
  const flow = new TaggedFlow();
  flow.elements.push(...title.elements, taxId);
  flow.add({
    height: row.height + 6,
    draw(page, x, y) {
      row.draw(page, x, y);
      page.decorate(fillRectangle(x, y - row.height - 1.5, width, 0.4));
    },
  });
  return flow;
}

/** Amounts with their terms, and where to pay. */
export function placeHowMuch(
  context: NoticeContext,
  payments: readonly PaymentContent[],
): TaggedFlow {
  const gutter = 18;
  const wide = (context.width - gutter) * 0.62;
  const narrow = context.width - gutter - wide;
  const howMuch = placeAmounts(context, payments, wide);
  howMuch.append(placeAdvice(context, wide));
  return placeColumns([
    { x: 0, flow: howMuch },
    { x: wide + gutter, flow: placeWhereToPay(context, narrow) },
  ]);
}

/** An amount, its name and its term are one sentence. */
function placeAmounts(
  context: NoticeContext,
  payments: readonly PaymentContent[],
  width: number,
): TaggedFlow {
  const { set } = context;
  const flow = placeHeading(context, "quantoQuando", width);
  const part = (width - 10 * (payments.length - 1)) / payments.length;
  const inner = part - 2 * pad;
  const cells = payments.map((payment, index) => {
    const element = new StructureElement("P");
    flow.elements.push(element);
    const name: Style = { font: "bold", size: 9.2, leading: 11.6 };
    const amount = `${formatEuro(payment.amountCents)} ${context.model.texts.euro}`;
    const term: Style = { font: "regular", size: 8.4, leading: 10.6 };
    const texts = [
      setWording(context, pickAmountName(context, payment), name, inner),
      set.setPlain(amount, { font: "bold", size: 18, leading: 23 }, inner),
      setWording(context, pickTerm(context, payment), term, inner),
    ];
    return {
      x: index * (part + 10),
      cell: stackBoxes(texts.map((text) => placeText(element, text))),
    };
  });
  const height = Math.max(...cells.map(({ cell }) => cell.height));
  const grounds = cells.map(({ x, cell }) => ({
    x,
    box: shadeBox({ ...cell, height }, part, pad),
  }));
  flow.add(placeBeside(grounds), leaveGap(7));
  return flow;
}

function placeAdvice(context: NoticeContext, width: number): TaggedFlow {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { ...body, font: "bold" };
  const flow = new TaggedFlow();
  if (context.verbale.payments.length > 1) {
    addSentence(flow, context, "scelta", head, width);
    flow.add(leaveGap(4));
  }
  addSubheading(flow, context, "scadenzeTitolo", head, width);
  addSentence(flow, context, "scadenze", body, width);
  flow.add(leaveGap(4));
  addSubheading(flow, context, "giacenzaTitolo", head, width);
  addSentence(flow, context, "giacenza", body, width);
  if (!isBilingual(context)) {
    flow.add(leaveGap(4));
    addSentence(flow, context, "aggiornamento", body, width);
  }
  return flow;
}

function placeWhereToPay(context: NoticeContext, width: number): TaggedFlow {
  const size = context.model.page.textSize ?? 8.6;
  const body: Style = { font: "regular", size, leading: size * 1.3 };
  const head: Style = { font: "bold", size: 9.6, leading: 12.5 };
  const flow = placeHeading(context, "dovePagare", width);
  addSubheading(flow, context, "onlineTitolo", head, width);
  addSentence(flow, context, "online", body, width);
  flow.add(leaveGap(8));
  addSubheading(flow, context, "territorioTitolo", head, width);
  addSentence(flow, context, "territorio", body, width);
  if (isBilingual(context)) {
    flow.add(leaveGap(8));
    addSentence(flow, context, "aggiornamento", body, width);
  }
  return flow;
}

function placeHeading(context: NoticeContext, name: NoticeTextName, width: number): TaggedFlow {
  const flow = new TaggedFlow();
  const style: Style = { font: "bold", size: 12.5, leading: 16 };
  flow.addText(setShortText(context, name, style, width), "H2");
  flow.add(leaveGap(3));
  return flow;
}

function addSubheading(
  flow: TaggedFlow,
  context: NoticeContext,
  name: NoticeTextName,
  style: Style,
  width: number,
): void {
  flow.addText(setShortText(context, name, style, width), "H3");
}
