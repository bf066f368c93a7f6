/** How the notifications of an ente went in a month, in numbers that tie with its costs ledger. All amounts are cents. */
import {
  countDaysBetween,
  findRomeMidnight,
  toEpochMs,
  toInstant,
  toRomeDay,
} from "../../engine/host/clock.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import { sumCents } from "../../integrations/register/money.ts";
import type { RegisterReader } from "../../integrations/register/port.ts";
import { collectLedger, type LedgerRow, sumBorne } from "../money/ledger-rows.ts";

/** How many, and how long it took. */
export interface Spread {
  readonly count: number;
  /** `null`: of none is it known. */
  readonly medianDays: number | null;
  /** Nine of ten took no longer. */
  readonly mostDays: number | null;
  readonly parts: readonly ReportPart[];
}

export interface ReportPart {
  readonly label: string;
  readonly count: number;
}

export type Channel = "digital" | "analog" | "open" | "refused";

export interface ChannelCost {
  readonly channel: Channel;
  readonly notifications: number;
  readonly sendCents: number;
  readonly lettersCents: number;
  readonly totalCents: number;
}

export interface MonthReport {
  readonly ente: string;
  /** `2026-11`. */
  readonly month: string;
  /** Of the flussi that began in the month. */
  readonly flussi: number;
  /** Verbali that they left behind, by code, the most frequent first; a verbale that came again is there once more. */
  readonly rejected: readonly { readonly code: string; readonly count: number }[];
  /** Of the notifications whose IUN bears the month, as in the ledger. */
  readonly sent: number;
  readonly refused: number;
  readonly cancelled: number;
  readonly toIun: Spread;
  /** Of each recipient for whom it is perfected for good. */
  readonly toEnd: Spread;
  /** Recipients by the last route that SEND took. */
  readonly recipients: { readonly digital: number; readonly analog: number; readonly open: number };
  readonly channels: readonly ChannelCost[];
  /** What SEND charges, without VAT; of those that it is known of. */
  readonly chargedCents: number;
  readonly borneCents: number;
  /** Notifications of which no costs are known yet. */
  readonly unpriced: number;
  readonly paid: number;
  readonly paidCents: number;
}

/** `register` and `journal` of the same ente. */
export async function collectMonth(
  { journal, register }: { readonly journal: JournalReader; readonly register: RegisterReader },
  { ente, month }: { readonly ente: string; readonly month: string },
): Promise<MonthReport> {
  const rows = await collectLedger(register, month);
  const iuns = rows.map(({ iun }) => iun);
  const known = await readKnown(register, iuns);
  const { flussi, rejected } = await countRejected(journal, ente, month);
  const all = rows.map((row) => ({ row, ...known.get(row.iun) }));
  const taken = all.filter(({ row }) => row.outcome !== "refused");
  return {
    ente,
    month,
    flussi,
    rejected,
    sent: taken.length,
    refused: rows.length - taken.length,
    cancelled: rows.filter(({ outcome }) => outcome === "cancelled").length,
    toIun: spreadDays(
      taken.flatMap(({ row, sentAt }) =>
        sentAt === undefined ? [] : [countDaysBetween(toRomeDay(toEpochMs(sentAt)), row.day)],
      ),
      iunParts,
    ),
    toEnd: spreadDays(
      taken.flatMap(({ sentAt, followed }) => listEndDays(sentAt, followed)),
      endParts,
    ),
    recipients: countRecipients(taken),
    channels: sumChannels(all),
    chargedCents: sumCents(rows.map(({ charges }) => charges?.totalCents ?? 0)),
    borneCents: sumCents(rows.map(sumBorne)),
    unpriced: rows.filter(({ charges }) => charges === null).length,
    paid: rows.filter(({ paidCents }) => paidCents !== null).length,
    paidCents: sumCents(rows.map(({ paidCents }) => paidCents ?? 0)),
  };
}

interface Known {
  readonly sentAt?: string;
  readonly followed?: Followed;
}

const perRead = 500;

async function readKnown(
  register: RegisterReader,
  iuns: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  for (let from = 0; from < iuns.length; from += perRead) {
    const some = iuns.slice(from, from + perRead);
    const acts = await register.readMany("act", some);
    const followed = await register.readMany("followed", some);
    for (const iun of some) {
      const sentAt = acts.get(iun)?.data.sentAt;
      const story = followed.get(iun)?.data;
      known.set(iun, {
        ...(sentAt !== undefined && { sentAt }),
        ...(story !== undefined && { followed: story }),
      });
    }
  }
  return known;
}

