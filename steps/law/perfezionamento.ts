/** The day on which a notification is perfected for a recipient, computed from what SEND's timeline says: what SEND's own date is held against. */
import {
  addDays,
  findRomeMidnight,
  toEpochMs,
  toInstant,
  toRomeDay,
} from "../../engine/host/clock.ts";

/** How SEND's delivery to one recipient ended; instants are ISO 8601 UTC. */
export type Delivery =
  /** PEC or SERCQ taken: `notificationDate` of the SEND_DIGITAL_FEEDBACK that is OK. */
  | { readonly route: "digital"; readonly at: string }
  /** All digital attempts failed: when the avviso di mancato recapito was deposited. */
  | { readonly route: "digital-failed"; readonly at: string }
  /** Letter delivered, refused or collected: `notificationDate` of the SEND_ANALOG_FEEDBACK that is OK. */
  | { readonly route: "paper"; readonly at: string }
  /** 890 deposited (RECAG011A); `endedAt`: collected or refused, absent: never. */
  | { readonly route: "deposit-890"; readonly at: string; readonly endedAt?: string }
  /** AR, nobody at home (RECRN010); `endedAt`: collected or refused, absent: never. */
  | { readonly route: "deposit-ar"; readonly at: string; readonly endedAt?: string }
  /** Untraceable everywhere: the ANALOG_FAILURE_WORKFLOW element, not the postman's date. */
  | { readonly route: "unreachable"; readonly at: string }
  /** No term is started. */
  | { readonly route: "deceased" };

/** Source: pn-delivery-push-workflow, RefinementScheduler and its settings in production; pn-paper-channel for the deposit. Environments have their own. */
export interface SendTerms {
  readonly digitalDays: number;
  /** Taken later than this hour of Rome, a PEC counts from the next day on; exactly then it does not. */
  readonly eveningHour: number;
  readonly eveningDays: number;
  readonly digitalFailedDays: number;
  readonly paperDays: number;
  readonly depositDays: number;
  readonly unreachableDays: number;
}

export const productionTerms: SendTerms = {
  digitalDays: 7,
  eveningHour: 21,
  eveningDays: 8,
  digitalFailedDays: 15,
  paperDays: 10,
  depositDays: 10,
  unreachableDays: 10,
};

export interface RecipientFacts {
  /** Absent: not ended yet. */
  readonly delivery?: Delivery;
  /** First access by the recipient or a delegate, ISO 8601 UTC. */
  readonly viewedAt?: string;
}

/** `rule`: `view`, or the route of the delivery. */
export interface ComputedPerfezionamento {
  /** ISO 8601 UTC: where the blocks of 24 hours end, or the access. */
  readonly at: string;
  /** The Rome day of `at`, `YYYY-MM-DD`: from it the terms count. */
  readonly day: string;
  readonly rule: "view" | Exclude<Delivery["route"], "deceased">;
}

const blockMs = 24 * 60 * 60 * 1_000;

/** The earlier of first access and term; `null`: neither is known. SEND counts in blocks of 24 hours, not in calendar days: where the clocks change the day can differ. */
export function computePerfezionamento(
  { delivery, viewedAt }: RecipientFacts,
  terms: SendTerms = productionTerms,
): ComputedPerfezionamento | null {
  const byTerm = delivery === undefined ? null : computeTermEnd(delivery, terms);
  const viewedMs = viewedAt === undefined ? null : toEpochMs(viewedAt);
  if (viewedMs !== null && (byTerm === null || viewedMs < byTerm.ms))
    return { at: toInstant(viewedMs), day: toRomeDay(viewedMs), rule: "view" };
  if (byTerm === null) return null;
  return { at: toInstant(byTerm.ms), day: toRomeDay(byTerm.ms), rule: byTerm.rule };
}

function computeTermEnd(
  delivery: Delivery,
  terms: SendTerms,
): { readonly ms: number; readonly rule: ComputedPerfezionamento["rule"] } | null {
  const { route: rule } = delivery;
  if (rule === "deceased") return null;
  const startMs = toEpochMs(delivery.at);
  if (rule === "digital") return { rule, ms: startMs + pickDigitalDays(startMs, terms) * blockMs };
  if (rule === "digital-failed") return { rule, ms: startMs + terms.digitalFailedDays * blockMs };
  if (rule === "unreachable") return { rule, ms: startMs + terms.unreachableDays * blockMs };
  let deliveredMs = startMs;
  if (rule === "deposit-890") deliveredMs = findEndOf890(startMs, delivery, terms);
  if (rule === "deposit-ar") deliveredMs = findEndOfAr(startMs, delivery, terms);
  return { rule, ms: deliveredMs + terms.paperDays * blockMs };
}

function pickDigitalDays(startMs: number, terms: SendTerms): number {
  const evening = findRomeHour(toRomeDay(startMs), terms.eveningHour);
  return startMs > evening ? terms.eveningDays : terms.digitalDays;
}

/** A full hour of a Rome day, counted back from its end: the clocks change before three in the morning. */
function findRomeHour(day: string, hour: number): number {
  return findRomeMidnight(addDays(day, 1)) - (24 - hour) * 3_600_000;
}

/** Collected or refused before ten whole days are over: then; else the deposit is over after ten. */
function findEndOf890(
  startMs: number,
  { endedAt }: Extract<Delivery, { route: "deposit-890" }>,
  { depositDays }: SendTerms,
): number {
  const overMs = startMs + depositDays * blockMs;
  const endedMs = endedAt === undefined ? overMs : toEpochMs(endedAt);
  return Math.min(endedMs, overMs);
}

/** Only days count: up to the tenth day after, the collection; later or never, the tenth day. */
function findEndOfAr(
  startMs: number,
  { endedAt }: Extract<Delivery, { route: "deposit-ar" }>,
  { depositDays }: SendTerms,
): number {
  const over = addDays(toRomeDay(startMs), depositDays);
  if (endedAt !== undefined && toRomeDay(toEpochMs(endedAt)) <= over) return toEpochMs(endedAt);
  return Date.parse(`${over}T00:00:00Z`);
}
