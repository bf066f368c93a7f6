/** What the codes of SEND's adapter mean that are ours; those of SEND itself are passed on as they come. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const sendCodes = {
  UNKNOWN_CODE: "SEND gives a reason without a code, or with free text in its place.",
  UNEXPECTED_ANSWER: "something between us and SEND answers in its place: blocked.",
  QUESTION_REFUSED:
    "SEND, or something in between, does not answer a question: asked again, no verbale is rejected by it.",
  SEND_NOT_ACTIVE: "`send.active: false`: blocked.",
  SEND_GROUP_UNKNOWN: "SEND does not know the ente's group, or the key may not use it: blocked.",
  ACCESS_FORBIDDEN: "403 without a reason, often a proxy: blocked.",
  ENDPOINT_NOT_FOUND: "no SEND answers at this address: blocked.",
  FILE_ADDRESS_REFUSED:
    "the address that SEND gives for a file is not one of its storage: blocked, nothing was sent there.",
  UPLOAD_REFUSED: "the document store refuses our headers, often a proxy: blocked.",
  FIELD_TOO_LONG: "a field longer than SEND takes: rejected.",
  TOO_MANY_DOCUMENTS: "more documents than SEND takes: rejected.",
  REQUEST_TOO_LARGE: "413: rejected.",
  FILE_PDF_TOOBIG_ERROR: "a PDF larger than SEND takes: rejected.",
  NOTICE_CODE_IN_USE: "the notice code is on another notification: rejected.",
  DUPLICATED_IUN: "SEND asks for the request once more: waits.",
  DUPLICATE_NOT_VISIBLE: "SEND has the request and does not show it to this key: waits.",
  DUPLICATE_UNRESOLVED: "SEND has the request and does not say which: waits.",
  PRELOAD_INCOMPLETE: "no address for one of the documents: waits.",
  UPLOAD_FAILED: "the upload broke: waits.",
  UPLOAD_WITHOUT_VERSION: "the store gave no version: waits.",
  DOWNLOAD_FAILED: "a file of SEND could not be downloaded whole: waits.",
  STREAM_VERSION: "the event stream is of another version, or disabled: blocked.",
  STREAM_MISSING:
    "`by: stream` and no stream of the ente on SEND, or none that is active: blocked.",
  STREAM_COUNT: "no room for another event stream: blocked.",
  STREAM_TOO_EARLY: "SEND asks to wait before the stream is read again: waits.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof sendCodes, string> {}
}
