/** What the API gateway of the simulated SEND wants of each body: our own JSON schemas, held against the OpenAPI field by field by a test. */
import { requestLimits, type RequestVersion } from "../../../integrations/send/wire.ts";

export type Schema = Readonly<Record<string, unknown>>;

const buildLine = (max: number, min?: number): Schema => ({
  type: "string",
  pattern: "^.*$",
  maxLength: max,
  ...(min === undefined ? {} : { minLength: min }),
});
const buildDigits = (count: number): Schema => ({
  type: "string",
  minLength: count,
  maxLength: count,
  pattern: "^\\d+$",
});
const iun: Schema = {
  type: "string",
  minLength: 25,
  maxLength: 25,
  pattern: "^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-[0-9]{6}-[A-Z]{1}-[0-9]{1}$",
};
const percent: Schema = { type: "number", minimum: 0, maximum: 100 };
const sha256: Schema = {
  type: "string",
  minLength: 44,
  maxLength: 44,
  pattern: "^[A-Za-z0-9+\\/]{43}=|[A-Za-z0-9+\\/]{44}$",
};

function buildAttachment(subtype: "pdf" | "json"): Schema {
  const length = `application/${subtype}`.length;
  return {
    type: "object",
    required: ["digests", "contentType", "ref"],
    properties: {
      digests: { type: "object", required: ["sha256"], properties: { sha256 } },
      contentType: {
        type: "string",
        minLength: length,
        maxLength: length,
        pattern: `^application\\/${subtype}$`,
      },
      ref: {
        type: "object",
        required: ["key", "versionToken"],
        properties: {
          key: {
            type: "string",
            maxLength: 512,
            pattern: "^(safestorage:\\/\\/)?[A-Za-z0-9._-]+$",
          },
          versionToken: buildLine(256),
        },
      },
    },
  };
}

const payment: Schema = {
  type: "object",
  minProperties: 1,
  additionalProperties: false,
  properties: {
    pagoPa: {
      type: "object",
      required: ["noticeCode", "creditorTaxId", "applyCost"],
      properties: {
        noticeCode: buildDigits(18),
        creditorTaxId: buildDigits(11),
        applyCost: { type: "boolean" },
        attachment: buildAttachment("pdf"),
      },
    },
    f24: {
      type: "object",
      required: ["title", "applyCost", "metadataAttachment"],
      properties: {
        title: { type: "string" },
        applyCost: { type: "boolean" },
        metadataAttachment: buildAttachment("json"),
      },
    },
  },
};

// Source: OpenAPI, NotificationDigitalAddress.address.
const pecPattern =
  "^(?:[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*|\"(?:[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x21\\x23-\\x5b\\x5d-\\x7f]|\\\\[\\x01-\\x09\\x0b\\x0c\\x0e-\\x7f])*\")@(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\\.)+[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?|\\[(?:(?:25[0-5]|2[0-4]\\d|[01]?\\d\\d?)\\.){3}(?:25[0-5]|2[0-4]\\d|[01]?\\d\\d?|[a-zA-Z0-9-]*[a-zA-Z0-9]:(?:[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x21-\\x5a\\x53-\\x7f]|\\\\[\\x01-\\x09\\x0b\\x0c\\x0e-\\x7f])+)\\])$";

function buildRecipient(version: RequestVersion): Schema {
  const limits = requestLimits[version];
  const required = ["denomination", "recipientType", "taxId"];
  if (limits.physicalAddressRequired) required.push("physicalAddress");
  return {
    type: "object",
    required,
    additionalProperties: false,
    properties: {
      recipientType: { type: "string", enum: ["PF", "PG"] },
      taxId: {
        type: "string",
        minLength: 11,
        maxLength: 16,
        // The alternation is not anchored as a whole: so it stands in the OpenAPI.
        pattern:
          "^([A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{3}[A-Z]{1})|([0-9]{11})$",
      },
      denomination: buildLine(limits.denomination, 1),
      digitalDomicile: {
        type: "object",
        required: ["address", "type"],
        properties: {
          type: { type: "string", enum: ["PEC"] },
          address: { type: "string", maxLength: limits.pec, pattern: pecPattern },
        },
      },
      physicalAddress: {
        type: "object",
        required: ["address", "municipality"],
        properties: {
          at: buildLine(limits.at),
          address: buildLine(limits.address, 2),
          addressDetails: buildLine(limits.address),
          zip: { type: "string", minLength: 0, maxLength: limits.zip, pattern: "^(\\w|\\ |\\-)*$" },
          municipality: buildLine(limits.municipality, 2),
          municipalityDetails: buildLine(limits.municipality),
          province: buildLine(limits.municipality),
          foreignState: buildLine(limits.municipality),
        },
      },
      payments: { type: "array", items: payment },
    },
  };
}

