/** What an operator reads of costs and payments beside a verbale: amounts in euro, words in place of codes, and nothing for other data of that name. */
import { expect, test } from "bun:test";
import type { Costs, KeptReceipts } from "../../../../integrations/register/money.ts";
import { buildSections } from "../../../../server/history/item-sections.ts";

const noticeCode = "301000000000000346";
const borne = "Con la ricevuta sono state pagate spese per 2,00 euro.";
const costs: Costs = {
  policy: "DELIVERY_MODE",
  basis: "b",
  isFinal: true,
  codes: [
    {
      noticeCode,
      kind: "discounted",
      recipient: 0,
      verdict: "priced",
      priceCents: 1382,
      feeCents: 200,
      receiptFeeCents: 200,
    },
    { noticeCode: "2", kind: "reduced", recipient: 0, verdict: "priced", priceCents: 1382 },
  ],
  recipients: [{ index: 0, sendCents: 100, letters: [969] }],
  findings: [
    { kind: "borne", text: borne, cents: 1182, noticeCode },
    { kind: "borne", text: borne, cents: 1182, noticeCode: "2" },
  ],
};
const receipts: KeptReceipts = {
  codes: [{ noticeCode, state: "paid", isKnown: true }],
  payments: [
    {
      noticeCode,
      kind: "discounted",
      baseCents: 2940,
      paidOn: "2026-11-24",
      amountCents: 104_322,
      feeCents: 200,
      receiptId: "R-1",
    },
  ],
  cancelledPaid: [],
  lastDays: {},
  findings: [],
};

/** Spaces that do not break are told as plain ones. */
function read(data: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(buildSections(data, {})).replaceAll("\u00A0", " "));
}

test("price, position and receipt stand side by side, and each finding once", () => {
  expect(read({ costs, receipts })).toEqual([
    {
      title: "Spese di notifica",
      fields: [
        [
          "Spese con il codice scontato",
          "SEND chiede 13,82 €; sulla posizione 2,00 €; nella ricevuta 2,00 €",
        ],
        ["Spese con il codice ridotto", "SEND chiede 13,82 €"],
        ["Addebito di SEND all'ente", "10,69 € senza IVA (quota 1,00 €, lettera 9,69 €)"],
        ["Da controllare", borne],
      ],
    },
    {
      title: "Incassi",
      fields: [
        [
          "Pagato il 24/11/2026",
          `1043,22 €, con il codice scontato ${noticeCode}, di cui spese 2,00 €, ricevuta R-1`,
        ],
      ],
    },
  ]);
});

test.each([
  [true, "Nessun pagamento finora"],
  [false, "Il sistema dei pagamenti non dice se è stato pagato"],
])("without a payment, known %p: %s", (isKnown, words) => {
  const codes = [{ noticeCode, state: "unknown", isKnown }];

  expect(read({ receipts: { ...receipts, codes, payments: [] } })).toEqual([
    { title: "Incassi", fields: [["Pagamenti", words]] },
  ]);
});

test("the answer of the late receipts, which has the same name, stays what it was", () => {
  expect(read({ receipts: "none" })).toEqual([
    { title: "Altri dati", fields: [["receipts", "none"]] },
  ]);
});
