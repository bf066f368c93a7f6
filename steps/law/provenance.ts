/** Where a rule of law comes from, and how far it was looked up. */

/** `read`: in the source named; `memory`: nobody has looked it up again; `inferred`: our own conclusion from what was read. */
export type Mark = "read" | "memory" | "inferred";

/** Stands with every row of a table of law: what is not `read` is a setting of the ente, see `integrations/law.ts`. */
export interface Provenance {
  /** Italian or the name of an act: `L. 742/1969`. */
  readonly source: string;
  readonly mark: Mark;
}

/** The day on which the tables of this folder were put together. */
export const tablesOf = "2026-11-28";
