/** What the codes of the engine mean, and the type of every code: each room adds its own table, so that a code which stands in none is no code. */
import codes from "./error-codes.json";

/** The codes of the engine itself. */
export const engineCodes = codes satisfies CodeTable;

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
