/** The payers of the half year: who pays when, with which code, and what the counter must answer. */
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { addDays, toRomeDay } from "../../../engine/host/clock.ts";
import { type Code, findLastDay, type Notified } from "./notified.ts";
import type { Stage } from "./stage.ts";
import { paTaxId } from "./town.ts";

interface Receipt {
  readonly noticeCode: string;
  readonly receiptId: string;
  readonly amountCents: number;
  readonly notificationFeeCents: number;
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

/** What this payer does on this day. */
export async function payOn(stage: Stage, notified: Notified, day: string): Promise<void> {
  const { part, acceptedAt, codes } = notified;
  if (acceptedAt === null || part.payer === "never") return;
  const [first] = codes;
  const last = codes.at(-1);
  if (first === undefined || last === undefined) return;
  const due = addDays(toRomeDay(acceptedAt), Math.min(part.after, 8));
  const { length } = notified.payments;
  if (part.payer === "early" && day >= due && length === 0) await pay(stage, notified, first);
  if (part.payer === "twice") {
    if (day >= due && length === 0) {
      // Two people of one house, each with a page of the bank open.
      await stage.town.ask(`/payer/${paTaxId}/${last.noticeCode}/begin`, { method: "POST" });
      await pay(stage, notified, first);
    } else if (length === 1 && notified.again === null) await payAgain(stage, notified, last);
  }
  if ((part.payer === "short" || part.payer === "over") && day >= due && length === 0)
    await payOtherwise(stage, notified, first);
  const word = notified.words.at(-1)?.day ?? null;
  if (word === null || notified.payments.length > 0) return;
  const [discounted, reduced] = [findLastDay(word, 5), findLastDay(word, 60)];
  if (part.payer === "last-discounted-day" && day >= discounted)
    await pay(stage, notified, day === discounted ? first : last);
  if (part.payer === "last-day" && day >= reduced) await pay(stage, notified, last);
  if (part.payer === "too-late-for-discount" && day > discounted) {
    if (first.kind === "discounted") await stage.judge.checkCodes(notified);
    await pay(stage, notified, last);
  }
  if (part.payer === "too-late" && day > reduced) {
    await stage.judge.checkCodes(notified);
    await pay(stage, notified, last);
  }
}

async function pay(stage: Stage, notified: Notified, code: Code): Promise<void> {
  const { town, judge, notifications } = stage;
  const offer = await judge.offer(code.noticeCode);
  const price = await notifications.askPrice(notified);
  if ("fault" in offer || price === null) {
    // That it may be closed was judged by its days.
    notified.story.push(`${toRomeDay(town.clock.now())} ${code.kind}: ${JSON.stringify(offer)}`);
    return;
  }
  const receipt = await collect(stage, code);
  const { totalPrice } = price;
  const told = `${code.kind} ${code.noticeCode}: offer ${JSON.stringify(offer)}, receipt ${JSON.stringify(receipt)}, SEND ${totalPrice}`;
  judge.demand(offer.notificationFeeCents === totalPrice, "costs", notified, told);
  const fee = receipt.metadata.find(({ key }) => key === "NOTIFICATION_FEE")?.value ?? "0";
  judge.demand(
    receipt.amountCents === code.principalCents + totalPrice && Number(fee) === totalPrice,
    "receipt",
    notified,
    told,
  );
  notified.payments.push({
    at: town.clock.now(),
    kind: code.kind,
    amountCents: receipt.amountCents,
    feeCents: Number(fee),
    priceCents: totalPrice,
  });
}

/** The other code, begun before the first was paid: a payment system may keep its receipt or not, the money has come. */
async function payAgain(stage: Stage, notified: Notified, code: Code): Promise<void> {
  const arrived = await receive(stage, code, {});
  notified.again = "fault" in arrived ? arrived.fault : "ricevuta tenuta";
  if (arrived.receipt !== undefined) await keepPayment(stage, notified, code, arrived.receipt);
}

/** By a channel that asks nobody: an old bill, a bank's own form. */
async function payOtherwise(stage: Stage, notified: Notified, code: Code): Promise<void> {
  const price = await stage.notifications.askPrice(notified);
  if (price === null || "fault" in (await stage.judge.offer(code.noticeCode))) return;
  const due = code.principalCents + price.totalPrice;
  const amountCents = due + otherwiseCents[notified.part.payer === "short" ? "short" : "over"];
  const fees = { notificationFeeCents: price.totalPrice };
  const arrived = await receive(stage, code, { amountCents, ...fees });
  if ("fault" in arrived) throw new Error(`${code.noticeCode}: ${arrived.fault}`);
  await keepPayment(stage, notified, code, arrived.receipt);
}

/** How much more than due, in cents. */
export const otherwiseCents = { short: -150, over: 35 } as const;

type Arrived =
  | { readonly receipt: Receipt }
  | { readonly fault: string; readonly receipt?: Receipt };

async function receive({ town }: Stage, code: Code, body: object): Promise<Arrived> {
  const path = `/payer/${paTaxId}/${code.noticeCode}/receipt`;
  const answer = await town.ask(path, { method: "POST", body: JSON.stringify(body) });
  return (await answer.json()) as Arrived;
}

/** The treasury knows what came in, whatever the payment system keeps of it, and writes it down for the office. */
async function keepPayment(
  stage: Stage,
  notified: Notified,
  code: Code,
  receipt: Receipt,
): Promise<void> {
  const { town, notifications } = stage;
  const { amountCents, notificationFeeCents: feeCents, noticeCode, receiptId } = receipt;
  const price = await notifications.askPrice(notified);
  const at = town.clock.now();
  notified.payments.push({
    at,
    kind: code.kind,
    amountCents,
    feeCents,
    priceCents: price?.totalPrice ?? 0,
  });
  const euro = (cents: number): string => (cents / 100).toFixed(2).replace(".", ",");
  const row = [noticeCode, toRomeDay(at), euro(amountCents), euro(feeCents), receiptId];
  const folder = join(town.world.dataFolder, "outbox", "prova", "pagamenti");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `incassi-${toRomeDay(at).slice(0, 7)}.csv`);
  const head = "codice_avviso;data_pagamento;importo;spese_notifica;ricevuta\n";
  appendFileSync(file, `${existsSync(file) ? "" : head}${row.join(";")}\n`);
}

async function collect({ town }: Stage, { noticeCode }: Code): Promise<Receipt> {
  const answer = await town.ask(`/payer/${paTaxId}/${noticeCode}`, { method: "POST" });
  return (await answer.json()) as Receipt;
}
