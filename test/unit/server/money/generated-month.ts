/** A month of notifications of every kind, as the register keeps them after seguito, and the invoice that PagoPA makes of them, counted by itself. */
import type { Followed } from "../../../../integrations/register/followed.ts";
import type { Act, Verdict } from "../../../../integrations/register/kinds.ts";
import type { KeptReceipts, ReceivedPayment } from "../../../../integrations/register/money.ts";
import type { AnyDraft } from "../../../../integrations/register/port.ts";
import { type CodePrice, computeCosts, countPrice } from "../../../../steps/money/compute-costs.ts";
import { computeReceipts } from "../../../../steps/money/compute-receipts.ts";
import type { PaymentOption } from "../../../../steps/schemas/fields.ts";

/** What becomes of a notification, by its place in the month. */
export const routes = [
  "digital",
  "one letter",
  "two letters",
  "simple letter",
  "refused",
  "cancelled before",
  "cancelled after a letter",
  "reworked",
  "flat rate",
  "still open",
] as const;
export type Route = (typeof routes)[number];

/** How it is paid. */
export const payments = ["exactly", "not", "early", "late", "short", "over", "twice"] as const;
export type Paid = (typeof payments)[number];

export interface Generated {
  readonly iun: string;
  readonly numero: string;
  readonly route: Route;
  readonly paid: Paid;
  /** What is written into the register, in this order: a corrected one has two versions. */
  readonly drafts: readonly (readonly AnyDraft[])[];
  /** Items of the invoice, cents. */
  readonly billed: readonly (readonly [string, number])[];
}

const letters: readonly number[] = [969, 1025, 1204, 963];

/** The n-th notification of November 2026. */
export function generate(n: number): Generated {
  const route = routes[n % routes.length] ?? "digital";
  const paid = payments[Math.floor(n / routes.length) % payments.length] ?? "not";
  const first = letters[n % letters.length] ?? 969;
  const second = letters[(n + 1) % letters.length] ?? 963;
  const iun = buildIun(n);
  const numero = `V-${n}`;
  const sent =
    route === "digital" || route === "cancelled before" || route === "refused" ? [] : [first];
  const held: Readonly<Partial<Record<Route, readonly number[]>>> = {
    "two letters": [first, second],
    "simple letter": [465],
    // SEND takes the first letter back and sends another.
    reworked: [second],
  };
  const now = held[route] ?? sent;
  const act = buildAct(numero, n, route);
  const before =
    route === "reworked" ? [build({ iun, numero, act, route, paid, held: [first] }, 0)] : [];
  const drafts = [...before, build({ iun, numero, act, route, paid, held: now }, before.length)];
  return { iun, numero, route, paid, drafts, billed: listBilled(route, now) };
}

/** By SEND's rules, not by ours: a euro for each recipient that has its end or whom SEND refused, and each letter that holds. */
function listBilled(route: Route, held: readonly number[]): readonly (readonly [string, number])[] {
  const items = held.map((cents, at) => [`Invio postale ${at + 1}`, cents] as const);
  if (route === "refused") return [["Richiesta rifiutata", 100]];
  if (route === "cancelled before") return [];
  if (route === "still open" || route === "cancelled after a letter") return items;
  return [["Notifica SEND", 100], ...items];
}

function buildIun(n: number): string {
  let rest = n;
  const word = Array.from({ length: 12 }, () => {
    const letter = String.fromCodePoint(65 + (rest % 25));
    rest = Math.floor(rest / 25);
    return letter;
  }).join("");
  return `${word.slice(0, 4)}-${word.slice(4, 8)}-${word.slice(8)}-202611-N-1`;
}

function listOptions(n: number): readonly PaymentOption[] {
  const code = (kind: number): string => `3${String(n * 10 + kind).padStart(17, "0")}`;
  return [
    { kind: "discounted", iuv: code(1).slice(1), noticeCode: code(1), amountCents: 2940 },
    { kind: "reduced", iuv: code(2).slice(1), noticeCode: code(2), amountCents: 4200 },
  ];
}

