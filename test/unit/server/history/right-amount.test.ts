/** «Qual è l'importo giusto?»: which code is to be paid on which day, with what was added, in every standing of a notification. */
import { expect, test } from "bun:test";
import {
  type AmountSources,
  findRightAmount,
} from "../../../../server/history/amount/right-amount.ts";

const act = {
  numero: "AV-1",
  verbale: { importoRidottoCents: 4_200, importoScontatoCents: 2_940, speseCents: 850 },
  payment: {
    options: [
      { kind: "discounted", noticeCode: "302000100000019421", amountCents: 3_790 },
      { kind: "reduced", noticeCode: "302000100000019422", amountCents: 5_050 },
    ],
  },
  costs: { feePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 },
} as unknown as AmountSources["act"];

const code = (noticeCode: string, kind: string) => ({
  noticeCode,
  kind,
  recipient: 0,
  verdict: "priced",
  priceCents: 1_481,
});
const costs = {
  policy: "DELIVERY_MODE",
  basis: "x",
  isFinal: true,
  codes: [code("302000100000019421", "discounted"), code("302000100000019422", "reduced")],
  recipients: [{ index: 0, sendCents: 100, letters: [1_050] }],
  findings: [],
} as unknown as AmountSources["costs"];
const terms = {
  recipients: [],
  payable: { discounted: "2026-11-28", reduced: "2027-01-22" },
} as unknown as AmountSources["terms"];
const paid = {
  codes: [],
  payments: [
    {
      noticeCode: "302000100000019421",
      kind: "discounted",
      baseCents: 3_790,
      paidOn: "2026-11-27",
      amountCents: 5_271,
      feeCents: 1_481,
    },
  ],
  cancelledPaid: [],
  lastDays: {},
  findings: [],
} as unknown as AmountSources["receipts"];

const none = { verdict: null, followed: null, terms: null, costs: null, receipts: null };
const both = "3020 0010 0000 0194 21";

test.each<[string, Partial<AmountSources>, string, string, readonly boolean[]]>([
  ["nothing known", {}, "2026-11-25", "37,90 € più le spese di notifica", [true, true]],
  [
    "priced",
    { costs },
    "2026-11-25",
    `52,71 € con il codice ${both}, entro 5 giorni`,
    [true, true],
  ],
  ["the fifth day", { costs, terms }, "2026-11-28", "fino al 28/11/2026 compreso", [true, true]],
  ["the sixth day", { costs, terms }, "2026-11-29", "65,31 € con il codice", [false, true]],
  ["the sixtieth day", { costs, terms }, "2027-01-22", "fino al 22/01/2027", [false, true]],
  ["after it", { costs, terms }, "2027-01-23", "i codici sono chiusi", [false, false]],
  [
    "paid",
    { costs, terms, receipts: paid },
    "2026-11-29",
    "Non c'è altro da pagare",
    [false, false],
  ],
  [
    "cancelled",
    {
      costs,
      followed: { cancelledAt: "2026-11-26T10:00:00Z", recipients: [], corrections: [] } as never,
    },
    "2026-11-27",
    "annullata",
    [false, false],
  ],
  [
    "refused",
    { verdict: { outcome: "refused", at: "2026-11-24T10:00:00Z", reasons: [] } },
    "2026-11-25",
    "non si paga ancora",
    [false, false],
  ],
])("%s", (_, known, today, answer, open) => {
  const right = findRightAmount({ act, ...none, ...known }, today);

  expect(right.answer.replaceAll(/\s/g, " ")).toContain(answer);
  expect(right.codes.map(({ isOpen }) => isOpen)).toEqual([...open]);
});

test("it says what was added and why, and what was paid", () => {
  const right = findRightAmount({ act, ...none, costs, terms, receipts: paid }, "2026-11-29");
  const plain = (texts: readonly string[]) => texts.map((text) => text.replaceAll(/\s/g, " "));

  expect(plain(right.added)).toEqual([
    "SEND aggiunge 14,81 € di spese di notifica: quota fissa e una lettera da 10,50 € più IVA.",
  ]);
  expect(plain(right.paid)).toEqual([
    `Il 27/11/2026 sono stati pagati 52,71 € con il codice scontato ${both}, di cui 14,81 € di spese di notifica.`,
  ]);
  const flat = { ...act, costs: { feePolicy: "FLAT_RATE", paFee: null, vat: null } } as typeof act;
  expect(findRightAmount({ act: flat, ...none }, "2026-11-29").added[0]).toContain("già comprese");
});
