/** The cases in which a violation need not be contested at once (art. 201 c. 1-bis CdS): dated data with a source, and an ente's changes over it. */
import cases from "../models/art201-cases.yaml" with { type: "text" };

/** One wording of a letter. */
export interface Art201Case {
  /** Days of the violation that it applies to, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly to?: string;
  /** Absent: the text of the law was not read, the act bears the letter alone. */
  readonly text?: string;
  /** The case takes a device for granted. */
  readonly device?: boolean;
  /** A decree of the prefect that names the stretch, on some roads. */
  readonly decree?: boolean;
  /** The articles that the case is of, as far as they were read: `142`, `143`; absent: any. */
  readonly articles?: readonly string[];
  readonly source?: string;
}
/** By letter: `e`, `g-bis`. */
export type Art201Cases = Readonly<Record<string, readonly Art201Case[]>>;

let shipped: Art201Cases | null = null;

/** The case of that letter on the day of the violation; `undefined`: there is none. A letter that the ente gives replaces ours. */
export function findArt201Case(
  letter: string,
  day: string,
  changes: Art201Cases = {},
): Art201Case | undefined {
  shipped ??= Bun.YAML.parse(cases) as Art201Cases;
  const own = Object.hasOwn(changes, letter) ? changes : shipped;
  const wordings = Object.hasOwn(own, letter) ? own[letter] : undefined;
  return wordings?.find(
    ({ from, to }) => (from === undefined || day >= from) && (to === undefined || day <= to),
  );
}
