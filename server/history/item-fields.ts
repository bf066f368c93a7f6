/** Reads the known fields of an item, whatever subset it has. */
import type { StoredArtifact } from "../../engine/host/files.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface ItemCodes {
  readonly iuv: readonly string[];
  readonly noticeCodes: readonly string[];
  /** SEND's notificationRequestId; `null` = not transmitted. */
  readonly token: string | null;
  readonly iun: string | null;
}

/** The payment and notification codes that the item has so far. */
export function collectItemCodes(data: Fields): ItemCodes {
  const options = toList(toFields(data["payment"])["options"]);
  return {
    iuv: pickDistinct(options.map((option) => toText(toFields(option)["iuv"]))),
    noticeCodes: pickDistinct(options.map((option) => toText(toFields(option)["noticeCode"]))),
    token: toText(toFields(data["notification"])["notificationRequestId"]),
    iun: toText(data["iun"]),
  };
}

/** What validate and reset-iuv found worth a look in an item that went on: Italian sentences; later notes do not replace them. */
export function collectWarnings(data: Fields): readonly string[] {
  const told = [data["validation"], data["payment"]].flatMap((field) =>
    toList(toFields(field)["warnings"]),
  );
  return pickDistinct(told.map(toText));
}

export interface ItemFiles {
  /** As rendered, before the signature. */
  readonly unsigned: readonly StoredArtifact[];
  readonly signed: readonly StoredArtifact[];
  /** The archive that holds them; several items may share one. */
  readonly archive: StoredArtifact | null;
}

/** The stored files that the item refers to. */
export function collectItemFiles(data: Fields): ItemFiles {
  const archive = toFields(data["archive"]);
  return {
    unsigned: toStoredFiles(data["documents"]),
    signed: toStoredFiles(data["signedDocuments"]),
    archive: toStoredFile(archive["archive"]) ?? toStoredFile(archive),
  };
}

/** The item's files as they count at the end: signed ones where there are, else unsigned, and the archive. */
export function pickFinalFiles(data: Fields): readonly StoredArtifact[] {
  const { unsigned, signed, archive } = collectItemFiles(data);
  const documents = signed.length > 0 ? signed : unsigned;
  return archive === null ? documents : [...documents, archive];
}

/** Every file of the item: what a download may ask for. */
export function listItemFiles(data: Fields): readonly StoredArtifact[] {
  const { unsigned, signed, archive } = collectItemFiles(data);
  return [...signed, ...unsigned, ...(archive === null ? [] : [archive])];
}

/** An object's fields; nothing where the value is none. */
export function toFields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function pickDistinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

function toStoredFiles(value: unknown): readonly StoredArtifact[] {
  return toList(value)
    .map(toStoredFile)
    .filter((file) => file !== null);
}

function toStoredFile(value: unknown): StoredArtifact | null {
  const { name, sha256, bytes } = toFields(value);
  if (typeof name !== "string" || typeof sha256 !== "string" || typeof bytes !== "number")
    return null;
  return /^[0-9a-f]{64}$/.test(sha256) ? { name, sha256, bytes } : null;
}
