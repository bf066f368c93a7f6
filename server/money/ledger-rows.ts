/** The costs ledger of one month: a row for each notification, from what the register knows of it. All amounts are cents. */
import { toRomeDay } from "../../engine/host/clock.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import type { Act, Verdict } from "../../integrations/register/kinds.ts";
import {
  type Costs,
  type MoneyFinding,
  type KeptReceipts,
  sumCharges,
  sumCents,
} from "../../integrations/register/money.ts";
import type { RegisterReader } from "../../integrations/register/port.ts";

/** One notification; `null`: not known. */
export interface LedgerRow {
  readonly iun: string;
  readonly numero: string;
  readonly protocol: string;
  /** Day in Rome of SEND's verdict. */
  readonly day: string;
  readonly outcome: "accepted" | "refused" | "cancelled";
  /** What the payer is asked for by SEND, the fee on the position and that of the receipt; of the code that was paid, or the first. */
  readonly priceCents: number | null;
  readonly feeCents: number | null;
  readonly receiptFeeCents: number | null;
  readonly paidCents: number | null;
  readonly paidOn: string | null;
  /** What SEND charges the ente for; `null`: the pipeline seguito has not looked yet. */
  readonly charges: Charges | null;
  readonly isFinal: boolean;
  /** Last day on which a recipient's end became known, where all are known. */
  readonly endedOn: string | null;
  readonly findings: readonly MoneyFinding[];
}

/** Without VAT. */
export interface Charges {
  readonly sendCents: number;
  readonly letters: readonly number[];
  readonly totalCents: number;
}

/** The month that an IUN bears: `2026-11`; `null`: it is none. */
export function readIunMonth(iun: string): string | null {
  const [, year, month] = /^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-(\d{4})(\d{2})-[A-Z]-\d$/.exec(iun) ?? [];
  return year === undefined || month === undefined ? null : `${year}-${month}`;
}

const perRead = 500;

/** The rows of the notifications whose IUN bears the month. */
export async function collectLedger(
  register: RegisterReader,
  month: string,
): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let iuns: string[] = [];
  for await (const { key } of register.listAll("verdict")) {
    if (readIunMonth(key) !== month) continue;
    iuns.push(key);
    if (iuns.length < perRead) continue;
    rows.push(...(await readLedgerRows(register, iuns)));
    iuns = [];
  }
  return [...rows, ...(await readLedgerRows(register, iuns))].toSorted(
    (one, other) => one.day.localeCompare(other.day) || one.iun.localeCompare(other.iun),
  );
}

/** The rows of some notifications; what the register does not know is left out. */
export async function readLedgerRows(
  register: RegisterReader,
  iuns: readonly string[],
): Promise<readonly LedgerRow[]> {
  if (iuns.length === 0) return [];
  const verdicts = await register.readMany("verdict", iuns);
  const acts = await register.readMany("act", iuns);
  const followed = await register.readMany("followed", iuns);
  const costs = await register.readMany("costs", iuns);
  const receipts = await register.readMany("receipts", iuns);
  return iuns.flatMap((iun) => {
    const verdict = verdicts.get(iun);
    if (verdict === undefined) return [];
    return buildRow(iun, {
      numero: verdict.subject ?? "",
      verdict: verdict.data,
      act: acts.get(iun)?.data ?? null,
      followed: followed.get(iun)?.data ?? null,
      costs: costs.get(iun)?.data ?? null,
      receipts: receipts.get(iun)?.data ?? null,
    });
  });
}

interface Known {
  readonly numero: string;
  readonly verdict: Verdict;
  readonly act: Act | null;
  readonly followed: Followed | null;
  readonly costs: Costs | null;
  readonly receipts: KeptReceipts | null;
}

function buildRow(iun: string, known: Known): LedgerRow {
  const { verdict, act, followed, costs, receipts } = known;
  const payments = receipts?.payments ?? [];
  const amounts = payments.flatMap(({ amountCents }) => amountCents ?? []);
  const [first] = payments;
  const code =
    costs?.codes.find(({ noticeCode }) => noticeCode === first?.noticeCode) ?? costs?.codes[0];
  return {
    iun,
    numero: act?.numero ?? known.numero,
    protocol: act?.protocol ?? "",
    day: toRomeDay(Date.parse(followed?.acceptedAt ?? verdict.at)),
    outcome: findOutcome(verdict, followed),
    priceCents: code?.priceCents ?? null,
    feeCents: code?.feeCents ?? null,
    receiptFeeCents: code?.receiptFeeCents ?? null,
    paidCents: amounts.length === 0 ? null : sumCents(amounts),
    paidOn: first?.paidOn ?? null,
    charges: costs === null ? null : readCharges(costs),
    isFinal: costs?.isFinal ?? false,
    endedOn: findEndDay(followed),
    findings: [...(costs?.findings ?? []), ...(receipts?.findings ?? [])],
  };
}

function findOutcome({ outcome }: Verdict, followed: Followed | null): LedgerRow["outcome"] {
  if (outcome === "refused") return "refused";
  return followed?.cancelledAt === undefined ? "accepted" : "cancelled";
}

/** What a record of costs says that SEND charges. */
export function readCharges(costs: Costs): Charges {
  return {
    sendCents: sumCents(costs.recipients.map(({ sendCents }) => sendCents)),
    letters: costs.recipients.flatMap(({ letters }) => letters),
    totalCents: sumCharges(costs),
  };
}

function findEndDay(followed: Followed | null): string | null {
  const recipients = followed?.recipients ?? [];
  const days = recipients.flatMap(({ perfezionamento, deceasedAt }) => {
    if (perfezionamento?.isFinal === true) return [perfezionamento.day];
    return deceasedAt === undefined ? [] : [toRomeDay(Date.parse(deceasedAt))];
  });
  if (days.length < recipients.length) return null;
  return days.toSorted().at(-1) ?? null;
}

/** What the ente bears of it, as far as is known: what nobody pays back. */
export function sumBorne({ findings }: Pick<LedgerRow, "findings">): number {
  const borne = new Set(["refused", "cancelled", "borne", "short"]);
  return sumCents(
    findings.flatMap(({ kind, cents }) =>
      borne.has(kind) && cents !== undefined && cents > 0 ? [cents] : [],
    ),
  );
}
