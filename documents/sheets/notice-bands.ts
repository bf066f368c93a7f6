/** The payment data of a notice: the band with the QR and the Poste band with the Data Matrix. */
import { placeBeside, leaveGap, shadeBox, stackBoxes, type Box } from "../layout/boxes.ts";
import { formatEuro, formatNoticeCode, type PaymentContent } from "../model/content.ts";
import type { NoticeTextName } from "../model/model.ts";
import {
  pickAmountName,
  caption,
  pad,
  placeSentence,
  pickTerm,
  joinShortText,
  placeShortText,
  type NoticeContext,
} from "./notice-blocks.ts";
import {
  buildDataMatrixSymbol,
  buildPosteText,
  buildQrSymbol,
  buildQrText,
  drawSymbol,
} from "../symbols/symbols.ts";
import type { Style } from "../layout/text.ts";
import type { Symbol2d } from "../symbols/symbol.ts";

const millimetre = 72 / 25.4;
/** Source: AVV, QR and Data Matrix are printed 25 x 25 mm. */
const symbolSide = 25 * millimetre;
const strong: Style = { font: "bold", size: 9.4, leading: 11.6 };
const code: Style = { font: "mono", size: 9.6, leading: 12 };

/** The module for banks and every other channel: QR, codes, amount. */
export function placePaymentBand(context: NoticeContext, payment: PaymentContent): Box {
  const { ente, verbale, width } = context;
  const symbol = buildQrSymbol(buildQrText({ ...payment, creditorTaxId: ente.codiceFiscale }));
  const left = symbolSide + 3 * pad;
  const third = (width - left) / 3;
  const inner = third - pad;
  const codes = [
    placeCaptioned(
      context,
      "codiceAvviso",
      formatNoticeCode(payment.noticeCode),
      code,
      inner + pad,
    ),
    placeOwnCaptioned(context, "codiceFiscaleEnte", ente.codiceFiscale, code, inner),
    ente.cbill === undefined
      ? leaveGap(0)
      : placeOwnCaptioned(context, "codiceCbill", ente.cbill, code, inner),
  ];
  const text = stackBoxes([
    placeBeside([
      {
        x: 0,
        box: placeCaptioned(
          context,
          "destinatario",
          verbale.recipient.name,
          strong,
          2 * third - pad,
        ),
      },
      { x: 2 * third, box: placeAmountCell(context, payment, inner) },
    ]),
    leaveGap(5),
    placeAcross(
      [
        placeOwnCaptioned(context, "enteCreditore", ente.nome, strong, inner),
        placeCaptioned(context, "oggettoPagamento", context.subject, strong, 2 * third - pad),
      ],
      third,
    ),
    leaveGap(5),
    placeAcross(codes, third),
    leaveGap(4),
    ...placeSentence(context, "istruzioni", caption, width - left - pad),
  ]);
  return placeBand(context, {
    title: joinShortText(context, "canali"),
    aside: formatAside(context, payment),
    body: placeWithSymbol(text, symbol, { width, left, symbolX: pad }),
  });
}

