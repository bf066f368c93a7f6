/** A simulated partner who keeps the positions of an ente that exchanges files: gives codes, collects, and asks for the costs of the notification at payment time. */
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { makePaymentCode } from "../../integrations/payments/notice-code.ts";
import {
  type PaymentArrival,
  type Arrived,
  buildReceipt,
  type Offered,
  type PaymentCounter,
  type PaymentReceipt,
} from "./payer.ts";

export interface PartnerOptions {
  readonly clock: Clock;
  readonly creditorTaxId: string;
  readonly segregationCode: string;
  /** Base of the price service, asked with `GET {baseUrl}/prezzo/{paTaxId}/{noticeCode}`; absent: the partner adds nothing. */
  readonly priceService?: { readonly baseUrl: string; readonly apiKey: string };
  /** How long the partner has for its answer to the Node; default 2000. */
  readonly timeoutMs?: number;
}

export interface Partner {
  readonly counter: PaymentCounter;
  /** All that was paid, as the office is told: the text of an `incassi.csv`. */
  writeReceipts(): string;
  /** A position of one amount, in cents; gives its notice code. */
  open(amountCents: number): string;
}

interface PartnerPosition {
  readonly amountCents: number;
  readonly isPaid: boolean;
}

/** A partner with its own numbers. */
export function createPartner(options: PartnerOptions): Partner {
  const positions = new Map<string, PartnerPosition>();
  const receipts: PaymentReceipt[] = [];

  async function offer(creditorTaxId: string, noticeCode: string): Promise<Offered> {
    const found = positions.get(noticeCode);
    if (found === undefined || creditorTaxId !== options.creditorTaxId)
      return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
    if (found.isPaid) return { fault: "PAA_PAGAMENTO_DUPLICATO" };
    const feeCents = await askCosts(noticeCode, options);
    return feeCents === null
      ? { fault: "PAA_SYSTEM_ERROR" }
      : { amountCents: found.amountCents + feeCents, notificationFeeCents: feeCents };
  }

  /** A partner takes whatever comes in: short, over, late, once more. */
  function receive(creditorTaxId: string, noticeCode: string, arrival: PaymentArrival): Arrived {
    const found = positions.get(noticeCode);
    if (found === undefined || creditorTaxId !== options.creditorTaxId)
      return { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
    const { notificationFeeCents = 0, paidAt = toInstant(options.clock.now()) } = arrival;
    const amountCents = arrival.amountCents ?? found.amountCents + notificationFeeCents;
    const offer = { amountCents, notificationFeeCents };
    const receipt = buildReceipt(offer, { creditorTaxId, noticeCode, paidAt });
    positions.set(noticeCode, { ...found, isPaid: true });
    receipts.push(receipt);
    return { receipt };
  }

  return {
    open(amountCents) {
      const { noticeCode } = makePaymentCode(options.segregationCode, positions.size + 1);
      positions.set(noticeCode, { amountCents, isPaid: false });
      return noticeCode;
    },
    writeReceipts: () => `${[receiptHeads, ...receipts.map(toReceiptRow)].join("\n")}\n`,
    counter: {
      verify: offer,
      begin: offer,
      async pay(creditorTaxId, noticeCode) {
        const offered = await offer(creditorTaxId, noticeCode);
        if ("fault" in offered) return offered;
        const arrived = receive(creditorTaxId, noticeCode, offered);
        return "receipt" in arrived && arrived.receipt !== undefined
          ? arrived.receipt
          : { fault: "PAA_PAGAMENTO_SCONOSCIUTO" };
      },
      receive: (creditorTaxId, noticeCode, arrival) =>
        Promise.resolve(receive(creditorTaxId, noticeCode, arrival)),
    },
  };
}

const receiptHeads = "codice_avviso;data_pagamento;importo;spese_notifica;ricevuta";

function toReceiptRow(receipt: PaymentReceipt): string {
  const { noticeCode, paidAt, amountCents, notificationFeeCents, receiptId } = receipt;
  const euro = (cents: number): string => (cents / 100).toFixed(2).replace(".", ",");
  const day = toRomeDay(Date.parse(paidAt));
  return [noticeCode, day, euro(amountCents), euro(notificationFeeCents), receiptId].join(";");
}

/** What the price service says; `null`: it does not know now, and the payer is asked to come back rather than for too little. */
async function askCosts(noticeCode: string, options: PartnerOptions): Promise<number | null> {
  const { priceService, creditorTaxId, timeoutMs = 2000 } = options;
  if (priceService === undefined) return 0;
  try {
    const answer = await fetch(`${priceService.baseUrl}/prezzo/${creditorTaxId}/${noticeCode}`, {
      headers: { authorization: `Bearer ${priceService.apiKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    // No notification bears the notice: there is nothing to add.
    if (answer.status === 404) return 0;
    const { totalCents } = (await answer.json()) as { readonly totalCents?: unknown };
    return answer.status === 200 && typeof totalCents === "number" ? totalCents : null;
  } catch {
    return null;
  }
}
