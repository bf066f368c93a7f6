/** The way of a letter in the simulated SEND, from its preparation to the end of the term, or to the next letter. */
import { toInstant } from "../../../engine/host/clock.ts";
import type { WireRecipient, WireRequest } from "../../../integrations/send/wire.ts";
import type { TimelineEvent } from "../timeline.ts";
import { judgeCode, type CarrierOutcome } from "./carrier-rules.ts";
import type { OutcomeTerms } from "./terms.ts";
import type { Sequence, TokenStep } from "./tokens.ts";

/** Cents of the letter `attempt` of a recipient, which is of this product. */
export type ReadCost = (product: string, attempt: number) => number;

export interface LetterPlan {
  readonly recIndex: number;
  readonly physicalAddress: WireRecipient["physicalAddress"];
  readonly serviceLevel: WireRequest["physicalCommunicationType"];
  readonly sequence: Sequence;
  readonly readCost: ReadCost;
  readonly terms: OutcomeTerms;
  readonly dayMs: number;
  /** When the first letter leaves, milliseconds since the epoch. */
  readonly sentAt: number;
  readonly attempt: number;
  /** Which correction sends it anew, from 0; absent: none. */
  readonly rework?: number;
  /** The date that the end of the term had before the correction, ISO 8601 UTC: it stays in the details. */
  readonly oldRefinement?: string;
}

/** Days from the letter's departure, as a carrier takes them. Ours: no page tells them. */
const printedAfter = 1;
const takenAfter = 2;
const triedAfter = 4;
/** Before a second letter the postman is quicker: as the tokens have been played since the first version. */
const triedBeforeSecond = 2;
/** From the last outcome to the deposit of the notice. */
const depositedAfter = 5;

/** All that is told of the letters of a recipient, by time. */
export function planLetters(plan: LetterPlan): readonly TimelineEvent[] {
  const walk = new LetterWalk(plan);
  for (const [index, step] of plan.sequence.steps.entries())
    walk.take(step, plan.sequence.steps.slice(index + 1));
  return walk.end().toSorted((left, right) => left.at - right.at);
}

class LetterWalk {
  private readonly plan: LetterPlan;
  private readonly events: TimelineEvent[] = [];
  private attempt: number;
  /** When the letter left, or was printed again. */
  private base: number;
  private now: number;
  private hasCarrier = false;
  private progress = 0;
  private depositAt: number | null = null;
  private outcome: CarrierOutcome | null = null;

  constructor(plan: LetterPlan) {
    this.plan = plan;
    this.attempt = plan.attempt;
    this.base = plan.sentAt;
    this.now = plan.sentAt;
    this.send();
  }

  take(step: TokenStep, ahead: readonly TokenStep[]): void {
    switch (step.kind) {
      case "pause":
        this.now += step.days * this.plan.dayMs;
        return;
      case "retry":
        this.base = this.now;
        this.hasCarrier = false;
        return;
      case "discovered":
        this.sendSecond(this.now + this.plan.dayMs);
        return;
      case "code":
        this.tell(
          step,
          ahead.some(({ kind }) => kind === "discovered"),
        );
    }
  }

  /** What the last outcome leads to; without one the letter is still on its way. */
  end(): readonly TimelineEvent[] {
    if (this.outcome?.status === "KO") this.giveUp(this.now);
    return this.events;
  }

  private send(): void {
    const { physicalAddress, serviceLevel, sequence, readCost } = this.plan;
    const base = { physicalAddress, serviceLevel, sentAttemptMade: this.attempt };
    this.add("PREPARE_ANALOG_DOMICILE", base);
    this.add("SEND_ANALOG_DOMICILE", {
      ...base,
      productType: sequence.product,
      analogCost: readCost(sequence.product, this.attempt),
      numberOfPages: 3,
      envelopeWeight: 20,
    });
  }

  private sendSecond(at: number): void {
    this.attempt += 1;
    this.base = at;
    this.now = at;
    this.hasCarrier = false;
    this.progress = 0;
    this.depositAt = null;
    this.outcome = null;
    this.send();
  }

  private tell(step: Extract<TokenStep, { kind: "code" }>, isBeforeSecond: boolean): void {
    const { dayMs } = this.plan;
    const { code, cause } = step;
    if (code.startsWith("CON"))
      this.now = this.base + (code === "CON080" ? printedAfter : takenAfter) * dayMs;
    else if (!this.hasCarrier) {
      this.now = this.base + (isBeforeSecond ? triedBeforeSecond : triedAfter) * dayMs;
      this.hasCarrier = true;
    }
    if (code === "RECAG011A" || code === "RECRN010") this.depositAt = this.now;
    const outcome = this.outcome === null ? this.judge(code, cause) : null;
    if (outcome === null || outcome.code !== code) this.tellProgress(step);
    if (outcome !== null) this.conclude(outcome, step);
  }

  private judge(code: string, cause: string | undefined): CarrierOutcome | null {
    const { dayMs, terms } = this.plan;
    const state = { depositAt: this.depositAt, dayMs, depositDays: terms.depositDays };
    return judgeCode({ code, cause, at: this.now }, state);
  }