function buildDocument(titleLength: number): Schema {
  const base = buildAttachment("pdf") as { properties: Schema };
  return {
    ...base,
    properties: {
      ...base.properties,
      title: buildLine(titleLength, 1),
      docIdx: { type: "string", maxLength: 3, pattern: "^\\d+$" },
    },
  };
}

function buildRequestBody(version: RequestVersion): Schema {
  const limits = requestLimits[version];
  return {
    type: "object",
    required: [
      "paProtocolNumber",
      "subject",
      "recipients",
      "documents",
      "physicalCommunicationType",
      "notificationFeePolicy",
      "senderDenomination",
      "senderTaxId",
      "taxonomyCode",
    ],
    properties: {
      idempotenceToken: {
        type: "string",
        pattern: "^[ -~]*$",
        maxLength: limits.idempotenceToken,
      },
      paProtocolNumber: buildLine(limits.protocol),
      subject: buildLine(limits.subject),
      abstract: buildLine(limits.abstract),
      recipients: { type: "array", minItems: 1, items: buildRecipient(version) },
      documents: { type: "array", minItems: 1, items: buildDocument(limits.documentTitle) },
      notificationFeePolicy: { type: "string", enum: ["FLAT_RATE", "DELIVERY_MODE"] },
      cancelledIun: iun,
      physicalCommunicationType: {
        type: "string",
        enum: ["AR_REGISTERED_LETTER", "REGISTERED_LETTER_890"],
      },
      ...(limits.hasPriority
        ? { physicalCommunicationPriority: { type: "number", minimum: 0, maximum: 100 } }
        : {}),
      senderDenomination: buildLine(limits.denomination, 1),
      senderTaxId: buildDigits(11),
      group: { type: "string", pattern: "^[ -~]*$", maxLength: limits.group },
      amount: { type: "number" },
      paymentExpirationDate: {
        type: "string",
        minLength: 10,
        maxLength: 10,
        pattern: "^([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])$",
      },
      taxonomyCode: { type: "string", minLength: 7, maxLength: 7, pattern: "^([0-9]{6}[A-Z]{1})$" },
      paFee: percent,
      vat: percent,
      pagoPaIntMode: { type: "string", enum: ["NONE", "SYNC", "ASYNC"] },
      additionalLanguages: { type: "array", items: { type: "string" } },
    },
  };
}

const preload: Schema = {
  type: "array",
  minItems: 1,
  maxItems: 15,
  items: {
    type: "object",
    required: ["sha256"],
    properties: {
      preloadIdx: {
        type: "string",
        minLength: 1,
        maxLength: 512,
        pattern: "^[a-zA-Z0-9._-]{1,512}$",
      },
      contentType: {
        type: "string",
        minLength: 15,
        maxLength: 16,
        pattern: "^application\\/(pdf|json)$",
      },
      sha256,
    },
  },
};

const stream: Schema = {
  type: "object",
  required: ["title", "eventType", "groups"],
  properties: {
    title: buildLine(256),
    eventType: { type: "string", enum: ["STATUS", "TIMELINE"] },
    groups: { type: "array", items: { type: "string" } },
    filterValues: {
      type: "array",
      items: { type: "string", minLength: 4, maxLength: 256, pattern: "^[A-Z_]+$" },
    },
    waitForAccepted: { type: "boolean" },
    replacedStreamId: { type: "string" },
  },
};

const paymentEvents: Schema = {
  type: "object",
  required: ["events"],
  properties: {
    events: {
      type: "array",
      items: {
        type: "object",
        required: ["noticeCode", "creditorTaxId", "paymentDate", "amount"],
        properties: {
          noticeCode: buildDigits(18),
          creditorTaxId: buildDigits(11),
          paymentDate: {
            type: "string",
            pattern:
              "^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\\.[0-9]+)?(Z|([+\\-][0-9]{2}):([0-9]{2}))$",
          },
          amount: { type: "number" },
        },
      },
    },
  },
};

/** The bodies that the gateway checks. */
export type GatewayBody = RequestVersion | "preload" | "stream" | "paymentEvents";

/** The schema of each body. */
export const gatewaySchemas: Readonly<Record<GatewayBody, Schema>> = {
  "2.4": buildRequestBody("2.4"),
  "2.5": buildRequestBody("2.5"),
  "2.6": buildRequestBody("2.6"),
  preload,
  stream,
  paymentEvents,
};
