/** Failures that say something of all items. Equal ones in a row: five of them block the run, so that a bug does not burn through a whole flusso. */
import { buildBugHint, nameBug } from "../../host/bug-report.ts";
import { type ItemRejected, messageOf, RunBlocked } from "../../host/errors.ts";
import { computeDigest } from "../../journal/digest.ts";
import type { BoundStep, Failures, LiveItem, RunScope } from "../run-scope.ts";

/** Equal failures in a row that mean «a bug, stop»: more would only repeat it. */
const failuresToBlock = 5;

/** Five equal failures in a row block the run; `report`: where what is known of this one was kept. */
export function countFailure(bound: BoundStep, error: unknown, report: string | null): void {
  const { scope } = bound;
  const signature = computeDigest([bound.entry.id, messageOf(error)]);
  // One error that ends several items of a call is one failure.
  const isNew = scope.failures.error !== error;
  const before = scope.failures.signature === signature ? scope.failures.count : 0;
  const [step, bug] = [bound.entry.id, nameBug(error)];
  scope.failures = { signature, count: before + (isNew ? 1 : 0), step, bug, error };
  if (scope.failures.count >= failuresToBlock) scope.blocked ??= stepFailingError(scope, report);
}

/** What a chunk that was walked elsewhere ended with goes on with what was counted before it. */
export function addFailures(scope: RunScope, failures: Failures): void {
  const { signature, count } = failures;
  const before = scope.failures.signature === signature ? scope.failures.count : 0;
  scope.failures = { ...failures, count: before + count };
  if (scope.failures.count >= failuresToBlock) scope.blocked ??= stepFailingError(scope, null);
}

function stepFailingError({ failures, steps }: RunScope, report: string | null): RunBlocked {
  const { step: id = "", bug = "" } = failures;
  const title = steps.find(({ entry }) => entry.id === id)?.step.title ?? id;
  return new RunBlocked(
    "STEP_FAILING",
    `Il passo «${title}» fallisce sempre allo stesso modo (${bug}).`,
    { hint: buildBugHint(report), cause: failures.error },
  );
}

/** A refusal that would meet every item is kept for `findHoldBack`. What was sent before a person resumed the run says nothing of what was mended meanwhile. */
export function noteShared(scope: RunScope, live: Readonly<LiveItem>, error: ItemRejected): void {
  const { code, ofAll } = error;
  const isOld = scope.run.code === code && !scope.sealed.has(live.id);
  if (ofAll !== undefined && !isOld)
    scope.shared ??= new RunBlocked(code, ofAll.message, { hint: ofAll.hint });
}
