/** What the codes of the payment systems mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const paymentsCodes = {
  PAYMENTS_NOT_CONFIGURED: "a setting is missing: blocked.",
  PAYMENTS_ACCESS_DENIED: "credentials refused: blocked.",
  PAYMENTS_NOT_AUTHORISED: "credentials not meant for this ente or its segregation code: blocked.",
  IUV_IN_USE: "another program hands out the same numbers: blocked.",
  ALREADY_PAID: "the position is paid: rejected.",
  PARTIALLY_PAID: "paid in part: rejected.",
  ALREADY_NOTIFIED: "the old notice code is on a notification: rejected.",
  POSITION_UNCLEAR: "an unknown state of the position: rejected.",
  POSITION_NOT_ADDRESSABLE: "the old position cannot be found by what the flusso says: rejected.",
  POSITION_CONFLICT: "a position of this try exists and differs: rejected.",
  PAYMENTS_SETTINGS_REFUSED:
    "GovPay does not take the ente's settings (IBAN, tipo di pendenza, segregation code …): blocked, what was cancelled is open again.",
  PAYMENT_DATA_REFUSED: "the data of the new position were refused: rejected.",
  AMOUNTS_NOT_DISTINCT: "the discounted amount is not below the reduced one: rejected.",
  CANCEL_REFUSED: "the old position may not be cancelled: rejected.",
  CANCELLED_NOT_ACTIVE:
    "old position cancelled, new one not yet published: waits, and goes on where it stopped; without tries left the failed are taken up again.",
  NOT_PUBLISHED: "the new position is not published yet: waits.",
  SCHEDULE_REFUSED:
    "the dates until which a code may be paid were refused: waits, the old ones stand.",
  NOT_WITHDRAWN: "a position that is not wanted is still open: waits.",
  NOT_YET_CANCELLED: "the cancellation does not show yet: waits.",
  COSTS_NOT_ADDED:
    "GovPay is too old, or has no service of SEND: nobody would add the costs of the notification. Blocked before anything is done.",
  POSITION_NOT_OURS: "an old position belongs to another program or another ente: rejected.",
  WAITING_FOR_CODES: "file adapter: the office has not answered yet: waits.",
  ANSWER_UNREADABLE: "file adapter: a row of the answer cannot be used: waits until it is mended.",
  ANSWER_FILE_INVALID: "file adapter: the answer lacks a column: blocked.",
  FOLDER_NOT_USABLE: "file adapter: the folder cannot be read or written: blocked.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof paymentsCodes, string> {}
}
