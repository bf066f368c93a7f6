/** What was paid for a verbale, and what is wrong with it: short, over, late, twice, on what was cancelled. Pure; all amounts are cents. */
import { toRomeDay } from "../../engine/host/clock.ts";
import type { CodeStanding } from "../../integrations/payments/port.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import type {
  MoneyFinding,
  ReceivedPayment,
  KeptReceipts,
} from "../../integrations/register/money.ts";
import type { LegalTerms } from "../../integrations/register/terms.ts";
import type { PaymentOption } from "../schemas/fields.ts";
import { describeCents, formatPaidDay } from "./words.ts";

/** How the payment system says that everything stands. */
export interface Standing {
  readonly codes: KeptReceipts["codes"];
  readonly payments: readonly ReceivedPayment[];
  readonly cancelledPaid: readonly string[];
}

export interface ReceiptFacts {
  readonly standing: Standing;
  readonly options: readonly PaymentOption[];
  readonly payable: LegalTerms["payable"];
  /** Of the recipient whose code it is, where each has a position of his own. */
  readonly findDays?: (noticeCode: string) => LegalTerms["payable"];
  readonly followed: Followed;
  /** What SEND asks for each code; absent: it is not known. */
  readonly prices: ReadonlyMap<string, number>;
  /** The payment system's words, where it refuses to tell how the position stands now. */
  readonly refusal?: string;
}

/** What is kept of the payment system's answer. */
export function toStanding(
  found: readonly CodeStanding[],
  options: readonly PaymentOption[],
  cancelledPaid: readonly string[],
): Standing {
  return {
    codes: found.map(({ noticeCode, state, amountCents, feeCents, payments }) => ({
      noticeCode,
      state,
      ...tell("amountCents", amountCents),
      ...tell("feeCents", feeCents),
      isKnown: payments !== null,
    })),
    payments: found.flatMap(({ noticeCode, payments }) => {
      const option = options.find((one) => one.noticeCode === noticeCode);
      if (option === undefined) return [];
      return (payments ?? []).map((payment) => ({
        noticeCode,
        kind: option.kind,
        baseCents: option.amountCents,
        ...tell("paidOn", payment.paidOn),
        ...tell("paidAt", payment.paidAt),
        ...tell("amountCents", payment.amountCents),
        ...tell("feeCents", payment.feeCents),
        ...tell("receiptId", payment.receiptId),
      }));
    }),
    cancelledPaid,
  };
}

function tell<Name extends string, Value>(name: Name, value: Value | null) {
  return (value === null ? {} : { [name]: value }) as { readonly [N in Name]?: Value };
}

/** The record `receipts`. */
export function computeReceipts(facts: ReceiptFacts): KeptReceipts {
  const { standing, payable } = facts;
  const payments = standing.payments.toSorted(compareTimes);
  return {
    codes: standing.codes,
    payments,
    cancelledPaid: [...standing.cancelledPaid],
    lastDays: {
      ...tell("discounted", payable.discounted),
      ...tell("reduced", payable.reduced),
    },
    findings: [
      ...payments.flatMap((payment) => [
        ...judgeAmount(payment, facts),
        ...judgeDay(payment, facts),
        ...judgeCancelled(payment, facts),
        ...judgeAnomaly(payment, facts),
      ]),
      ...standing.cancelledPaid.map((name) => ({
        kind: "cancelled" as const,
        text: `È arrivato un pagamento sulla posizione annullata ${name}: confrontarlo con il dovuto e, se è in più, rimborsarlo.`,
      })),
      ...judgeTwice(payments, standing.cancelledPaid.length),
      ...tellRefusal(facts),
    ],
  };
}

function tellRefusal({ refusal }: ReceiptFacts): MoneyFinding[] {
  if (refusal === undefined) return [];
  const text = `${refusal} Gli incassi restano quelli noti finora: controllare la posizione e le impostazioni dei pagamenti; si richiede con ogni flusso.`;
  return [{ kind: "not-told", text }];
}

/** One of which the day alone is known comes after those of that day. */
function compareTimes(one: ReceivedPayment, other: ReceivedPayment): number {
  const toText = ({ paidOn = "", paidAt = "9999" }: ReceivedPayment): string =>
    `${paidOn} ${paidAt}`;
  return toText(one).localeCompare(toText(other));
}

