/** What an office may ask of SEND about notifications that it sent, besides sending: detail, files, price, cancellation, streams, platform state. */
import type { Sink } from "../../engine/host/http.ts";
import type { Hint } from "../../engine/host/hint.ts";

/** A notification that has its IUN. */
export interface SentNotification {
  readonly iun: string;
  readonly protocol: string;
  /** ISO 8601 UTC. */
  readonly sentAt: string;
  /** SEND's word: ACCEPTED, DELIVERING, DELIVERED, VIEWED, EFFECTIVE_DATE, UNREACHABLE, CANCELLED, RETURNED_TO_SENDER. */
  readonly status: string;
  /** Oldest first. */
  readonly history: readonly { readonly status: string; readonly since: string }[];
  /** What happened, as SEND lists it; what a correction took back may still be among it. */
  readonly timeline: readonly SentElement[];
  /** What was notified; `index` is what `document` takes. */
  readonly documents: readonly { readonly index: number; readonly title: string }[];
  readonly payments: readonly SentPayment[];
}

/** An element of the timeline. What an element does not say, or in no form that can be read, is absent; instants are ISO 8601 UTC. */
export interface SentElement {
  /** SEND's word: what the element is; its id does not tell it. */
  readonly category: string;
  /** When it happened. After a correction the only date of a REFINEMENT that holds. */
  readonly at: string;
  readonly elementId: string;
  /** When SEND wrote it down: what was written after a correction comes from it. */
  readonly storedAt?: string;
  /** SEND's recIndex. */
  readonly recipient?: number;
  /** `details.eventTimestamp`: of an access, when it was. Of a REFINEMENT that follows a correction it is the old date. */
  readonly happenedAt?: string;
  /** Of an outcome: the carrier's date, or that of the PEC receipt. */
  readonly outcomeAt?: string;
  /** SCHEDULE_REFINEMENT: when the term ends. */
  readonly scheduledAt?: string;
  /** COMPLETELY_UNREACHABLE: when the notice was deposited. */
  readonly depositedAt?: string;
  /** Which letter of the recipient, from 0. */
  readonly attempt?: number;
  readonly outcome?: "ok" | "ko";
  /** deliveryDetailCode. */
  readonly code?: string;
  /** deliveryFailureCause, or why no second letter was made. */
  readonly cause?: string;
  /** 890, AR, RIR, RS, RIS. */
  readonly product?: string;
  /** PEC, SERCQ: kind of the digital address. */
  readonly addressKind?: string;
  readonly registeredLetterCode?: string;
  /** Id of the element that sent the letter which this one is about. */
  readonly letterId?: string;
  /** Cents without VAT. */
  readonly costCents?: number;
  /** FSU or ALT: over the counter. */
  readonly radd?: string;
  /** NOTIFICATION_CANCELLED: the recipients for whom it was not perfected. */
  readonly notRefined?: readonly number[];
  /** NOTIFICATION_TIMELINE_REWORKED: what it took back, whole. */
  readonly invalidated?: readonly SentElement[];
  readonly legalFacts?: readonly LegalFact[];
  /** Scans and receipts of the operator. */
  readonly attachments?: readonly SentAttachment[];
  /** Id of the notice of deposit (AAR) of AAR_GENERATION. */
  readonly aarId?: string;
}

export interface SentAttachment {
  /** What `downloadLegalFact` takes. */
  readonly id: string;
  /** documentType: AR, Plico, Indagine, 23L, ARCAD, …. */
  readonly kind?: string;
  readonly at?: string;
}

/** A payment notice of a notification, by the places that `downloadPaymentAttachment` and `price` take. */
export interface SentPayment {
  readonly recipient: number;
  readonly index: number;
  readonly creditorTaxId: string;
  readonly noticeCode: string;
  readonly hasAttachment: boolean;
}

/** A file of SEND: its bytes, or when to ask again because it is in the archive. */
export type SendDownload =
  | { readonly status: "ready"; readonly name: string }
  | { readonly status: "archived"; readonly retryAfterMs: number };

export interface LegalFact {
  /** What `downloadLegalFact` takes. */
  readonly id: string;
  /** SENDER_ACK, DIGITAL_DELIVERY, ANALOG_DELIVERY, RECIPIENT_ACCESS, … */
  readonly category: string;
}

/** What the recipient pays besides the fine, in cents; read at the moment of payment, never kept. */
export interface NotificationPrice {
  readonly iun: string;
  /** The only figure to add: 0 where the recipient pays nothing, while the parts are still told. */
  readonly totalCents: number;
  readonly paFeeCents: number;
  readonly sendFeeCents: number;
  readonly analogCents: number;
  /** Percent. */
  readonly vat: number;
  /** The end of the day of perfezionamento by term, ISO 8601 UTC; it may lie ahead. `null`: not known yet. */
  readonly refinedAt: string | null;
  /** The end of the day on which the recipient first looked, or `null`. */
  readonly viewedAt: string | null;
}

/** What SEND says of a notice: its price, or why there is none. */
export type PriceVerdict =
  | { readonly status: "priced"; readonly price: NotificationPrice }
  /** `absent`: no notification bears it; `not-accepted`: one is in validation. */
  | { readonly status: "absent" | "not-accepted" | "cancelled" };

/** A time in which SEND did not work, as it declares itself. */
export interface Downtime {
  /** NOTIFICATION_CREATE, NOTIFICATION_VISUALIZATION or NOTIFICATION_WORKFLOW. */
  readonly functionality: string;
  /** ISO 8601 UTC. */
  readonly from: string;
  /** `null` while it lasts. */
  readonly to: string | null;
  /** The legal fact that proves it, once there is one. */
  readonly legalFactId: string | null;
  /** When that legal fact, of malfunction and restoration, was made available, ISO 8601 UTC; `null` where SEND does not say it. */
  readonly attestedAt: string | null;
}

