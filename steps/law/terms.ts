/** The terms of law as a table: how long, from when, and what happens where the last day is no working day. */
import type { Provenance } from "./provenance.ts";

export interface TermRule extends Provenance {
  /** Italian, as people read it. */
  readonly title: string;
  readonly starts: "perfezionamento" | "accertamento";
  readonly days: number;
  /** Of who resides abroad; default: the same. */
  readonly daysAbroad?: number;
  /** What happens where the last day is a Sunday or a holiday: `moved` to the next working day; `kept`, and told; `ignored`: it is no term for people. */
  readonly onHoliday: "moved" | "kept" | "ignored";
  /** A term that would end on a Saturday ends on Monday. */
  readonly isSaturdayFree: boolean;
  /** 1 to 31 August are not counted. */
  readonly isSuspendedInAugust: boolean;
  /** First day of a start to which it applies; default: always. */
  readonly from?: string;
}

const ordinary = {
  onHoliday: "moved",
  isSaturdayFree: false,
  isSuspendedInAugust: false,
} as const;

/** One row each; an ente can add later ones, see `readLaw`. */
export const termRules = {
  discounted: {
    title: "Pagamento scontato del 30%",
    starts: "perfezionamento",
    days: 5,
    ...ordinary,
    source: "art. 202 c. 1 CdS; nessuna sospensione in agosto",
    mark: "read",
  },
  reduced: {
    title: "Pagamento in misura ridotta",
    starts: "perfezionamento",
    days: 60,
    ...ordinary,
    source: "art. 202 c. 1 CdS; nessuna sospensione in agosto",
    mark: "read",
  },
  giudiceDiPace: {
    title: "Ricorso al Giudice di Pace",
    starts: "perfezionamento",
    days: 30,
    daysAbroad: 60,
    onHoliday: "moved",
    isSaturdayFree: true,
    isSuspendedInAugust: true,
    source: "D.Lgs. 150/2011 art. 7; L. 742/1969 (agosto); art. 155 c. 5 c.p.c. (sabato)",
    mark: "memory",
  },
  prefetto: {
    title: "Ricorso al Prefetto",
    starts: "perfezionamento",
    days: 60,
    ...ordinary,
    source: "art. 203 CdS; amministrativo, nessuna sospensione in agosto",
    mark: "memory",
  },
  driverData: {
    title: "Comunicazione dei dati del conducente",
    starts: "perfezionamento",
    days: 60,
    ...ordinary,
    source: "art. 126-bis c. 2 CdS",
    mark: "memory",
  },
  documents: {
    title: "Documenti disponibili su SEND",
    starts: "perfezionamento",
    days: 120,
    onHoliday: "ignored",
    isSaturdayFree: false,
    isSuspendedInAugust: false,
    source: "SEND: documenti per 120 giorni dal primo perfezionamento della notifica",
    mark: "read",
  },
  notification: {
    title: "Notificazione del verbale",
    starts: "accertamento",
    days: 90,
    daysAbroad: 360,
    onHoliday: "kept",
    isSaturdayFree: false,
    isSuspendedInAugust: false,
    source: "art. 201 c. 1 CdS; che un giorno festivo lo sposti è discusso",
    mark: "read",
  },
  contestedNotification: {
    title: "Notificazione agli obbligati in solido dopo la contestazione immediata",
    starts: "accertamento",
    days: 100,
    daysAbroad: 360,
    onHoliday: "kept",
    isSaturdayFree: false,
    isSuspendedInAugust: false,
    source: "art. 201 c. 1 CdS",
    mark: "read",
  },
} as const satisfies Readonly<Record<string, TermRule>>;

export type TermName = keyof typeof termRules;

/** The suspension of terms before a judge, first and last day of each year. Source: L. 742/1969 art. 1, as changed in 2014 [memory]. */
export const suspension = { first: "08-01", last: "08-31" } as const;
