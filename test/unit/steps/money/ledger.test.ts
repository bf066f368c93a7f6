/** What a notification costs and what was paid, to the cent: SEND's price counted again from its letters, and every difference told once by its name. */
import { describe, expect, test } from "bun:test";
import type { Followed } from "../../../../integrations/register/followed.ts";
import type { Act } from "../../../../integrations/register/kinds.ts";
import {
  type Costs,
  type ReceivedPayment,
  type KeptReceipts,
  sumCharges,
} from "../../../../integrations/register/money.ts";
import { type CodePrice, computeCosts, countPrice } from "../../../../steps/money/compute-costs.ts";
import { computeReceipts } from "../../../../steps/money/compute-receipts.ts";
import type { PaymentOption } from "../../../../steps/schemas/fields.ts";
import { buildAct } from "../follow-world.ts";

const discountedCode = "301000000000000101";
const reducedCode = "301000000000000202";
const options: readonly PaymentOption[] = [
  { kind: "discounted", iuv: "01", noticeCode: discountedCode, amountCents: 4200 },
  { kind: "reduced", iuv: "02", noticeCode: reducedCode, amountCents: 6000 },
];

function withCosts(costs: Partial<Act["costs"]> = {}): Act {
  const act = buildAct("V-1");
  return { ...act, costs: { ...act.costs, ...costs } };
}

const perfezionamento = {
  at: "2026-11-10T22:59:59.999Z",
  day: "2026-11-10",
  rule: "analog",
  elementId: "E",
  isFinal: true,
} as const;

function follow(letters: readonly number[], changes: Partial<Followed> = {}): Followed {
  return {
    status: "EFFECTIVE_DATE",
    recipients: [
      {
        index: 0,
        perfezionamento,
        attempts: letters.map((costCents) => ({
          channel: "analog" as const,
          at: "2026-11-01T10:00:00Z",
          costCents,
        })),
      },
    ],
    corrections: [],
    ...changes,
  };
}

describe("the price, from the letters that hold", () => {
  test.each<[string, readonly number[], Partial<Act["costs"]>, number]>([
    ["E1 digital", [], {}, 200],
    ["E3 one 890", [969], {}, 1382],
    ["E4 two 890", [969, 963], {}, 2557],
    ["E5 one letter, rounded half up", [1025], {}, 1451],
    ["E6 two letters, rounded once", [1025, 1025], {}, 2701],
    ["E7 a simple letter", [465], {}, 767],
    ["E8 neither VAT nor the PA's fee", [969], { vat: 0, paFee: 0 }, 1069],
    ["E9 flat rate", [969], { feePolicy: "FLAT_RATE" }, 0],
    ["E15 after a correction, the letter that holds", [364], { vat: 0, paFee: 0 }, 464],
    ["absent fee and VAT are SEND's defaults", [969], { vat: null, paFee: null }, 1382],
  ])("%s", (_name, letters, costs, price) => {
    expect(countPrice(withCosts(costs), letters)).toBe(price);
  });
});

interface Told {
  readonly letters?: readonly number[];
  readonly price?: number;
  readonly verdict?: CodePrice["verdict"];
  readonly fee?: number;
  readonly state?: string;
  /** Of a code with a payment; default `paid`. */
  readonly paidState?: string;
  readonly payments?: readonly Partial<ReceivedPayment>[];
  readonly followed?: Partial<Followed>;
  readonly before?: Costs;
  readonly cancelledPaid?: readonly string[];
}

function judge(told: Told): { readonly costs: Costs; readonly receipts: KeptReceipts } {
  const { letters = [969], verdict = "priced", price = 1382, fee = 1382, state = "payable" } = told;
  const followed = follow(letters, told.followed);
  const answer: CodePrice =
    verdict === "priced" ? { verdict, priceCents: price, analogCents: 0 } : { verdict };
  const payments = (told.payments ?? []).map((payment) => ({
    noticeCode: discountedCode,
    kind: "discounted",
    baseCents: 4200,
    paidOn: "2026-11-12",
    ...payment,
  }));
  const paid = new Set(payments.map(({ noticeCode }) => noticeCode));
  const receipts = computeReceipts({
    options,
    followed,
    payable: { discounted: "2026-11-16", reduced: "2027-01-11" },
    prices: new Map(options.map(({ noticeCode }) => [noticeCode, price])),
    standing: {
      codes: options.map(({ noticeCode }) => ({
        noticeCode,
        state: paid.has(noticeCode) ? (told.paidState ?? "paid") : state,
        feeCents: fee,
        isKnown: true,
      })),
      payments,
      cancelledPaid: told.cancelledPaid ?? [],
    },
  });
  const costs = computeCosts({
    act: withCosts(),
    followed,
    options,
    prices: new Map(options.map(({ noticeCode }) => [noticeCode, answer])),
    receipts,
    before: told.before ?? null,
  });
  return { costs, receipts };
}

