/** What SEND says of each notification, read at the simulator and counted anew: the day of perfezionamento as it was known from when on, and the last day of each code. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { addDays, toRomeDay } from "../../../engine/host/clock.ts";
import type { Part } from "./cast.ts";
import { paTaxId, type Town } from "./town.ts";

/** Holidays of the half year that are no Sundays, by hand. */
const holidays = [
  "2026-12-08",
  "2026-12-25",
  "2026-12-26",
  "2027-01-01",
  "2027-01-06",
  "2027-03-29",
  "2027-05-01",
  "2027-06-02",
  "2027-08-15",
];

/** The last day of a payment term, by hand: the first day is not counted, a holiday goes on to the next working day, Saturday works. */
export function findLastDay(perfezionamento: string, count: number): string {
  let day = addDays(perfezionamento, count);
  while (holidays.includes(day) || new Date(`${day}T00:00:00Z`).getUTCDay() === 0)
    day = addDays(day, 1);
  return day;
}

/** What SEND says from an instant on. */
export interface Word {
  readonly since: number;
  /** Of perfezionamento; `null`: none (any more). */
  readonly day: string | null;
}

export interface Code {
  readonly kind: "discounted" | "reduced";
  readonly noticeCode: string;
  readonly principalCents: number;
}

export interface Payment {
  readonly at: number;
  readonly kind: Code["kind"];
  /** In all. */
  readonly amountCents: number;
  readonly feeCents: number;
  /** What SEND asked for then. */
  readonly priceCents: number;
}

/** A verbale that SEND took in charge. */
export interface Notified {
  readonly part: Part;
  readonly iun: string;
  readonly codes: readonly Code[];
  /** Oldest first; the first says that nothing is known. */
  readonly words: Word[];
  acceptedAt: number | null;
  status: string;
  reworkedAt: number | null;
  cancelledAt: number | null;
  readonly payments: Payment[];
  /** What became of the second payment of who pays twice: `paid`, or why the counter would not. */
  again: string | null;
  /** What was tried, for a person who looks into it. */
  readonly story: string[];
}

interface ActRecord {
  readonly payment: {
    readonly options: readonly { readonly kind: Code["kind"]; readonly noticeCode: string }[];
  };
}

/** All that SEND has, kept up with by its events. */
export class Notifications {
  readonly byNumero = new Map<string, Notified>();
  private readonly byIun = new Map<string, Notified>();
  private readonly town: Town;
  private readonly parts: ReadonlyMap<string, Part>;
  private readonly send: Database;
  private seen = 0;
  private hasNews = false;

  constructor(town: Town, parts: readonly Part[]) {
    this.town = town;
    this.parts = new Map(parts.map((part) => [part.numero, part]));
    const path = join(town.world.folder, "simulator", "send.sqlite");
    this.send = new Database(path, { readonly: true });
  }

  close(): void {
    this.send.close();
  }

  /** Reads which acts were sent since. */
  learnActs(): void {
    for (const { key, subject, data } of this.town.records("act")) {
      const part = this.parts.get(subject);
      if (part === undefined || this.byIun.has(key)) continue;
      const { payment } = JSON.parse(data) as ActRecord;
      const notified: Notified = {
        part,
        iun: key,
        // By hand: the fine and 8.50 euro of costs of the office.
        codes: payment.options.map(({ kind, noticeCode }) => ({
          kind,
          noticeCode,
          principalCents: kind === "discounted" ? 3790 : 5050,
        })),
        words: [{ since: this.town.clock.now(), day: null }],
        acceptedAt: null,
        status: "WAITING",
        reworkedAt: null,
        cancelledAt: null,
        payments: [],
        again: null,
        story: [],
      };
      this.byIun.set(key, notified);
      this.byNumero.set(subject, notified);
    }
  }

  /** Lets SEND go on to now, and hears what it says of those of whom there is something new. */
  async listen(): Promise<void> {
    await this.town.ask("/send/delivery/requests?notificationRequestId=none");
    const events = this.send
      .query<{ seq: number; iun: string; at: number; category: string }, [number]>(
        "SELECT seq, iun, at, category FROM events WHERE seq > ? ORDER BY seq",
      )
      .all(this.seen);
    const news = new Map<string, number>();
    for (const { seq, iun, at, category } of events) {
      this.seen = seq;
      this.hasNews = true;
      const notified = this.byIun.get(iun);
      if (notified === undefined) continue;
      news.set(iun, at);
      if (category === "REQUEST_ACCEPTED") notified.acceptedAt = at;
      if (category === "REQUEST_REFUSED") notified.status = "REFUSED";
      if (category === "NOTIFICATION_CANCELLED") notified.cancelledAt = at;
    }
    for (const [iun, at] of news) await this.hear(this.byIun.get(iun), at);
  }

  /** Whether SEND told anything since this was asked before. */
  takeNews(): boolean {
    const had = this.hasNews;
    this.hasNews = false;
    return had;
  }

  private async hear(notified: Notified | undefined, since: number): Promise<void> {
    if (notified === undefined || notified.acceptedAt === null) return;
    const price = await this.askPrice(notified);
    if (price === null) {
      // Cancelled: the day that was reached stays, one that was only planned never comes.
      const isReached = this.listEvents(notified.iun).some(({ category }) =>
        ["REFINEMENT", "NOTIFICATION_VIEWED"].includes(category),
      );
      if (!isReached && notified.words.at(-1)?.day !== null)
        notified.words.push({ since, day: null });
      return;
    }
    const days = [price.refinementDate, price.notificationViewDate]
      .flatMap((instant) => (instant === undefined ? [] : toRomeDay(Date.parse(instant))))
      .toSorted();
    const day = days[0] ?? null;
    if (notified.words.at(-1)?.day === day) return;
    notified.words.push({ since, day });
  }

  /** SEND's own answer for the notice; `null`: it knows none. */
  async askPrice({ codes }: Notified): Promise<{
    readonly totalPrice: number;
    readonly refinementDate?: string;
    readonly notificationViewDate?: string;
  } | null> {
    const [code] = codes;
    const answer = await this.town.ask(
      `/send/delivery/v2.3/price/${paTaxId}/${code?.noticeCode ?? ""}`,
    );
    return answer.ok ? ((await answer.json()) as never) : null;
  }

  /** The elements of a timeline as they came. */
  listEvents(iun: string): readonly { readonly at: number; readonly category: string }[] {
    return this.send
      .query<{ at: number; category: string }, [string]>(
        "SELECT at, category FROM events WHERE iun = ? ORDER BY seq",
      )
      .all(iun);
  }

  /** Of each verbale how many of its notifications live. The protocol begins with the number. */
  countLive(): ReadonlyMap<string, number> {
    const rows = this.send
      .query<{ numero: string; n: number }, []>(
        "SELECT substr(protocol, 1, 6) AS numero, count(*) AS n FROM requests WHERE status IN ('WAITING', 'ACCEPTED') GROUP BY 1",
      )
      .all();
    return new Map(rows.map(({ numero, n }) => [numero, n]));
  }
}