/** The Poste module: postal account, Data Matrix and the permission to print it. */
export function placePostalBand(context: NoticeContext, payment: PaymentContent): Box {
  const { ente, verbale, width } = context;
  const account = ente.postalAccount ?? "";
  const holder = ente.postalAccountHolder ?? ente.nome;
  const symbol = encodePosteSymbol(context, payment, account);
  const room = width - symbolSide - 3 * pad - pad;
  const who = room * 0.42;
  const third = room / 3;
  const inner = third - pad;
  const text = stackBoxes([
    ...placeSentence(context, "bollettinoIstruzioni", caption, room - pad),
    leaveGap(4),
    placeAcross(
      [
        placeOwnCaptioned(context, "contoCorrente", account.padStart(12, "0"), code, inner),
        placeOwnCaptioned(context, "intestato", holder, strong, inner),
        placeAmountCell(context, payment, inner),
      ],
      third,
    ),
    leaveGap(5),
    placeBeside([
      {
        x: 0,
        box: placeCaptioned(context, "destinatario", verbale.recipient.name, strong, who - pad),
      },
      {
        x: who,
        box: placeCaptioned(context, "oggettoPagamento", context.subject, strong, room - who - pad),
      },
    ]),
    leaveGap(5),
    placeAcross(
      [
        placeCaptioned(
          context,
          "codiceAvviso",
          formatNoticeCode(payment.noticeCode),
          code,
          inner + pad,
        ),
        placeOwnCaptioned(context, "tipo", "P1", code, inner),
        placeOwnCaptioned(context, "codiceFiscaleEnte", ente.codiceFiscale, code, inner),
      ],
      third,
    ),
    ...placeAuthorization(context, room),
  ]);
  return placeBand(context, {
    title: joinShortText(context, "bollettino"),
    aside: formatAside(context, payment),
    body: placeWithSymbol(text, symbol, { width, left: pad, symbolX: width - symbolSide - pad }),
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
function placeAuthorization(context: NoticeContext, width: number): Box[] {
  const text = context.ente.postalAuthorization;
  if (text === undefined) return [];
  const box = stackBoxes(
    context.set.setFixed(text, { font: "regular", size: 6.5, leading: 9 }, width),
  );
  return [leaveGap(3), { height: box.height, draw: (x, y) => `0.3 g\n${box.draw(x, y)}0 g\n` }];
}

/** Name and term of the amount; in two languages the name alone, since the terms stand above. */
function formatAside(context: NoticeContext, payment: PaymentContent): string {
  const name = pickAmountName(context, payment);
  return context.model.second === undefined ? `${name} · ${pickTerm(context, payment)}` : name;
}

interface BandParts {
  readonly title: string;
  readonly aside: string;
  readonly body: Box;
}

function placeBand(context: NoticeContext, parts: BandParts): Box {
  const { set, width } = context;
  const head: Style = { font: "bold", size: 9.8, leading: 12.5 };
  const aside: Style = { font: "regular", size: 8.8, leading: 12.5, align: "right" };
  const left = set.setFixedLabel(parts.title, head);
  const bar = shadeBox(
    placeBeside([
      { x: 0, box: left.box },
      {
        x: left.width + 12,
        box: stackBoxes(set.setFixed(parts.aside, aside, width - pad - left.width - 12)),
      },
    ]),
    width,
    pad / 2,
  );
  return {
    height: bar.height + 6 + parts.body.height,
    draw: (x, y) => bar.draw(x, y) + parts.body.draw(x, y - bar.height - 6),
  };
}

/** A text beside a symbol, which keeps its quiet zone. */
function placeWithSymbol(
  text: Box,
  symbol: Symbol2d,
  at: { readonly width: number; readonly left: number; readonly symbolX: number },
): Box {
  const height = Math.max(text.height, symbolSide + 6);
  return {
    height,
    draw: (x, y) =>
      text.draw(x + at.left, y) +
      drawSymbol(symbol, x + at.symbolX, y - 4 - symbolSide, symbolSide),
  };
}

function placeAcross(cells: readonly Box[], step: number): Box {
  return placeBeside(cells.map((box, index) => ({ x: index * step, box })));
}

function placeAmountCell(context: NoticeContext, payment: PaymentContent, width: number): Box {
  const size: Style = { font: "bold", size: 14, leading: 16 };
  return placeCaptioned(context, "euro", formatEuro(payment.amountCents), size, width);
}

function placeCaptioned(
  context: NoticeContext,
  name: NoticeTextName,
  text: string,
  style: Style,
  width: number,
): Box {
  return placeUnderCaption(context, name, context.set.setPlain(text, style, width), width);
}

/** The same with a text of the ente. */
function placeOwnCaptioned(
  context: NoticeContext,
  name: NoticeTextName,
  text: string,
  style: Style,
  width: number,
): Box {
  return placeUnderCaption(context, name, context.set.setFixed(text, style, width), width);
}

function placeUnderCaption(
  context: NoticeContext,
  name: NoticeTextName,
  text: readonly Box[],
  width: number,
): Box {
  return stackBoxes([...placeShortText(context, name, caption, width), ...text]);
}
