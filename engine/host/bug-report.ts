/** What is kept of an exception that nobody foresaw, for whoever mends the program; and what a person is told to do. */
import type { Hint, RetriedState } from "./hint.ts";

/** Where it happened. */
export interface BugPlace {
  readonly run?: string;
  /** Id of the step entry. */
  readonly step?: string;
  readonly itemKey?: string;
  /** What the code worked on: its values are taken out of the report. */
  readonly data?: unknown;
  /** A route of the server, a command. */
  readonly doing?: string;
}

/** Writes a report and tells its path, the same for the same cause; `null`: it could not be written. Never throws. */
export type ReportBug = (error: unknown, place: BugPlace) => string | null;

/** The class of what was thrown: more may hold data of a person. */
export function nameBug(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** Sends the report first: going on is of use only when the cause is gone. `only`: the items that are taken up then. */
export function buildBugHint(report: string | null, only?: RetriedState): Hint {
  return {
    action: "resume",
    ...(only === undefined ? {} : { only }),
    first: `${explainReport(report)} Riprendere serve solo dopo la correzione:`,
  };
}

/** `Inviare all'assistenza il file data/segnalazioni/….txt: non contiene dati personali.` */
export function explainReport(report: string | null): string {
  return report === null
    ? "Inviare all'assistenza il registro (log): la segnalazione non si è potuta scrivere."
    : `Inviare all'assistenza il file ${report}: non contiene dati personali.`;
}
