/** What SEND makes of the carrier's codes: which one is the outcome, and of which date. Source: pn-paper-channel, pn-paper-tracker. */
import { addDays, countDaysBetween, toRomeDay } from "../../../engine/host/clock.ts";

export interface CarrierOutcome {
  readonly status: "OK" | "KO" | "DECEASED";
  readonly code: string;
  /** Milliseconds since the epoch: the date of the outcome, which may lie before it is told. */
  readonly at: number;
}

/** What was told of the letter so far. */
export interface LetterState {
  /** Since when it lies at the office: RECAG011A, or RECRN010. */
  readonly depositAt: number | null;
  readonly dayMs: number;
  /** Days of deposit, in days of the environment. */
  readonly depositDays: number;
}

/** `null`: the code is no outcome, or not yet. */
export function judgeCode(
  {
    code,
    cause,
    at,
  }: { readonly code: string; readonly cause: string | undefined; readonly at: number },
  state: LetterState,
): CarrierOutcome | null {
  if (/^RECAG00[567]C$/.test(code)) return judgeCollected890(code, at, state);
  if (code === "RECAG012" || code === "RECAG008C") return judgeDeposit890(at, state);
  if (/^RECRN00[34]C$/.test(code)) return judgeCollectedAr(code, at, state);
  if (code === "RECRN005C") return judgeNeverCollected(at, state);
  const status = findStatus(code, cause);
  return status === null ? null : { status, code, at };
}

// The cause changes what a code says by default: a letter that was not delivered for M06 to M09 is tried elsewhere.
const elsewhere: ReadonlySet<string> = new Set(["M06", "M07", "M08", "M09"]);
const delivered = /^(?:RECAG00[12]C|RECRN001C|RECRI003C|RECRSI003C|RECRS001C|RECRS003C)$/;
const refused = /^(?:RECAG003C|RECRN002C)$/;
const lost = /^(?:RECAG003F|RECRN002F|RECRI004C|RECRSI004C|RECRS002[CF]|RECRS00[45]C)$/;

function findStatus(code: string, cause: string | undefined): CarrierOutcome["status"] | null {
  if (delivered.test(code)) return "OK";
  if (lost.test(code)) return "KO";
  if (!refused.test(code)) return null;
  if (cause === "M02") return "DECEASED";
  return elsewhere.has(cause ?? "") ? "KO" : "OK";
}

/** Before ten whole days it is what it is; then the deposit counts. */
function judgeCollected890(code: string, at: number, state: LetterState): CarrierOutcome {
  const overAt = findOverAt(state);
  return overAt !== null && at >= overAt
    ? depositOver("PNAG012", overAt)
    : { status: "OK", code, at };
}

function judgeDeposit890(at: number, state: LetterState): CarrierOutcome | null {
  const overAt = findOverAt(state);
  return overAt !== null && at >= overAt ? depositOver("PNAG012", overAt) : null;
}

/** Only days count, and the tenth still is in time. */
function judgeCollectedAr(code: string, at: number, state: LetterState): CarrierOutcome {
  const overAt = findOverDay(state);
  return overAt !== null && countDays(state, at) > state.depositDays
    ? depositOver("PNRN012", overAt)
    : { status: "OK", code, at };
}

/** A letter that nobody collected is told after thirty days; told earlier, SEND sets it aside. */
function judgeNeverCollected(at: number, state: LetterState): CarrierOutcome | null {
  const overAt = findOverDay(state);
  return overAt !== null && countDays(state, at) >= 30 ? depositOver("PNRN012", overAt) : null;
}

function depositOver(code: string, at: number): CarrierOutcome {
  return { status: "OK", code, at };
}

function findOverAt({ depositAt, depositDays, dayMs }: LetterState): number | null {
  return depositAt === null ? null : depositAt + depositDays * dayMs;
}

const realDayMs = 86_400_000;

/** The hours are cut; where a day lasts a minute there are none to cut. */
function findOverDay(state: LetterState): number | null {
  const { depositAt, depositDays, dayMs } = state;
  if (depositAt === null || dayMs !== realDayMs) return findOverAt(state);
  return Date.parse(`${addDays(toRomeDay(depositAt), depositDays)}T00:00:00Z`);
}

function countDays({ depositAt, dayMs }: LetterState, at: number): number {
  if (depositAt === null) return 0;
  if (dayMs !== realDayMs) return (at - depositAt) / dayMs;
  return countDaysBetween(toRomeDay(depositAt), toRomeDay(at));
}
