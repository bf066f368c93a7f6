/** The fields that travel: what each step adds to an item and a later one reads. */
import { Type, type Static } from "typebox";
import { Indirizzo, Verbale } from "./verbale.ts";

/** A stored file of an item. */
export const FileRef = Type.Object({
  name: Type.String({ description: "File name as a person sees it" }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$", description: "Of the stored blob" }),
  bytes: Type.Integer({ minimum: 0 }),
});
export type FileRef = Static<typeof FileRef>;

/** Added by load-verbali. */
export const VerbaleField = Type.Object({ verbale: Verbale });

/** Added by validate: what was settled about the recipient, and what should be looked at. */
export const Validation = Type.Object({
  /** `YYYY-MM-DD`, Europe/Rome. */
  checkedOn: Type.String(),
  /** 16 or 11 characters, upper case, checked. */
  taxId: Type.String(),
  /** As it is printed and sent: at most 88 characters of Latin-1. */
  denomination: Type.String(),
  /** As it is printed and sent: Latin-1, sigla in capitals, no blank fields. */
  address: Indirizzo,
  /** Last day for the notification, `YYYY-MM-DD`. */
  notifyBy: Type.String(),
  /** Italian sentences; empty when there is nothing to say. */
  warnings: Type.Array(Type.String()),
  /** The rows that SEND prints on the envelope, cut at 44 characters; those that hold nothing are left out. */
  printedRows: Type.Optional(Type.Array(Type.String())),
  /** True: the ente lets several verbali share a protocol; absent: transmit refuses the second. */
  isProtocolShared: Type.Optional(Type.Boolean()),
});
export type Validation = Static<typeof Validation>;
export const ValidationField = Type.Object({ validation: Validation });

/** One way to pay: `discounted` within 5 days, `reduced` from the 6th to the 60th (or the only one). */
export const PaymentOption = Type.Object({
  kind: Type.Union([Type.Literal("discounted"), Type.Literal("reduced")]),
  /** 17 digits. */
  iuv: Type.String(),
  /** 18 digits. */
  noticeCode: Type.String(),
  amountCents: Type.Integer({ minimum: 1 }),
});
export type PaymentOption = Static<typeof PaymentOption>;

/** A position by the names that the payment system knows it by. */
export const PositionName = Type.Object({
  ref: Type.Optional(Type.String()),
  iupd: Type.Optional(Type.String()),
  idPendenza: Type.Optional(Type.String()),
  noticeCode: Type.Optional(Type.String()),
});
export type PositionName = Static<typeof PositionName>;

/** Added by reset-iuv: the open position with its fresh codes, in the order discounted, reduced. */
export const Payment = Type.Object({
  /** The position's name on the payment system (IUPD, idPendenza). */
  ref: Type.String(),
  /** 11 digits. */
  creditorTaxId: Type.String(),
  options: Type.Array(PaymentOption, { minItems: 1, maxItems: 2 }),
  /** The positions that were there before and can no longer be paid; absent: there were none. */
  cancelled: Type.Optional(Type.Array(PositionName, { minItems: 1 })),
  /** Italian sentences; absent: there is nothing to look at. */
  warnings: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
});
export type Payment = Static<typeof Payment>;
export const PaymentField = Type.Object({ payment: Payment });

/** A PDF of one verbale. */
export const DocumentFile = Type.Object({
  role: Type.Union([Type.Literal("verbale"), Type.Literal("notice")]),
  /** On a notice: the code that it carries (both, when one page shows both amounts). */
  noticeCodes: Type.Optional(Type.Array(Type.String())),
  pages: Type.Integer({ minimum: 1 }),
  ...FileRef.properties,
});
export type DocumentFile = Static<typeof DocumentFile>;

/** Added by render. */
export const DocumentsField = Type.Object({ documents: Type.Array(DocumentFile, { minItems: 1 }) });

/** Added by sign: the same files, signed, in the same order. */
export const SignedDocumentsField = Type.Object({
  signedDocuments: Type.Array(DocumentFile, { minItems: 1 }),
});

/** Added by zip: where the verbale's files lie in the archive. */
export const Archive = Type.Object({
  archive: FileRef,
  /** Folder or prefix inside the archive. */
  folder: Type.String(),
});
export const ArchiveField = Type.Object({ archive: Archive });

/** Added by transmit (and by load-open-notifications): SEND took the request in charge, which is not acceptance. */
export const Notification = Type.Object({
  notificationRequestId: Type.String(),
  protocol: Type.String(),
  idempotenceToken: Type.String(),
  /** ISO 8601 UTC. */
  sentAt: Type.String(),
});
export type Notification = Static<typeof Notification>;
export const NotificationField = Type.Object({ notification: Notification });

// Source: pn-delivery OpenAPI, IUN.
export const iunPattern = "^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-[0-9]{6}-[A-Z]-[0-9]$";

/** Added by import-iun: SEND accepted the notification. */
export const IunField = Type.Object({ iun: Type.String({ pattern: iunPattern }) });

/** Added by read-notification: what SEND says of a notification. */
export const SentNotificationField = Type.Object({
  sentNotification: Type.Object({
    protocol: Type.String(),
    /** ISO 8601 UTC. */
    sentAt: Type.String(),
    /** SEND's word: ACCEPTED, DELIVERING, VIEWED, … */
    status: Type.String(),
  }),
});
export type SentNotificationFields = Static<typeof SentNotificationField>;

/** Added by cancel-notification. */
export const CancellationField = Type.Object({
  /** When SEND was seen to have cancelled it, ISO 8601 UTC. */
  cancelledAt: Type.String(),
});

/** Added by load-cancelled-positions: what reset-iuv cancelled in earlier runs. */
export const CancelledField = Type.Object({
  cancelledPositions: Type.Array(PositionName, { minItems: 1 }),
});

/** Added by check-receipts. */
export const ReceiptsField = Type.Object({
  /** `unknown`: the payment system cannot tell. */
  receipts: Type.Union([Type.Literal("none"), Type.Literal("unknown")]),
});
export type Receipts = Static<typeof ReceiptsField>;
