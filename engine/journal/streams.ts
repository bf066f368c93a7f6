/** Events of outside streams in the journal: kept before they are acknowledged. */

/** An event of an outside stream, as its reader keeps it. */
export interface StreamEventRow {
  /** The other side's name of the event. */
  readonly event: string;
  /** What the event is about, as the other side names it. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events by stream and by subject. */
export interface StreamEvents {
  /** The newest event of the stream that is durable, or `null`: what may be acknowledged to the other side. */
  readLastStreamEvent(ente: string, stream: string): Promise<string | null>;
  /**
   * Keeps a batch in one transaction, in the order given; events that are there already change nothing. Events of the ente
   * that were kept for 30 days are dropped, save the newest of each stream.
   */
  addStreamEvents(ente: string, stream: string, events: readonly StreamEventRow[]): Promise<void>;
  /** What is known about a subject, oldest first, from all streams of the ente. */
  readStreamEvents(ente: string, subject: string): Promise<readonly StreamEventRow[]>;
}
