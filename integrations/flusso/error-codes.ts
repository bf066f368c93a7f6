/** What the codes of a flusso and of the table of CAPs mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const flussoCodes = {
  FLUSSO_REFUSED: "the file has faults; nothing was started.",
  FLUSSO_DATABASE:
    "the office's database cannot be read: away, refused, or its query is wrong: blocked.",
  FLUSSO_EMPTY: "nothing in the file.",
  FLUSSO_NO_ROWS: "a header and no verbale.",
  FLUSSO_SPREADSHEET: "a spreadsheet that is damaged, too large, or no XLSX.",
  FLUSSO_CELL: "a cell whose value the spreadsheet has spoilt.",
  FLUSSO_ENCODING: "bytes that do not fit the encoding.",
  FLUSSO_CHARACTER: "a character was lost before the export.",
  FLUSSO_DELIMITER: "`;` or `,` cannot be told.",
  FLUSSO_QUOTES: "quotes are not closed.",
  FLUSSO_INCOMPLETE:
    "the file ends in the middle of a row or a character: tried again while it may still be copied.",
  FLUSSO_HEADER:
    "the line that should bear the names of the columns is empty, missing, or bears none that is known.",
  FLUSSO_SHEET: "the sheet that is meant is not there, or every sheet is hidden.",
  FLUSSO_HIDDEN_ROW: "a row that a filter hides, where `hiddenRows: reject` leaves such rows out.",
  FLUSSO_ENDLESS_ROW: "a row that does not end.",
  FLUSSO_RAGGED_ROW: "more or fewer values than columns.",
  FLUSSO_COLUMN_MISSING: "a field has no column.",
  FLUSSO_COLUMN_TWICE: "a column comes twice.",
  FLUSSO_COLUMN_UNKNOWN: "a column without a field.",
  FLUSSO_COLUMN_UNNAMED: "a value in a column without a name.",
  FLUSSO_MAPPING:
    "`flusso:` names a field that does not exist, or has a rule that cannot be applied.",
  FLUSSO_FIELD_UNKNOWN: "JSON with a field that a verbale does not have.",
  FLUSSO_JSON: "a line that is no JSON object.",
  FLUSSO_NUMBER: "a `numero` that cannot be one.",
  FLUSSO_NUMBER_TWICE: "two rows with one `numero`.",
  FLUSSO_ROWS_DIFFER:
    "rows of one `numero` that are recipients of one act differ in what belongs to the act.",
  FLUSSO_RECIPIENTS: "more recipients of one act than SEND takes.",
  FLUSSO_VALUE_MISSING: "a required value is empty.",
  FLUSSO_TYPE: "neither PF nor PG.",
  FLUSSO_CHOICE: "a word that is none of those that the field may hold.",
  FLUSSO_FIGURE: "points or a speed that are no number, or bear their unit.",
  FLUSSO_AMOUNT: "no amount in the declared form.",
  FLUSSO_AMOUNT_AMBIGUOUS: "an amount that can be read in two ways.",
  FLUSSO_DATE: "no date in the declared form.",
  FLUSSO_DATE_AMBIGUOUS: "day and month cannot be told apart.",
  FLUSSO_TIME: "no time of day.",
  FLUSSO_NOTICE_CODE: "a notice code without 18 digits.",
  FLUSSO_INBOX: "the inbox cannot be read, or its name is no folder name.",
  FLUSSO_UNREADABLE: "the file cannot be read: permission, or the disk.",
  FLUSSO_CHANGING: "the file changed while it was read.",
  POSTAL_HEADER:
    "the table of CAPs does not begin with its three columns; the one of before stays.",
  POSTAL_EMPTY: "the table of CAPs has no rows; the one of before stays.",
  POSTAL_ROW: "a row of the table of CAPs lacks CAP, town or province; the one of before stays.",
} satisfies CodeTable;

export type FlussoCode = keyof typeof flussoCodes;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<FlussoCode, string> {}
}
