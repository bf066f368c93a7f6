/** What stops a process, or a drive of a run, that another one has taken the place of. */
import { RunBlocked } from "../host/errors.ts";

/** `owner`: who has the journal now, as `nameOwner` tells it; `null`: it does not say. */
export function journalTakenError(owner: string | null): RunBlocked {
  const by = owner === null ? "" : ` (${owner})`;
  return new RunBlocked(
    "JOURNAL_TAKEN",
    `Il registro dei flussi è stato preso in carico da un altro processo${by} mentre questo processo era fermo: questo non scrive e non invia più nulla.`,
    {
      hint: {
        action: "list-runs",
        first: "Nulla è andato perso: i flussi proseguono là.",
      },
    },
  );
}

const waitHint = "Aspettare che finisca, oppure fermarlo, e ripetere il comando.";

/** `why` ends a sentence; `hint` absent: to wait. */
export function journalInUseError(why: string, hint = waitHint): RunBlocked {
  const message = `Il registro dei flussi è già in uso: ${why}.`;
  return new RunBlocked("JOURNAL_IN_USE", message, { hint });
}

/** `who` writes the journal; `url`: where its dashboard answers, when it has one. */
export function journalHeldError(who: string, url: string | null): RunBlocked {
  const why = `${who} ci sta scrivendo`;
  return url === null
    ? journalInUseError(why)
    : journalInUseError(
        why,
        `Usare il pannello ${url}, oppure fermare quel processo e ripetere il comando.`,
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
