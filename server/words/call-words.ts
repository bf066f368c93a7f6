/** The Italian words for a call to an outside service and for how it ended. */
import type { Call } from "../../engine/host/calls.ts";

/** How it ended, by the class of the status: `riuscita (202)`, `nessuna risposta`. */
export function formatCallEnd(status: number | null): string {
  return status === null ? "nessuna risposta" : `${classifyStatus(status)} (${status})`;
}

/** Whether the service did what was asked. */
export function isCallDone({ status }: Pick<Call, "status">): boolean {
  return status !== null && status >= 200 && status < 300;
}

function classifyStatus(status: number): string {
  if (status < 300) return "riuscita";
  if (status === 401 || status === 403) return "accesso negato";
  if (status === 404) return "non trovata";
  if (status === 409) return "in contrasto con quanto c'è già";
  if (status === 408 || status === 425 || status === 429) return "da rifare più tardi";
  return status < 500 ? "rifiutata" : "servizio in difficoltà";
}

/** Which time the same thing was asked in a row, from 1: after a call that did not succeed it is asked again. */
export function countRepeat(calls: readonly Call[], place: number): number {
  const { service, operation } = calls[place] ?? { service: "", operation: "" };
  let repeat = 1;
  for (const before of calls.slice(0, place)) {
    if (before.service !== service || before.operation !== operation) continue;
    repeat = isCallDone(before) ? 1 : repeat + 1;
  }
  return repeat;
}
