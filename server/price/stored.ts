/** What the price service keeps of a notice in the journal: one record, a new version only when SEND's answer changes. */
import { toEpochMs, toInstant } from "../../engine/host/clock.ts";
import type { RecordDraft, StoredRecord } from "../../engine/journal/records.ts";
import type { PriceVerdict } from "../../integrations/send/desk-port.ts";

/** The kind of the record; its key is the notice code, its subject the IUN. */
export const priceKind = "price";

/** A verdict of SEND, and when it was given. */
export interface KnownPrice {
  readonly verdict: PriceVerdict;
  /** Milliseconds since the epoch. */
  readonly asOfMs: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** How long a verdict is passed on without asking SEND again: as long as GovPay does (it.govpay.client.send.retention), longer once it is final. */
export function isFresh({ verdict, asOfMs }: KnownPrice, nowMs: number): boolean {
  return nowMs - asOfMs < freshFor(verdict, nowMs);
}

function freshFor(verdict: PriceVerdict, nowMs: number): number {
  if (verdict.status === "priced") return isFinal(verdict, nowMs) ? 24 * hour : 15 * minute;
  return verdict.status === "cancelled" ? hour : minute;
}

/** No further letter comes: the recipient has looked, or the term is over. A correction by SEND may still lower it. */
export function isFinal(verdict: PriceVerdict, nowMs: number): boolean {
  if (verdict.status !== "priced") return false;
  const { refinedAt, viewedAt } = verdict.price;
  // A scheduled term is told beforehand: only a day that is over counts.
  return viewedAt !== null || (refinedAt !== null && toEpochMs(trimNanos(refinedAt)) < nowMs);
}

/** JavaScript reads milliseconds, SEND writes nanoseconds. */
function trimNanos(instant: string): string {
  return instant.replace(/(\.\d{3})\d+/, "$1");
}

/** After how long SEND is asked by itself, whoever asks us: letters leave days apart. */
function againAfter(verdict: PriceVerdict): number {
  if (verdict.status === "cancelled") return 30 * 24 * hour;
  if (verdict.status !== "priced") return hour;
  return verdict.price.viewedAt === null ? 6 * hour : 30 * 24 * hour;
}

/** The record of a verdict. The instant stands in `dueAt` alone, so that the same answer twice is no new version. */
export function buildPriceDraft(noticeCode: string, { verdict, asOfMs }: KnownPrice): RecordDraft {
  return {
    kind: priceKind,
    key: noticeCode,
    ...(verdict.status === "priced" ? { subject: verdict.price.iun } : {}),
    dueAt: toInstant(asOfMs + againAfter(verdict)),
    data: { ...verdict },
  };
}

/** What a record says; `null`: it was laid down before SEND was asked. */
export function readKnownPrice({ data, dueAt }: StoredRecord): KnownPrice | null {
  if (data["status"] === undefined || dueAt === null) return null;
  const verdict = data as unknown as PriceVerdict;
  return { verdict, asOfMs: toEpochMs(dueAt) - againAfter(verdict) };
}
