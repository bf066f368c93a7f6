/** What must always hold in the half year; each question that is asked is counted, the first answer that is wrong ends the play. */
import { findEndOfRomeDay, toInstant } from "../../../engine/host/clock.ts";
import { type Code, findLastDay, type Notified, type Word } from "./notified.ts";
import { paTaxId, type Town } from "./town.ts";

export const invariants = {
  open: "ogni codice pagabile fino all'ultimo giorno",
  closed: "nessun codice pagabile un'ora dopo",
  costs: "spese a chi paga = prezzo di SEND",
  receipt: "ricevuta = importo + spese",
  live: "una sola notifica viva per verbale",
  end: "conclusione di legge con le prove",
  day: "giorno di perfezionamento",
  terms: "termini contati",
  cents: "ogni centesimo spiegato",
  esiti: "esiti al gestionale",
} as const;
export type Invariant = keyof typeof invariants;

/** The house has broken its word: about which verbale, and what was seen. */
export class Broken extends Error {
  readonly invariant: Invariant;
  readonly notified: Notified | null;
  /** Events of SEND and versions of the register; filled in where the play ends. */
  readonly history: string[] = [];

  constructor(invariant: Invariant, message: string, notified: Notified | null) {
    super(message);
    this.invariant = invariant;
    this.notified = notified;
  }
}

const hour = 3_600_000;
const termDays = { discounted: 5, reduced: 60 } as const;

/** What the payer of a code is told now. */
export type Offer =
  | { readonly amountCents: number; readonly notificationFeeCents: number }
  | { readonly fault: string };

export class Judge {
  readonly checks = new Map<Invariant, number>();
  private readonly town: Town;
  /** End of the last run of seguito: what SEND said before it is known to the house. */
  private seguitoAt = 0;

  constructor(town: Town) {
    this.town = town;
  }

  /** SEND was asked at that time, and to the end. */
  noteSeguito(beganAt: number): void {
    this.seguitoAt = beganAt;
  }

  /** Throws Broken where it does not hold. */
  demand(holds: boolean, invariant: Invariant, notified: Notified | null, what: string): void {
    this.checks.set(invariant, (this.checks.get(invariant) ?? 0) + 1);
    if (!holds) throw new Broken(invariant, what, notified);
  }

  async offer(noticeCode: string): Promise<Offer> {
    return (await (await this.town.ask(`/payer/${paTaxId}/${noticeCode}`)).json()) as Offer;
  }

  /** Both codes, held against every word that counts now. */
  async checkCodes(notified: Notified): Promise<void> {
    if (notified.payments.length > 0 || notified.acceptedAt === null) return;
    for (const code of notified.codes) await this.checkCode(notified, code);
  }

  private async checkCode(notified: Notified, code: Code): Promise<void> {
    const now = this.town.clock.now();
    const words = this.listPossible(notified);
    const lasts = words.map(({ day }) => day && findLastDay(day, termDays[code.kind]));
    const ends = lasts.map((last) => (last === null ? null : findEndOfRomeDay(last)));
    const offer = await this.offer(code.noticeCode);
    const isOpen = !("fault" in offer);
    const told = `${code.kind} ${code.noticeCode} ${isOpen ? "open" : "closed"} at ${toInstant(now)}, last day ${lasts.join(" or ")}`;
    if (!isOpen) {
      const isOver = ends.some((end) => end !== null && end < now);
      this.demand(isOver, "open", notified, told);
      return;
    }
    // Told after its day was over, a code closes with the run that hears of it.
    const mustBeClosed = ends.every(
      (end) => end !== null && Math.max(end, this.seguitoAt) + hour <= now,
    );
    this.demand(!mustBeClosed, "closed", notified, told);
  }

  /** The newest word that the house surely knows, and what SEND has said since. */
  private listPossible({ words }: Notified): readonly Word[] {
    let surely = 0;
    for (const [index, { since }] of words.entries()) if (since < this.seguitoAt) surely = index;
    return words.slice(surely);
  }
}
