/** The end of the half year: the legal end of each verbale with its evidence, the cents, and the files of the office's own program. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { countDaysBetween, toRomeDay } from "../../../engine/host/clock.ts";
import type { Evidence } from "../../../integrations/register/evidence.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { Verdict } from "../../../integrations/register/kinds.ts";
import type { Costs, KeptReceipts } from "../../../integrations/register/money.ts";
import type { LegalTerms } from "../../../integrations/register/terms.ts";
import { findLastDay, type Notified } from "./notified.ts";
import { otherwiseCents } from "./payers.ts";
import type { Stage } from "./stage.ts";

const lateLookMs = 31 * 86_400_000;

export interface Books {
  /** How the stories end: how many of each. */
  readonly ends: ReadonlyMap<string, number>;
  /** By which rule: how many. */
  readonly rules: ReadonlyMap<string, number>;
  readonly paid: {
    readonly once: number;
    readonly twice: number;
    readonly short: number;
    readonly over: number;
    readonly cents: number;
  };
  readonly costs: {
    /** What SEND asks for now, and what the receipts hold of it. */
    readonly priceCents: number;
    readonly paidCents: number;
    /** Paid before the last letter: the difference, to the cent. */
    readonly afterCents: number;
    readonly after: number;
  };
  readonly facts: number;
  readonly corrections: number;
}

