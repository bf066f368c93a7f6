/** Failures that say something of all items. Equal ones in a row: five of them block the run, so that a bug does not burn through a whole flusso. */
import { buildBugHint, nameBug } from "../../host/bug-report.ts";
import { type ItemRejected, messageOf, RunBlocked } from "../../host/errors.ts";
import type { BoundStep, LiveItem, RunScope } from "../run-scope.ts";

/** Equal failures in a row that mean «a bug, stop»: more would only repeat it. */
const failuresToBlock = 5;

/** Five equal failures in a row block the run; `report`: where what is known of this one was kept. */
export function countFailure(bound: BoundStep, error: unknown, report: string | null): void {
  const { scope } = bound;
  const signature = `${bound.entry.id}: ${messageOf(error)}`;
  // One error that ends several items of a call is one failure.
  const isNew = scope.failures.error !== error;
  const before = scope.failures.signature === signature ? scope.failures.count : 0;
  scope.failures = { signature, count: before + (isNew ? 1 : 0), error };
  if (scope.failures.count < failuresToBlock) return;
  scope.blocked ??= new RunBlocked(
    "STEP_FAILING",
    `Il passo «${bound.step.title ?? bound.entry.id}» fallisce sempre allo stesso modo (${nameBug(error)}).`,
    { hint: buildBugHint(report), cause: error },
  );
}

/** A refusal that would meet every item is kept for `findHoldBack`. What was sent before a person resumed the run says nothing of what was mended meanwhile. */
export function noteShared(scope: RunScope, live: Readonly<LiveItem>, error: ItemRejected): void {
  const { code, ofAll } = error;
  const isOld = scope.run.code === code && !scope.sealed.has(live.id);
  if (ofAll !== undefined && !isOld)
    scope.shared ??= new RunBlocked(code, ofAll.message, { hint: ofAll.hint });
}
