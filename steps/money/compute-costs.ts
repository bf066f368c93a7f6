/** The costs ledger of a notification: SEND's price beside the fee on the position and in the receipt, and why they differ. Pure; all amounts are cents. */
import type { Followed, FollowedRecipient } from "../../integrations/register/followed.ts";
import type { Act } from "../../integrations/register/kinds.ts";
import {
  type CodeCost,
  type Costs,
  hasOtherCorrections,
  type MoneyFinding,
  type KeptReceipts,
  sumCents,
  sumCharges,
} from "../../integrations/register/money.ts";
import type { PriceVerdict } from "../../integrations/send/desk-port.ts";
import type { PaymentOption } from "../schemas/fields.ts";
import { describeCents } from "./words.ts";

/** SEND's own fee for each recipient, and for each one of a request that it refused. Source: ENV pago-pa-notification-base-cost; REQUEST_REFUSED.details.notificationCost. */
export const sendFeeCents = 100;

/** SEND's word for a code, as it was asked, or as it stood when nothing has changed since. */
export type CodePrice =
  | Pick<CodeCost, "verdict" | "priceCents" | "analogCents">
  | { readonly verdict: "refused" };

export interface CostFacts {
  readonly act: Act;
  readonly followed: Followed;
  readonly options: readonly PaymentOption[];
  /** By notice code. */
  readonly prices: ReadonlyMap<string, CodePrice>;
  readonly receipts: KeptReceipts;
  readonly before: Costs | null;
}

/** What is kept of SEND's answer. */
export function toCodePrice(verdict: PriceVerdict): CodePrice {
  if (verdict.status !== "priced") return { verdict: verdict.status };
  const { totalCents, analogCents } = verdict.price;
  return { verdict: "priced", priceCents: totalCents, analogCents };
}

/** What the prices depend on: while it stays, SEND need not be asked again. */
export function describeBasis({ costs }: Act, followed: Followed): string {
  const letters = followed.recipients.map((recipient) => listLetters(recipient).join("+"));
  const end = followed.cancelledAt === undefined ? "" : " annullata";
  const refused = followed.status === "REFUSED" ? " rifiutata" : "";
  const corrections = followed.corrections.length;
  return `${costs.feePolicy} ${letters.join("/")} correzioni ${corrections}${end}${refused}`;
}

/** The cents of each letter that holds, oldest first: what a correction took back is not among them. */
export function listLetters({ attempts }: FollowedRecipient): readonly number[] {
  return attempts.flatMap(({ channel, costCents }) =>
    channel === "digital" || costCents === undefined ? [] : [costCents],
  );
}

/** Source: pn-delivery-push CostUtils: one rounding of the sum, half up. */
export function countPrice({ costs }: Act, letters: readonly number[]): number {
  if (costs.feePolicy === "FLAT_RATE") return 0;
  const analog = sumCents(letters);
  return (
    sendFeeCents + (costs.paFee ?? 100) + Math.round(analog + (analog * (costs.vat ?? 22)) / 100)
  );
}

/** The record `costs`. */
export function computeCosts(facts: CostFacts): Costs {
  const { act, followed, options, prices } = facts;
  const codes = options.map((option) =>
    buildCodeCost(option, prices.get(option.noticeCode), facts),
  );
  const costs = {
    policy: act.costs.feePolicy,
    basis: describeBasis(act, followed),
    isFinal: isFinal(followed),
    codes,
    recipients: listRecipientCosts(act, followed),
  };
  return { ...costs, findings: listFindings(costs, facts) };
}

function buildCodeCost(
  { noticeCode, kind, recipient = 0 }: PaymentOption,
  price: CodePrice | undefined,
  { receipts }: CostFacts,
): CodeCost {
  const standing = receipts.codes.find((one) => one.noticeCode === noticeCode);
  const payment = receipts.payments.find((one) => one.noticeCode === noticeCode);
  return {
    noticeCode,
    kind,
    recipient,
    ...(price ?? { verdict: "absent" }),
    ...(standing?.feeCents !== undefined && { feeCents: standing.feeCents }),
    ...(payment?.feeCents !== undefined && { receiptFeeCents: payment.feeCents }),
  };
}

function isFinal({ status, cancelledAt, recipients }: Followed): boolean {
  if (status === "REFUSED" || cancelledAt !== undefined) return true;
  return recipients.every(hasEnded);
}

