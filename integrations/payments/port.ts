/** What steps may ask of the ente's payment system (GPD, GovPay, file), in our words. */

import type { PostalAddress } from "../address.ts";

/** A position that exists before the run, by any of its names. */
export interface OldPosition {
  /** What `OpenPosition.ref` said when an earlier round made it. */
  readonly ref?: string;
  readonly iupd?: string;
  readonly idPendenza?: string;
  readonly noticeCode?: string;
}

export interface Debtor {
  readonly type: "PF" | "PG";
  readonly taxId: string;
  /** At most 70 characters are kept. */
  readonly denomination: string;
  readonly address?: PostalAddress;
}

/** One order to cancel what exists and create one position with fresh codes. */
export interface ResetOrder {
  /** Item key, for deterministic names. */
  readonly verbale: string;
  /** Deterministic: the same on every retry, another for another round. */
  readonly idempotencyKey: string;
  readonly generation: number;
  readonly old: readonly OldPosition[];
  readonly debtor: Debtor;
  /** At most 140 characters, no personal data. */
  readonly reason: string;
  readonly options: readonly {
    readonly kind: "discounted" | "reduced";
    readonly amountCents: number;
  }[];
  /**
   * Asked before the first position is cancelled or withdrawn, with the notice codes that would die, as far as they are known.
   * What it throws stops the order, and nothing is cancelled. Absent: nobody has to be asked.
   */
  readonly assertFree?: (noticeCodes: readonly string[]) => Promise<void>;
}

/** How an order ended: `error`, what `reset` would throw. */
export type ResetEnd =
  | { readonly order: ResetOrder; readonly status: "done"; readonly position: OpenPosition }
  | { readonly order: ResetOrder; readonly status: "failed"; readonly error: unknown };

export interface OpenPosition {
  readonly ref: string;
  readonly creditorTaxId: string;
  readonly options: readonly {
    readonly kind: "discounted" | "reduced";
    readonly iuv: string;
    readonly noticeCode: string;
    readonly amountCents: number;
  }[];
  /** How many of the order's old positions the payment system does not have (any more), or never had; absent: none, or nobody can tell. */
  readonly notFound?: number;
}

/** Until which day the codes of a position that we opened may be paid. */
export interface ScheduleOrder extends Pick<
  ResetOrder,
  "verbale" | "idempotencyKey" | "debtor" | "reason"
> {
  /** What `OpenPosition.ref` said. */
  readonly ref: string;
  /** As they were opened, amounts without the costs of the notification. */
  readonly options: readonly (OpenPosition["options"][number] & {
    /** Last day on which it may be paid, `YYYY-MM-DD`, Europe/Rome; `null`: no day is known. */
    readonly lastDay: string | null;
  })[];
}

/**
 * `scheduled`: the codes close when their day is over, and those that were closed too early are open again. Otherwise the
 * position was left as it is: `unclear`, it is not the one that we opened, or nobody can tell.
 */
export type ScheduleEnd =
  | "scheduled"
  | Extract<PositionState, "paid" | "partially-paid" | "cancelled" | "absent" | "unclear">;

/**
 * How a position stands. `notified`: open, and SEND has put its fee on it, so that a delivered notice carries its code;
 * `cancelled` and `expired` can no longer be paid; `unclear`: the payment system itself asks for a person.
 */
export type PositionState =
  | "absent"
  | "draft"
  | "open"
  | "notified"
  | "cancelled"
  | "expired"
  | "partially-paid"
  | "paid"
  | "unclear";

/**
 * The payment system of one ente. `reset` may throw ItemRejected (`ALREADY_PAID`, `PARTIALLY_PAID`, data refused: the old
 * position is untouched), RetryLater or RunBlocked. `CANCELLED_NOT_ACTIVE` as RetryLater: the old is dead, the new not payable yet.
 */
export interface PaymentsPort {
  /**
   * Before the first effect of a run whose notification costs the recipient bears: throws RunBlocked `COSTS_NOT_ADDED` where it
   * is proved that nobody would add them. Absent: nothing that can be asked proves it.
   */
  requireCosts?(signal?: AbortSignal): Promise<void>;
  /** Cancels and creates in the safe order; repeating with the same order goes on where it stopped. */
  reset(order: ResetOrder, signal?: AbortSignal): Promise<OpenPosition>;
  /**
   * The same for some orders of different verbali, where the payment system takes several at once: yields the end of each as it
   * comes, and what one throws ends that one alone. Absent: one after another. `resetEach` asks either.
   */
  resetMany?(orders: readonly ResetOrder[], signal?: AbortSignal): AsyncIterable<ResetEnd>;
  /** What became of this order: the open position, or `null` when it is not complete: ours is not open, or an old one can be paid or has been. */
  find(order: ResetOrder, signal?: AbortSignal): Promise<OpenPosition | null>;
  /** How an old or cancelled position stands now: a receipt may still come in on a cancelled one. */
  inspect(position: OldPosition, signal?: AbortSignal): Promise<PositionState>;
  /** How each code of a position stands and what was paid with it, in the order of its codes. May throw RetryLater or RunBlocked. */
  readStanding(order: StandingOrder, signal?: AbortSignal): Promise<readonly CodeStanding[]>;
  /**
   * Writes until when the codes may be paid. A code whose day is over by now closes within minutes and stays findable for a
   * receipt that is on its way. Repeating it changes nothing. May throw RetryLater or RunBlocked.
   */
  schedule(order: ScheduleOrder, signal?: AbortSignal): Promise<ScheduleEnd>;
  /** The same for some orders, at most `mostOrders`, where the payment system takes several at once; see `resetMany`. `scheduleEach` asks either. */
  scheduleMany?(
    orders: readonly ScheduleOrder[],
    signal?: AbortSignal,
  ): AsyncIterable<ScheduleOutcome>;
}

