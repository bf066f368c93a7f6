/** What a simulated payer meets at the counter of any payment system: what a notice costs now, and the receipt. */

/** Why nobody can pay a notice now, in the Node's words. */
export type PaymentFault =
  | "PAA_PAGAMENTO_SCONOSCIUTO"
  | "PAA_PAGAMENTO_ANNULLATO"
  | "PAA_PAGAMENTO_SCADUTO"
  | "PAA_PAGAMENTO_DUPLICATO"
  | "PAA_SYSTEM_ERROR";

/** What the payer is asked for; cents. */
export interface PaymentOffer {
  readonly amountCents: number;
  /** Of these, the costs of the notification. */
  readonly notificationFeeCents: number;
}

/** What the creditor is told of a payment (paSendRT). */
export interface PaymentReceipt extends PaymentOffer {
  readonly creditorTaxId: string;
  readonly noticeCode: string;
  /** ISO 8601 UTC. */
  readonly paidAt: string;
  readonly receiptId: string;
  /** Holds `NOTIFICATION_FEE`, cents as text, where the costs were added. */
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

export type Offered = PaymentOffer | { readonly fault: PaymentFault };
export type Paid = PaymentReceipt | { readonly fault: PaymentFault };

/** A receipt that comes in without the counter being asked now; what it leaves out is as the position stands. */
export interface PaymentArrival {
  readonly amountCents?: number;
  /** Of these, the costs of the notification. */
  readonly notificationFeeCents?: number;
  /** ISO 8601 UTC; default now. */
  readonly paidAt?: string;
}

/** Whether the payment system keeps the receipt; money has moved either way. */
export type Arrived =
  | { readonly receipt: PaymentReceipt }
  | { readonly fault: PaymentFault; readonly receipt?: PaymentReceipt };

/** Who collects for a creditor. */
export interface PaymentCounter {
  /** paVerifyPaymentNotice: what the notice costs now; nothing is changed. */
  verify(creditorTaxId: string, noticeCode: string): Promise<Offered>;
  /** paGetPayment: the payer goes on to pay what the notice costs now; the receipt is still to come. */
  begin(creditorTaxId: string, noticeCode: string): Promise<Offered>;
  /** paGetPayment and the receipt: pays what the notice costs now. */
  pay(creditorTaxId: string, noticeCode: string): Promise<Paid>;
  /** paSendRT: a payment that was begun before the position changed, or that came by another channel. */
  receive(creditorTaxId: string, noticeCode: string, arrival: PaymentArrival): Promise<Arrived>;
}

/** The receipt of an offer that was paid. */
export function buildReceipt(
  offer: PaymentOffer,
  facts: Pick<PaymentReceipt, "creditorTaxId" | "noticeCode" | "paidAt">,
): PaymentReceipt {
  const receiptId = crypto.randomUUID().replaceAll("-", "");
  const { notificationFeeCents: fee } = offer;
  const metadata = fee === 0 ? [] : [{ key: "NOTIFICATION_FEE", value: String(fee) }];
  return { ...offer, ...facts, receiptId, metadata };
}
