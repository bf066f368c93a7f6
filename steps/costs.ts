/** Keeps what a notification costs and what was paid for it: SEND's price beside the fee on the position and in the receipts, with every difference in cents. */
import { Type } from "typebox";
import { addDays, findRomeMidnight, toInstant, toRomeDay } from "../engine/host/clock.ts";
import { ItemRejected } from "../engine/host/errors.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { Followed } from "../integrations/register/followed.ts";
import type { Act } from "../integrations/register/kinds.ts";
import type { Costs, MoneyFinding, KeptReceipts } from "../integrations/register/money.ts";
import type { Entry } from "../integrations/register/port.ts";
import type { LegalTerms } from "../integrations/register/terms.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import { doOrPutOff } from "./following/put-off.ts";
import { type CodePrice, computeCosts, describeBasis, toCodePrice } from "./money/compute-costs.ts";
import { computeReceipts, type Standing, toStanding } from "./money/compute-receipts.ts";
import { buildDuration } from "./schemas/duration.ts";
import { findOwnDays } from "./recipients/own-days.ts";
import { listPositions } from "./recipients/addressees.ts";
import type { CodeStanding } from "../integrations/payments/port.ts";
import type { Payment } from "./schemas/fields.ts";
import { FollowedField, MoneyField, NotifiedField, TermsField } from "./schemas/notified.ts";

/** Durations in milliseconds. */
interface Config {
  readonly wait: number;
  readonly lateWait: number;
  readonly lateFor: number;
}

interface Data {
  readonly iun: string;
  readonly numero: string;
  readonly act: Act;
  readonly followed: Followed;
  readonly terms: LegalTerms;
}

type Context = StepContext<Config, Pick<Services, "desk" | "payments" | "register">>;

