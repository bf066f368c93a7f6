/** GPD v1 as it is on the wire: bodies, states and names. */
import { createHash } from "node:crypto";
import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { addDays, findEndOfRomeDay, toInstant, toRomeDay } from "../../../engine/host/clock.ts";
import { formatReason } from "../payment-codes.ts";
import type { CodedOption } from "../payment-codes.ts";
import type { PositionState, ResetOrder, ScheduleOrder } from "../port.ts";
import type { OnlineSettings } from "../shared-settings.ts";

export const GpdStatus = Type.Union([
  Type.Literal("DRAFT"),
  Type.Literal("PUBLISHED"),
  Type.Literal("VALID"),
  Type.Literal("INVALID"),
  Type.Literal("EXPIRED"),
  Type.Literal("PARTIALLY_PAID"),
  Type.Literal("PAID"),
  Type.Literal("REPORTED"),
]);
export type GpdStatus = Static<typeof GpdStatus>;

const allowNull = <Value extends TSchema>(value: Value) =>
  Type.Optional(Type.Union([value, Type.Null()]));

/** What we read of a position; GPD sends more, and its contract requires nothing. Without a status it is none. */
export const GpdPosition = Type.Object({
  iupd: allowNull(Type.String()),
  status: GpdStatus,
  paymentOption: allowNull(
    Type.Array(
      Type.Object({
        iuv: allowNull(Type.String()),
        nav: allowNull(Type.String()),
        /** Cents, with the notification fee once SEND has set one. */
        amount: allowNull(Type.Integer()),
        notificationFee: allowNull(Type.Integer()),
        dueDate: allowNull(Type.String()),
        description: allowNull(Type.String()),
        /** PO_UNPAID, PO_PAID, PO_REPORTED, PO_PARTIALLY_REPORTED. */
        status: allowNull(Type.String()),
        paymentDate: allowNull(Type.String()),
        idReceipt: allowNull(Type.String()),
      }),
    ),
  ),
});
export type GpdPosition = Static<typeof GpdPosition>;

/** The position of an answer's body, or `null` when it is none or bears another name than was asked for. */
export function readPosition(body: unknown, iupd: string): GpdPosition | null {
  if (!Value.Check(GpdPosition, body)) return null;
  return (body.iupd ?? iupd) === iupd ? body : null;
}

const NamedPosition = Type.Intersect([GpdPosition, Type.Object({ iupd: Type.String() })]);
const List = Type.Object({
  payment_position_list: Type.Array(Type.Unknown()),
  page_info: Type.Object({ total_pages: Type.Integer({ minimum: 0 }) }),
});

/** A page of a list. */
export interface GpdPage {
  readonly positions: readonly Static<typeof NamedPosition>[];
  readonly totalPages: number;
}

/** The page of an answer's body, without what is no position; `null` when it is none. */
export function readPage(body: unknown): GpdPage | null {
  if (!Value.Check(List, body)) return null;
  const positions = body.payment_position_list.filter((one) => Value.Check(NamedPosition, one));
  return { positions, totalPages: body.page_info.total_pages };
}

/** GPD's ProblemJson: its gateway, or a proxy that knows no such address, answers otherwise. */
export function isProblem(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { title, detail } = body as { readonly title?: unknown; readonly detail?: unknown };
  return typeof title === "string" || typeof detail === "string";
}

const states: Readonly<Record<GpdStatus, PositionState>> = {
  DRAFT: "draft",
  PUBLISHED: "open",
  VALID: "open",
  INVALID: "cancelled",
  EXPIRED: "expired",
  PARTIALLY_PAID: "partially-paid",
  PAID: "paid",
  REPORTED: "paid",
};

/** What the state means to us. */
export function readPositionState(position: GpdPosition | null): PositionState {
  if (position === null) return "absent";
  const state = states[position.status];
  return state === "open" && hasNotificationFee(position) ? "notified" : state;
}

