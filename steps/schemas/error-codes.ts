/** What the codes mean with which the steps themselves refuse, stop or wait. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const stepCodes = {
  FLUSSO_ROW: "a row that could not be read, without a closer code.",
  REGISTER_TAKEN:
    "a verbale of the register that a flusso has, or that was sent, comes again with other data: rejected.",
  RECIPIENT_DEAD: "ANPR says that a recipient is dead: rejected before anything is sent.",
  RECIPIENT_MOVED: "a recipient lives elsewhere by ANPR: rejected, with the address at hand.",
  RECIPIENT_NOT_FOUND:
    "ANPR does not find a recipient, or has them abroad, and the ente wants to stop there: rejected.",
  FLUSSO_LOST: "the file that a run took is missing or altered on the disk: blocked.",
  AMOUNT_MISMATCH: "position and verbale differ in their amount: rejected.",
  MISSING_GLYPH: "a character that the fonts do not have: rejected.",
  TEXT_TOO_LONG: "a text does not fit its box: rejected.",
  SUBJECT_TOO_LONG: "the subject of the notice does not fit, or is empty: rejected.",
  INFO_TOO_LONG: "the creditor's line on the notice does not fit: rejected.",
  MODEL_INVALID: "a model or its settings are wrong: blocked.",
  CREST_UNREADABLE: "the crest cannot be used: blocked.",
  PDF_FOLDER_MISSING: "the folder of the finished PDFs is not named or cannot be read: blocked.",
  PDF_NOT_FOUND: "no finished PDF bears the number of the act with its plate or tax code.",
  PDF_AMBIGUOUS: "more than one finished PDF bears the same act.",
  PDF_CHANGED: "a finished PDF was written anew while it was looked at.",
  PDF_SIGNED: "a finished PDF is signed already: it is never rewritten.",
  PDF_REFUSED:
    "a finished PDF is not what SEND takes (damaged, encrypted, no A4, attachments, fonts not embedded…).",
  PDF_OLD_CODE: "a finished PDF bears a notice code that is being cancelled.",
  PDF_NOT_PDFA: "a finished PDF is no PDF/A, and is not to be converted.",
  PDF_NOT_CONVERTED:
    "a finished PDF could not be converted into PDF/A with the same pages and text.",
  LOGO_UNREADABLE: "the logo of pagoPA for the notice cannot be used: blocked.",
  FONTS_UNREADABLE: "the fonts of this installation cannot be read: blocked.",
  DOCUMENT_ALTERED:
    "a document is missing on the disk, or no longer what it was: rejected, and made again in another try.",
  SIGNER_NEEDS_OTP: "an automatic signature was asked of a signer with OTP.",
  SIGNER_LIMIT_TOO_LOW: "fewer signatures for one OTP than one verbale needs.",
  SENDER_DISABLED_MORE_THAN_20_GRAMS:
    "over 20 grams, and the ente is not enabled for it: rejected.",
  ALREADY_NOTIFIED_OTHERWISE: "an earlier try was accepted with other notice codes: rejected.",
  SENT_OTHER_DOCUMENTS:
    "SEND has a request of this verbale with other documents than ours: rejected, that request counts.",
  DOCUMENTS_NOT_TOLD:
    "SEND has a request of this verbale and does not say with which documents: waits, in doubt in the end.",
  IUN_MISMATCH:
    "the IUN is not that of our request: waits, in doubt in the end; nothing is sent or cancelled for it.",
  EARLIER_REQUEST_WAITING: "an earlier request of the verbale has no verdict yet: waits.",
  CANARY_AHEAD:
    "the first verbali with these settings are with SEND, the others wait for its verdict: waits.",
  NOT_YET_ACCEPTED: "no verdict yet: waits.",
  VERDICT_LATE: "no verdict after an hour: waits.",
  VERDICT_UNCLEAR: "SEND has the request and says of it what is no verdict: waits.",
  VERDICT_OVERDUE:
    "no verdict after 24 hours, the request is stuck: waits, and fails where `within` ends.",
  REQUEST_NOT_FOUND: "SEND does not show the request yet: waits.",
  REFUSED:
    "SEND refused without naming a reason: rejected. As the answer 409 of the API: the command was refused, its message says why.",
  NOTIFICATION_NOT_FOUND: "SEND knows no such IUN of this ente: rejected.",
  CANCELLATION_UNDER_WAY: "SEND took the cancellation in charge and has not done it yet: waits.",
  PAID_AFTER_CANCEL: "somebody paid on a position that was cancelled: rejected, told once a round.",
  CANCELLED_STILL_OPEN: "a cancelled position is open again: rejected.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof stepCodes, string> {}
}
