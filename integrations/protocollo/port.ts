/** What steps may ask of the office that gives protocol numbers. */

/** What is to be registered. */
export interface ProtocolEntry {
  /** Ours, the same on every try of a round: 64 hex characters. */
  readonly reference: string;
  readonly numero: string;
  /** The first addressee; of a company `name` alone. */
  readonly addressee: {
    readonly name: string;
    readonly surname?: string;
    readonly taxId: string;
  };
  readonly file: {
    readonly name: string;
    readonly contentType: "application/pdf" | "text/plain";
    readonly bytes: Uint8Array;
  };
}

/** A number that was given. */
export interface GivenNumber {
  /** `41877/2026`. */
  readonly number: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** The document's name in the protocol program. */
  readonly documentId?: string;
}

export interface ProtocolPort {
  readonly by: "docarea" | "file";
  /**
   * Asks for a number; `intend` is awaited right before the one call that cannot be taken back. Throws RetryLater with effect
   * `unknown` where a number may have been given and nobody heard of it.
   */
  give(
    entry: ProtocolEntry,
    intend: () => Promise<void>,
    signal?: AbortSignal,
  ): Promise<GivenNumber>;
  /** The number of this reference; `repeat`: none, asking again does no harm; `unknown`: this system cannot be asked. */
  find(reference: string): Promise<GivenNumber | "repeat" | "unknown">;
}

/** `41877/2026`, however a person typed it; `null`: that is no protocol number. */
export function parseProtocolNumber(text: string): string | null {
  const match = /^\s*(?:n\.?\s*)?0*([1-9]\d{0,11})\s*[/-]\s*((?:19|20)\d{2})\s*$/i.exec(text);
  return match === null ? null : `${match[1]}/${match[2]}`;
}