/** What a cancellation led to: asked for now, or cancelled before. */
export type Cancellation = "requested" | "already-cancelled";

/** Faults as in SendPort; what SEND does not know is `null`. */
export interface SendDesk {
  findNotification(iun: string, signal?: AbortSignal): Promise<SentNotification | null>;
  /** The same at the pace at which many are looked at, so that what is urgent goes ahead. */
  findQuietly(iun: string, signal?: AbortSignal): Promise<SentNotification | null>;
  /**
   * The document `index` that was notified. The pieces of a file go `into` a sink as they come; they are whole when the promise
   * resolves with `ready`, and to be thrown away when it does not.
   */
  downloadDocument(
    iun: string,
    index: number,
    into: Sink,
    signal?: AbortSignal,
  ): Promise<SendDownload | null>;
  /** The payment attachment `index` of a recipient. */
  downloadPaymentAttachment(
    iun: string,
    recipient: number,
    index: number,
    into: Sink,
    signal?: AbortSignal,
  ): Promise<SendDownload | null>;
  listLegalFacts(iun: string, signal?: AbortSignal): Promise<readonly LegalFact[] | null>;
  downloadLegalFact(
    iun: string,
    id: string,
    into: Sink,
    signal?: AbortSignal,
  ): Promise<SendDownload | null>;
  /** The notice of deposit (AAR) by the name that AAR_GENERATION gives it. */
  downloadAar(
    iun: string,
    id: string,
    into: Sink,
    signal?: AbortSignal,
  ): Promise<SendDownload | null>;
  findPrice(
    creditorTaxId: string,
    noticeCode: string,
    signal?: AbortSignal,
  ): Promise<NotificationPrice | null>;
  /** The same, told apart where there is no price. */
  askPrice(creditorTaxId: string, noticeCode: string, signal?: AbortSignal): Promise<PriceVerdict>;
  cancel(iun: string, signal?: AbortSignal): Promise<Cancellation | null>;
  /** False while SEND itself declares a malfunction. */
  isWorking(signal?: AbortSignal): Promise<boolean>;
  /** Malfunctions of a month that are over. */
  listDowntimes(year: number, month: number, signal?: AbortSignal): Promise<readonly Downtime[]>;
}

export interface StreamRequest {
  readonly title: string;
  readonly eventType: "STATUS" | "TIMELINE";
  /** Statuses or timeline categories; empty = all. */
  readonly filterValues: readonly string[];
  readonly groups: readonly string[];
  /** Disables this stream at once: the way to a new version. */
  readonly replaces?: string;
}

export interface StreamInfo {
  readonly streamId: string;
  readonly title: string;
}

/** What a stream tells, as it was asked for. */
export interface StreamFilter {
  readonly filterValues: readonly string[];
  readonly groups: readonly string[];
}

export interface StreamEvent {
  /** 38 digits, growing. */
  readonly eventId: string;
  readonly notificationRequestId: string | null;
  /** Only once the request was accepted. */
  readonly iun: string | null;
  readonly newStatus: string | null;
  readonly category: string;
  /** Unique in the stream: at-least-once deliveries are told apart by it. */
  readonly elementId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Only on REQUEST_REFUSED: SEND's codes with the operator's notes. */
  readonly refusals: readonly {
    readonly code: string;
    readonly note: string;
    readonly hint: Hint;
  }[];
}

export interface StreamBatch {
  readonly events: readonly StreamEvent[];
  /** 0: more is queued; otherwise not before this many milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * SEND's event streams of one ente. Only one may read a stream at a time, and reading with `readLastEventId`
 * lets SEND delete everything up to it: store the batch first, durably, then read on.
 */
export interface SendStreams {
  /** Versions that SEND offers of those that are known here, or the one of the ente's settings; the newest first. */
  listVersions(signal?: AbortSignal): Promise<readonly string[]>;
  /** The same streams by another version: one belongs to the version by which it was made. Otherwise the newest of `listVersions` is meant. */
  inVersion(version: string): SendStreams;
  list(signal?: AbortSignal): Promise<readonly StreamInfo[]>;
  /** The stream of that title that is not disabled and of our version, or `null`. */
  find(title: string, signal?: AbortSignal): Promise<StreamInfo | null>;
  create(request: StreamRequest, signal?: AbortSignal): Promise<StreamInfo>;
  readFilter(streamId: string, signal?: AbortSignal): Promise<StreamFilter>;
  /** Title, type, filter and groups anew; groups may only be added. */
  update(streamId: string, request: StreamRequest, signal?: AbortSignal): Promise<void>;
  /** What `find` finds, or a new one: safe to repeat. */
  ensure(request: StreamRequest, signal?: AbortSignal): Promise<StreamInfo>;
  /** The events after `readLastEventId` (`null`: all that are not acknowledged). Asked too early: RetryLater. */
  read(streamId: string, lastEventId: string | null, signal?: AbortSignal): Promise<StreamBatch>;
  disable(streamId: string, signal?: AbortSignal): Promise<void>;
  remove(streamId: string, signal?: AbortSignal): Promise<void>;
}

/** Where the events of a stream are kept; one transaction per batch. */
export interface StreamStore {
  /** The last event that is durably stored, or `null`. */
  readLastEventId(streamId: string): Promise<string | null>;
  /** Stores the batch; events that are there already change nothing. */
  store(streamId: string, events: readonly StreamEvent[]): Promise<void>;
}
