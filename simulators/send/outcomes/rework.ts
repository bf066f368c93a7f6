/** Corrections of the timeline, which SEND's support starts: what is taken back, and the letter that is told anew. Source: GA26Q2.B. */
import type { WireRequest } from "../../../integrations/send/wire.ts";
import type { RequestRoutes } from "../requests.ts";
import type { StoredRequest } from "../store.ts";
import {
  dropInvalid,
  listStatuses,
  readTimeline,
  recordEvent,
  type TimelineElement,
} from "../timeline.ts";
import { planLetters } from "./letter.ts";
import { createLetterCosts, dropPlans, schedule } from "./plan.ts";
import { parseSequence } from "./tokens.ts";

export interface Rework {
  readonly recIndex: number;
  /** The letter that is corrected, and with it all that followed. */
  readonly attempt: number;
  /** What the carrier tells now, in the notation of `tokens.ts`. */
  readonly sequence: string;
}

const category = "NOTIFICATION_TIMELINE_REWORKED";

const invalidable: ReadonlySet<string> = new Set([
  "PREPARE_ANALOG_DOMICILE",
  "PREPARE_ANALOG_DOMICILE_FAILURE",
  "SEND_ANALOG_DOMICILE",
  "SEND_ANALOG_PROGRESS",
  "SEND_ANALOG_FEEDBACK",
  "ANALOG_SUCCESS_WORKFLOW",
  "ANALOG_FAILURE_WORKFLOW",
  "SCHEDULE_REFINEMENT",
  "REFINEMENT",
  "COMPLETELY_UNREACHABLE_CREATION_REQUEST",
  "COMPLETELY_UNREACHABLE",
  "ANALOG_WORKFLOW_RECIPIENT_DECEASED",
]);

/** In SEND's sample the element's own time lies some seconds behind the one at which it was stored. */
const tellingMs = 6_000;

/** `null`: done; otherwise why SEND would not. Throws TypeError for a sequence of another form. */
export function reworkTimeline(
  request: StoredRequest,
  { recIndex, attempt, sequence }: Rework,
  { store, world }: RequestRoutes,
): string | null {
  const steps = parseSequence(sequence);
  const now = world.clock.now();
  const timeline = readTimeline(request, store);
  const own = dropInvalid(timeline).filter(({ details }) => details["recIndex"] === recIndex);
  const refusal = findRefusal(own, request);
  if (refusal !== null) return refusal;
  const taken = listTaken(own, attempt);
  const letter = taken.find((element) => element.category === "SEND_ANALOG_DOMICILE");
  if (letter === undefined) return "there is no such letter";
  const body = JSON.parse(request.body) as WireRequest;
  const { physicalAddress } = body.recipients[recIndex] ?? {};
  const rework = timeline.filter(
    (element) => element.category === category && element.details["recIndex"] === recIndex,
  ).length;
  const oldRefinement = taken.find((element) => element.category === "REFINEMENT")?.timestamp;
  store.db.transaction(() => {
    dropPlans(store, request.iun, recIndex);
    recordEvent(store, request, {
      category,
      at: now,
      happenedAt: now + tellingMs,
      recIndex,
      attempt,
      rework,
      details: {
        recIndex,
        sentAttemptMade: attempt,
        invalidatedTimelineAndStatusHistory: describeTaken(taken, timeline, body),
      },
    });
    const plan = {
      recIndex,
      physicalAddress,
      serviceLevel: body.physicalCommunicationType,
      sequence: { product: readProduct(letter), steps },
      readCost: createLetterCosts(physicalAddress?.address ?? "", world.environment.letterCents),
      terms: world.environment.terms,
      dayMs: world.environment.dayMs,
      sentAt: now,
      attempt,
      rework,
      ...(oldRefinement === undefined ? {} : { oldRefinement }),
    };
    schedule(store, request.iun, planLetters(plan));
  })();
  return null;
}

function readProduct({ details: { productType } }: TimelineElement): string {
  return typeof productType === "string" ? productType : "890";
}

/** Never once it was viewed, paid or cancelled. */
function findRefusal(own: readonly TimelineElement[], { status }: StoredRequest): string | null {
  if (status !== "ACCEPTED") return `the notification is ${status}`;
  const stop = own.find(
    (element) => element.category === "NOTIFICATION_VIEWED" || element.category === "PAYMENT",
  );
  return stop === undefined ? null : `the recipient has ${stop.category}`;
}

/** From the letter on, with what belongs to no letter. */
function listTaken(own: readonly TimelineElement[], attempt: number): readonly TimelineElement[] {
  return own.filter((element) => {
    if (!invalidable.has(element.category)) return false;
    const made = element.details["sentAttemptMade"];
    return typeof made !== "number" || made >= attempt;
  });
}

/** By the status in which they came; whole, but for the time at which they were stored. */
function describeTaken(
  taken: readonly TimelineElement[],
  timeline: readonly TimelineElement[],
  body: WireRequest,
): unknown {
  const left = new Map(taken.map((element) => [element.elementId, element]));
  return listStatuses(timeline, body.recipients.length).flatMap(
    ({ status, activeFrom, relatedTimelineElements }) => {
      const elements = relatedTimelineElements.flatMap((id) => left.get(id) ?? []);
      if (elements.length === 0) return [];
      const whole = elements.map(({ ingestionTimestamp: _stored, ...element }) => element);
      return [{ status, activeFrom, relatedTimelineElements: whole }];
    },
  );
}
