/** Payments that an office tells of in `incassi*.csv`, beside those that the payment system knows: what came in by a channel that asks nobody for the amount. */
import { stat } from "node:fs/promises";
import { allowMissing } from "../../../engine/host/errors.ts";
import type { CodePayment, CodeStanding, PaymentsPort } from "../port.ts";
import { explainColumns } from "./folder-faults.ts";
import { openReceiptFiles } from "./receipts-file.ts";

/** The same payment system, whose standing tells of both; `folder`: that of the exchange. */
export function addToldReceipts(payments: PaymentsPort, folder: string): PaymentsPort {
  const receipts = openReceiptFiles(folder);
  return {
    ...payments,
    async readStanding(order, signal) {
      const all = await payments.readStanding(order, signal);
      // Most offices tell of none this way: whatever else is wrong with their outbox is no matter of payments.
      if ((await allowMissing(stat(folder))) === null) return all;
      const standing: CodeStanding[] = [];
      for (const known of all) {
        const told = await explainColumns({ path: folder }, () => receipts.find(known.noticeCode));
        standing.push(told === null ? known : mergePayments(known, told));
      }
      return standing;
    },
  };
}

/** A row with the receipt of a payment that is known, or without any, tells what came in by that payment; any other one is another payment. */
function mergePayments(known: CodeStanding, told: readonly CodePayment[]): CodeStanding {
  const left = [...(known.payments ?? [])];
  const merged = told.map((row) => {
    const at = left.findIndex(
      ({ receiptId }) =>
        row.receiptId === null || receiptId === null || receiptId === row.receiptId,
    );
    const [same] = at < 0 ? [] : left.splice(at, 1);
    return same === undefined ? row : mergePayment(same, row);
  });
  // That of a position that was cancelled stays a payment on a cancelled one.
  const state = known.state === "cancelled" ? known.state : "paid";
  return { ...known, state, payments: [...merged, ...left] };
}

/** What the office has received counts; when, the payment system knows to the minute. */
function mergePayment(known: CodePayment, row: CodePayment): CodePayment {
  return {
    paidOn: known.paidOn ?? row.paidOn,
    paidAt: known.paidAt,
    amountCents: row.amountCents,
    feeCents: row.feeCents ?? known.feeCents,
    receiptId: known.receiptId ?? row.receiptId,
  };
}
