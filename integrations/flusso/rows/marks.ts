/** What no two verbali of a flusso should share: the violation, the protocol, a position to cancel. */
import { foldCode } from "../look-alikes.ts";
import { foldPlace, foldViolation } from "../violation.ts";

/** The marks of one row, as they are compared with those of the others. */
export interface Marks {
  /** Who, which vehicle, which day, what time; `null` where a part is missing. */
  readonly violation: string | null;
  /** As `violation`, and which article. */
  readonly sameViolation: string | null;
  /** `null`: the row is too broken to tell. */
  readonly protocol: string | null;
  /** Each with the kind of its name. */
  readonly positions: readonly string[];
}

/** A row too broken to tell. */
export const noMarks: Marks = {
  violation: null,
  sameViolation: null,
  protocol: null,
  positions: [],
};

/** The marks of a verbale as it was read; a verbale without protocol goes by its number. */
export function buildMarks(verbale: Readonly<Record<string, unknown>>): Marks {
  const { posizioni } = verbale as {
    readonly posizioni?: readonly Readonly<Record<string, string>>[];
  };
  const place = foldPlace(verbale);
  const violation = foldViolation(verbale);
  const protocol = readText(verbale["protocollo"]) || readText(verbale["numero"]);
  return {
    violation: place === null ? null : `violazione|${place}`,
    sameViolation: violation === null ? null : `stessa violazione|${violation}`,
    protocol: `protocollo|${foldCode(protocol)}`,
    positions: (posizioni ?? []).flatMap((position) =>
      Object.entries(position).map(([kind, name]) => `posizione|${kind}|${name}`),
    ),
  };
}

/** All marks as one list. */
export function listMarks(marks: Marks): readonly string[] {
  const { violation, sameViolation, protocol, positions } = marks;
  return [violation, sameViolation, protocol, ...positions].filter((mark) => mark !== null);
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
