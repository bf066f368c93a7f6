/** The day of perfezionamento counted by ourselves from what SEND's timeline tells, to be held against the one that SEND gives. */
import type { Perfezionamento } from "../../integrations/register/followed.ts";
import type { SentElement } from "../../integrations/send/desk-port.ts";
import { computePerfezionamento, type Delivery } from "../law/perfezionamento.ts";
import { findAccess } from "./perfection.ts";

/** The Rome day that we count where it is another than SEND's; `null`: the same, or the timeline does not tell enough. `elements`: of one recipient, those that hold. */
export function findOtherDay(
  elements: readonly SentElement[],
  told: Perfezionamento | null,
): string | null {
  const delivery = findDelivery(elements);
  if (told === null || delivery === null) return null;
  const viewedAt = findAccess(elements)?.at;
  const counted = computePerfezionamento({
    delivery,
    ...(viewedAt === undefined ? {} : { viewedAt }),
  });
  return counted === null || counted.day === told.day ? null : counted.day;
}

/** How the last route ended; `null`: it has not, or when is not told. */
function findDelivery(elements: readonly SentElement[]): Delivery | null {
  const end = elements.findLast(({ category }) => routeEnds.has(category));
  if (end === undefined) return null;
  switch (end.category) {
    case "DIGITAL_SUCCESS_WORKFLOW":
      return toDelivery("digital", findOutcome(elements, "SEND_DIGITAL_FEEDBACK")?.outcomeAt);
    case "DIGITAL_FAILURE_WORKFLOW":
      return { route: "digital-failed", at: end.at };
    case "ANALOG_FAILURE_WORKFLOW":
      return { route: "unreachable", at: end.at };
    case "ANALOG_SUCCESS_WORKFLOW":
      return findLetterDelivery(elements);
    default:
      return null;
  }
}

const routeEnds: ReadonlySet<string> = new Set([
  "DIGITAL_SUCCESS_WORKFLOW",
  "DIGITAL_FAILURE_WORKFLOW",
  "ANALOG_SUCCESS_WORKFLOW",
  "ANALOG_FAILURE_WORKFLOW",
  "ANALOG_WORKFLOW_RECIPIENT_DECEASED",
]);

/** Where the deposit was over, it is counted from its beginning, else from the date of the outcome. */
function findLetterDelivery(elements: readonly SentElement[]): Delivery | null {
  const outcome = findOutcome(elements, "SEND_ANALOG_FEEDBACK");
  const deposit = deposits[outcome?.code ?? ""];
  const begun = elements.findLast(
    ({ category, code, attempt }) =>
      category === "SEND_ANALOG_PROGRESS" &&
      code === deposit?.begin &&
      attempt === outcome?.attempt,
  );
  if (deposit !== undefined && begun?.outcomeAt !== undefined)
    return { route: deposit.route, at: begun.outcomeAt };
  return toDelivery("paper", outcome?.outcomeAt);
}

// Source: pn-paper-channel: PNAG012 is RECAG011A and ten days, PNRN012 RECRN010 and ten days.
const deposits: Readonly<
  Record<string, { readonly route: "deposit-890" | "deposit-ar"; readonly begin: string }>
> = {
  PNAG012: { route: "deposit-890", begin: "RECAG011A" },
  PNRN012: { route: "deposit-ar", begin: "RECRN010" },
};

function findOutcome(elements: readonly SentElement[], wanted: string): SentElement | undefined {
  return elements.findLast(({ category, outcome }) => category === wanted && outcome === "ok");
}

function toDelivery(route: "digital" | "paper", at: string | undefined): Delivery | null {
  return at === undefined ? null : { route, at };
}