/** Against the fine and the fee of the receipt; where the receipt does not tell its fee, against what SEND asks for. */
function judgeAmount(
  { noticeCode, baseCents, amountCents, feeCents }: ReceivedPayment,
  { prices }: ReceiptFacts,
): MoneyFinding[] {
  const fee = feeCents ?? prices.get(noticeCode);
  if (amountCents === undefined || fee === undefined) return [];
  const missing = baseCents + fee - amountCents;
  if (missing === 0) return [];
  const told = `Pagati ${describeCents(amountCents)}, dovuti ${describeCents(baseCents + fee)} (sanzione ${describeCents(baseCents)}, spese ${describeCents(fee)})`;
  return missing > 0
    ? [
        {
          kind: "short",
          noticeCode,
          cents: missing,
          text: `${told}: mancano ${describeCents(missing)}.`,
        },
      ]
    : [
        {
          kind: "over",
          noticeCode,
          cents: missing,
          text: `${told}: ${describeCents(-missing)} in più.`,
        },
      ];
}

function judgeDay(
  { noticeCode, kind, paidOn, baseCents }: ReceivedPayment,
  { payable: common, options, findDays }: ReceiptFacts,
): MoneyFinding[] {
  const payable = findDays?.(noticeCode) ?? common;
  const lastDay = kind === "discounted" ? payable.discounted : payable.reduced;
  if (paidOn === undefined || lastDay === null || paidOn <= lastDay) return [];
  const told = `Pagato il ${formatPaidDay(paidOn)} con il codice ${kind === "discounted" ? "scontato" : "ridotto"}, valido fino al ${formatPaidDay(lastDay)}`;
  const reduced = options.find((one) => one.kind === "reduced");
  const isReducedOpen = payable.reduced !== null && paidOn <= payable.reduced;
  if (kind !== "discounted" || reduced === undefined || !isReducedOpen)
    return [
      {
        kind: "late",
        noticeCode,
        text: `${told}: oltre il 60° giorno, la somma ancora dovuta la determina l'ufficio.`,
      },
    ];
  const cents = reduced.amountCents - baseCents;
  return [
    {
      kind: "late",
      noticeCode,
      cents,
      text: `${told}: mancano ${describeCents(cents)} all'importo ridotto.`,
    },
  ];
}

function judgeCancelled(
  { noticeCode, paidOn, amountCents }: ReceivedPayment,
  { followed, standing }: ReceiptFacts,
): MoneyFinding[] {
  const amount = amountCents === undefined ? {} : { cents: -amountCents };
  const state = standing.codes.find((one) => one.noticeCode === noticeCode)?.state;
  const end = followed.cancelledAt;
  if (end === undefined && state !== "cancelled") return [];
  if (end !== undefined && paidOn !== undefined && paidOn < toRomeDay(Date.parse(end))) return [];
  const what = end === undefined ? "la posizione è annullata" : "la notifica è annullata";
  const text = `Pagato, ma ${what}: decidere se il verbale è chiuso o se va rimborsato.`;
  return [{ kind: "cancelled", noticeCode, ...amount, text }];
}

/** Money came in, and the payment system does not call it paid. */
function judgeAnomaly({ noticeCode }: ReceivedPayment, { standing }: ReceiptFacts): MoneyFinding[] {
  const state = standing.codes.find((one) => one.noticeCode === noticeCode)?.state;
  if (state !== "unknown") return [];
  const text =
    "Il sistema dei pagamenti ha la ricevuta e segna la posizione come anomala: aprirla là, confrontare l'importo e dire se è pagata.";
  return [{ kind: "anomalous", noticeCode, text }];
}

function judgeTwice(payments: readonly ReceivedPayment[], elsewhere: number): MoneyFinding[] {
  if (payments.length + elsewhere < 2 || payments.length === 0) return [];
  const again = elsewhere > 0 ? payments : payments.slice(1);
  const amounts = again.map(({ amountCents }) => amountCents);
  const isKnown = amounts.every((amount) => amount !== undefined);
  const cents = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const how = isKnown ? `: ${describeCents(cents)} da rimborsare, se non dovuti` : "";
  return [
    {
      kind: "twice",
      ...(isKnown && { cents: -cents }),
      text: `Pagato ${payments.length + elsewhere} volte${how}.`,
    },
  ];
}
