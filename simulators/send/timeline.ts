/** What happens to a notification in the simulated SEND: the events that timeline and streams tell. */
import { toInstant } from "../../engine/host/clock.ts";
import type { SimulatorStore, StoredRequest } from "./store.ts";
import type { WireError, WireRequest } from "../../integrations/send/wire.ts";

/** Events that carry no change of status leave `newStatus` out. */
export interface TimelineEvent {
  readonly category: string;
  readonly at: number;
  readonly newStatus?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whose event it is, and of which letter or message: both are part of the element's id. */
  readonly recIndex?: number;
  readonly attempt?: number;
  /** Which correction of the timeline made it, from 0 on; absent: none. */
  readonly rework?: number;
  /** Category of the legal fact that comes with it. */
  readonly legalFact?: string;
}

/** One element of SEND's timeline (TimelineElementV28). */
export interface TimelineElement {
  readonly elementId: string;
  readonly timestamp: string;
  readonly ingestionTimestamp: string;
  readonly eventTimestamp: string;
  readonly notificationSentAt: string;
  readonly legalFactsIds: readonly { readonly key: string; readonly category: string }[];
  readonly category: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The request was taken in charge: IN_VALIDATION, told by streams that do not wait for acceptance. */
export function recordReceived(store: SimulatorStore, request: StoredRequest): void {
  recordEvent(store, request, {
    category: "SENDER_ACK_CREATION_REQUEST",
    at: request.createdAt,
    newStatus: "IN_VALIDATION",
    details: { legalFactId: `safestorage://PN_LEGAL_FACTS-${request.iun}.pdf` },
  });
}

/** The verdict. */
export function recordDecision(
  store: SimulatorStore,
  request: StoredRequest,
  refusals: readonly WireError[],
  at: number,
): void {
  if (refusals.length > 0) {
    recordEvent(store, request, {
      category: "REQUEST_REFUSED",
      at,
      newStatus: "REFUSED",
      details: {
        refusalReasons: refusals.map(({ code, detail, recIndex }) => ({
          errorCode: code,
          detail,
          ...(recIndex === undefined ? {} : { recIndex }),
        })),
        // A refused request is billed: 100 cents per recipient.
        notificationCost: 100 * (JSON.parse(request.body) as WireRequest).recipients.length,
        notificationRequestId: Buffer.from(request.iun, "utf8").toString("base64"),
        paProtocolNumber: request.protocol,
        idempotenceToken: request.token,
      },
    });
    return;
  }
  recordEvent(store, request, {
    category: "REQUEST_ACCEPTED",
    at,
    newStatus: "ACCEPTED",
    details: {
      notificationRequestId: Buffer.from(request.iun, "utf8").toString("base64"),
      paProtocolNumber: request.protocol,
      idempotenceToken: request.token,
    },
    legalFact: "SENDER_ACK",
  });
}

/** The acknowledgement is named for the notification alone: it is known before anything happens. */
function buildLegalFactKey(category: string, elementId: string, { iun }: StoredRequest): string {
  return `safestorage://PN_LEGAL_FACTS-${category === "SENDER_ACK" ? iun : elementId}.pdf`;
}

/** Appends one event. */
export function recordEvent(
  store: SimulatorStore,
  request: StoredRequest,
  event: TimelineEvent,
): void {
  const instant = toInstant(event.at);
  const { recIndex, attempt, rework, legalFact } = event;
  const whose = recIndex === undefined ? "" : `.RECINDEX_${recIndex}`;
  const which = attempt === undefined ? "" : `.ATTEMPT_${attempt}`;
  const again = rework === undefined ? "" : `.REWORK_${rework}`;
  const elementId = `${event.category}.IUN_${request.iun}${whose}${which}${again}`;
  const element: TimelineElement = {
    elementId,
    timestamp: instant,
    ingestionTimestamp: instant,
    eventTimestamp: instant,
    notificationSentAt: toInstant(request.createdAt),
    legalFactsIds:
      legalFact === undefined
        ? []
        : [{ key: buildLegalFactKey(legalFact, elementId, request), category: legalFact }],
    category: event.category,
    details: event.details ?? {},
  };
  store.db
    .query(
      "INSERT INTO events (pa, iun, at, groupName, category, newStatus, element) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      request.pa,
      request.iun,
      event.at,
      request.groupName,
      event.category,
      event.newStatus ?? null,
      JSON.stringify(element),
    );
}

/** One row of a notification's history. */
export interface EventRow {
  readonly at: number;
  /** `null`: the event changes no status. */
  readonly newStatus: string | null;
  /** TimelineElement as JSON. */
  readonly element: string;
}

/** What happened to a notification so far, oldest first. */
export function readEvents(request: StoredRequest, store: SimulatorStore): readonly EventRow[] {
  return store.db
    .query<EventRow, [string]>(
      "SELECT at, newStatus, element FROM events WHERE iun = ? ORDER BY seq",
    )
    .all(request.iun);
}

/** The elements of a notification's timeline so far, oldest first. */
export function readTimeline(
  request: StoredRequest,
  store: SimulatorStore,
): readonly TimelineElement[] {
  return readEvents(request, store).map(({ element }) => JSON.parse(element) as TimelineElement);
}