export default pureStep({
  title: "Spese e incassi",
  summary:
    "Confronta le spese chieste da SEND con quelle sulla posizione e nelle ricevute, e dice che cosa è stato pagato",
  needs: ["desk", "payments", "register"],
  config: Type.Object(
    {
      wait: buildDuration("7d", "Ogni quanto cercare un pagamento finché un codice è aperto"),
      lateWait: buildDuration("30d", "Ogni quanto cercarlo dopo, per chi paga tardi o due volte"),
      lateFor: buildDuration("365d", "Per quanto tempo dall'ultimo giorno utile cercarlo ancora"),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({
    ...NotifiedField.properties,
    ...FollowedField.properties,
    ...TermsField.properties,
  }),
  adds: MoneyField,
  whenAway: "pass",
  note: ({ costs, receipts }) => describeMoney(costs, receipts),
  examples: ["{}", "wait: 1d\n", "lateFor: 730d\n"],
  run({ data }, ctx) {
    const desk = { register: ctx.services.register, clock: ctx.clock };
    return doOrPutOff(desk, data.iun, () => keepMoney(data, ctx));
  },
});

async function keepMoney(
  data: Data,
  ctx: Context,
): Promise<{ readonly costs: Costs; readonly receipts: KeptReceipts }> {
  const { register } = ctx.services;
  const { iun, numero, act, followed, terms } = data;
  const { options } = readPayment(act);
  const knownCosts = await register.read("costs", iun);
  const knownReceipts = await register.read("receipts", iun);
  const prices = await readPrices(data, knownCosts?.data ?? null, ctx);
  const asked = await hearStanding(data, { knownCosts, knownReceipts }, ctx);
  const standing = asked.standing ?? knownReceipts?.data ?? nothingKnown;
  const receipts = computeReceipts({
    standing,
    options,
    payable: terms.payable,
    findDays: (noticeCode) => {
      const own = options.find((option) => option.noticeCode === noticeCode);
      return findOwnDays(terms, readPayment(act), own?.recipient ?? 0);
    },
    followed,
    prices: pickPriced(prices),
    ...(asked.refusal !== null && { refusal: asked.refusal.message }),
  });
  const before = knownCosts?.data ?? null;
  const costs = computeCosts({ act, followed, options, prices, receipts, before });
  await register.write([
    {
      kind: "costs",
      key: iun,
      subject: numero,
      // What does not add up is for a person to look at.
      dueAt:
        costs.findings.length + receipts.findings.length > 0 ? toInstant(ctx.clock.now()) : null,
      data: costs,
    },
    {
      kind: "receipts",
      key: iun,
      subject: numero,
      dueAt: planNextLook(data, { asked, known: knownReceipts, receipts }, ctx),
      data: receipts,
    },
  ]);
  return { costs, receipts };
}

/** The act is kept as it was sent; one that a version without a register sent may lack its payment. */
function readPayment({ payment }: Act): Payment {
  return { ref: "", creditorTaxId: "", options: [], ...payment };
}

/** SEND is asked when its story of the notification has changed, and where it had no price yet. */
async function readPrices(
  { act, followed }: Data,
  known: Costs | null,
  ctx: Context,
): Promise<ReadonlyMap<string, CodePrice>> {
  const prices = new Map<string, CodePrice>();
  const isSame = known?.basis === describeBasis(act, followed);
  const { creditorTaxId, options } = readPayment(act);
  for (const { noticeCode } of options) {
    const before = known?.codes.find((code) => code.noticeCode === noticeCode);
    if (followed.status === "REFUSED") prices.set(noticeCode, { verdict: "refused" });
    else if (isSame && before !== undefined && isSettled(before))
      prices.set(noticeCode, pick(before));
    else {
      const answer = await ctx.services.desk.askPrice(creditorTaxId, noticeCode, ctx.signal);
      prices.set(noticeCode, toCodePrice(answer));
    }
  }
  return prices;
}

function isSettled({ verdict }: Pick<Costs["codes"][number], "verdict">): boolean {
  return verdict === "priced" || verdict === "cancelled";
}

function pick({ verdict, priceCents, analogCents }: Costs["codes"][number]): CodePrice {
  return {
    verdict,
    ...(priceCents !== undefined && { priceCents }),
    ...(analogCents !== undefined && { analogCents }),
  };
}

function pickPriced(prices: ReadonlyMap<string, CodePrice>): ReadonlyMap<string, number> {
  return new Map(
    [...prices].flatMap(([code, price]) =>
      "priceCents" in price && price.priceCents !== undefined
        ? [[code, price.priceCents] as const]
        : [],
    ),
  );
}

interface Known {
  readonly knownCosts: Entry<"costs"> | null;
  readonly knownReceipts: Entry<"receipts"> | null;
}

const nothingKnown: Standing = { codes: [], payments: [], cancelledPaid: [] };

interface Heard {
  /** `null`: not asked now, or not told. */
  readonly standing: Standing | null;
  /** The payment system refuses the question. */
  readonly refusal: ItemRejected | null;
}

/** A refusal of this verbale keeps nothing else from it: what is known stays, and SEND's price and the office's esiti go on. */
async function hearStanding(data: Data, known: Known, ctx: Context): Promise<Heard> {
  try {
    return { standing: await askStanding(data, known, ctx), refusal: null };
  } catch (error) {
    if (error instanceof ItemRejected) return { standing: null, refusal: error };
    throw error;
  }
}

/** The payment system is asked when it is time, and when the fee or the days on it have changed; `null`: not now. */
async function askStanding(data: Data, known: Known, ctx: Context): Promise<Standing | null> {
  const { act, followed } = data;
  const before = known.knownReceipts;
  const isSame =
    before !== null &&
    known.knownCosts?.data.basis === describeBasis(act, followed) &&
    hasSameDays(before.data, data.terms);
  const isDue =
    before === null || (before.dueAt !== null && before.dueAt <= toInstant(ctx.clock.now()));
  if (isSame && !isDue) return null;
  const payment = readPayment(act);
  const { options, cancelled = [] } = payment;
  if (options.length === 0) return nothingKnown;
  const { payments } = ctx.services;
  const found: CodeStanding[] = [];
  for (const position of listPositions(payment))
    found.push(...(await payments.readStanding(position, ctx.signal)));
  const paid: string[] = [];
  for (const position of cancelled) {
    const state = await payments.inspect(position, ctx.signal);
    const { noticeCode, iupd, idPendenza, ref: name } = position;
    if (state === "paid" || state === "partially-paid")
      paid.push(noticeCode ?? iupd ?? idPendenza ?? name ?? "");
  }
  return toStanding(found, options, paid);
}

function hasSameDays({ lastDays }: KeptReceipts, { payable }: LegalTerms): boolean {
  return (
    (lastDays.discounted ?? null) === payable.discounted &&
    (lastDays.reduced ?? null) === payable.reduced
  );
}

/** What was not asked now is asked at the time that was said; what was refused, by the next run. */
function planNextLook(
  data: Data,
  {
    asked: { standing, refusal },
    known,
    receipts,
  }: {
    readonly asked: Heard;
    readonly known: Entry<"receipts"> | null;
    readonly receipts: KeptReceipts;
  },
  ctx: Context,
): string | null {
  if (refusal !== null) return toInstant(ctx.clock.now());
  return standing === null ? (known?.dueAt ?? null) : planLook(data, receipts, ctx);
}

/** After each last day, and every so often before it while nothing was paid; rarely afterwards. `null`: never again. */
function planLook({ act, terms }: Data, receipts: KeptReceipts, ctx: Context): string | null {
  const { clock, config } = ctx;
  const { discounted, reduced } = terms.payable;
  if (receipts.codes.length === 0) return null;
  const now = clock.now();
  const today = toRomeDay(now);
  const isOpen = receipts.payments.length === 0 && (reduced === null || today <= reduced);
  const next = beginDay(now + (isOpen ? config.wait : config.lateWait));
  const ends = [discounted, reduced]
    .filter((day) => day !== null && day >= today)
    .map((day) => findRomeMidnight(addDays(day ?? today, 1)));
  const last = findRomeMidnight(reduced ?? toRomeDay(Date.parse(act.sentAt))) + config.lateFor;
  const due = Math.min(next, ...ends);
  return due <= last ? toInstant(due) : null;
}

/** So that one run a day finds it due whatever its minute. */
function beginDay(ms: number): number {
  return findRomeMidnight(toRomeDay(ms));
}

function describeMoney(costs: Costs, receipts: KeptReceipts): string | null {
  const findings: readonly MoneyFinding[] = [...costs.findings, ...receipts.findings];
  const told = new Set(findings.map(({ text }) => text));
  return told.size === 0 ? null : [...told].join(" ");
}
