/** The payment data of a notice: the band with the QR and the Poste band with the Data Matrix. */
import { beside, gap, shaded, stack, type Box } from "../layout/boxes.ts";
import { euro, groupedCode, type PaymentContent } from "../model/content.ts";
import type { NoticeTextName } from "../model/model.ts";
import {
  amountName,
  caption,
  pad,
  said,
  term,
  textOf,
  titled,
  type NoticeContext,
} from "./notice-blocks.ts";
import {
  dataMatrixSymbol,
  posteText,
  qrSymbol,
  qrText,
  symbolOperators,
} from "../symbols/symbols.ts";
import type { Style } from "../layout/text.ts";
import type { Symbol2d } from "../symbols/symbol.ts";

const millimetre = 72 / 25.4;
/** Source: AVV, QR and Data Matrix are printed 25 x 25 mm. */
const symbolSide = 25 * millimetre;
const strong: Style = { font: "bold", size: 9.4, leading: 11.6 };
const code: Style = { font: "mono", size: 9.6, leading: 12 };

/** The module for banks and every other channel: QR, codes, amount. */
export function paymentBand(context: NoticeContext, payment: PaymentContent): Box {
  const { ente, verbale, width } = context;
  const symbol = qrSymbol(qrText({ ...payment, creditorTaxId: ente.codiceFiscale }));
  const left = symbolSide + 3 * pad;
  const third = (width - left) / 3;
  const inner = third - pad;
  const codes = [
    captioned(context, "codiceAvviso", groupedCode(payment.noticeCode), code, inner + pad),
    ownCaptioned(context, "codiceFiscaleEnte", ente.codiceFiscale, code, inner),
    ente.cbill === undefined
      ? gap(0)
      : ownCaptioned(context, "codiceCbill", ente.cbill, code, inner),
  ];
  const text = stack([
    beside([
      {
        x: 0,
        box: captioned(context, "destinatario", verbale.recipient.name, strong, 2 * third - pad),
      },
      { x: 2 * third, box: amountCell(context, payment, inner) },
    ]),
    gap(5),
    across(
      [
        ownCaptioned(context, "enteCreditore", ente.nome, strong, inner),
        captioned(context, "oggettoPagamento", context.subject, strong, 2 * third - pad),
      ],
      third,
    ),
    gap(5),
    across(codes, third),
    gap(4),
    ...said(context, "istruzioni", caption, width - left - pad),
  ]);
  return band(context, {
    title: textOf(context, "canali"),
    aside: asideOf(context, payment),
    body: withSymbol(text, symbol, { width, left, symbolX: pad }),
  });
}

/** The Poste module: postal account, Data Matrix and the permission to print it. */
export function postalBand(context: NoticeContext, payment: PaymentContent): Box {
  const { ente, verbale, width } = context;
  const account = ente.postalAccount ?? "";
  const holder = ente.postalAccountHolder ?? ente.nome;
  const symbol = dataMatrixSymbol(
    posteText({
      ...payment,
      creditorTaxId: ente.codiceFiscale,
      account,
      debtorTaxId: verbale.recipient.taxId,
      debtorName: verbale.recipient.name,
      reason: context.subject,
    }),
  );
  const room = width - symbolSide - 3 * pad - pad;
  const who = room * 0.42;
  const third = room / 3;
  const inner = third - pad;
  const text = stack([
    ...said(context, "bollettinoIstruzioni", caption, room - pad),
    gap(4),
    across(
      [
        ownCaptioned(context, "contoCorrente", account.padStart(12, "0"), code, inner),
        ownCaptioned(context, "intestato", holder, strong, inner),
        amountCell(context, payment, inner),
      ],
      third,
    ),
    gap(5),
    beside([
      { x: 0, box: captioned(context, "destinatario", verbale.recipient.name, strong, who - pad) },
      {
        x: who,
        box: captioned(context, "oggettoPagamento", context.subject, strong, room - who - pad),
      },
    ]),
    gap(5),
    across(
      [
        captioned(context, "codiceAvviso", groupedCode(payment.noticeCode), code, inner + pad),
        ownCaptioned(context, "tipo", "P1", code, inner),
        ownCaptioned(context, "codiceFiscaleEnte", ente.codiceFiscale, code, inner),
      ],
      third,
    ),
    ...authorization(context, room),
  ]);
  return band(context, {
    title: textOf(context, "bollettino"),
    aside: asideOf(context, payment),
    body: withSymbol(text, symbol, { width, left: pad, symbolX: width - symbolSide - pad }),
  });
}

/** Source: AVV, the permission is printed at 70 % black. */
function authorization(context: NoticeContext, width: number): Box[] {
  const text = context.ente.postalAuthorization;
  if (text === undefined) return [];
  const box = stack(context.set.fixed(text, { font: "regular", size: 6.5, leading: 9 }, width));
  return [gap(3), { height: box.height, draw: (x, y) => `0.3 g\n${box.draw(x, y)}0 g\n` }];
}

/** Name and term of the amount; in two languages the name alone, since the terms stand above. */
function asideOf(context: NoticeContext, payment: PaymentContent): string {
  const name = amountName(context, payment);
  return context.model.second === undefined ? `${name} · ${term(context, payment)}` : name;
}

interface BandParts {
  readonly title: string;
  readonly aside: string;
  readonly body: Box;
}

function band(context: NoticeContext, parts: BandParts): Box {
  const { set, width } = context;
  const head: Style = { font: "bold", size: 9.8, leading: 12.5 };
  const aside: Style = { font: "regular", size: 8.8, leading: 12.5, align: "right" };
  const left = set.fixedLabel(parts.title, head);
  const bar = shaded(
    beside([
      { x: 0, box: left.box },
      {
        x: left.width + 12,
        box: stack(set.fixed(parts.aside, aside, width - pad - left.width - 12)),
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
function withSymbol(
  text: Box,
  symbol: Symbol2d,
  at: { readonly width: number; readonly left: number; readonly symbolX: number },
): Box {
  const height = Math.max(text.height, symbolSide + 6);
  return {
    height,
    draw: (x, y) =>
      text.draw(x + at.left, y) +
      symbolOperators(symbol, x + at.symbolX, y - 4 - symbolSide, symbolSide),
  };
}

function across(cells: readonly Box[], step: number): Box {
  return beside(cells.map((box, index) => ({ x: index * step, box })));
}

function amountCell(context: NoticeContext, payment: PaymentContent, width: number): Box {
  const size: Style = { font: "bold", size: 14, leading: 16 };
  return captioned(context, "euro", euro(payment.amountCents), size, width);
}

function captioned(
  context: NoticeContext,
  name: NoticeTextName,
  text: string,
  style: Style,
  width: number,
): Box {
  return underCaption(context, name, context.set.plain(text, style, width), width);
}

/** The same with a text of the ente. */
function ownCaptioned(
  context: NoticeContext,
  name: NoticeTextName,
  text: string,
  style: Style,
  width: number,
): Box {
  return underCaption(context, name, context.set.fixed(text, style, width), width);
}

function underCaption(
  context: NoticeContext,
  name: NoticeTextName,
  text: readonly Box[],
  width: number,
): Box {
  return stack([...titled(context, name, caption, width), ...text]);
}
