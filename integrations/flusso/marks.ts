/** What no two verbali of a flusso should share: the violation, the protocol, a position to cancel. */
import type { SeenNumbers } from "./numbers.ts";
import type { NeighbourField } from "./port.ts";

/** The marks of one row, as they are compared with those of the others. */
export interface Marks {
  /** Who, which vehicle, which day, what time; `null` where a part is missing. */
  readonly violation: string | null;
  /** `null`: the row has none, or its file has no such column. */
  readonly protocol: string | null;
  /** Each with the kind of its name. */
  readonly positions: readonly string[];
}

/** A row too broken to tell. */
export const noMarks: Marks = { violation: null, protocol: null, positions: [] };

/** The marks from the texts of a row; `protocol` is `null` where it is not to be compared. */
export function buildMarks(row: {
  /** Who (by any code), plate, day, time. */
  readonly violation: readonly [string, string, string, string];
  readonly protocol: string | null;
  readonly positions: readonly (readonly [kind: string, name: string])[];
}): Marks {
  const parts = row.violation.map((part) => part.trim().toUpperCase());
  return {
    violation: parts.includes("") ? null : `violazione|${parts.join("|")}`,
    protocol: row.protocol === null ? null : `protocollo|${row.protocol}`,
    positions: row.positions.map(([kind, name]) => `posizione|${kind}|${name}`),
  };
}

/** All marks as one list. */
export function listMarks({ violation, protocol, positions }: Marks): readonly string[] {
  return [violation, protocol, ...positions].filter((mark) => mark !== null);
}

/** The fields that tell a verbale's steps which others of its flusso share a mark; none where nothing is shared. */
export function collectSharedFields(
  number: string,
  marks: Marks,
  numbers: SeenNumbers,
): Readonly<Record<string, readonly string[]>> {
  const collectOthers = (found: readonly (string | null)[]): readonly string[] => [
    ...new Set(found.flatMap((mark) => (mark === null ? [] : numbers.listOthers(number, mark)))),
  ];
  const fields = {
    simili: collectOthers([marks.violation]),
    stessoProtocollo: collectOthers([marks.protocol]),
    stessaPosizione: collectOthers(marks.positions),
  } satisfies Record<NeighbourField, readonly string[]>;
  return Object.fromEntries(Object.entries(fields).filter(([, found]) => found.length > 0));
}