/** Throws Broken at the first that does not hold. */
export async function closeTheBooks(stage: Stage): Promise<Books> {
  const { notifications, parts, judge } = stage;
  await notifications.listen();
  const followed = readAll<Followed>(stage, "followed");
  const verdicts = readAll<Verdict>(stage, "verdict");
  const ends = new Map<string, number>();
  const rules = new Map<string, number>();
  for (const part of parts) {
    const notified = notifications.byNumero.get(part.numero) ?? null;
    judge.demand(notified !== null, "end", null, describeUnsent(stage, part.numero));
    if (notified === null) continue;
    const { iun } = notified;
    const end = judgeEnd(stage, notified, {
      followed: followed.get(iun),
      verdict: verdicts.get(iun),
    });
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const rule = followed.get(iun)?.recipients[0]?.perfezionamento?.rule;
    if (rule !== undefined) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  const costs = await judgeCents(stage);
  const facts = judgeFacts(stage, followed, verdicts);
  const notifiedAll = [...notifications.byNumero.values()];
  const paid = {
    once: notifiedAll.filter(({ payments }) => payments.length === 1).length,
    twice: notifiedAll.filter(({ payments }) => payments.length > 1).length,
    short: countPaid(notifiedAll, "short"),
    over: countPaid(notifiedAll, "over"),
    cents: 0,
  };
  for (const { payments } of notifiedAll)
    for (const { amountCents } of payments) paid.cents += amountCents;
  return { ends, rules, paid, costs, ...facts };
}

function countPaid(all: readonly Notified[], payer: Notified["part"]["payer"]): number {
  return all.filter(({ part, payments }) => part.payer === payer && payments.length > 0).length;
}

function describeUnsent({ town }: Stage, numero: string): string {
  const rows = town.list(
    "SELECT r.id, r.pipeline, i.state, i.step, i.code, i.note, i.tries, i.updated_at FROM items i JOIN runs r ON r.seq = i.run WHERE i.key = ?",
    numero,
  );
  return [`${numero} was never sent`, ...rows.map((row) => JSON.stringify(row))].join("\n");
}

function readAll<Data>({ town }: Stage, kind: string): ReadonlyMap<string, Data> {
  return new Map(town.records(kind).map(({ key, data }) => [key, JSON.parse(data) as Data]));
}

/** The end of one, in a word. */
function judgeEnd(
  stage: Stage,
  notified: Notified,
  known: { readonly followed: Followed | undefined; readonly verdict: Verdict | undefined },
): string {
  const { judge } = stage;
  const { part } = notified;
  if (part.fate === "no-verdict") {
    judge.demand(known.verdict === undefined, "end", notified, "a verdict that SEND did not give");
    return "in attesa del verdetto di SEND";
  }
  if (part.fate === "refused") {
    const isTold = known.verdict?.outcome === "refused" && known.verdict.reasons.length > 0;
    judge.demand(isTold, "end", notified, `refused, and told as ${JSON.stringify(known.verdict)}`);
    return "rifiutata";
  }
  const [recipient] = known.followed?.recipients ?? [];
  const told = JSON.stringify(known.followed);
  if (recipient === undefined || known.followed === undefined) {
    judge.demand(false, "end", notified, `accepted and not followed: ${told}`);
    return "";
  }
  judgeEvidence(stage, notified);
  if (known.followed.cancelledAt !== undefined && recipient.perfezionamento?.isFinal !== true)
    return "annullata";
  if (recipient.deceasedAt !== undefined && recipient.perfezionamento === undefined)
    return "destinatario deceduto";
  const day = notified.words.at(-1)?.day ?? null;
  if (day === null && recipient.perfezionamento === undefined && !hasEnded(known.followed)) {
    const isNamed = known.followed.warnings?.some((text) => text.includes("assistenza di SEND"));
    judge.demand(isNamed === true, "end", notified, `waits for nobody: ${told}`);
    return `in attesa di SEND: ${known.followed.status}`;
  }
  judge.demand(recipient.perfezionamento?.isFinal === true, "end", notified, `no end: ${told}`);
  if (part.fate !== "cancelled")
    judge.demand(recipient.perfezionamento?.day === day, "day", notified, `SEND ${day}: ${told}`);
  judgeTerms(stage, notified);
  return "perfezionata";
}

/** SEND's word says that it is over. */
function hasEnded({ status }: Followed): boolean {
  return !["ACCEPTED", "DELIVERING", "DELIVERED"].includes(status);
}

function judgeEvidence({ town, judge }: Stage, notified: Notified): void {
  const row = town.findRecord("evidence", notified.iun);
  const evidence = row === null ? null : (JSON.parse(row.data) as Evidence);
  const isWhole = evidence !== null && evidence.kept.length > 0 && evidence.missing.length === 0;
  judge.demand(isWhole, "end", notified, `evidence: ${row?.data}`);
}

function judgeTerms({ town, judge }: Stage, notified: Notified): void {
  const row = town.findRecord("terms", notified.iun);
  const terms = row === null ? null : (JSON.parse(row.data) as LegalTerms);
  const day = notified.words.at(-1)?.day ?? "";
  const hasDiscount = notified.codes.some(({ kind }) => kind === "discounted");
  const { discounted, reduced } = terms?.payable ?? {};
  if (notified.part.fate !== "cancelled")
    judge.demand(
      reduced === findLastDay(day, 60) && discounted === (hasDiscount ? findLastDay(day, 5) : null),
      "terms",
      notified,
      `of ${day}: ${row?.data}`,
    );
  // Sent the day after a malfunction that took its last day: the term reached further.
  if (notified.part.fate === "malfunction")
    judge.demand(terms?.warnings === undefined, "terms", notified, `late: ${row?.data}`);
}

/** The ledger of the house against SEND's price and the payers' own receipts; differences are told. */
function judgeLedger({ town, judge }: Stage, notified: Notified, price: number): void {
  const kept = town.findRecord("costs", notified.iun);
  const told = town.findRecord("receipts", notified.iun);
  const costs = kept === null ? null : (JSON.parse(kept.data) as Costs);
  const receipts = told === null ? null : (JSON.parse(told.data) as KeptReceipts);
  const isPriced =
    costs !== null &&
    costs.codes.length === notified.codes.length &&
    costs.codes.every(({ priceCents }) => priceCents === price);
  judge.demand(isPriced, "cents", notified, `ledger ${JSON.stringify(costs)}, SEND ${price}`);
  // Late payments are looked for once in 30 days.
  if (notified.payments.some(({ at }) => at > town.clock.now() - lateLookMs)) return;
  const paid = notified.payments.map(({ amountCents }) => amountCents);
  const known = (receipts?.payments ?? []).map(({ amountCents }) => amountCents ?? 0);
  judge.demand(
    JSON.stringify(known.toSorted((one, other) => one - other)) ===
      JSON.stringify(paid.toSorted((one, other) => one - other)),
    "cents",
    notified,
    `paid ${JSON.stringify(paid)}, known ${JSON.stringify(receipts)}`,
  );
  const isOdd = paid.length > 1 || notified.payments.some(({ feeCents }) => feeCents !== price);
  const findings = [...(costs?.findings ?? []), ...(receipts?.findings ?? [])];
  const { payer } = notified.part;
  if (payer === "short" || payer === "over") judgeOtherwise(judge, notified, { payer, findings });
  judge.demand(!isOdd || findings.length > 0, "cents", notified, "a difference that is not told");
}

/** Who paid what nobody asked for: the difference is named, to the cent. */
function judgeOtherwise(
  judge: Stage["judge"],
  notified: Notified,
  told: { readonly payer: "short" | "over"; readonly findings: KeptReceipts["findings"] },
): void {
  if (notified.payments.length === 0) return;
  const cents = -otherwiseCents[told.payer];
  const isNamed = told.findings.some((one) => one.kind === told.payer && one.cents === cents);
  judge.demand(isNamed, "cents", notified, `${told.payer} ${cents}: ${JSON.stringify(told)}`);
}

async function judgeCents(stage: Stage): Promise<Books["costs"]> {
  const { notifications, judge } = stage;
  const sums = { priceCents: 0, paidCents: 0, afterCents: 0, after: 0 };
  for (const notified of notifications.byNumero.values()) {
    if (notified.acceptedAt === null || notified.cancelledAt !== null) continue;
    const price = (await notifications.askPrice(notified))?.totalPrice ?? 0;
    sums.priceCents += price;
    judgeLedger(stage, notified, price);
    const [payment] = notified.payments;
    if (payment === undefined) {
      for (const { noticeCode, principalCents } of notified.codes) {
        const offer = await judge.offer(noticeCode);
        const isRight = "fault" in offer || offer.amountCents === principalCents + price;
        judge.demand(isRight, "cents", notified, `${JSON.stringify(offer)}, SEND ${price}`);
      }
      continue;
    }
    sums.paidCents += payment.feeCents;
    if (payment.feeCents === price) continue;
    // What came later is named: a letter or a correction after the payment.
    const isLater = notifications
      .listEvents(notified.iun)
      .some(
        ({ at, category }) => at > payment.at && /SEND_(ANALOG|SIMPLE)|REWORKED/.test(category),
      );
    judge.demand(isLater, "cents", notified, `paid ${payment.feeCents}, SEND ${price}`);
    sums.after += 1;
    sums.afterCents += price - payment.feeCents;
  }
  return sums;
}

type Row = Readonly<Record<string, string>>;

/** Columns of the office's file that are read here. */
function readFiles({ town }: Stage): readonly Row[] {
  const folder = join(town.world.dataFolder, "outbox", "prova");
  const names = readdirSync(folder).filter((name) => /^esiti-[0-9]+\.csv$/.test(name));
  return names.toSorted().flatMap((name) => {
    const [head = "", ...lines] = readFileSync(join(folder, name), "utf8")
      .replace(/^\uFEFF/, "")
      .trim()
      .split(/\r?\n/);
    const columns = head.split(";");
    return lines.map((line) => {
      const cells = line.match(/("([^"]|"")*"|[^;]*)(;|$)/g) ?? [];
      return Object.fromEntries(
        columns.map((column, index) => [
          column,
          (cells[index] ?? "").replace(/;$/, "").replace(/^"(.*)"$/s, "$1"),
        ]),
      );
    });
  });
}

/** What the office reads: numbers without a gap, each fact once, corrections of what stood there and only where SEND corrected, and at the end the same story. */
function judgeFacts(
  stage: Stage,
  followed: ReadonlyMap<string, Followed>,
  verdicts: ReadonlyMap<string, Verdict>,
): { readonly facts: number; readonly corrections: number } {
  const { judge, notifications } = stage;
  const holds = new Map<string, Row>();
  let corrections = 0;
  let facts = 0;
  for (const row of readFiles(stage)) {
    facts += 1;
    const notified = notifications.byNumero.get(row["numero"] ?? "") ?? null;
    const told = JSON.stringify(row);
    judge.demand(Number(row["progressivo"]) === facts, "esiti", notified, `not ${facts}: ${told}`);
    // One code may be paid twice: each receipt is a fact of its own.
    const receipt = row["fatto"] === "pagato" ? row["codice"] : "";
    const whose = [row["iun"], row["fatto"], row["destinatario"], row["codiceAvviso"]];
    const key = [...whose, receipt].join("/");
    const before = holds.get(key);
    judge.demand(
      (before?.["progressivo"] ?? "") === row["corregge"],
      "esiti",
      notified,
      `before it ${before?.["progressivo"]}: ${told}`,
    );
    if (row["corregge"] !== "") {
      corrections += 1;
      // Money moves with each letter and payment; what SEND tells only where it corrected itself.
      const isMoney = row["fatto"] === "spese" || row["fatto"] === "pagato";
      const isOther = columnsOf(row) !== columnsOf(before ?? {});
      const isCorrected = isMoney || notified?.reworkedAt != null;
      judge.demand(isCorrected && isOther, "esiti", notified, `nobody corrected it: ${told}`);
    }
    holds.set(key, row);
  }
  judge.demand(facts > 0, "esiti", null, "no file of esiti");
  for (const notified of notifications.byNumero.values())
    judgeStory(stage, notified, { holds, followed, verdicts });
  return { facts, corrections };
}

/** What a fact says, without its numbers. */
function columnsOf(row: Row): string {
  return JSON.stringify({ ...row, progressivo: "", corregge: "" });
}

function judgeStory(
  { judge }: Stage,
  notified: Notified,
  {
    holds,
    followed,
    verdicts,
  }: {
    readonly holds: ReadonlyMap<string, Row>;
    readonly followed: ReadonlyMap<string, Followed>;
    readonly verdicts: ReadonlyMap<string, Verdict>;
  },
): void {
  const { iun } = notified;
  const find = (fatto: string, whose = ""): string | null => {
    const row = holds.get([iun, fatto, whose, "", ""].join("/"));
    return row === undefined || row["valido"] === "false" ? null : (row["data"] ?? null);
  };
  const say = (what: string): string =>
    `${what} of ${iun}: ${JSON.stringify([...holds.values()].filter((row) => row["iun"] === iun))}`;
  const outcome = verdicts.get(iun)?.outcome;
  judge.demand(
    (find("accettato") !== null) === (outcome === "accepted"),
    "esiti",
    notified,
    say("accettato"),
  );
  judge.demand(
    (find("rifiutato") !== null) === (outcome === "refused"),
    "esiti",
    notified,
    say("rifiutato"),
  );
  const [recipient] = followed.get(iun)?.recipients ?? [];
  const { perfezionamento } = recipient ?? {};
  const day = perfezionamento?.isFinal === true ? perfezionamento.day : null;
  judge.demand(find("perfezionato", "1") === day, "esiti", notified, say(`perfezionato ${day}`));
  const viewed = recipient?.viewedAt;
  const viewedDay = viewed === undefined ? null : toRomeDay(Date.parse(viewed));
  judge.demand(find("visto", "1") === viewedDay, "esiti", notified, say("visto"));
  if (notified.cancelledAt !== null) {
    const cancelled = find("annullato");
    const isNear =
      cancelled !== null &&
      Math.abs(countDaysBetween(cancelled, toRomeDay(notified.cancelledAt))) <= 1;
    judge.demand(isNear, "esiti", notified, say("annullato"));
  }
}
