/** Fresh codes for one order: numbers from the creditor's counter, always the same ones for the same order. */
import { makePaymentCode } from "./notice-code.ts";
import type { Counters, ResetOrder } from "./port.ts";

/** One way to pay with the codes that it has or gets. */
export interface CodedOption {
  readonly kind: "discounted" | "reduced";
  readonly amountCents: number;
  readonly iuv: string;
  readonly noticeCode: string;
}

export interface CodeOptions {
  readonly counters: Counters;
  readonly creditorTaxId: string;
  readonly segregationCode: string;
  readonly firstNumber: number;
}

/** Times that other numbers are tried when the first ones are taken, before a person must look: some 260 million numbers on. */
export const mostCodeAttempts = 20;

/**
 * How far a try leaps over the number that was taken. One taken number is passed over; two in a row are a stretch that
 * another installation or an older journal has given out. The leaps double, so that the end of any stretch is near, and
 * the counter stays there: the verbali that follow need no leap. Numbers left out cost nothing: there are 10^13.
 */
function computeLeap(attempt: number): number {
  return attempt < 2 ? 1 : 1_000 * 2 ** (attempt - 2);
}

/** Codes of each option in the order's order; `attempt` counts collisions from 0 and changes the numbers. The tries of an order come one after another. */
export async function allocateCodes(
  order: ResetOrder,
  attempt: number,
  options: CodeOptions,
): Promise<readonly CodedOption[]> {
  // At once: the journal gives the numbers in this order, and makes them durable together.
  return await Promise.all(
    order.options.map((option) => allocateCode(order, option, attempt, options)),
  );
}

/** The code of one option. */
export async function allocateCode(
  order: ResetOrder,
  { kind, amountCents }: ResetOrder["options"][number],
  attempt: number,
  options: CodeOptions,
): Promise<CodedOption> {
  const number = await allocateNumber(`${order.idempotencyKey}/${kind}`, attempt, options);
  return { kind, amountCents, ...makePaymentCode(options.segregationCode, number) };
}

async function allocateNumber(
  owner: string,
  attempt: number,
  options: CodeOptions,
): Promise<number> {
  const { firstNumber, counters } = options;
  const counter = `payments/${options.creditorTaxId}/${options.segregationCode}`;
  // Numbers are kept by owner: with another first number the same order must get others.
  const nameOwner = (n: number): string => (n === 0 ? owner : `${owner}/${n}/${firstNumber}`);
  let from = firstNumber;
  if (attempt > 0) {
    const [taken] = await counters.allocate(counter, nameOwner(attempt - 1), 1, firstNumber);
    from = Math.max(from, (taken ?? 0) + computeLeap(attempt));
  }
  const [number] = await counters.allocate(counter, nameOwner(attempt), 1, from);
  if (number === undefined) throw new Error(`counter ${counter} gave no number`);
  return number;
}

/** GPD and GovPay: longest description of a payment. */
const longestReason = 140;

/** What the payer reads beside an amount: the order's reason, and which of two amounts it is. At most 140 characters. */
export function formatReason(
  order: Pick<ResetOrder, "reason"> & { readonly options: readonly unknown[] },
  kind: "discounted" | "reduced",
): string {
  if (order.options.length < 2) return order.reason.slice(0, longestReason);
  const which = kind === "discounted" ? " - importo scontato" : " - importo ridotto";
  return `${order.reason.slice(0, longestReason - which.length)}${which}`;
}

/** Whether the amounts can be told apart and paid: one or two, each positive, the discounted one smaller. */
export function hasPayableAmounts(order: ResetOrder): boolean {
  const [first, second, third] = order.options;
  if (first === undefined || third !== undefined) return false;
  for (const { amountCents } of order.options)
    if (!Number.isSafeInteger(amountCents) || amountCents < 1) return false;
  if (second === undefined) return true;
  const discounted = order.options.find((option) => option.kind === "discounted");
  const reduced = order.options.find((option) => option.kind === "reduced");
  if (discounted === undefined || reduced === undefined) return false;
  return discounted.amountCents < reduced.amountCents;
}
