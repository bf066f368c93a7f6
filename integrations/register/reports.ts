/** What was told to the office's own program of each notification: the records of `report-back`. */

/** What there is to tell. */
export const factKinds = [
  "accettato",
  "corretto",
  "rifiutato",
  "perfezionato",
  "visto",
  "irreperibile",
  "deceduto",
  "annullato",
  "spese",
  "pagato",
] as const;
export type FactKind = (typeof factKinds)[number];

/** One fact, as it is known now. */
export interface Fact {
  readonly fatto: FactKind;
  readonly iun: string;
  readonly numero: string;
  readonly protocollo: string;
  /** The number that the step protocol was given; absent: none. */
  readonly registrazione?: string;
  /** 1 and upwards; `null`: the notification as a whole. */
  readonly destinatario: number | null;
  /** Day in Rome, `YYYY-MM-DD`. */
  readonly data: string | null;
  /** ISO 8601 UTC. */
  readonly istante: string | null;
  /** In words: how it came to be. */
  readonly come: string | null;
  readonly importoCents: number | null;
  readonly codiceAvviso: string | null;
  /** SEND's code of a refusal, or ours. */
  readonly codice: string | null;
  readonly nota: string | null;
}

/** A fact as it was told; key: which fact it is, subject: the IUN. A later version is a correction. */
export interface ToldFact extends Fact {
  /** Of this ente, from 1 without a gap: never given twice. */
  readonly progressivo: number;
  /** `progressivo` of what this one takes the place of; `null`: told for the first time. */
  readonly corregge: number | null;
  /** False: the fact that was told does not hold any more. */
  readonly valido: boolean;
}

/** Facts that are delivered together; key: its number with nine digits. Durable before anything of it goes out. */
export interface EsitiDelivery {
  readonly lotto: number;
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  readonly facts: readonly ToldFact[];
  /** When the other side had it, ISO 8601 UTC; `null`: not yet. */
  readonly deliveredAt: string | null;
}

/** How far the office was told; one record with the key `stato`. */
export interface Reporting {
  /** Number of the newest change of the register that is in a delivery. */
  readonly through: number;
  readonly progressivo: number;
  readonly lotto: number;
  /** A delivery that was made and may not have arrived. */
  readonly open: number | null;
}