function hasEnded({ perfezionamento, deceasedAt }: FollowedRecipient): boolean {
  return perfezionamento?.isFinal === true || deceasedAt !== undefined;
}

function listRecipientCosts(act: Act, followed: Followed): Costs["recipients"] {
  if (followed.status === "REFUSED")
    return Array.from({ length: Math.max(1, act.recipients.length) }, (_, index) => ({
      index,
      sendCents: sendFeeCents,
      letters: [],
    }));
  return followed.recipients.map((recipient) => ({
    index: recipient.index,
    sendCents: hasEnded(recipient) ? sendFeeCents : 0,
    letters: [...listLetters(recipient)],
  }));
}

function listFindings(costs: Omit<Costs, "findings">, facts: CostFacts): MoneyFinding[] {
  const { followed } = facts;
  const charged = sumCharges(costs);
  if (followed.status === "REFUSED")
    return [
      {
        kind: "refused",
        cents: charged,
        text: `SEND ha rifiutato la richiesta e addebita all'ente ${describeCents(charged)}.`,
      },
    ];
  const cancelled: MoneyFinding[] =
    followed.cancelledAt !== undefined && charged > 0
      ? [
          {
            kind: "cancelled",
            cents: charged,
            text: `La notifica è annullata: restano a carico dell'ente ${describeCents(charged)} di spese già sostenute da SEND.`,
          },
        ]
      : [];
  return [
    ...cancelled,
    ...findRework(costs, facts),
    ...costs.codes.flatMap((code) => judgeCode(code, facts)),
  ];
}

/** A correction moved the price; what earlier ones did stays said. */
function findRework(costs: Omit<Costs, "findings">, { before }: CostFacts): MoneyFinding[] {
  const earlier = (before?.findings ?? []).filter(({ kind }) => kind === "reworked");
  if (before === null || !hasOtherCorrections(before, costs)) return earlier;
  const was = before.codes[0]?.priceCents;
  const is = costs.codes[0]?.priceCents;
  if (was === undefined || is === undefined || was === is) return earlier;
  const text = `SEND ha corretto la notifica: le spese passano da ${describeCents(was)} a ${describeCents(is)}.`;
  return [...earlier, { kind: "reworked", cents: is - was, text }];
}

function judgeCode(code: CodeCost, { act, followed, receipts }: CostFacts): MoneyFinding[] {
  const { noticeCode, feeCents, receiptFeeCents } = code;
  const price = code.verdict === "cancelled" ? 0 : code.priceCents;
  if (price === undefined) return [];
  const findings: MoneyFinding[] = [];
  const recipient = followed.recipients[code.recipient];
  const counted = recipient === undefined ? price : countPrice(act, listLetters(recipient));
  if (code.verdict === "priced" && counted !== price)
    findings.push({
      kind: "price",
      noticeCode,
      cents: price - counted,
      text: `SEND chiede ${describeCents(price)}, dalle sue lettere risultano ${describeCents(counted)}.`,
    });
  if (receiptFeeCents !== undefined) {
    if (receiptFeeCents !== price && code.verdict === "priced")
      findings.push(judgeReceiptFee(noticeCode, price, receiptFeeCents));
    return findings;
  }
  const state = receipts.codes.find((one) => one.noticeCode === noticeCode)?.state;
  if (state === "payable" && feeCents !== undefined && feeCents !== price)
    findings.push({
      kind: "fee",
      noticeCode,
      cents: price - feeCents,
      text: `Sulla posizione ci sono ${describeCents(feeCents)} di spese, SEND ne chiede ${describeCents(price)}.`,
    });
  return findings;
}

function judgeReceiptFee(noticeCode: string, price: number, paid: number): MoneyFinding {
  const cents = price - paid;
  const difference = describeCents(Math.abs(cents));
  const told = `Con la ricevuta sono state pagate spese per ${describeCents(paid)}, SEND ora ne chiede ${describeCents(price)}`;
  return cents > 0
    ? {
        kind: "borne",
        noticeCode,
        cents,
        text: `${told}: ${difference} restano a carico dell'ente.`,
      }
    : {
        kind: "fee-over",
        noticeCode,
        cents,
        text: `${told}: ${difference} pagati in più dal destinatario.`,
      };
}
