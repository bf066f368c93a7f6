/** One debt on several positions: which of them are to be closed once one is paid. */
import type { Act } from "../../integrations/register/kinds.ts";
import type { KeptReceipts } from "../../integrations/register/money.ts";
import type { Payment } from "../schemas/fields.ts";
import { listPositions, type OwnPosition } from "./addressees.ts";

/** The positions of those who have not paid, where another has paid all that he was asked for. */
export function listToClose(act: Act, receipts: KeptReceipts): readonly OwnPosition[] {
  const payment = { ref: "", options: [], ...(act.payment as Partial<Payment>) };
  const positions = listPositions(payment);
  if (positions.length < 2) return [];
  const paid = new Set(
    receipts.codes.flatMap(({ noticeCode, state }) => (state === "paid" ? [noticeCode] : [])),
  );
  // Paid short it is still owed, by whoever pays the rest.
  const short = new Set(
    receipts.findings.flatMap(({ kind, noticeCode }) => (kind === "short" ? [noticeCode] : [])),
  );
  const isPaid = ({ options }: OwnPosition): boolean =>
    options.some(({ noticeCode }) => paid.has(noticeCode) && !short.has(noticeCode));
  if (!positions.some(isPaid)) return [];
  return positions.filter(
    (position) => !position.options.some(({ noticeCode }) => paid.has(noticeCode)),
  );
}