function hasNotificationFee(position: GpdPosition): boolean {
  for (const option of position.paymentOption ?? [])
    if ((option.notificationFee ?? 0) > 0) return true;
  return false;
}

/**
 * The name of an order's position: creditor, hash of the verbale, generation. The same at each retry, and it says
 * nothing about the debtor.
 */
export function buildIupd(creditorTaxId: string, order: ResetOrder): string {
  const hash = createHash("sha256").update(`${creditorTaxId}|${order.verbale}`).digest("hex");
  return `${creditorTaxId}-${hash.slice(0, 24)}-g${order.generation}`;
}

/** Whether a reference is the name of a position that this adapter made. */
export function isIupd(ref: string): boolean {
  return /^[0-9]{11}-[0-9a-f]{24}-g[0-9]+$/.test(ref);
}

/** What the body of a position says of the ente. */
export interface GpdSettings extends OnlineSettings {
  readonly dueDays: number;
}

export interface GpdBodyFacts {
  readonly settings: GpdSettings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  readonly nowMs: number;
}

/** The body of a create: one position, one option per amount, each with one transfer to the creditor. */
export function buildPositionBody(
  order: ResetOrder,
  codes: readonly CodedOption[],
  { settings, creditor, nowMs }: GpdBodyFacts,
): Record<string, unknown> {
  // The due date is only a formality here: the day of notification is not known yet, so nothing may expire by itself.
  // No validity date either: payable as soon as it is published.
  const dueDate = findFarDueDate(settings, nowMs);
  return {
    iupd: buildIupd(creditor.taxId, order),
    ...buildOwner(order.debtor, settings, creditor),
    switchToExpired: false,
    paymentOption: codes.map((code) =>
      buildOption(code, {
        description: formatReason(order, code.kind),
        dueDate,
        settings,
        creditor,
      }),
    ),
  };
}

function findFarDueDate({ dueDays }: GpdSettings, nowMs: number): string {
  return toInstant(findEndOfRomeDay(addDays(toRomeDay(nowMs), dueDays)));
}

/** Who owes, and whom. */
function buildOwner(
  debtor: ResetOrder["debtor"],
  settings: GpdSettings,
  creditor: GpdBodyFacts["creditor"],
): Record<string, string> {
  return {
    type: debtor.type === "PF" ? "F" : "G",
    fiscalCode: debtor.taxId,
    fullName: debtor.denomination.slice(0, 70),
    ...buildAddress(debtor),
    companyName: (settings.companyName ?? creditor.name).slice(0, 140),
  };
}

/** One amount, with one transfer to the creditor: the amount is without SEND's fee, which GPD keeps and adds by itself. */
function buildOption(
  { noticeCode, iuv, amountCents }: CodedOption,
  facts: Pick<GpdBodyFacts, "settings" | "creditor"> & {
    readonly description: string;
    readonly dueDate: string;
  },
): Record<string, unknown> {
  const { description, dueDate, settings, creditor } = facts;
  return {
    nav: noticeCode,
    iuv,
    amount: amountCents,
    description,
    isPartialPayment: false,
    dueDate,
    transfer: [
      {
        idTransfer: "1",
        amount: amountCents,
        organizationFiscalCode: creditor.taxId,
        remittanceInformation: description,
        category: settings.category,
        iban: settings.iban,
        ...(settings.postalIban === undefined ? {} : { postalIban: settings.postalIban }),
      },
    ],
  };
}

/** GPD refuses a due date gone by where the option would expire at once: a code whose day is over is given these minutes, in which the call may wait for its turn. */
const closingMs = 5 * 60_000;

/** When a code closes: at the end of its last day in Rome, or soon where that is over; far away where no day is known. */
function computeDueDate(lastDay: string | null, settings: GpdSettings, nowMs: number): string {
  if (lastDay === null) return findFarDueDate(settings, nowMs);
  return toInstant(Math.max(findEndOfRomeDay(lastDay), nowMs + closingMs));
}