const exact = { amountCents: 5582, feeCents: 1382 };

describe("every difference is told once, with its cents", () => {
  test("none where price, position and receipt agree", () => {
    const { costs, receipts } = judge({ payments: [exact] });

    expect(costs.findings).toEqual([]);
    expect(receipts.findings).toEqual([]);
    expect(sumCharges(costs)).toBe(1069);
    expect(costs.codes[0]).toMatchObject({
      priceCents: 1382,
      feeCents: 1382,
      receiptFeeCents: 1382,
    });
  });

  const rework = judge({ letters: [969, 963], price: 2557, fee: 2557 }).costs;
  const corrections = [{ at: "2026-11-20T10:00:00Z", recipient: 0, invalidated: ["X"] }];
  const cancelledAt = "2026-11-11T10:00:00Z";

  test.each<[string, Told, readonly (readonly [string, number | undefined])[], string]>([
    [
      "no fee on a position that can be paid",
      { fee: 0 },
      [
        ["fee", 1382],
        ["fee", 1382],
      ],
      "Sulla posizione ci sono 0,00 euro di spese, SEND ne chiede 13,82 euro.",
    ],
    [
      "E14 paid before the letter",
      { payments: [{ amountCents: 4400, feeCents: 200 }] },
      [["borne", 1182]],
      "Con la ricevuta sono state pagate spese per 2,00 euro, SEND ora ne chiede 13,82 euro: 11,82 euro restano a carico dell'ente.",
    ],
    [
      "a fee that a correction has lowered since",
      { payments: [{ amountCents: 6757, feeCents: 2557 }] },
      [["fee-over", -1175]],
      "11,75 euro pagati in più dal destinatario.",
    ],
    [
      "SEND's price that its letters do not explain",
      { price: 2564, fee: 2564 },
      [
        ["price", 1182],
        ["price", 1182],
      ],
      "SEND chiede 25,64 euro, dalle sue lettere risultano 13,82 euro.",
    ],
    [
      "E15 a correction",
      { before: rework, followed: { corrections } },
      [["reworked", -1175]],
      "SEND ha corretto la notifica: le spese passano da 25,57 euro a 13,82 euro.",
    ],
    [
      "E16 a refusal",
      { verdict: "refused", letters: [], followed: { status: "REFUSED", recipients: [] } },
      [["refused", 100]],
      "SEND ha rifiutato la richiesta e addebita all'ente 1,00 euro.",
    ],
    [
      "E17 cancelled after a letter, the fee taken off",
      { verdict: "cancelled", fee: 0, followed: { status: "CANCELLED", cancelledAt } },
      [["cancelled", 1069]],
      "restano a carico dell'ente 10,69 euro",
    ],
    [
      "cancelled, and the fee still on the position",
      { verdict: "cancelled", followed: { status: "CANCELLED", cancelledAt }, letters: [] },
      [
        ["cancelled", 100],
        ["fee", -1382],
        ["fee", -1382],
      ],
      "SEND ne chiede 0,00 euro.",
    ],
    [
      "short",
      { payments: [{ ...exact, amountCents: 5580 }] },
      [["short", 2]],
      "mancano 0,02 euro.",
    ],
    [
      "over",
      { payments: [{ ...exact, amountCents: 105_582 }] },
      [["over", -100_000]],
      "Pagati 1.055,82 euro, dovuti 55,82 euro (sanzione 42,00 euro, spese 13,82 euro): 1.000,00 euro in più.",
    ],
    [
      "without the fee, where the receipt does not tell it",
      { payments: [{ amountCents: 4200 }] },
      [["short", 1382]],
      "mancano 13,82 euro.",
    ],
    [
      "the discounted code after its day",
      { payments: [{ ...exact, paidOn: "2026-11-17" }] },
      [["late", 1800]],
      "valido fino al 16/11/2026: mancano 18,00 euro all'importo ridotto.",
    ],
    [
      "the reduced code after the 60th day",
      {
        payments: [
          {
            ...exact,
            noticeCode: reducedCode,
            kind: "reduced",
            baseCents: 6000,
            amountCents: 7382,
            paidOn: "2027-01-12",
          },
        ],
      },
      [["late", undefined]],
      "oltre il 60° giorno",
    ],
    [
      "both codes",
      {
        payments: [
          exact,
          {
            ...exact,
            noticeCode: reducedCode,
            kind: "reduced",
            baseCents: 6000,
            amountCents: 7382,
            paidOn: "2026-12-01",
          },
        ],
      },
      [["twice", -7382]],
      "Pagato 2 volte: 73,82 euro da rimborsare, se non dovuti.",
    ],
    [
      "both codes on one day, of which the treasury knows the second",
      {
        payments: [
          {
            ...exact,
            noticeCode: reducedCode,
            kind: "reduced",
            baseCents: 6000,
            amountCents: 7382,
          },
          { ...exact, paidAt: "2026-11-12T10:00:00.000Z" },
        ],
      },
      [["twice", -7382]],
      "Pagato 2 volte: 73,82 euro da rimborsare, se non dovuti.",
    ],
    [
      "less than due, on what the payment system calls anomalous",
      { payments: [{ ...exact, amountCents: 5580 }], paidState: "unknown" },
      [
        ["short", 2],
        ["anomalous", undefined],
      ],
      "segna la posizione come anomala",
    ],
    [
      "a cancelled position too",
      { payments: [exact], cancelledPaid: ["301000000000000999"] },
      [
        ["cancelled", undefined],
        ["twice", -5582],
      ],
      "È arrivato un pagamento sulla posizione annullata 301000000000000999",
    ],
    [
      "on a notification that was cancelled",
      {
        payments: [{ amountCents: 4200, feeCents: 0 }],
        verdict: "cancelled",
        letters: [],
        fee: 0,
        followed: {
          status: "CANCELLED",
          cancelledAt,
          recipients: [{ index: 0, attempts: [], isCancelled: true }],
        },
      },
      [["cancelled", -4200]],
      "Pagato, ma la notifica è annullata",
    ],
  ])("%s", (_name, told, expected, sentence) => {
    const { costs, receipts } = judge(told);
    const findings = [...costs.findings, ...receipts.findings];

    expect(findings.map(({ kind, cents }) => [kind, cents])).toEqual(
      expected.map((one) => [...one]),
    );
    expect(findings.map(({ text }) => text).join(" ")).toContain(sentence);
  });

  test("paid before the cancellation it is no payment on a cancelled notification; on the last day it is not late", () => {
    const early = judge({
      payments: [{ ...exact, paidOn: "2026-11-09" }],
      followed: { cancelledAt },
    });
    const last = judge({ payments: [{ ...exact, paidOn: "2026-11-16" }] });

    expect(early.receipts.findings).toEqual([]);
    expect(last.receipts.findings).toEqual([]);
  });

  test("what a correction did stays told, once", () => {
    const once = judge({ before: rework, followed: { corrections } }).costs;
    const again = judge({ before: once, followed: { corrections } }).costs;

    expect(again).toEqual(once);
  });
});

test.each([
  [1, 100],
  [2, 200],
  [0, 100],
])(
  "E16: a refusal costs a euro for each of %p recipients, and one where nobody knows them",
  (count, cents) => {
    const { costs } = judge({ letters: [], verdict: "refused" });
    const refused = computeCosts({
      act: buildAct("V-1", count),
      followed: { status: "REFUSED", recipients: [], corrections: [] },
      options,
      prices: new Map(options.map(({ noticeCode }) => [noticeCode, { verdict: "refused" }])),
      receipts: judge({}).receipts,
      before: costs,
    });

    expect(sumCharges(refused)).toBe(cents);
    expect(refused.findings).toMatchObject([{ kind: "refused", cents }]);
  },
);
