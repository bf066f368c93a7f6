/** Our request in SEND's words: what the client sends, by the ente's settings; empty optional fields never leave. */
import { ItemRejected } from "../../../engine/host/errors.ts";
import { nameRequestField } from "../notes/fields.ts";
import type { SendFileRef, SendRecipient, SendRequest } from "../port.ts";
import type { SendSettings } from "../settings.ts";
import {
  requestLimits,
  type WireAttachment,
  type WirePayment,
  type WireRecipient,
  type WireRequest,
} from "../wire.ts";

/** Who sends, as the recipient sees it. */
export interface RequestSender {
  readonly denomination: string;
  /** 11 digits, the PA of the API key. */
  readonly taxId: string;
}

/** The body of the POST. Throws ItemRejected `FIELD_TOO_LONG`, `TOO_MANY_DOCUMENTS` when SEND would refuse it at once. */
export function toWireRequest(
  request: SendRequest,
  settings: SendSettings,
  sender: RequestSender,
): WireRequest {
  const limits = requestLimits[settings.apiVersion];
  const hasPayments = request.recipients.some(({ payments }) => payments.length > 0);
  const isDelivery = settings.feePolicy === "DELIVERY_MODE";
  const body: WireRequest = {
    paProtocolNumber: request.protocol,
    idempotenceToken: request.idempotenceToken,
    subject: request.subject,
    ...pickFilled("abstract", request.abstract),
    recipients: request.recipients.map((recipient) => toWireRecipient(recipient, isDelivery)),
    documents: request.documents.map(({ title, file }) => ({
      ...toWireAttachment(file),
      ...pickFilled("title", title),
    })),
    notificationFeePolicy: settings.feePolicy,
    // The 890 is a national product. Source: SEND knowledge base, UAT text for foreignState.
    physicalCommunicationType: request.recipients.some(({ address }) => address.foreignState)
      ? "AR_REGISTERED_LETTER"
      : settings.physicalCommunication,
    ...(limits.hasPriority && settings.priority !== undefined
      ? { physicalCommunicationPriority: settings.priority }
      : {}),
    senderDenomination: sender.denomination,
    senderTaxId: sender.taxId,
    ...pickFilled("group", settings.group),
    ...(request.amountCents === undefined ? {} : { amount: request.amountCents }),
    taxonomyCode: settings.taxonomyCode,
    ...(isDelivery ? { paFee: settings.paFee, vat: settings.vat } : {}),
    // Where the settings say none, what SEND itself would take.
    pagoPaIntMode: hasPayments
      ? (settings.pagoPaIntMode ?? (isDelivery ? "SYNC" : "NONE"))
      : "NONE",
  };
  assertLimits(body, settings);
  return body;
}

/** `{ name: value }`, or nothing when the value is empty: SEND refuses nulls and stores blanks. */
function pickFilled<Name extends string>(
  name: Name,
  value: string | undefined,
): Readonly<Partial<Record<Name, string>>> {
  const text = value?.trim() ?? "";
  return (text === "" ? {} : { [name]: text }) as Readonly<Partial<Record<Name, string>>>;
}

function toWireRecipient(recipient: SendRecipient, isDelivery: boolean): WireRecipient {
  const { address } = recipient;
  return {
    recipientType: recipient.type,
    taxId: recipient.taxId,
    denomination: recipient.denomination.trim(),
    ...(recipient.pec === undefined || recipient.pec.trim() === ""
      ? {}
      : { digitalDomicile: { type: "PEC", address: recipient.pec.trim() } }),
    physicalAddress: {
      ...pickFilled("at", address.presso),
      address: `${address.via.trim()} ${address.civico?.trim() ?? ""}`.trim(),
      ...pickFilled("addressDetails", address.dettagli),
      ...pickFilled("zip", address.cap),
      municipality: address.comune.trim(),
      ...pickFilled("municipalityDetails", address.frazione),
      ...pickFilled("province", address.provincia),
      ...pickFilled("foreignState", address.foreignState),
    },
    ...(recipient.payments.length === 0
      ? {}
      : { payments: recipient.payments.map((payment) => toWirePayment(payment, isDelivery)) }),
  };
}

function toWirePayment(
  { noticeCode, creditorTaxId, attachment }: SendRecipient["payments"][number],
  isDelivery: boolean,
): WirePayment {
  return {
    pagoPa: {
      noticeCode,
      creditorTaxId,
      // Notification costs go on every notice of the fine. Source: SEND knowledge base, pagamenti pagoPA.
      applyCost: isDelivery,
      ...(attachment === undefined ? {} : { attachment: toWireAttachment(attachment) }),
    },
  };
}

function toWireAttachment(file: SendFileRef): WireAttachment {
  return {
    digests: { sha256: file.sha256Base64 },
    contentType: file.contentType,
    ref: { key: file.key, versionToken: file.versionToken },
  };
}

/** Parts of the address, each with its limit in the table. */
const addressParts = [
  "at",
  "address",
  "addressDetails",
  "zip",
  "municipality",
  "municipalityDetails",
  "province",
  "foreignState",
] as const;

/** What the gateway would refuse without naming the field. */
function assertLimits(body: WireRequest, settings: SendSettings): void {
  const limits = requestLimits[settings.apiVersion];
  const texts: (readonly [keyof typeof limits, string | undefined])[] = [
    ["protocol", body.paProtocolNumber],
    ["idempotenceToken", body.idempotenceToken],
    ["subject", body.subject],
    ["abstract", body.abstract],
    ["senderDenomination", body.senderDenomination],
    ["group", body.group],
    ...body.documents.map(({ title }) => ["documentTitle", title] as const),
  ];
  for (const { denomination, digitalDomicile, physicalAddress } of body.recipients)
    texts.push(
      ["denomination", denomination],
      ["pec", digitalDomicile?.address],
      ...addressParts.map((part) => [part, physicalAddress?.[part]] as const),
    );
  for (const [name, text] of texts) {
    const most = limits[name];
    if (text === undefined || typeof most !== "number" || text.length <= most) continue;
    throw new ItemRejected(
      "FIELD_TOO_LONG",
      `SEND non accetta ${nameRequestField(wireNames[name] ?? name)}: ha ${text.length} caratteri, il massimo è ${most}. Nulla è stato inviato.`,
      { hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso." },
    );
  }
  if (body.documents.length > limits.documents)
    throw new ItemRejected(
      "TOO_MANY_DOCUMENTS",
      `I documenti sono ${body.documents.length}, SEND ne accetta ${limits.documents}. Nulla è stato inviato.`,
      { hint: { action: "resume", only: "rejected", first: "Unire i documenti in meno file." } },
    );
}

/** Where the table of limits has our word for a field of SEND. */
const wireNames: Readonly<Record<string, string>> = {
  protocol: "paProtocolNumber",
  documentTitle: "title",
  pec: "digitalDomicile",
};
