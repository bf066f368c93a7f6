/** When the notification counts as done for one recipient: the earlier of the first access and the term. */
import { toEpochMs, toRomeDay } from "../../engine/host/clock.ts";
import type { Perfezionamento, PerfectionRule } from "../../integrations/register/followed.ts";
import type { SentElement } from "../../integrations/send/desk-port.ts";
import { findEarliestTerm, hasAnalogEnd } from "./letters.ts";
import type { Patience } from "./patience.ts";

/** `elements`: those of this recipient that hold, oldest first. `null`: neither is known. */
export function findPerfezionamento(
  elements: readonly SentElement[],
  patience: Patience,
): Perfezionamento | null {
  const access = findAccess(elements);
  const term = findTerm(elements);
  if (access === null) return term;
  // At the very instant of the term it is the term that counts: a view has to come before it.
  if (term !== null && toEpochMs(term.at) <= toEpochMs(access.at)) return term;
  return { ...access, isFinal: term !== null || !canTermComeFirst(access, elements, patience) };
}

/** First access by the recipient or a delegate, on the portal or over the counter; `null`: none yet. */
export function findAccess(elements: readonly SentElement[]): Perfezionamento | null {
  const accesses = elements
    .filter(({ category }) => accessCategories.has(category))
    .map((element) => build(element, element.happenedAt ?? element.at, "viewed", true));
  return accesses.toSorted((left, right) => toEpochMs(left.at) - toEpochMs(right.at))[0] ?? null;
}

const accessCategories: ReadonlySet<string> = new Set([
  "NOTIFICATION_VIEWED",
  "NOTIFICATION_RADD_RETRIEVED",
]);

/** The term that is over, or else the one that is scheduled. */
function findTerm(elements: readonly SentElement[]): Perfezionamento | null {
  const rule = findRule(elements);
  // The element's own time: after a correction its details still carry the date before it.
  const over = elements.findLast(({ category }) => category === "REFINEMENT");
  if (over !== undefined) return build(over, over.at, rule, true);
  const scheduled = elements.findLast(
    ({ category, scheduledAt }) => category === "SCHEDULE_REFINEMENT" && scheduledAt !== undefined,
  );
  if (scheduled?.scheduledAt === undefined) return null;
  return build(scheduled, scheduled.scheduledAt, rule, false);
}

/** A carrier that has a letter may still tell of a delivery whose term was over before the access. */
function canTermComeFirst(
  { at }: Perfezionamento,
  elements: readonly SentElement[],
  patience: Patience,
): boolean {
  if (hasAnalogEnd(elements)) return false;
  return elements.some((letter) => {
    if (letter.category !== "SEND_ANALOG_DOMICILE") return false;
    const term = findEarliestTerm(letter, elements, patience);
    return term !== null && term <= toEpochMs(at);
  });
}

/** By what the term began: the last end of a route. */
function findRule(elements: readonly SentElement[]): PerfectionRule {
  const end = elements.findLast(({ category }) => category in rulesByEnd);
  const rule = rulesByEnd[end?.category ?? ""] ?? "analog";
  if (rule !== "analog") return rule;
  const outcome = elements.findLast(
    ({ category, outcome }) => category === "SEND_ANALOG_FEEDBACK" && outcome !== "ko",
  );
  return depositCodes.has(outcome?.code ?? "") ? "deposit" : "analog";
}

const rulesByEnd: Readonly<Record<string, PerfectionRule>> = {
  DIGITAL_SUCCESS_WORKFLOW: "digital",
  DIGITAL_FAILURE_WORKFLOW: "digital-failure",
  ANALOG_SUCCESS_WORKFLOW: "analog",
  ANALOG_FAILURE_WORKFLOW: "untraceable",
  COMPLETELY_UNREACHABLE: "untraceable",
};

// Source: pn-paper-channel: the ten days of the deposit are over, for a 890 and a letter with receipt.
const depositCodes: ReadonlySet<string> = new Set(["PNAG012", "RECAG012", "PNRN012"]);

function build(
  { elementId }: SentElement,
  at: string,
  rule: PerfectionRule,
  isFinal: boolean,
): Perfezionamento {
  return { at, day: toRomeDay(toEpochMs(at)), rule, elementId, isFinal };
}
