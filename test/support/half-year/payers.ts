/** The payers of the half year: who pays when, with which code, and what the counter must answer. */
import { addDays, toRomeDay } from "../../../engine/host/clock.ts";
import type { Offer } from "./judge.ts";
import { type Code, findLastDay, type Notified } from "./notified.ts";
import type { Stage } from "./stage.ts";
import { paTaxId } from "./town.ts";

interface Receipt {
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
  if (part.payer === "early" || part.payer === "twice") {
    const due = addDays(toRomeDay(acceptedAt), Math.min(part.after, 8));
    if (day >= due && notified.payments.length === 0) await pay(stage, notified, first);
    else if (part.payer === "twice" && notified.payments.length === 1 && notified.again === null)
      await payAgain(stage, notified, last);
    return;
  }
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
    feeCents: Number(fee),
    priceCents: totalPrice,
  });
}

/** The other code, or the same one: a payment system may take it or not, and either is told. */
async function payAgain(stage: Stage, notified: Notified, code: Code): Promise<void> {
  const answer = await stage.town.ask(`/payer/${paTaxId}/${code.noticeCode}`, { method: "POST" });
  const told = (await answer.json()) as Receipt | Offer;
  notified.again = "fault" in told ? told.fault : "paid";
  if ("fault" in told) return;
  const price = await stage.notifications.askPrice(notified);
  notified.payments.push({
    at: stage.town.clock.now(),
    kind: code.kind,
    feeCents: told.notificationFeeCents,
    priceCents: price?.totalPrice ?? 0,
  });
}

async function collect({ town }: Stage, { noticeCode }: Code): Promise<Receipt> {
  const answer = await town.ask(`/payer/${paTaxId}/${noticeCode}`, { method: "POST" });
  return (await answer.json()) as Receipt;
}
