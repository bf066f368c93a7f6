/** What SEND tells of one letter, and whether anything may still come of it. `elements` are those of one recipient that hold, oldest first. */
import type { SentElement } from "../../integrations/send/desk-port.ts";
import type { Patience } from "./patience.ts";

const ofLetters: Readonly<Record<string, string>> = {
  SEND_ANALOG_PROGRESS: "SEND_ANALOG_DOMICILE",
  SEND_ANALOG_FEEDBACK: "SEND_ANALOG_DOMICILE",
  SEND_SIMPLE_REGISTERED_LETTER_PROGRESS: "SEND_SIMPLE_REGISTERED_LETTER",
};

/** Progress and outcome of the letter: by its id where it is told, else by the number of the attempt. */
export function listAbout(
  letter: SentElement,
  elements: readonly SentElement[],
): readonly SentElement[] {
  return elements.filter((element) => {
    if (ofLetters[element.category] !== letter.category) return false;
    const { letterId } = element;
    if (letterId !== undefined && elements.some(({ elementId }) => elementId === letterId))
      return letterId === letter.elementId;
    return (element.attempt ?? 0) === (letter.attempt ?? 0);
  });
}

/** The way by post is over, however it ended. */
export function hasAnalogEnd(elements: readonly SentElement[]): boolean {
  return elements.some(({ category }) => analogEnds.has(category));
}

const analogEnds: ReadonlySet<string> = new Set([
  "ANALOG_SUCCESS_WORKFLOW",
  "ANALOG_FAILURE_WORKFLOW",
  "COMPLETELY_UNREACHABLE",
  "ANALOG_WORKFLOW_RECIPIENT_DECEASED",
]);

// Source: SEND's decoding of the analog codes: errors of print, of the CAP or of the address at the printer's.
const printFaults: ReadonlySet<string> = new Set([
  "CON993",
  "CON995",
  "CON996",
  "CON997",
  "CON998",
]);

/**
 * Never printed, or nothing is told of it for longer than any deposit takes: nobody can count on its outcome any more. What
 * became of a failed letter is told by the one that followed it.
 */
export function isStalled(
  letter: SentElement,
  elements: readonly SentElement[],
  { now, silentMs }: Pick<Patience, "now" | "silentMs">,
): boolean {
  if (hasAnalogEnd(elements)) return false;
  const last = listAbout(letter, elements).at(-1) ?? letter;
  if (last.category === "SEND_ANALOG_FEEDBACK" && hasLaterLetter(letter, elements)) return false;
  return printFaults.has(last.code ?? "") || Date.parse(last.at) + silentMs <= now;
}

function hasLaterLetter(letter: SentElement, elements: readonly SentElement[]): boolean {
  return elements.some(
    ({ category, at }) => category === letter.category && Date.parse(at) > Date.parse(letter.at),
  );
}

/** The earliest instant at which the term of this letter may end, milliseconds since the epoch; `null`: no term comes of it. */
export function findEarliestTerm(
  letter: SentElement,
  elements: readonly SentElement[],
  patience: Patience,
): number | null {
  if (isStalled(letter, elements, patience)) return null;
  const outcome = listAbout(letter, elements).findLast(
    ({ category }) => category === "SEND_ANALOG_FEEDBACK",
  );
  // After a failure a second letter goes out, or the notice is deposited: both later than it.
  const from = outcome?.outcome === "ok" ? outcome.outcomeAt : outcome?.at;
  // Of an environment whose terms are not known, it may end at once.
  return Date.parse(from ?? outcome?.at ?? letter.at) + (patience.termMs ?? 0);
}
