/** What a notification cost and what was paid, on the page of its verbale: price, position and receipt side by side, and what does not add up. */
import { Value } from "typebox/value";
import {
  Costs,
  KeptReceipts,
  type MoneyFinding,
  type ReceivedPayment,
  sumCents,
  sumCharges,
} from "../../integrations/register/money.ts";
import { formatCents, formatDay } from "../words/format.ts";

interface Section {
  readonly title: string;
  readonly fields: readonly (readonly [string, string])[];
}

/** `null`: these are no costs. */
export function buildCostsSection(value: unknown): Section | null {
  if (!Value.Check(Costs, value)) return null;
  const { codes, recipients, isFinal, findings } = value;
  const rows = codes.map((code): readonly [string, string] => [
    `Spese con il codice ${nameKind(code.kind)}`,
    [
      tellAmount("SEND chiede", code.priceCents) ?? verdictWords[code.verdict],
      tellAmount("sulla posizione", code.feeCents),
      tellAmount("nella ricevuta", code.receiptFeeCents),
    ]
      .filter((part) => part !== null)
      .join("; "),
  ]);
  const letters = recipients.flatMap((recipient) => recipient.letters);
  const own = sumCents(recipients.map(({ sendCents }) => sendCents));
  const parts = [
    `quota ${formatCents(own)}`,
    ...letters.map((cents) => `lettera ${formatCents(cents)}`),
  ];
  const charged = `${formatCents(sumCharges(value))} senza IVA (${parts.join(", ")})${isFinal ? "" : ", non ancora definitivo"}`;
  return {
    title: "Spese di notifica",
    fields: [...rows, ["Addebito di SEND all'ente", charged], ...listTold(findings)],
  };
}

const verdictWords: Readonly<Record<Costs["codes"][number]["verdict"], string>> = {
  priced: "SEND non dice il prezzo",
  cancelled: "la notifica è annullata, SEND non chiede nulla",
  "not-accepted": "SEND non ha ancora accettato la notifica",
  absent: "SEND non conosce una notifica con questo codice",
  refused: "SEND ha rifiutato la richiesta, il destinatario non paga spese",
};

/** `null`: this is nothing that was paid. */
export function buildReceiptsSection(value: unknown): Section | null {
  if (!Value.Check(KeptReceipts, value)) return null;
  const { codes, payments, findings } = value;
  const isKnown = codes.every((code) => code.isKnown);
  const nothing = isKnown
    ? "Nessun pagamento finora"
    : "Il sistema dei pagamenti non dice se è stato pagato";
  const rows = payments.map(describePayment);
  return {
    title: "Incassi",
    fields: [
      ...(rows.length === 0 ? [["Pagamenti", nothing] as const] : rows),
      ...listTold(findings),
    ],
  };
}

function describePayment(payment: ReceivedPayment): readonly [string, string] {
  const { paidOn, amountCents, feeCents, kind, noticeCode, receiptId } = payment;
  const label = paidOn === undefined ? "Pagato" : `Pagato il ${formatDay(paidOn)}`;
  const words = [
    amountCents === undefined ? "importo non noto" : formatCents(amountCents),
    `con il codice ${nameKind(kind)} ${noticeCode}`,
    ...(feeCents === undefined ? [] : [`di cui spese ${formatCents(feeCents)}`]),
    ...(receiptId === undefined ? [] : [`ricevuta ${receiptId}`]),
  ];
  return [label, words.join(", ")];
}

function listTold(findings: readonly MoneyFinding[]): readonly (readonly [string, string])[] {
  return [...new Set(findings.map(({ text }) => text))].map((text) => ["Da controllare", text]);
}

function tellAmount(what: string, cents: number | undefined): string | null {
  return cents === undefined ? null : `${what} ${formatCents(cents)}`;
}

function nameKind(kind: string): string {
  return kind === "discounted" ? "scontato" : "ridotto";
}