/** A position that we opened, whose money is asked for. */
export type StandingOrder = Pick<OpenPosition, "ref" | "options">;

/** `closed`: over its day, or its sibling was paid; `unknown`: nobody can tell. */
export type CodeState = "payable" | "paid" | "closed" | "cancelled" | "absent" | "unknown";

/** How one notice code stands; cents. `null`: the payment system does not say it. */
export interface CodeStanding {
  readonly noticeCode: string;
  readonly state: CodeState;
  /** What who pays now is asked for, the fee in it. */
  readonly amountCents: number | null;
  /** The notification fee on it. */
  readonly feeCents: number | null;
  /** `null`: nobody can tell whether it was paid. */
  readonly payments: readonly CodePayment[] | null;
}

/** What was paid with one notice code; `null`: the payment system does not say it. */
export interface CodePayment {
  /** `YYYY-MM-DD`, Europe/Rome. */
  readonly paidOn: string | null;
  /** ISO 8601 UTC. */
  readonly paidAt: string | null;
  readonly amountCents: number | null;
  /** Of these, the notification fee that stands in the receipt. */
  readonly feeCents: number | null;
  readonly receiptId: string | null;
}

/** Of a position that tells nothing of its codes. */
export function buildUnknownStanding({ options }: StandingOrder): readonly CodeStanding[] {
  return options.map(({ noticeCode }) => ({
    noticeCode,
    state: "unknown",
    amountCents: null,
    feeCents: null,
    payments: null,
  }));
}

/** How one of several orders ended: `error`, what `schedule` would throw. */
export type ScheduleOutcome =
  | { readonly order: ScheduleOrder; readonly status: "done"; readonly end: ScheduleEnd }
  | { readonly order: ScheduleOrder; readonly status: "failed"; readonly error: unknown };

/** Yields the end of every order as it comes; throws nothing. */
export async function* scheduleEach(
  payments: PaymentsPort,
  orders: readonly ScheduleOrder[],
  signal?: AbortSignal,
): AsyncGenerator<ScheduleOutcome> {
  for (const some of splitOrders(orders))
    if (payments.scheduleMany !== undefined && some.length > 1)
      yield* payments.scheduleMany(some, signal);
    else
      for (const order of some)
        yield await endSchedule(order, async () => await payments.schedule(order, signal));
}

/** The end of one of several orders, whatever comes of it. */
export async function endSchedule(
  order: ScheduleOrder,
  schedule: () => Promise<ScheduleEnd>,
): Promise<ScheduleOutcome> {
  try {
    return { order, status: "done", end: await schedule() };
  } catch (error) {
    return { order, status: "failed", error };
  }
}

/** A verbale of several recipients has several orders: as many at once as a payment system takes. */
function* splitOrders<Order>(orders: readonly Order[]): Generator<readonly Order[]> {
  for (let at = 0; at < orders.length; at += mostOrders) yield orders.slice(at, at + mostOrders);
}

/** Orders that a payment system is given at once. GPD v2: 20 positions in one call. */
export const mostOrders = 20;

/** Yields the end of every order as it comes; throws nothing. */
export async function* resetEach(
  payments: PaymentsPort,
  orders: readonly ResetOrder[],
  signal?: AbortSignal,
): AsyncGenerator<ResetEnd> {
  for (const some of splitOrders(orders))
    if (payments.resetMany !== undefined && some.length > 1)
      yield* payments.resetMany(some, signal);
    else
      for (const order of some)
        yield await endOrder(order, async () => await payments.reset(order, signal));
}

/** The end of one order, whatever comes of it. */
export async function endOrder(
  order: ResetOrder,
  reset: () => Promise<Extract<ResetEnd, { status: "done" }>["position"]>,
): Promise<ResetEnd> {
  try {
    return { order, status: "done", position: await reset() };
  } catch (error) {
    return { order, status: "failed", error };
  }
}

/** By which names a flusso may call a position to cancel. */
export interface PositionNames {
  /** What each name looks like that leads to a position; the others lead nowhere. */
  readonly fields: Readonly<Partial<Record<"iupd" | "idPendenza" | "numeroAvviso", RegExp>>>;
  /** Italian: which name to give. */
  readonly remedy: string;
}

/** How the costs of a notification reach the payer of a position, with SEND's DELIVERY_MODE. */
export interface NotificationCosts {
  /** The pagoPaIntMode by which somebody adds them: ASYNC, SEND writes them on GPD; SYNC, who collects asks SEND. What an ente has that says none. */
  readonly mode: "SYNC" | "ASYNC";
  /** Italian, what follows «le spese di notifica:»: who adds them, as far as the settings say. */
  readonly who: string;
  /** Italian: what becomes of them with the other one. */
  readonly otherwise: string;
  /** What the settings must say first, or `null`. */
  readonly gap: CostGap | null;
}

/** What the payment system needs to add the costs and the settings do not say. */
export interface CostGap {
  /** Where the ente's file would say it. */
  readonly path: readonly string[];
  /** The costs are lost for sure, not only perhaps. */
  readonly isLoss: boolean;
  /** Italian. */
  readonly why: string;
  readonly remedy: string;
}

/** Numbers that are never given twice, kept by the journal: the same owner gets the same numbers again. */
export interface Counters {
  /** `count` numbers of the counter for `owner`, from `first` upwards. */
  allocate(
    counter: string,
    owner: string,
    count: number,
    first: number,
  ): Promise<readonly number[]>;
}