function buildAct(numero: string, n: number, route: Route): Act {
  const isFlat = route === "flat rate";
  return {
    numero,
    notificationRequestId: "r",
    protocol: `P-${n}`,
    sentAt: "2026-11-02T09:00:00.000Z",
    runId: "run-1",
    round: 1,
    verbale: {},
    payment: { ref: "r", creditorTaxId: "89999990164", options: listOptions(n) },
    recipients: [{ taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" }],
    files: [],
    costs: isFlat
      ? { feePolicy: "FLAT_RATE", paFee: null, vat: null }
      : { feePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 },
  };
}

interface Facts {
  readonly iun: string;
  readonly numero: string;
  readonly act: Act;
  readonly route: Route;
  readonly paid: Paid;
  readonly held: readonly number[];
}

function build(facts: Facts, corrections: number): readonly AnyDraft[] {
  const { iun, numero, act, route, held, paid } = facts;
  const followed = buildFollowed(route, held, corrections);
  const { options } = act.payment as { readonly options: readonly PaymentOption[] };
  const price = findPrice(facts);
  const prices = new Map(options.map(({ noticeCode }) => [noticeCode, price]));
  const cents = "priceCents" in price ? (price.priceCents ?? 0) : 0;
  const receipts = computeReceipts({
    options,
    followed,
    payable: { discounted: "2026-11-16", reduced: "2027-01-11" },
    prices: new Map(options.map(({ noticeCode }) => [noticeCode, cents])),
    standing: buildStanding(options, { paid, cents }),
  });
  const verdict: Verdict = {
    outcome: route === "refused" ? "refused" : "accepted",
    at: "2026-11-02T09:10:00.000Z",
    reasons: [],
  };
  const before =
    corrections === 0
      ? null
      : computeCosts({
          act,
          followed: { ...followed, corrections: [] },
          options,
          prices: new Map(),
          receipts,
          before: null,
        });
  const costs = computeCosts({ act, followed, options, prices, receipts, before });
  return [
    { kind: "act", key: iun, subject: numero, data: act },
    { kind: "verdict", key: iun, subject: numero, data: verdict },
    { kind: "followed", key: iun, subject: numero, data: followed },
    { kind: "costs", key: iun, subject: numero, data: costs },
    { kind: "receipts", key: iun, subject: numero, data: receipts },
  ];
}

function findPrice({ act, route, held }: Facts): CodePrice {
  if (route === "refused") return { verdict: "refused" };
  if (route.startsWith("cancelled")) return { verdict: "cancelled" };
  return { verdict: "priced", priceCents: countPrice(act, held), analogCents: 0 };
}

function buildFollowed(route: Route, held: readonly number[], corrections: number): Followed {
  if (route === "refused") return { status: "REFUSED", recipients: [], corrections: [] };
  const isCancelled = route.startsWith("cancelled");
  const hasEnded = !isCancelled && route !== "still open";
  return {
    status: isCancelled ? "CANCELLED" : "DELIVERED",
    acceptedAt: "2026-11-02T09:10:00.000Z",
    ...(isCancelled && { cancelledAt: "2026-11-20T09:00:00.000Z" }),
    recipients: [
      {
        index: 0,
        ...(hasEnded && {
          perfezionamento: {
            at: "2026-11-10T22:59:59.999Z",
            day: "2026-11-10",
            rule: "analog",
            elementId: "E",
            isFinal: true,
          },
        }),
        attempts: held.map((costCents) => ({
          channel: route === "simple letter" ? ("simple-letter" as const) : ("analog" as const),
          at: "2026-11-05T10:00:00Z",
          costCents,
        })),
      },
    ],
    corrections: Array.from({ length: corrections }, () => ({
      at: "2026-11-18T10:00:00.000Z",
      recipient: 0,
      invalidated: ["X"],
    })),
  };
}

function buildStanding(
  [discounted, reduced]: readonly PaymentOption[],
  { paid, cents }: { readonly paid: Paid; readonly cents: number },
): { codes: KeptReceipts["codes"]; payments: readonly ReceivedPayment[]; cancelledPaid: [] } {
  if (discounted === undefined || reduced === undefined) throw new Error("two codes");
  const pay = (
    { noticeCode, kind, amountCents }: PaymentOption,
    changes: { readonly paidOn?: string; readonly fee?: number; readonly more?: number } = {},
  ): ReceivedPayment => {
    const { paidOn = "2026-11-12", fee = cents, more = 0 } = changes;
    const paidCents = amountCents + fee + more;
    return {
      noticeCode,
      kind,
      baseCents: amountCents,
      paidOn,
      amountCents: paidCents,
      feeCents: fee,
    };
  };
  const told: Readonly<Record<Paid, readonly ReceivedPayment[]>> = {
    exactly: [pay(discounted)],
    not: [],
    early: [pay(discounted, { paidOn: "2026-11-03", fee: Math.min(200, cents) })],
    late: [pay(discounted, { paidOn: "2026-11-17" })],
    short: [pay(reduced, { more: -1 })],
    over: [pay(reduced, { more: 350 })],
    twice: [pay(discounted), pay(reduced, { paidOn: "2026-12-01" })],
  };
  const received = told[paid];
  const codes = [discounted, reduced].map(({ noticeCode }) => ({
    noticeCode,
    state: received.some((one) => one.noticeCode === noticeCode) ? "paid" : "payable",
    feeCents: cents,
    isKnown: true,
  }));
  return { codes, payments: received, cancelledPaid: [] };
}
