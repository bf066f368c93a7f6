/** The payment data of a notice: the band with the QR and the Poste band with the Data Matrix. */
import {
  leaveGap,
  placeBeside,
  placeText,
  shadeBox,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { SetText } from "../layout/set-text.ts";
import type { Wording } from "../layout/template.ts";
import type { Style } from "../layout/text.ts";
import { formatEuro, formatNoticeCode, type PaymentContent } from "../model/content.ts";
import type { NoticeTextName } from "../model/model.ts";
import { StructureElement } from "../pdf/structure.ts";
import type { Symbol2d } from "../symbols/symbol.ts";
import {
  buildDataMatrixSymbol,
  buildPosteText,
  buildQrSymbol,
  buildQrText,
  drawSymbol,
} from "../symbols/symbols.ts";
import { paintFigure } from "./figures.ts";
import {
  addSentence,
  caption,
  joinShortText,
  pad,
  pickAmountName,
  pickTerm,
  placeColumns,
  setShortText,
  setWording,
  type NoticeContext,
} from "./notice-context.ts";

const millimetre = 72 / 25.4;
/** Source: AVV, QR and Data Matrix are printed 25 x 25 mm. */
const symbolSide = 25 * millimetre;
const strong: Style = { font: "bold", size: 9.4, leading: 11.6 };
const code: Style = { font: "mono", size: 9.6, leading: 12 };

/** The module for banks and every other channel: QR, codes, amount. */
export function placePaymentBand(context: NoticeContext, payment: PaymentContent): TaggedFlow {
  const { ente, verbale, width, set } = context;
  const symbol = buildQrSymbol(buildQrText({ ...payment, creditorTaxId: ente.codiceFiscale }));
  const left = symbolSide + 3 * pad;
  const third = (width - left) / 3;
  const inner = third - pad;
  const name = set.setPlain(verbale.recipient.name, strong, 2 * third - pad);
  const subject = set.setPlain(context.subject, strong, 2 * third - pad);
  const text = placeColumns([
    { x: 0, flow: placeCaptioned(context, "destinatario", name, 2 * third - pad) },
    { x: 2 * third, flow: placeAmountCell(context, payment, inner) },
  ]);
  text.add(leaveGap(5));
  text.append(
    placeAcross(
      [
        placeCaptioned(context, "enteCreditore", set.setFixed(ente.nome, strong, inner), inner),
        placeCaptioned(context, "oggettoPagamento", subject, 2 * third - pad),
      ],
      third,
    ),
  );
  text.add(leaveGap(5));
  const codes = [
    placeNoticeCode(context, payment, inner + pad),
    placeCreditorTaxId(context, inner),
  ];
  if (ente.cbill !== undefined)
    codes.push(
      placeCaptioned(context, "codiceCbill", set.setFixed(ente.cbill, code, inner), inner),
    );
  text.append(placeAcross(codes, third));
  text.add(leaveGap(4));
  addSentence(text, context, "istruzioni", caption, width - left - pad);
  return placeBand(context, payment, {
    title: "canali",
    text,
    symbol,
    alt: "Codice QR",
    left,
    symbolX: pad,
  });
}

/** The Poste module: postal account, Data Matrix and the permission to print it. */
export function placePostalBand(context: NoticeContext, payment: PaymentContent): TaggedFlow {
  const { ente, verbale, width, set } = context;
  const account = ente.postalAccount ?? "";
  const holder = ente.postalAccountHolder ?? ente.nome;
  const symbol = encodePosteSymbol(context, payment, account);
  const room = width - symbolSide - 3 * pad - pad;
  const who = room * 0.42;
  const third = room / 3;
  const inner = third - pad;
  const number = set.setFixed(account.padStart(12, "0"), code, inner);
  const name = set.setPlain(verbale.recipient.name, strong, who - pad);
  const subject = set.setPlain(context.subject, strong, room - who - pad);
  const text = new TaggedFlow();
  addSentence(text, context, "bollettinoIstruzioni", caption, room - pad);
  text.add(leaveGap(4));
  text.append(
    placeAcross(
      [
        placeCaptioned(context, "contoCorrente", number, inner),
        placeCaptioned(context, "intestato", set.setFixed(holder, strong, inner), inner),
        placeAmountCell(context, payment, inner),
      ],
      third,
    ),
  );
  text.add(leaveGap(5));
  text.append(
    placeColumns([
      { x: 0, flow: placeCaptioned(context, "destinatario", name, who - pad) },
      { x: who, flow: placeCaptioned(context, "oggettoPagamento", subject, room - who - pad) },
    ]),
  );
  text.add(leaveGap(5));
  text.append(
    placeAcross(
      [
        placeNoticeCode(context, payment, inner + pad),
        placeCaptioned(context, "tipo", set.setFixed("P1", code, inner), inner),
        placeCreditorTaxId(context, inner),
      ],
      third,
    ),
  );
  addAuthorization(text, context, room);
  return placeBand(context, payment, {
    title: "bollettino",
    text,
    symbol,
    alt: "Codice Data Matrix di Poste",
    left: pad,
    symbolX: width - symbolSide - pad,
  });
}

function encodePosteSymbol(
  { ente, verbale, subject }: NoticeContext,
  payment: PaymentContent,
  account: string,
): Symbol2d {
  return buildDataMatrixSymbol(
    buildPosteText({
      ...payment,
      creditorTaxId: ente.codiceFiscale,
      account,
      debtorTaxId: verbale.recipient.taxId,
      debtorName: verbale.recipient.name,
      reason: subject,
    }),
  );
}

/** Source: AVV, the permission is printed at 70 % black. */
function addAuthorization(flow: TaggedFlow, context: NoticeContext, width: number): void {
  const text = context.ente.postalAuthorization;
  if (text === undefined) return;
  const style: Style = { font: "regular", size: 6.5, leading: 9 };
  const element = new StructureElement("P");
  const box = placeText(element, context.set.setFixed(text, style, width));
  flow.elements.push(element);
  flow.add(leaveGap(3), {
    height: box.height,
    draw(page, x, y) {
      page.setState("0.3 g\n");
      box.draw(page, x, y);
      page.setState("0 g\n");
    },
  });
}

/** Name and term of the amount; in two languages the name alone, since the terms stand above. */
function formatAside(context: NoticeContext, payment: PaymentContent): Wording {
  const name = pickAmountName(context, payment);
  const term = pickTerm(context, payment);
  return typeof name === "string" && typeof term === "string" ? `${name} · ${term}` : name;
}

interface BandParts {
  readonly title: NoticeTextName;
  readonly text: TaggedFlow;
  readonly symbol: Symbol2d;
  /** What the symbol is. */
  readonly alt: string;
  /** Where the text begins. */
  readonly left: number;
  readonly symbolX: number;
}

function placeBand(context: NoticeContext, payment: PaymentContent, parts: BandParts): TaggedFlow {
  const { set, width } = context;
  const head: Style = { font: "bold", size: 9.8, leading: 12.5 };
  const aside: Style = { font: "regular", size: 8.8, leading: 12.5, align: "right" };
  const title = set.setFixedLabel(joinShortText(context, parts.title), head);
  const rest = width - pad - title.width - 12;
  const heading = new StructureElement("H2");
  const which = new StructureElement("P");
  const words = setWording(context, formatAside(context, payment), aside, rest);
  const bar = shadeBox(
    placeBeside([
      { x: 0, box: placeText(heading, title.text) },
      { x: title.width + 12, box: placeText(which, words) },
    ]),
    width,
    pad / 2,
  );
  const figure = new StructureElement("Figure", {
    alt: `${parts.alt} per pagare ${formatEuro(payment.amountCents)} euro, codice avviso ${formatNoticeCode(payment.noticeCode)}`,
  });
  const body = placeWithSymbol(parts, figure);
  const flow = new TaggedFlow();
  flow.elements.push(heading, which, ...parts.text.elements, figure);
  flow.add({
    height: bar.height + 6 + body.height,
    draw(page, x, y) {
      bar.draw(page, x, y);
      body.draw(page, x, y - bar.height - 6);
    },
  });
  return flow;
}

/** A text beside a symbol, which keeps its quiet zone. */
function placeWithSymbol(
  { text, symbol, left, symbolX }: BandParts,
  figure: StructureElement,
): Box {
  const words = stackBoxes(text.boxes);
  return {
    height: Math.max(words.height, symbolSide + 6),
    draw(page, x, y) {
      words.draw(page, x + left, y);
      const place = {
        x: x + symbolX,
        y: y - 4 - symbolSide,
        width: symbolSide,
        height: symbolSide,
      };
      paintFigure(page, figure, place, drawSymbol(symbol, place.x, place.y, symbolSide));
    },
  };
}

function placeAcross(cells: readonly TaggedFlow[], step: number): TaggedFlow {
  return placeColumns(cells.map((flow, index) => ({ x: index * step, flow })));
}

function placeAmountCell(
  context: NoticeContext,
  payment: PaymentContent,
  width: number,
): TaggedFlow {
  const size: Style = { font: "bold", size: 14, leading: 16 };
  const amount = context.set.setPlain(formatEuro(payment.amountCents), size, width);
  return placeCaptioned(context, "euro", amount, width);
}

function placeNoticeCode(
  context: NoticeContext,
  payment: PaymentContent,
  width: number,
): TaggedFlow {
  const text = context.set.setPlain(formatNoticeCode(payment.noticeCode), code, width);
  return placeCaptioned(context, "codiceAvviso", text, width);
}

function placeCreditorTaxId(context: NoticeContext, width: number): TaggedFlow {
  const text = context.set.setFixed(context.ente.codiceFiscale, code, width);
  return placeCaptioned(context, "codiceFiscaleEnte", text, width);
}

/** A datum under its name, which are read as one. */
function placeCaptioned(
  context: NoticeContext,
  name: NoticeTextName,
  text: SetText,
  width: number,
): TaggedFlow {
  const element = new StructureElement("P");
  const flow = new TaggedFlow();
  flow.elements.push(element);
  const head = setShortText(context, name, caption, width);
  flow.add(placeText(element, head), placeText(element, text));
  return flow;
}
