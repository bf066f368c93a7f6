/** What stops a process, or a drive of a run, that another one has taken the place of. */
import { RunBlocked } from "../host/errors.ts";

/** `owner`: who has the journal now, as it calls itself; `null`: it does not say. */
export function journalTakenError(owner: string | null): RunBlocked {
  const by = owner === null ? "da un altro processo" : `da ${owner}`;
  return new RunBlocked(
    "JOURNAL_TAKEN",
    `Il registro dei flussi è stato preso in carico ${by} mentre questo processo era fermo: questo non scrive e non invia più nulla.`,
    {
      hint: {
        action: "list-runs",
        first: "Nulla è andato perso: i flussi proseguono là.",
      },
    },
  );
}

/** Another drive of the same run began after this one. */
export function runTakenError(runId: string): RunBlocked {
  return new RunBlocked(
    "RUN_TAKEN",
    `Il flusso ${runId} è stato ripreso altrove: questa esecuzione si ferma senza scrivere altro.`,
    { hint: { action: "list-runs" } },
  );
}

/** True for what says that somebody else goes on: no fault of whoever is told. */
export function isTaken(error: unknown): boolean {
  return error instanceof RunBlocked && ["JOURNAL_TAKEN", "RUN_TAKEN"].includes(error.code);
}
