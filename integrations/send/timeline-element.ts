/** Reads an element of SEND's timeline as it stands in the detail of a notification and in the events of a stream. */
import type { LegalFact, SentAttachment, SentElement } from "./desk-port.ts";
import { toRecord, toRecords, toWord } from "../reading.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Never throws: what cannot be read is left out, so that one strange element does not hide the others. */
export function readElement(wire: Fields): SentElement {
  const details = toRecord(wire["details"]);
  return dropAbsent({
    category: toWord(wire["category"]) ?? "",
    at: toWord(wire["timestamp"]) ?? "",
    elementId: toWord(wire["elementId"]) ?? "",
    storedAt: toTime(wire["ingestionTimestamp"]),
    recipient: toCount(details["recIndex"]),
    ...readDates(details),
    ...readOutcome(details),
    notRefined: toCounts(details["notRefinedRecipientIndexes"]),
    invalidated: readInvalidated(details["invalidatedTimelineAndStatusHistory"]),
    legalFacts: readFacts(wire["legalFactsIds"]),
    attachments: readAttachments(details["attachments"] ?? details["sendingReceipts"]),
    aarId: toId(details["generatedAarUrl"]),
  });
}

/** The key of a file as the path of its download takes it. */
export function toFactId(key: string): string {
  return key.replace(/^safestorage:\/\//, "");
}

/** Fields that may not be there. */
type Partly<T> = { readonly [K in keyof T]: T[K] | undefined };

function dropAbsent(fields: Partly<SentElement>): SentElement {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as unknown as SentElement;
}

function readDates(details: Fields) {
  return {
    happenedAt: toTime(details["eventTimestamp"]),
    outcomeAt: toTime(details["notificationDate"]),
    scheduledAt: toTime(details["schedulingDate"]),
    depositedAt: toTime(details["legalFactGenerationDate"]),
  };
}

function readOutcome(details: Fields) {
  return {
    attempt: toCount(details["sentAttemptMade"]),
    outcome: outcomes[toWord(details["responseStatus"]) ?? ""],
    code: toWord(details["deliveryDetailCode"]),
    cause: toWord(details["deliveryFailureCause"]) ?? toWord(details["failureCause"]),
    product: toWord(details["productType"]),
    addressKind: toWord(toRecord(details["digitalAddress"])["type"]),
    registeredLetterCode: toWord(details["registeredLetterCode"]),
    letterId: toWord(details["sendRequestId"]),
    costCents: toCount(details["analogCost"]),
    radd: toWord(details["raddType"]),
  } as const;
}

const outcomes: Readonly<Record<string, "ok" | "ko">> = { OK: "ok", KO: "ko" };

/** Source: GA26Q2.B: by status, each with its whole elements. */
function readInvalidated(value: unknown): readonly SentElement[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return toRecords(value).flatMap((past) =>
    toRecords(past["relatedTimelineElements"]).map(readElement),
  );
}

function readFacts(value: unknown): readonly LegalFact[] | undefined {
  const facts = toRecords(value).flatMap(({ key, category }) => {
    const id = toId(key);
    return id === undefined ? [] : { id, category: toWord(category) ?? "" };
  });
  return facts.length === 0 ? undefined : facts;
}

function readAttachments(value: unknown): readonly SentAttachment[] | undefined {
  const found = toRecords(value).flatMap(({ id, url, documentType, date }) => {
    const known = toId(url) ?? toId(id);
    if (known === undefined) return [];
    const kind = toWord(documentType);
    const at = toTime(date);
    return {
      id: known,
      ...(kind === undefined ? {} : { kind }),
      ...(at === undefined ? {} : { at }),
    };
  });
  return found.length === 0 ? undefined : found;
}

function toId(value: unknown): string | undefined {
  const key = toWord(value);
  return key === undefined ? undefined : toFactId(key);
}

/** An instant; of another form it says nothing. */
function toTime(value: unknown): string | undefined {
  const text = toWord(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function toCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function toCounts(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(toCount).filter((count) => count !== undefined);
}
