/** What the codes of the installation and of uploads mean. */
import type { CodeTable } from "../engine/host/error-codes.ts";

export const serverCodes = {
  PORT_IN_USE: "another program listens there.",
  JOURNAL_RESTORED:
    "the journal came back from a copy, or was made anew: blocked until it was compared with the outside.",
  WORKERS_THERE: "`store copy` of a journal on which workers are at work: nothing was written.",
  STORE_NOT_EMPTY: "`store copy` into a store that holds another journal: nothing was written.",
  STORE_EMPTY: "`store copy` from a store that holds no journal.",
  COPY_DIFFERS: "`store copy`: the copy is not what was copied; it is not used.",
  BACKUP_TORN: "`restore`: the backup ends too early; nothing was written.",
  BACKUP_ALTERED: "`restore`: the backup is not what was written; nothing was written.",
  BACKUP_UNKNOWN:
    "`restore`: the file is no backup, or one of a newer version; nothing was written.",
  RESTORE_OVER_DATA: "`restore` into a folder or a database that has data: nothing was written.",
  RESTORE_UNFINISHED:
    "a restore broke off: nothing is done with the data until the same command has ended.",
  INSUFFICIENT_DISK:
    "the data folder has no room for all the verbali of the run: blocked, nothing was begun.",
  READ_TO_COMPARE: "`realign --input` read the flusso and did nothing with it: blocked.",
  REALIGNED: "no error: an effect that `realign` found at SEND and the payment system.",
  BAD_SETTING:
    "a setting of the environment is not what is wanted there: a number, a level of the log.",
  START_REFUSED:
    "a scheduled start that the files of pipeline or ente do not allow: the tick says why.",
  PORT_NOT_ALLOWED: "this process may not listen there.",
  UPLOAD_TOO_LARGE:
    "an upload in the dashboard is over its limits: refused (413), nothing is kept.",
  UPLOAD_INCOMPLETE:
    "an upload in the dashboard broke off or is no form: refused, nothing is kept.",
  PEOPLE_TOO_NEW: "the file of people was written by a newer version: nothing is opened.",
  ACCESS_SETTINGS: "the file of the ways in has a fault, or would send passwords in clear.",
  ALERT_SETTINGS: "the file of the alerts has a fault, or would send them in clear.",
  NOT_SIGNED_IN: "API: neither a session nor a key came with the request (401).",
  KEY_UNKNOWN: "API: a key that is unknown, was revoked or has ended (401).",
  FORBIDDEN: "API: the role of whoever asks does not allow this (403).",
  STALE_PAGE:
    "API: the token of the page is not that of the session: it was open for too long (403).",
  SECOND_FACTOR_NEEDED: "API: whoever asks must set up a second factor first (403).",
  BAD_QUERY: "API: a filter or a search that has not the form of the description (400).",
  BAD_REQUEST: "API: a request that has not the form of the description (400).",
  IDEMPOTENCY_KEY:
    "API: a key of another form (400), for another request (422), or whose request is under way (409).",
  METHOD_NOT_ALLOWED: "API: the address is there, for another method (405).",
  NO_ITEM: "API: no such verbale in the run (404).",
  NO_PERSON: "API: no such person (404).",
  BAD_ANSWER: "API: an answer to a question of a run that has not its form (400).",
  INTERNAL: "API: a bug, or something in the environment; the log has the stack (500).",
  NOT_FOUND: "API: no such address (404).",
  NO_COMMAND_HEADER:
    "API: a command without the header that browsers of other pages cannot send (403).",
  FILE_ALTERED: "API: a stored file is no longer what it was: not handed out (410).",
  NO_RUN: "API: no such run (404).",
  PRICE_KEY_UNKNOWN: "price service: no key, or not the one of an ente of that tax id (401).",
  PRICE_NOTICE_FORM: "price service: a notice code that is not 18 digits (400).",
  PRICE_TOO_MANY:
    "price service: more calls than one key, or wrong keys than one ente, may have (429).",
  PRICE_NO_NOTIFICATION:
    "price service: no notification bears the notice, nothing is to be added (404).",
  PRICE_NOT_ACCEPTED:
    "price service: SEND has the request in validation, nothing is to be added yet (404).",
  PRICE_CANCELLED: "price service: the notification was cancelled on SEND (409).",
  PRICE_UNKNOWN: "price service: SEND does not answer, and nothing was known of the notice (503).",
  TOO_LARGE: "API: a command that is larger than any can be (413).",
} satisfies CodeTable;

declare module "../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof serverCodes, string> {}
}
