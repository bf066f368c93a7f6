/** What SEND says of each notification, heard at SEND itself: since when which day counts, the codes and who paid them. */
import type { Database } from "bun:sqlite";
import { addDays, findEndOfRomeDay, toRomeDay } from "../../../engine/host/clock.ts";
import { paTaxId } from "./ente.ts";
import { readRows } from "./rows.ts";
import type { World } from "./world.ts";

export interface Code {
  readonly kind: "discounted" | "reduced";
  readonly noticeCode: string;
  readonly principalCents: number;
}

/** What SEND says from an instant on; `null`: no day (any more). */
export interface Word {
  readonly since: number;
  readonly day: string | null;
}

export interface Payment {
  readonly at: number;
  readonly code: Code;
  readonly amountCents: number;
  readonly feeCents: number;
}

export interface Notified {
  readonly iun: string;
  readonly numero: string;
  readonly codes: readonly Code[];
  readonly words: Word[];
  readonly payments: Payment[];
  /** What SEND asks for it, and since when. */
  price: { readonly since: number; readonly cents: number } | null;
  /** The office or SEND took it back. */
  isCancelled: boolean;
}

/** The office: the fine and 8.50 euro of its costs; by hand. */
const discountedCents = 3_790;
const reducedCents = 5_050;
const termDays = { discounted: 5, reduced: 60 } as const;

export function findTermEnd({ kind }: Code, day: string): number {
  return findEndOfRomeDay(findLastDay(day, termDays[kind]));
}

/** The last day of a payment term, by hand: the first day is not counted, a holiday goes on to the next working day, Saturday works. */
function findLastDay(perfezionamento: string, count: number): string {
  let day = addDays(perfezionamento, count);
  while (isHoliday(day)) day = addDays(day, 1);
  return day;
}

const fixedHolidays: ReadonlySet<string> = new Set(
  "01-01 01-06 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26".split(" "),
);
/** By the calendar of those years. */
const easterMondays: ReadonlySet<string> = new Set(["2026-04-06", "2027-03-29", "2028-04-17"]);

function isHoliday(day: string): boolean {
  const isSunday = new Date(`${day}T00:00:00Z`).getUTCDay() === 0;
  return isSunday || fixedHolidays.has(day.slice(5)) || easterMondays.has(day);
}

/** All that SEND accepted, each with what it says now. */
export class Notifications {
  readonly byIun = new Map<string, Notified>();
  private readonly findSend: () => Database | null;
  private readonly world: World;

  constructor(findSend: () => Database | null, world: World) {
    this.findSend = findSend;
    this.world = world;
  }

  /** Lets SEND go on to now and hears what it says of each. */
  listen(): void {
    const { world } = this;
    world.askNow("/send/delivery/requests?notificationRequestId=none");
    const rows = readRows(
      this.findSend(),
      "SELECT iun, protocol, body, status FROM requests WHERE status IN ('ACCEPTED', 'CANCELLED')",
    );
    for (const { iun, protocol, body, status } of rows) {
      let notified = this.byIun.get(String(iun));
      if (notified === undefined) {
        notified = {
          iun: String(iun),
          numero: String(protocol),
          codes: readCodes(String(body)),
          words: [{ since: world.now(), day: null }],
          payments: [],
          price: null,
          isCancelled: false,
        };
        this.byIun.set(notified.iun, notified);
      }
      notified.isCancelled ||= status === "CANCELLED";
      this.hear(notified);
    }
  }

  private hear(notified: Notified): void {
    const told = this.askPrice(notified);
    if (told !== null && notified.price?.cents !== told.totalPrice)
      notified.price = { since: this.world.now(), cents: told.totalPrice };
    const day = told?.day ?? null;
    if (notified.words.at(-1)?.day !== day) notified.words.push({ since: this.world.now(), day });
  }

  /** SEND's own answer for the notices; `null`: it knows none any more. */
  askPrice({
    codes,
  }: Notified): { readonly totalPrice: number; readonly day: string | null } | null {
    const answer = this.world.askNow(
      `/send/delivery/v2.3/price/${paTaxId}/${codes[0]?.noticeCode ?? ""}`,
    );
    if (answer.status !== 200) return null;
    const price = answer.body as {
      readonly totalPrice: number;
      readonly refinementDate?: string;
      readonly notificationViewDate?: string;
    };
    const days = [price.refinementDate, price.notificationViewDate].flatMap((instant) =>
      instant === undefined ? [] : toRomeDay(Date.parse(instant)),
    );
    return { totalPrice: price.totalPrice, day: days.toSorted()[0] ?? null };
  }

  /** What the payer of a code is told now. */
  offer({ noticeCode }: Code): Offer {
    return this.world.askNow(`/payer/${paTaxId}/${noticeCode}`).body as Offer;
  }

  /** Pays, if it can be paid. */
  pay(notified: Notified, code: Code): Offer {
    const { world } = this;
    const told = world.askNow(`/payer/${paTaxId}/${code.noticeCode}`, { method: "POST" })
      .body as Offer;
    if (!("fault" in told))
      notified.payments.push({
        at: world.now(),
        code,
        amountCents: told.amountCents,
        feeCents: told.notificationFeeCents,
      });
    return told;
  }
}

export type Offer =
  | { readonly amountCents: number; readonly notificationFeeCents: number }
  | { readonly fault: string };

interface WireBody {
  readonly recipients: readonly {
    readonly payments?: readonly { readonly pagoPa: { readonly noticeCode: string } }[];
  }[];
}

/** Which is which is told by the order: the lower amount comes first. */
function readCodes(body: string): readonly Code[] {
  const [recipient] = (JSON.parse(body) as WireBody).recipients;
  const notices = (recipient?.payments ?? []).map(({ pagoPa }) => pagoPa.noticeCode);
  const hasDiscount = notices.length > 1;
  return notices.map((noticeCode, index) =>
    hasDiscount && index === 0
      ? { kind: "discounted", noticeCode, principalCents: discountedCents }
      : { kind: "reduced", noticeCode, principalCents: reducedCents },
  );
}
