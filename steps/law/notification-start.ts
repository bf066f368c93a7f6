/** From which day an act is to be notified, and within which term (art. 201 c. 1 CdS). */
import type { TermName } from "./terms.ts";

export interface NotifiedViolation {
  readonly dataViolazione: string;
  /** The day on which it was established, where that came later. */
  readonly dataAccertamento?: string;
  readonly contestazioneImmediata?: boolean;
}

/** To those who answer with a driver who was told on the spot there is another term. */
export function pickNotificationTerm(verbale: NotifiedViolation): {
  readonly name: TermName;
  readonly start: string;
} {
  const { dataViolazione, dataAccertamento, contestazioneImmediata } = verbale;
  return {
    name: contestazioneImmediata === true ? "contestedNotification" : "notification",
    start: dataAccertamento ?? dataViolazione,
  };
}