  private tellProgress({ code, cause, scans }: Extract<TokenStep, { kind: "code" }>): void {
    this.progress += 1;
    const isCopy = code === "CON020";
    this.add(
      "SEND_ANALOG_PROGRESS",
      {
        ...this.describe(this.now, code, cause),
        serviceLevel: this.plan.serviceLevel,
      },
      {
        suffix: `.IDX_${this.progress}`,
        isAboutLetter: true,
        scans: isCopy ? ["Copia Conforme AAR"] : scans,
        ...(this.plan.sequence.isZipped === true && { isZipped: true }),
      },
    );
  }

  private describe(at: number, code: string, cause: string | undefined) {
    return {
      notificationDate: toInstant(at),
      deliveryDetailCode: code,
      ...(cause === undefined ? {} : { deliveryFailureCause: cause }),
      sentAttemptMade: this.attempt,
      registeredLetterCode: this.nameLetter(),
    };
  }

  /** The carrier's number. */
  private nameLetter(): string {
    const { recIndex, rework } = this.plan;
    const again = rework === undefined ? 0 : rework + 1;
    return `6970${String(recIndex).padStart(3, "0")}${this.attempt}${again}${String(Math.floor(this.plan.sentAt / 1000) % 1_000_000).padStart(6, "0")}`;
  }

  private conclude(outcome: CarrierOutcome, { cause }: Extract<TokenStep, { kind: "code" }>): void {
    const { physicalAddress, serviceLevel } = this.plan;
    this.outcome = outcome;
    const { status, code, at } = outcome;
    this.add(
      "SEND_ANALOG_FEEDBACK",
      {
        ...this.describe(at, code, code.startsWith("PN") ? undefined : cause),
        physicalAddress,
        serviceLevel,
        // A recipient who died was found: the letter has come to its end.
        responseStatus: status === "KO" ? "KO" : "OK",
      },
      { isAboutLetter: true },
    );
    if (status === "DECEASED")
      this.add(
        "ANALOG_WORKFLOW_RECIPIENT_DECEASED",
        { physicalAddress, notificationCost: 100 },
        whole,
      );
    if (status !== "OK") return;
    this.add("ANALOG_SUCCESS_WORKFLOW", { physicalAddress }, whole);
    this.events.push(
      ...planTerm(this.plan, this.now, at + this.plan.terms.paperDays * this.plan.dayMs),
    );
  }

  /** No other address: the notice is deposited, and the days count from there. */
  private giveUp(failedAt: number): void {
    const { physicalAddress, serviceLevel, terms, dayMs } = this.plan;
    if (this.attempt === 0) {
      this.attempt = 1;
      const details = { physicalAddress, serviceLevel, sentAttemptMade: 1 };
      this.add("PREPARE_ANALOG_DOMICILE", details);
      this.add("PREPARE_ANALOG_DOMICILE_FAILURE", { sentAttemptMade: 1, failureCause: "D00" });
    }
    this.now = failedAt + depositedAfter * dayMs;
    this.add("ANALOG_FAILURE_WORKFLOW", {}, { ...whole, aar: true });
    this.add("COMPLETELY_UNREACHABLE_CREATION_REQUEST", {}, whole);
    this.add(
      "COMPLETELY_UNREACHABLE",
      { legalFactGenerationDate: toInstant(this.now) },
      { ...whole, legalFact: "ANALOG_FAILURE_DELIVERY" },
    );
    this.events.push(...planTerm(this.plan, this.now, this.now + terms.unreachableDays * dayMs));
  }

  private add(
    category: string,
    details: Readonly<Record<string, unknown>>,
    more: Partial<TimelineEvent> & { readonly isWhole?: boolean } = {},
  ): void {
    const { recIndex, rework } = this.plan;
    const { isWhole = false, ...rest } = more;
    this.events.push({
      category,
      at: this.now,
      recIndex,
      ...(isWhole ? {} : { attempt: this.attempt }),
      ...(rework === undefined ? {} : { rework }),
      details: { recIndex, ...details },
      ...rest,
    });
  }
}

/** Of the recipient, not of one of the letters. */
const whole = { isWhole: true } as const;

/** The term that begins now, and its end; one that is over already is told at once, with its own date. */
export function planTerm(
  { recIndex, rework, oldRefinement }: Pick<LetterPlan, "recIndex" | "rework" | "oldRefinement">,
  now: number,
  endsAt: number,
): readonly TimelineEvent[] {
  const end = toInstant(endsAt);
  const base = { recIndex, ...(rework === undefined ? {} : { rework }) };
  return [
    {
      ...base,
      category: "SCHEDULE_REFINEMENT",
      at: now,
      details: { recIndex, schedulingDate: end },
    },
    {
      ...base,
      category: "REFINEMENT",
      at: Math.max(now, endsAt),
      happenedAt: endsAt,
      details: { recIndex, eventTimestamp: oldRefinement ?? end, notificationCost: 100 },
    },
  ];
}
