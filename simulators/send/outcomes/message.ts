/** The way of a digital message in the simulated SEND: taken, or refused twice and told by a plain letter. */
import { addDays, findRomeMidnight, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import type { TimelineEvent } from "../timeline.ts";
import { planTerm, type ReadCost } from "./letter.ts";
import type { OutcomeTerms } from "./terms.ts";
import type { Sequence } from "./tokens.ts";

export interface MessagePlan {
  readonly recIndex: number;
  readonly digitalAddress: { readonly type: string; readonly address: string };
  readonly source: "SPECIAL" | "PLATFORM";
  readonly physicalAddress: unknown;
  /** The plain letter, with what is told of it. */
  readonly letter: Sequence;
  readonly readCost: ReadCost;
  readonly terms: OutcomeTerms;
  readonly dayMs: number;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

/** An address below `fail.it` refuses, any other takes. */
export function planMessage(plan: MessagePlan): readonly TimelineEvent[] {
  const isTaken = !/@(?:.+\.)?fail\.it$/i.test(plan.digitalAddress.address);
  return isTaken ? planTaken(plan) : planRefused(plan);
}

function planTaken(plan: MessagePlan): readonly TimelineEvent[] {
  const { recIndex, digitalAddress, sentAt, dayMs } = plan;
  const days = pickDays(plan);
  return [
    ...planTry(plan, { at: sentAt, attempt: 0, isTaken: true }),
    planCreation(plan, sentAt, "OK"),
    {
      category: "DIGITAL_SUCCESS_WORKFLOW",
      at: sentAt,
      recIndex,
      details: { recIndex, digitalAddress },
      legalFact: "DIGITAL_DELIVERY",
    },
    ...planTerm({ recIndex }, sentAt, sentAt + days * dayMs),
  ];
}

function planRefused(plan: MessagePlan): readonly TimelineEvent[] {
  const { recIndex, physicalAddress, sentAt, terms, dayMs, readCost, letter } = plan;
  const { product } = letter;
  const failedAt = sentAt + terms.secondRoundDays * dayMs;
  return [
    ...planTry(plan, { at: sentAt, attempt: 0, isTaken: false }),
    ...planTry(plan, { at: failedAt, attempt: 1, isTaken: false }),
    planCreation(plan, failedAt, "KO"),
    {
      category: "DIGITAL_FAILURE_WORKFLOW",
      at: failedAt,
      recIndex,
      details: { recIndex },
      legalFact: "DIGITAL_DELIVERY",
    },
    {
      category: "SEND_SIMPLE_REGISTERED_LETTER",
      at: failedAt,
      recIndex,
      details: {
        recIndex,
        physicalAddress,
        productType: product,
        analogCost: readCost(product, 0),
      },
    },
    ...planPlainLetter(plan, failedAt),
    ...planTerm({ recIndex }, failedAt, failedAt + terms.digitalFailedDays * dayMs),
  ];
}

/** It changes the cost alone: what becomes of it is told, and nothing follows. */
function planPlainLetter(
  { recIndex, letter, dayMs }: MessagePlan,
  failedAt: number,
): readonly TimelineEvent[] {
  const codes = letter.steps.flatMap((step) => (step.kind === "code" ? [step] : []));
  return codes.map(({ code, cause }, index) => ({
    category: "SEND_SIMPLE_REGISTERED_LETTER_PROGRESS",
    at: failedAt + Math.min(index + 1, 4) * dayMs,
    recIndex,
    suffix: `.IDX_${index + 1}`,
    details: {
      recIndex,
      notificationDate: toInstant(failedAt + Math.min(index + 1, 4) * dayMs),
      deliveryDetailCode: code,
      ...(cause === undefined ? {} : { deliveryFailureCause: cause }),
    },
  }));
}

function planTry(
  { recIndex, digitalAddress, source }: MessagePlan,
  {
    at,
    attempt,
    isTaken,
  }: { readonly at: number; readonly attempt: number; readonly isTaken: boolean },
): readonly TimelineEvent[] {
  const isPec = digitalAddress.type === "PEC";
  const common = { recIndex, digitalAddress };
  return [
    {
      category: "SEND_DIGITAL_DOMICILE",
      at,
      recIndex,
      attempt,
      details: { ...common, digitalAddressSource: source, retryNumber: attempt },
    },
    {
      category: "SEND_DIGITAL_FEEDBACK",
      at,
      recIndex,
      attempt,
      details: {
        ...common,
        responseStatus: isTaken ? "OK" : "KO",
        notificationDate: toInstant(at),
        deliveryDetailCode: codes[isPec ? "PEC" : "SERCQ"][isTaken ? "taken" : "refused"],
        sendingReceipts: [],
      },
      ...(isPec ? { legalFact: "PEC_RECEIPT" } : {}),
    },
  ];
}

// Source: knowledge base, digital outcome codes.
const codes = {
  PEC: { taken: "C003", refused: "C008" },
  SERCQ: { taken: "Q003", refused: "Q010" },
} as const;

function planCreation(
  { recIndex, digitalAddress }: MessagePlan,
  at: number,
  status: "OK" | "KO",
): TimelineEvent {
  return {
    category: "DIGITAL_DELIVERY_CREATION_REQUEST",
    at,
    recIndex,
    details: {
      recIndex,
      endWorkflowStatus: status === "OK" ? "SUCCESS" : "FAILURE",
      completionWorkflowDate: toInstant(at),
      digitalAddress,
      legalFactId: `safestorage://PN_LEGAL_FACTS-delivery-${recIndex}.pdf`,
    },
  };
}

function pickDays({ sentAt, terms }: MessagePlan): number {
  const midnight = findRomeMidnight(addDays(toRomeDay(sentAt), 1));
  // Counted back from the day's end: the clocks change before three in the morning.
  const evening = midnight - (24 - terms.eveningHour) * 3_600_000;
  return sentAt > evening ? terms.eveningDays : terms.digitalDays;
}
