/** What is kept of an exception that nobody foresaw, for whoever mends the program; and what a person is told to do. */
import type { Hint, RetriedState } from "./hint.ts";
import type { Logger } from "./logger.ts";

/** Where it happened. */
export interface BugPlace {
  readonly run?: string;
  /** Id of the step entry. */
  readonly step?: string;
  readonly itemKey?: string;
  /** Its number in the journal. */
  readonly item?: number;
  /** What the code worked on: its values are taken out of the report. */
  readonly data?: unknown;
  /** A route of the server, a command. */
  readonly doing?: string;
}

/** Writes a report and tells its path, the same for the same cause; `null`: it could not be written. Never throws. */
export type ReportBug = (error: unknown, place: BugPlace) => string | null;

/** Who is told of a bug. */
export interface BugKeeping {
  readonly log: Logger;
  readonly reportBug: ReportBug;
}

/** Keeps a report and logs where it lies, with the class of what was thrown: its message may hold data of a person. Gives the report's path. */
export function keepBug(
  { log, reportBug }: BugKeeping,
  message: string,
  error: unknown,
  place: BugPlace,
): string | null {
  const report = reportBug(error, place);
  const { data: _data, run, ...where } = place;
  const of = { ...(run !== undefined && { runId: run }), ...where };
  const frames = report === null ? { frames: listFrames(error) } : {};
  log.error(message, { ...of, code: "UNEXPECTED", error: nameBug(error), report, ...frames });
  return report;
}

/** The lines of the stack without the message, which may hold anything. */
export function listFrames(error: unknown): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return stack
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^at .*(?::\d+|native|anonymous)/.test(line));
}

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
