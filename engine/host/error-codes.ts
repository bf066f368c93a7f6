/** What the codes of the engine mean, and the type of every code: each room adds its own table, so that a code which stands in none is no code. */

export const engineCodes = {
  JOURNAL_IN_USE: "another process writes the journal.",
  JOURNAL_TOO_NEW: "the journal was written by a newer version.",
  DATA_NOT_WRITABLE: "the data folder cannot be written.",
  DISK_FULL: "the journal or an artifact could not be written.",
  MISSING_SECRET: "a secret is named and not there, or not readable.",
  STEP_GONE: "a run needs a step that is no longer installed.",
  STEP_FAILING: "five equal unexpected failures in a row; the hint names the report to send.",
  CRON_INVALID: "an expression that cannot be read.",
  TIMEZONE_INVALID: "an unknown time zone.",
  UNEXPECTED:
    "a bug, or something in the environment; hint and log name the report to send, which has the stack.",
  STOPPED: "stopped on request.",
  INTERRUPTED: "an attempt that its process did not outlive, and that did nothing outside.",
  TIMEOUT: "the attempt took longer than `timeout`: waits; at a source it blocks.",
  RETRY_LATER: "a wait without a name of its own.",
  BUSY_ELSEWHERE: "another run works on the same verbale.",
  SUPERSEDED:
    "another run took the verbale up again, with corrected data or in a new round, and that one counts.",
  REFUSED_BEFORE:
    "sent with other data and refused; these data go out once a person agrees and the rejected of this run are taken up again.",
  ALREADY_SENT: "no error: another run had sent the item, and its result counts here too.",
  ALREADY_SENT_OTHERWISE: "already sent with other data; not sent again.",
  IN_DOUBT: "the run waits for a decision on items in doubt.",
  UNCONFIRMED:
    "a person says that it happened, and the other side does not confirm it: still in doubt.",
  CANCELLED: "ended by a person.",
  CANCELLED_UNDER_WAY: "cancelled while the outside was being touched: in doubt.",
  ASK_OTP: "waits for an OTP.",
  ASK_FILES: "waits for signed files.",
  ASK_APPROVAL: "waits for a go-ahead.",
  KEY_PAUSED:
    "another call with the same key was told to slow down: this one was not made, and is no attempt.",
} satisfies CodeTable;

/** The explanations of a room's codes: one English clause each, for engine/error-codes.md. People read the Italian message and hint of the error itself, which knows cause and place. */
export type CodeTable = Readonly<Record<string, string>>;

/** Every code of ours by name; a room adds its own with `declare module`, beside its table. */
export interface ErrorCodes extends Record<keyof typeof engineCodes, string> {}

declare const passedOn: unique symbol;

/** A code that is not ours: the word of another system, or of a technician's own step. */
export type PassedOnCode = string & { readonly [passedOn]: true };

/** What an error may carry: a code of a table, `HTTP_<status>` for a refusal without a name of its own, or a word of others. */
export type ErrorCode = keyof ErrorCodes | `HTTP_${number}` | PassedOnCode;

/** Takes a word of others as a code; for a code of ours it would hide that no table has it. */
export function passOnCode(word: string): PassedOnCode {
  return word as PassedOnCode;
}
