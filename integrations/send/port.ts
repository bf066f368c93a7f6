/** What steps may ask of SEND, in our words; wire names stay in wire.ts and the client. */
import type { PostalAddress } from "../address.ts";
import type { ErrorCode } from "../../engine/host/error-codes.ts";
import type { Hint } from "../../engine/host/hint.ts";

export {
  formatNotificationStatus as notificationStatusWord,
  notificationStatuses,
} from "./status-words.ts";

export { taxonomyCodes, taxonomyDay } from "./taxonomy.ts";

/** A file to hand to SEND. */
export interface SendFile {
  /** Distinguishes the files of one call: `AB123/verbale`. */
  readonly label: string;
  readonly contentType: "application/pdf" | "application/json";
  readonly bytes: Uint8Array;
  /** 64 hex characters, from who has just compared the bytes with them; absent: they are computed. */
  readonly sha256?: string;
}

/** SEND holds the file; usable for 7 days. */
export interface SendFileRef {
  readonly label: string;
  readonly key: string;
  readonly versionToken: string;
  /** Base64 of the raw digest, 44 characters. */
  readonly sha256Base64: string;
  readonly contentType: "application/pdf" | "application/json";
}

export interface SendRecipient {
  readonly type: "PF" | "PG";
  readonly taxId: string;
  readonly denomination: string;
  readonly pec?: string;
  readonly address: PostalAddress & {
    /** None for Italy. */
    readonly foreignState?: string;
  };
  readonly payments: readonly {
    readonly noticeCode: string;
    readonly creditorTaxId: string;
    readonly attachment?: SendFileRef;
  }[];
}

/** One notification; sender, taxonomy, fee policy and group come from the ente's settings. */
export interface SendRequest {
  readonly protocol: string;
  /** Persisted before the call; the same on every retry. */
  readonly idempotenceToken: string;
  /** At most 134 characters, no personal data. */
  readonly subject: string;
  readonly abstract?: string;
  readonly amountCents?: number;
  readonly recipients: readonly SendRecipient[];
  readonly documents: readonly { readonly title: string; readonly file: SendFileRef }[];
}

export interface SendReceipt {
  readonly notificationRequestId: string;
  /** SEND had a request of this protocol and token, perhaps another one; absent: ours was taken. */
  readonly found?: SendStatus;
}

/** One reason of a refusal: SEND's code, and what the operator reads of it (Italian, no personal data). */
export interface SendRefusal {
  readonly code: ErrorCode;
  readonly note: string;
  readonly hint: Hint;
  /** A setting of the ente or its contract with SEND: every verbale would be refused alike. */
  readonly isOfEnte?: true;
}

interface SendStatusBase {
  readonly notificationRequestId: string;
  /** The notice codes that the request carries, as SEND echoes them. */
  readonly noticeCodes: readonly string[];
  /** The files that the request carries, documents and payment attachments: base64 of their sha256; absent where that is not told. */
  readonly digests?: readonly string[];
}

export type SendStatus =
  | (SendStatusBase & {
      readonly status: "waiting";
      readonly retryAfterMs: number;
      /** SEND has the request and says of it what is no verdict: a state that is not known, or ACCEPTED without IUN. */
      readonly isUnclear?: boolean;
    })
  | (SendStatusBase & { readonly status: "accepted"; readonly iun: string })
  | (SendStatusBase & { readonly status: "refused"; readonly refusals: readonly SendRefusal[] });

/**
 * SEND for one ente. Every call may throw ItemRejected (SEND refuses this verbale; nothing was stored),
 * RetryLater (429, 5xx, no answer) or RunBlocked (401, 403, SEND not active for the ente).
 */
export interface SendPort {
  /** Preloads and uploads up to 15 files; answers in the order given. Repeating is harmless. */
  upload(files: readonly SendFile[], signal?: AbortSignal): Promise<readonly SendFileRef[]>;
  /**
   * Hands over the request. A 409 on protocol and token is resolved by `find`, and the receipt tells what was found; a 409 on a
   * notice code is ItemRejected. RetryLater with `effect: "unknown"` when SEND may have stored it.
   */
  send(request: SendRequest, signal?: AbortSignal): Promise<SendReceipt>;
  /** What became of our protocol and token; `null` when SEND does not know them. */
  find(
    protocol: string,
    idempotenceToken: string,
    signal?: AbortSignal,
  ): Promise<SendStatus | null>;
  /**
   * Asks for the ente's group, where it has one and SEND can be asked without a request that counts. Throws RunBlocked
   * (`SEND_GROUP_UNKNOWN`, or what would meet every verbale); a SEND that does not answer now says nothing.
   */
  requireGroup(signal?: AbortSignal): Promise<void>;
  /** The verdict on a request; `null` when SEND does not know it. */
  findStatus(notificationRequestId: string, signal?: AbortSignal): Promise<SendStatus | null>;
}

/** A request of which a stream says that it became a notification. */
export interface AcceptedRequest {
  readonly notificationRequestId: string;
  readonly iun: string;
}

/** Verdicts as SEND's event stream tells them, kept in the journal; a stream may have gaps, so that `null` proves nothing. */
export interface SendVerdicts {
  /**
   * Takes over what SEND's stream holds, unless SEND asked to wait; callers at the same time share one reading. Resolves with
   * the milliseconds until the stream may be read again. Throws RetryLater, or RunBlocked (`STREAM_MISSING`, `STREAM_VERSION`).
   */
  refresh(signal?: AbortSignal): Promise<number>;
  /** Asks SEND whether the ente's stream is there. Throws RunBlocked (`STREAM_MISSING`), RetryLater when SEND does not say. */
  requireStream(signal?: AbortSignal): Promise<void>;
  /** Takes over what the stream holds, where there is one, and tells the requests that SEND has accepted: those that are new to the journal. */
  takeAccepted(signal?: AbortSignal): Promise<readonly AcceptedRequest[]>;
  /** The verdict on a request that was received, or `null`; asks nobody. */
  find(notificationRequestId: string): Promise<SendStatus | null>;
}
