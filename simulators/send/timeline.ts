/** What happens to a notification in the simulated SEND: the events that timeline and streams tell. */
import { createHash } from "node:crypto";
import { toInstant } from "../../engine/host/clock.ts";
import type { SimulatorStore, StoredRequest } from "./store.ts";
import { addElement, firstStatus, type StatusElement } from "./outcomes/statuses.ts";
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
  /** What tells elements of the same attempt apart: a part of the id. */
  readonly suffix?: string;
  /** When it happened, where that lies before it is told. */
  readonly happenedAt?: number;
  /** The letter of this recipient and attempt is named in the details. */
  readonly isAboutLetter?: boolean;
  /** Kinds of the operator's files that come with it. */
  readonly scans?: readonly string[];
  /** Those files are archives of signed XML. */
  readonly isZipped?: boolean;
  /** The notice of deposit comes with it. */
  readonly aar?: boolean;
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

/** Where the id begins otherwise than the category. Source: knowledge base, samples of corrections. */
const idBeginnings: Readonly<Record<string, string>> = {
  SCHEDULE_REFINEMENT: "SCHEDULE_REFINEMENT_WORKFLOW",
  AAR_GENERATION: "AAR_GEN",
  SEND_DIGITAL_DOMICILE: "SEND_DIGITAL",
};

/** Appends one event. */
export function recordEvent(
  store: SimulatorStore,
  request: StoredRequest,
  event: TimelineEvent,
): void {
  const before = readTimeline(request, store);
  const element = buildElement(event, request, before);
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
      event.newStatus ?? findNewStatus(before, element, request),
      JSON.stringify(element),
    );
}

function buildElement(
  event: TimelineEvent,
  request: StoredRequest,
  before: readonly TimelineElement[],
): TimelineElement {
  const told = toInstant(event.at);
  const happened = toInstant(event.happenedAt ?? event.at);
  const elementId = buildElementId(event, request, before);
  const { legalFact, scans = [] } = event;
  const extension = event.isZipped === true ? "zip" : "pdf";
  const files = scans.map((kind, index) => ({
    kind,
    key: buildScanKey(elementId, kind, { index, extension }),
  }));
  return {
    elementId,
    timestamp: happened,
    ingestionTimestamp: told,
    eventTimestamp: happened,
    notificationSentAt: toInstant(request.createdAt),
    legalFactsIds: [
      ...(legalFact === undefined
        ? []
        : [{ key: buildLegalFactKey(legalFact, elementId, request), category: legalFact }]),
      ...files.map(({ key }) => ({ key, category: "ANALOG_DELIVERY" })),
    ],
    category: event.category,
    details: {
      ...event.details,
      ...(event.isAboutLetter === true ? { sendRequestId: findLetterId(event, before) } : {}),
      ...(event.aar === true
        ? { generatedAarUrl: `safestorage://PN_AAR-${request.iun}-${event.recIndex ?? 0}.pdf` }
        : {}),
      ...(files.length === 0
        ? {}
        : {
            attachments: files.map(({ kind, key }, index) => ({
              id: String(index),
              documentType: kind,
              url: key,
              date: happened,
            })),
          }),
    },
  };
}

/** What a correction makes anew has an ending, where its id was there before. */
function buildElementId(
  { category, recIndex, attempt, rework, suffix = "" }: TimelineEvent,
  { iun }: StoredRequest,
  before: readonly TimelineElement[],
): string {
  const whose = recIndex === undefined ? "" : `.RECINDEX_${recIndex}`;
  const which = attempt === undefined ? "" : `.ATTEMPT_${attempt}`;
  const plain = `${idBeginnings[category] ?? category}.IUN_${iun}${whose}${which}${suffix}`;
  const isCorrection = category === "NOTIFICATION_TIMELINE_REWORKED";
  const isThere = before.some(({ elementId }) => elementId === plain);
  return rework !== undefined && (isThere || isCorrection) ? `${plain}.REWORK_${rework}` : plain;
}

function findLetterId(
  { recIndex, attempt }: TimelineEvent,
  before: readonly TimelineElement[],
): string | undefined {
  return before.findLast(
    ({ category, details }) =>
      category === "SEND_ANALOG_DOMICILE" &&
      details["recIndex"] === recIndex &&
      details["sentAttemptMade"] === attempt,
  )?.elementId;
}

/** SEND's schema takes 128 characters: less than some ids have. */
function buildScanKey(
  elementId: string,
  kind: string,
  { index, extension }: { readonly index: number; readonly extension: string },
): string {
  const name = createHash("sha256").update(elementId).digest("hex").slice(0, 32);
  return kind === "Copia Conforme AAR"
    ? `safestorage://PN_PRINTED-${name}.pdf`
    : `safestorage://PN_EXTERNAL_LEGAL_FACTS-${name}-${index}.${extension}`;
}

/** `null`: the status stays as it is. */
function findNewStatus(
  before: readonly TimelineElement[],
  element: TimelineElement,
  request: StoredRequest,
): string | null {
  const { recipients } = JSON.parse(request.body) as WireRequest;
  const then = foldStatus(before, recipients.length);
  const now = addElement(then, toStatusElement(element), recipients.length);
  return now.status === then.status ? null : now.status;
}

function foldStatus(elements: readonly TimelineElement[], recipients: number) {
  let told = firstStatus;
  for (const element of dropInvalid(elements))
    told = addElement(told, toStatusElement(element), recipients);
  return told;
}

function toStatusElement({ category, details }: TimelineElement): StatusElement {
  const { recIndex } = details;
  return typeof recIndex === "number" ? { category, recIndex } : { category };
}

/** Without what corrections have taken back. */
export function dropInvalid(elements: readonly TimelineElement[]): readonly TimelineElement[] {
  const invalid = new Set<string>();
  for (const { details } of elements) {
    const stretches = (details["invalidatedTimelineAndStatusHistory"] ?? []) as readonly {
      readonly relatedTimelineElements: readonly { readonly elementId: string }[];
    }[];
    for (const { relatedTimelineElements } of stretches)
      for (const { elementId } of relatedTimelineElements) invalid.add(elementId);
  }
  return elements.filter(({ elementId }) => !invalid.has(elementId));
}

/** One status of the past, with the elements that came while it held. */
export interface PastStatus {
  readonly status: string;
  readonly activeFrom: string;
  readonly relatedTimelineElements: string[];
}

/** The statuses that the notification went through, of what holds. */
export function listStatuses(
  elements: readonly TimelineElement[],
  recipients: number,
): readonly PastStatus[] {
  const statuses: PastStatus[] = [];
  let told = firstStatus;
  for (const element of dropInvalid(elements)) {
    told = addElement(told, toStatusElement(element), recipients);
    const last = statuses.at(-1);
    if (last?.status === told.status) last.relatedTimelineElements.push(element.elementId);
    else
      statuses.push({
        status: told.status,
        activeFrom: element.timestamp,
        relatedTimelineElements: [element.elementId],
      });
  }
  return statuses;
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
