/** From which day an act is to be notified, and within which term (art. 201 c. 1 CdS). */
import type { TermName } from "./terms.ts";

export interface NotifiedViolation {
  readonly dataViolazione: string;
  /** The day on which it was established, where that came later. */
  readonly dataAccertamento?: string;
  readonly contestazioneImmediata?: boolean;
  readonly rinotifica?: { readonly causa?: string; readonly dataConoscenza?: string };
}

/**
 * Art. 201 c. 1 and 196 CdS: who became known only later has the days anew from then; a changed address, an act that came back
 * or a request that came to nothing goes on with the first ones. Inferred: an ente changes it with `law.renotification`.
 */
export const usualRestarts: readonly string[] = ["locatario", "conducente"];

/** Whether the days begin anew with this cause. */
export function restartsTerm(
  causa: string | undefined,
  restarts: readonly string[] = usualRestarts,
): boolean {
  return causa !== undefined && restarts.includes(causa);
}

/** To those who answer with a driver who was told on the spot there is another term. */
export function pickNotificationTerm(
  verbale: NotifiedViolation,
  restarts?: readonly string[],
): {
  readonly name: TermName;
  readonly start: string;
} {
  const { dataViolazione, dataAccertamento, contestazioneImmediata, rinotifica } = verbale;
  if (rinotifica?.dataConoscenza !== undefined && restartsTerm(rinotifica.causa, restarts))
    return { name: "notification", start: rinotifica.dataConoscenza };
  return {
    name: contestazioneImmediata === true ? "contestedNotification" : "notification",
    start: dataAccertamento ?? dataViolazione,
  };
}
