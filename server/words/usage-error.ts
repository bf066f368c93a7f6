/** What a person typed and the command does not take, in the words that the person reads. */

/** The person typed something that the command does not take; the message is Italian. */
export class UsageError extends Error {
  /** The words are right, but what they name is not there: how to type them is no news. */
  readonly isWellTyped: boolean;

  constructor(message: string, options: { readonly isWellTyped?: boolean } = {}) {
    super(message);
    this.name = "UsageError";
    this.isWellTyped = options.isWellTyped ?? false;
  }
}
