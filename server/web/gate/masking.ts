/** What of a verbale those see who may not see personal data: codes, states, days and amounts; every other text is covered. */
import type { ItemRow } from "../../../engine/journal/items.ts";

/** Stands for a text that is covered. */
export const covered = "•••";

/** Fields whose text names nobody; what a step of somebody's own adds is covered until it is here. */
const openFields: ReadonlySet<string> = new Set([
  "numero",
  "protocollo",
  "protocol",
  "articolo",
  "tipo",
  "kind",
  "state",
  "status",
  "code",
  "category",
  "iuv",
  "noticeCode",
  "noticeCodes",
  "numeroAvviso",
  "iun",
  "notificationRequestId",
  "paProtocolNumber",
  "idempotenceToken",
  "iupd",
  "idPendenza",
  "sha256",
  "mediaType",
  "casoArt201",
  "round",
  "currency",
  "taxonomyCode",
  "channel",
  "deliveryMode",
  "word",
  "rule",
  "source",
  "provider",
  "step",
  "origin",
  "flusso",
]);

/** Sentences: they stay, without the words that are covered elsewhere. */
const sentences: ReadonlySet<string> = new Set(["warnings", "notes", "why", "reason"]);

const dayShape = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/;
const taxCodeShape =
  /\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b/gi;

/** A row of the journal with its texts covered. */
export function maskItem(item: ItemRow): ItemRow {
  const words = listHidden(item.data);
  const { note, hint } = item;
  return {
    ...item,
    data: maskValue(item.data, "", words) as ItemRow["data"],
    note: note === null ? null : maskSentence(note, words),
    hint: typeof hint === "string" ? maskSentence(hint, words) : hint,
  };
}

/** Data of a record, or of anything else that steps keep. */
export function maskData(
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return maskValue(data, "", listHidden(data)) as Record<string, unknown>;
}

/** The texts of the data that are covered, the longest first: sentences about them are told without. */
export function listHidden(data: unknown): readonly string[] {
  const hidden = new Set<string>();
  collectHidden(data, "", hidden);
  return [...hidden]
    .filter((text) => text.length >= 3)
    .toSorted((left, right) => right.length - left.length);
}

/** A sentence without the words and without tax codes. */
export function maskSentence(text: string, words: readonly string[] = []): string {
  let masked = text;
  for (const word of words) masked = masked.replaceAll(word, covered);
  return masked.replace(taxCodeShape, covered);
}

function collectHidden(value: unknown, name: string, into: Set<string>): void {
  if (typeof value === "string") {
    if (!isOpen(name, value) && !sentences.has(name)) into.add(value);
    return;
  }
  if (Array.isArray(value)) for (const one of value) collectHidden(one, name, into);
  else if (typeof value === "object" && value !== null && !isFile(value))
    for (const [field, one] of Object.entries(value)) collectHidden(one, field, into);
}

function maskValue(value: unknown, name: string, words: readonly string[]): unknown {
  if (typeof value === "string") {
    if (sentences.has(name)) return maskSentence(value, words);
    return isOpen(name, value) ? value : covered;
  }
  if (Array.isArray(value)) return value.map((one) => maskValue(one, name, words));
  if (typeof value !== "object" || value === null || isFile(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, one]) => [field, maskValue(one, field, words)]),
  );
}

function isOpen(name: string, value: string): boolean {
  return (
    value === "" || openFields.has(name) || (dayShape.test(value) && !/nascita|birth/i.test(name))
  );
}

/** A stored file: its name is made of the number of the verbale. */
function isFile(value: object): boolean {
  return "sha256" in value && "bytes" in value;
}
