/** Whom the simulated registers know: by tax code, from a file; whoever is not in it is unknown. */
import { createHash } from "node:crypto";

export interface SimulatedAddress {
  readonly specie: string;
  readonly toponimo: string;
  readonly numero?: string;
  readonly esponente?: string;
  readonly cap?: string;
  readonly comune: string;
  readonly provincia: string;
  readonly presso?: string;
  /** Since when, `YYYY-MM-DD`. */
  readonly dal?: string;
}

export interface SimulatedPerson {
  readonly codiceFiscale: string;
  readonly residenza?: SimulatedAddress;
  /** Day of death. */
  readonly deceduto?: string;
  /** Lives abroad. */
  readonly aire?: boolean;
  /** A PEC in INAD. */
  readonly domicilioDigitale?: string;
  /** Whenever somebody asks for this person, the register is away. */
  readonly nonRisponde?: boolean;
}

export type SimulatedPeople = ReadonlyMap<string, SimulatedPerson>;

export function indexPeople(people: readonly SimulatedPerson[]): SimulatedPeople {
  return new Map(people.map((person) => [person.codiceFiscale, person]));
}

/** Nine characters, as ANPR's are. */
export function deriveIdentity(taxCode: string): string {
  return createHash("sha256").update(taxCode).digest("hex").slice(0, 9).toUpperCase();
}