const runsPerRead = 500;

async function countRejected(
  journal: JournalReader,
  ente: string,
  month: string,
): Promise<Pick<MonthReport, "flussi" | "rejected">> {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
  const since = toInstant(findRomeMidnight(`${month}-01`));
  const until = toInstant(findRomeMidnight(`${next}-01`));
  const counts = new Map<string, number>();
  let flussi = 0;
  let beforeSeq: number | undefined;
  for (;;) {
    const page = await journal.listRuns({
      ente,
      since,
      limit: runsPerRead,
      ...(beforeSeq !== undefined && { beforeSeq }),
    });
    for (const { id, createdAt, counts: of } of page) {
      if (createdAt >= until) continue;
      flussi += 1;
      if (of.rejected === 0) continue;
      for (const { code, count } of await journal.listCauses(id, ["rejected"]))
        counts.set(code ?? "", (counts.get(code ?? "") ?? 0) + count);
    }
    beforeSeq = page.at(-1)?.seq;
    if (page.length < runsPerRead) break;
  }
  const rejected = [...counts].map(([code, count]) => ({ code, count }));
  return {
    flussi,
    rejected: rejected.toSorted(
      (one, other) => other.count - one.count || one.code.localeCompare(other.code),
    ),
  };
}

/** Labels, each with the most days that it takes. */
type Limits = readonly (readonly [label: string, days: number])[];

const iunParts: Limits = [
  ["lo stesso giorno", 0],
  ["il giorno dopo", 1],
  ["in 2 giorni", 2],
  ["da 3 a 5 giorni", 5],
  ["oltre 5 giorni", Number.POSITIVE_INFINITY],
];

const endParts: Limits = [
  ["entro 7 giorni", 7],
  ["da 8 a 15", 15],
  ["da 16 a 30", 30],
  ["da 31 a 60", 60],
  ["oltre 60 giorni", Number.POSITIVE_INFINITY],
];

function spreadDays(days: readonly number[], limits: Limits): Spread {
  const sorted = days.toSorted((one, other) => one - other);
  const at = (share: number): number | null =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
  let before = Number.NEGATIVE_INFINITY;
  const parts = limits.map(([label, most]) => {
    const count = sorted.filter((day) => day > before && day <= most).length;
    before = most;
    return { label, count };
  });
  return { count: sorted.length, medianDays: at(0.5), mostDays: at(0.9), parts };
}

function listEndDays(
  sentAt: string | undefined,
  followed: Followed | undefined,
): readonly number[] {
  if (sentAt === undefined) return [];
  const from = toRomeDay(toEpochMs(sentAt));
  return (followed?.recipients ?? []).flatMap(({ perfezionamento }) =>
    perfezionamento?.isFinal === true ? [countDaysBetween(from, perfezionamento.day)] : [],
  );
}

function countRecipients(all: readonly Known[]): MonthReport["recipients"] {
  let [digital, analog, open] = [0, 0, 0];
  for (const { followed } of all)
    for (const { channel } of followed?.recipients ?? []) {
      if (channel === "digital") digital += 1;
      else if (channel === "analog") analog += 1;
      else open += 1;
    }
  return { digital, analog, open };
}

/** A notification with a letter went by post, whatever was tried before. */
function findChannel({ row, followed }: Known & { readonly row: LedgerRow }): Channel {
  if (row.outcome === "refused") return "refused";
  const channels = (followed?.recipients ?? []).map(({ channel }) => channel);
  if ((row.charges?.letters.length ?? 0) > 0 || channels.includes("analog")) return "analog";
  return channels.includes("digital") ? "digital" : "open";
}

const channelOrder: readonly Channel[] = ["digital", "analog", "open", "refused"];

function sumChannels(
  all: readonly (Known & { readonly row: LedgerRow })[],
): readonly ChannelCost[] {
  const grouped = Map.groupBy(all, findChannel);
  return channelOrder.flatMap((channel) => {
    const rows = (grouped.get(channel) ?? []).map(({ row }) => row);
    if (rows.length === 0) return [];
    return [
      {
        channel,
        notifications: rows.length,
        sendCents: sumCents(rows.map(({ charges }) => charges?.sendCents ?? 0)),
        lettersCents: sumCents(rows.flatMap(({ charges }) => charges?.letters ?? [])),
        totalCents: sumCents(rows.map(({ charges }) => charges?.totalCents ?? 0)),
      },
    ];
  });
}
