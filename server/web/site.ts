/** Whose pages these are, as the installation says it. */

export interface Site {
  /** The body that the ente belongs to, in the slim strip; `null`: Postino says what it is. */
  readonly owner: string | null;
  /** The declaration on AgID's own form; `null`: there is none yet. */
  readonly accessibilityUrl: string | null;
  /** The ente's notice on personal data; `null`: none. */
  readonly privacyUrl: string | null;
}
