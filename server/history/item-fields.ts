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
export function codesOf(data: Fields): ItemCodes {
  const options = listOf(fieldsOf(data["payment"])["options"]);
  return {
    iuv: distinct(options.map((option) => textOf(fieldsOf(option)["iuv"]))),
    noticeCodes: distinct(options.map((option) => textOf(fieldsOf(option)["noticeCode"]))),
    token: textOf(fieldsOf(data["notification"])["notificationRequestId"]),
    iun: textOf(data["iun"]),
  };
}

/** What validate and reset-iuv found worth a look in an item that went on: Italian sentences; later notes do not replace them. */
export function warningsOf(data: Fields): readonly string[] {
  const told = [data["validation"], data["payment"]].flatMap((field) =>
    listOf(fieldsOf(field)["warnings"]),
  );
  return distinct(told.map(textOf));
}

export interface ItemFiles {
  /** As rendered, before the signature. */
  readonly unsigned: readonly StoredArtifact[];
  readonly signed: readonly StoredArtifact[];
  /** The archive that holds them; several items may share one. */
  readonly archive: StoredArtifact | null;
}

/** The stored files that the item refers to. */
export function filesOf(data: Fields): ItemFiles {
  const archive = fieldsOf(data["archive"]);
  return {
    unsigned: storedFiles(data["documents"]),
    signed: storedFiles(data["signedDocuments"]),
    archive: storedFile(archive["archive"]) ?? storedFile(archive),
  };
}

/** The item's files as they count at the end: signed ones where there are, else unsigned, and the archive. */
export function finalFilesOf(data: Fields): readonly StoredArtifact[] {
  const { unsigned, signed, archive } = filesOf(data);
  const documents = signed.length > 0 ? signed : unsigned;
  return archive === null ? documents : [...documents, archive];
}

/** Every file of the item: what a download may ask for. */
export function allFilesOf(data: Fields): readonly StoredArtifact[] {
  const { unsigned, signed, archive } = filesOf(data);
  return [...signed, ...unsigned, ...(archive === null ? [] : [archive])];
}

/** An object's fields; nothing where the value is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

function storedFiles(value: unknown): readonly StoredArtifact[] {
  return listOf(value)
    .map(storedFile)
    .filter((file) => file !== null);
}

function storedFile(value: unknown): StoredArtifact | null {
  const { name, sha256, bytes } = fieldsOf(value);
  if (typeof name !== "string" || typeof sha256 !== "string" || typeof bytes !== "number")
    return null;
  return /^[0-9a-f]{64}$/.test(sha256) ? { name, sha256, bytes } : null;
}
