/** SEND's wire: the names and shapes of its JSON, its paths, and one table of limits per request version. */

export type RequestVersion = "2.4" | "2.5" | "2.6";

/** What a request may hold, per version of the request. Source: pn-delivery OpenAPI 2.24 and 2.25-rc, NewNotificationRequestV24/V25/V26. */
export interface RequestLimits {
  readonly path: string;
  /** v2.4 takes no recipient without physicalAddress; later ones leave it to the address lookup. */
  readonly physicalAddressRequired: boolean;
  /** `physicalCommunicationPriority` exists. */
  readonly hasPriority: boolean;
  readonly protocol: number;
  readonly idempotenceToken: number;
  readonly subject: number;
  readonly abstract: number;
  readonly denomination: number;
  readonly group: number;
  readonly documentTitle: number;
  readonly senderDenomination: number;
  readonly at: number;
  readonly address: number;
  readonly addressDetails: number;
  readonly zip: number;
  readonly municipality: number;
  readonly municipalityDetails: number;
  readonly province: number;
  readonly foreignState: number;
  readonly pec: number;
  /** Enforced by pn-delivery, not by the schema. */
  readonly documents: number;
  /** Enforced by pn-delivery, not by the schema. */
  readonly recipients: number;
}

const common = {
  hasPriority: false,
  physicalAddressRequired: false,
  protocol: 256,
  idempotenceToken: 256,
  subject: 134,
  abstract: 1024,
  denomination: 88,
  group: 1024,
  documentTitle: 512,
  senderDenomination: 88,
  at: 44,
  address: 1024,
  addressDetails: 1024,
  zip: 15,
  municipality: 256,
  municipalityDetails: 256,
  province: 256,
  foreignState: 256,
  pec: 320,
  documents: 15,
  recipients: 15,
} as const;

/** The one table of limits; a new version of the request is a new row. */
export const requestLimits: Readonly<Record<RequestVersion, RequestLimits>> = {
  "2.4": { ...common, path: "/delivery/v2.4/requests", physicalAddressRequired: true },
  "2.5": { ...common, path: "/delivery/v2.5/requests" },
  "2.6": { ...common, path: "/delivery/v2.6/requests", hasPriority: true },
};

/** Paths below the base URL. */
export const paths = {
  preload: "/delivery/attachments/preload",
  sent: (iun: string) => `/delivery/v2.8/notifications/sent/${iun}`,
  document: (iun: string, index: number) =>
    `/delivery/notifications/sent/${iun}/attachments/documents/${index}`,
  payment: (iun: string, recipient: number, name: "PAGOPA" | "F24") =>
    `/delivery/notifications/sent/${iun}/attachments/payment/${recipient}/${name}`,
  price: (creditorTaxId: string, noticeCode: string) =>
    `/delivery/v2.3/price/${creditorTaxId}/${noticeCode}`,
  cancel: (iun: string) => `/delivery-push/v2.0/notifications/cancel/${iun}`,
  legalFacts: (iun: string) => `/delivery-push/v2.0/${iun}/legal-facts`,
  legalFact: (iun: string, id: string) => `/delivery-push/${iun}/download/legal-facts/${id}`,
  // Source: contract of delivery-push, getDocumentsWeb; that senders may use it too is inferred.
  aar: (iun: string) => `/delivery-push/${iun}/document/AAR`,
  streams: (version: string) => `/delivery-progresses/v${version}/streams`,
  status: "/status",
  downtimes: "/downtime/v1/resolved",
} as const;

/** SEND takes at most this many files in one preload. Source: maxItems of the preload body. */
export const filesPerPreload = 15;

export type ContentType = "application/pdf" | "application/json";

export interface WirePreload {
  readonly preloadIdx: string;
  readonly contentType: ContentType;
  readonly sha256: string;
}

/** No field is required by the schema: the client checks each. */
export interface WirePreloaded {
  readonly preloadIdx?: string;
  readonly secret?: string;
  readonly httpMethod?: "PUT" | "POST";
  readonly url?: string;
  readonly key?: string;
}

export interface WireAttachment {
  readonly digests: { readonly sha256: string };
  readonly contentType: string;
  readonly ref: { readonly key: string; readonly versionToken: string };
}

export interface WireDocument extends WireAttachment {
  readonly title?: string;
  readonly docIdx?: string;
}

export interface WirePagoPa {
  readonly noticeCode: string;
  readonly creditorTaxId: string;
  readonly applyCost: boolean;
  readonly attachment?: WireAttachment;
}

export interface WireF24 {
  readonly title: string;
  readonly applyCost: boolean;
  readonly metadataAttachment: WireAttachment;
}

export interface WirePayment {
  readonly pagoPa?: WirePagoPa;
  readonly f24?: WireF24;
}

export interface WireAddress {
  readonly at?: string;
  readonly address: string;
  readonly addressDetails?: string;
  readonly zip?: string;
  readonly municipality: string;
  readonly municipalityDetails?: string;
  readonly province?: string;
  readonly foreignState?: string;
}

export interface WireRecipient {
  readonly recipientType: "PF" | "PG";
  readonly taxId: string;
  readonly denomination: string;
  readonly digitalDomicile?: { readonly type: "PEC"; readonly address: string };
  readonly physicalAddress?: WireAddress;
  readonly payments?: readonly WirePayment[];
}

export type FeePolicy = "FLAT_RATE" | "DELIVERY_MODE";
export type PagoPaIntMode = "NONE" | "SYNC" | "ASYNC";

export interface WireRequest {
  readonly paProtocolNumber: string;
  readonly idempotenceToken?: string;
  readonly subject: string;
  readonly abstract?: string;
  readonly recipients: readonly WireRecipient[];
  readonly documents: readonly WireDocument[];
  readonly notificationFeePolicy: FeePolicy;
  readonly cancelledIun?: string;
  readonly physicalCommunicationType: "AR_REGISTERED_LETTER" | "REGISTERED_LETTER_890";
  readonly physicalCommunicationPriority?: number;
  readonly senderDenomination: string;
  readonly senderTaxId: string;
  readonly group?: string;
  readonly amount?: number;
  readonly paymentExpirationDate?: string;
  readonly taxonomyCode: string;
  readonly paFee?: number;
  readonly vat?: number;
  readonly pagoPaIntMode?: PagoPaIntMode;
  readonly additionalLanguages?: readonly string[];
}

export interface WireError {
  readonly code: string;
  readonly element?: string;
  readonly detail?: string;
  readonly recIndex?: number;
}

export interface WireProblem {
  readonly type?: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  readonly traceId?: string;
  readonly timestamp?: string;
  readonly errors: readonly WireError[];
}

export interface WireStatus extends WireRequest {
  readonly notificationRequestId: string;
  readonly notificationRequestStatus: "WAITING" | "ACCEPTED" | "REFUSED";
  /** Seconds; only while WAITING. */
  readonly retryAfter?: number;
  readonly iun?: string;
  readonly errors?: readonly WireError[];
}
