/** What steps may ask of the alerts: to tell somebody that a flusso has come so far, or has stopped. */

/** One address and nothing else: a name, a comma or a line break would make several of it. */
export const mailAddress = "[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+";

/** What a step wants told. */
export interface Announcement {
  /** Addresses of mail. */
  readonly to: readonly string[];
  readonly runId: string;
  /** Which step asks: the same step of the same run tells a recipient once. */
  readonly step: string;
  /** A sentence of the office's own, Italian; `null`: none. */
  readonly text: string | null;
}

export interface AlertsPort {
  /** Durable when it resolves; it is sent by whoever keeps the journal, as soon as the mail server takes it. */
  announce(announcement: Announcement): Promise<void>;
}
