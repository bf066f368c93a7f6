/** A postal address as it travels: the one shape that checks, act, SEND and payment systems get. */

export interface PostalAddress {
  /** Street without its number. */
  readonly via: string;
  readonly civico?: string;
  readonly presso?: string;
  /** Staircase, flat, box. */
  readonly dettagli?: string;
  /** Five digits; abroad whatever there is, or empty. */
  readonly cap: string;
  readonly comune: string;
  readonly frazione?: string;
  /** Two letters; empty abroad. */
  readonly provincia: string;
  /** Name of the country; absent: Italy. */
  readonly stato?: string;
}

/** What an Italian address is made of, in the order in which it is written. */
export const italianAddressFields = [
  "via",
  "civico",
  "presso",
  "dettagli",
  "cap",
  "comune",
  "frazione",
  "provincia",
] as const satisfies readonly (keyof PostalAddress)[];
