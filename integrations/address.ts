/** A postal address in Italy as it travels: the one shape that checks, act, SEND and payment systems get. */

export interface PostalAddress {
  /** Street without its number. */
  readonly via: string;
  readonly civico?: string;
  readonly presso?: string;
  /** Staircase, flat, box. */
  readonly dettagli?: string;
  /** Five digits. */
  readonly cap: string;
  readonly comune: string;
  readonly frazione?: string;
  /** Two letters. */
  readonly provincia: string;
}
