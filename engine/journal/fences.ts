/** What stops a process, or a drive of a run, that another one has taken the place of. */
import { startStopwatch } from "../host/clock.ts";
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

/** An answer that took longer may be from before a standstill in which another process took over. */
export const freshMs = 1_000;
const mostStale = 300;

/**
 * Asks who owns what until the answer is fresh: a process that stood still (SIGSTOP, a suspended machine, a slow network) between
 * the question and the answer would act on an answer from before. Throws what `ask` throws. Whoever takes over from one that does
 * not answer waits `freshMs` before it acts: by then no answer that was given to the one before is fresh.
 */
export async function askFresh(
  ask: () => Promise<void>,
  start: () => () => number = startStopwatch,
): Promise<void> {
  for (let tries = 0; tries < mostStale; tries += 1) {
    const readElapsed = start();
    await ask();
    if (readElapsed() < freshMs) return;
  }
  throw new RunBlocked(
    "DATABASE_AWAY",
    "Il database risponde troppo lentamente per sapere in tempo se il flusso è ancora di questo processo.",
    { hint: { action: "resume", first: "Controllare il carico del database e la rete." } },
  );
}
