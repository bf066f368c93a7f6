/** What a notification cost and what was paid: the records `costs` and `receipts`, kept by the step `costs`. All amounts are cents. Titles are what operators read. */
import { Type, type Static } from "typebox";

const cents = (title: string) => Type.Integer({ title });

/** What a person may have to look at, and by how much. */
export const MoneyFinding = Type.Object({
  kind: Type.String({ title: "Che cosa" }),
  /** One Italian sentence, with the amount. */
  text: Type.String({ title: "Perché" }),
  /** Positive: missing, or borne by the ente; negative: too much. Absent: nobody can tell how much. */
  cents: Type.Optional(cents("Differenza")),
  noticeCode: Type.Optional(Type.String({ title: "Codice avviso" })),
});
export type MoneyFinding = Static<typeof MoneyFinding>;

/** What a payer of one notice code is asked for besides the fine. */
export const CodeCost = Type.Object({
  noticeCode: Type.String({ title: "Codice avviso" }),
  kind: Type.String({ title: "Importo" }),
  /** SEND's recIndex. */
  recipient: Type.Integer({ title: "Destinatario", minimum: 0 }),
  verdict: Type.Union(
    [
      Type.Literal("priced", { title: "prezzo noto" }),
      Type.Literal("cancelled", { title: "annullata" }),
      Type.Literal("not-accepted", { title: "non accettata" }),
      Type.Literal("absent", { title: "nessuna notifica" }),
      Type.Literal("refused", { title: "rifiutata" }),
    ],
    { title: "Prezzo di SEND" },
  ),
  /** What SEND asks the payer for now. */
  priceCents: Type.Optional(cents("Spese chieste da SEND")),
  /** The letters of the recipient, without VAT. */
  analogCents: Type.Optional(cents("Lettere")),
  /** Absent: the payment system does not say it. */
  feeCents: Type.Optional(cents("Spese sulla posizione")),
  /** Absent: not paid, or the receipt does not say it. */
  receiptFeeCents: Type.Optional(cents("Spese nella ricevuta")),
});
export type CodeCost = Static<typeof CodeCost>;

/** Added by costs, and kept in the register as `costs`. */
export const Costs = Type.Object(
  {
    policy: Type.String({ title: "Politica delle spese" }),
    /** Of the timeline: the same one has the same prices. */
    basis: Type.String({ title: "Storia" }),
    /** False: another letter may come, as far as is known. */
    isFinal: Type.Boolean({ title: "Definitive" }),
    codes: Type.Array(CodeCost, { title: "Codici avviso" }),
    /** What SEND charges the ente for, each without VAT. */
    recipients: Type.Array(
      Type.Object({
        index: Type.Integer({ title: "Destinatario", minimum: 0 }),
        /** SEND's own fee: once the recipient's end is known, or the request was refused. */
        sendCents: cents("Quota di SEND"),
        /** Of each letter that holds, oldest first. */
        letters: Type.Array(Type.Integer(), { title: "Lettere" }),
      }),
      { title: "A carico dell'ente verso SEND" },
    ),
    findings: Type.Array(MoneyFinding, { title: "Differenze" }),
  },
  { title: "Spese di notifica" },
);
export type Costs = Static<typeof Costs>;

/** What SEND charges the ente for the notification, as far as is known; without VAT. */
export function sumCharges({ recipients }: Pick<Costs, "recipients">): number {
  return sumCents(recipients.map(({ sendCents, letters }) => sendCents + sumCents(letters)));
}

/** Of amounts in cents. */
export function sumCents(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0);
}

/** Whether SEND corrected its story of the notification between the two. */
export function hasOtherCorrections(
  one: Pick<Costs, "basis">,
  other: Pick<Costs, "basis">,
): boolean {
  return readCorrections(one) !== readCorrections(other);
}

function readCorrections({ basis }: Pick<Costs, "basis">): string {
  return / correzioni (\d+)/.exec(basis)?.[1] ?? "0";
}

const lastDay = (title: string) => Type.Optional(Type.String({ title }));

/** One payment that the payment system tells of. */
export const ReceivedPayment = Type.Object({
  noticeCode: Type.String({ title: "Codice avviso" }),
  kind: Type.String({ title: "Importo" }),
  /** Of the fine alone. */
  baseCents: cents("Sanzione"),
  paidOn: Type.Optional(Type.String({ title: "Pagato il" })),
  /** ISO 8601 UTC. */
  paidAt: Type.Optional(Type.String({ title: "Pagato alle" })),
  amountCents: Type.Optional(cents("Pagato")),
  feeCents: Type.Optional(cents("Di cui spese di notifica")),
  receiptId: Type.Optional(Type.String({ title: "Ricevuta" })),
});
export type ReceivedPayment = Static<typeof ReceivedPayment>;

/** Added by costs, and kept in the register as `receipts`. */
export const KeptReceipts = Type.Object(
  {
    /** How each code stood when the payment system was last asked. */
    codes: Type.Array(
      Type.Object({
        noticeCode: Type.String({ title: "Codice avviso" }),
        state: Type.String({ title: "Stato" }),
        amountCents: Type.Optional(cents("Da pagare")),
        feeCents: Type.Optional(cents("Di cui spese di notifica")),
        /** False: nobody can tell whether it was paid. */
        isKnown: Type.Boolean({ title: "Pagamenti noti" }),
      }),
      { title: "Codici avviso" },
    ),
    payments: Type.Array(ReceivedPayment, { title: "Pagamenti" }),
    /** Old positions of the verbale, cancelled before it was sent, on which a payment came in. */
    cancelledPaid: Type.Array(Type.String(), { title: "Posizioni annullate pagate" }),
    /** The days that were known when it was asked. */
    lastDays: Type.Object(
      { discounted: lastDay("Scontato fino al"), reduced: lastDay("Ridotto fino al") },
      { title: "Pagabili fino al" },
    ),
    findings: Type.Array(MoneyFinding, { title: "Da controllare" }),
  },
  { title: "Incassi" },
);
export type KeptReceipts = Static<typeof KeptReceipts>;