/** Whether each code closes already when it should: at the end of its day, or before now where that is over. */
export function isScheduled(
  { paymentOption }: GpdPosition,
  { options }: Pick<ScheduleOrder, "options">,
  nowMs: number,
): boolean {
  return options.every(({ iuv, lastDay }) => {
    const due = (paymentOption ?? []).find((one) => one.iuv === iuv)?.dueDate ?? null;
    // Whether a far date stands there because nothing was written yet, GPD does not tell.
    if (due === null || lastDay === null) return false;
    const dueMs = parseInstant(due);
    const endMs = findEndOfRomeDay(lastDay);
    return dueMs === endMs || (endMs <= nowMs && dueMs <= nowMs + closingMs);
  });
}

/** The body of a PUT that says when each code closes; what the payer reads beside an amount stays what it was. */
export function buildScheduleBody(
  order: ScheduleOrder,
  facts: GpdBodyFacts & { readonly position: GpdPosition | null },
): Record<string, unknown> {
  const { position, settings, creditor, nowMs } = facts;
  return {
    iupd: order.ref,
    ...buildOwner(order.debtor, settings, creditor),
    switchToExpired: order.options.some(({ lastDay }) => lastDay !== null),
    paymentOption: order.options.map((code) => {
      const before = (position?.paymentOption ?? []).find(({ iuv }) => iuv === code.iuv);
      return buildOption(code, {
        description: before?.description ?? formatReason(order, code.kind),
        dueDate: computeDueDate(code.lastDay, settings, nowMs),
        settings,
        creditor,
      });
    }),
  };
}

function buildAddress({ address }: ResetOrder["debtor"]): Record<string, string> {
  if (address === undefined) return {};
  return {
    streetName: address.via,
    ...(address.civico === undefined ? {} : { civicNumber: address.civico }),
    postalCode: address.cap,
    city: address.comune,
    province: address.provincia,
    country: "IT",
  };
}

/**
 * The codes of a position that bears our name, told apart by their amounts (without SEND's fee);
 * `null` when the amounts are not those of the order.
 */
export function findOrderCodes(
  position: GpdPosition,
  order: ResetOrder,
): readonly CodedOption[] | null {
  const found = position.paymentOption ?? [];
  if (found.length !== order.options.length) return null;
  const codes: CodedOption[] = [];
  for (const { kind, amountCents } of order.options) {
    const option = found.find(({ amount, notificationFee }) => {
      return (amount ?? 0) - (notificationFee ?? 0) === amountCents;
    });
    const iuv = option?.iuv ?? null;
    if (iuv === null) return null;
    // GPD: `nav.aux.digit` default 3 where none was given.
    codes.push({ kind, amountCents, iuv, noticeCode: option?.nav ?? `3${iuv}` });
  }
  return codes;
}

/** Whether a draft can no longer be published: GPD answers 409 once a due date has passed. */
export function isOverdue(position: GpdPosition, nowMs: number): boolean {
  for (const { dueDate } of position.paymentOption ?? [])
    if (dueDate !== undefined && dueDate !== null && parseInstant(dueDate) <= nowMs) return true;
  return false;
}

/** Milliseconds since the epoch. */
export function parseInstant(dateTime: string): number {
  // GPD answers local date-times without a zone; they are UTC.
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(dateTime) ? dateTime : `${dateTime}Z`);
}

const ListWithFees = Type.Object({
  payment_position_list: Type.Array(
    Type.Object({
      paymentOption: Type.Optional(
        Type.Array(Type.Object({ notificationFee: Type.Optional(Type.Number()) })),
      ),
    }),
  ),
});

/** On how many positions of a page SEND has put its fee; 0 of what is no page. */
export function countCharged(body: unknown): number {
  if (!Value.Check(ListWithFees, body)) return 0;
  return body.payment_position_list.filter(({ paymentOption = [] }) =>
    paymentOption.some(({ notificationFee = 0 }) => notificationFee > 0),
  ).length;
}
