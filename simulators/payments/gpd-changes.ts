/** What happens to a position of the simulated GPD: made, published, aged, paid; pure. */
import { toInstant } from "../../engine/host/clock.ts";
import { parseGpdInstant } from "./gpd-rules.ts";
import type { OptionBody, PositionBody } from "./gpd-rules.ts";
import type { GpdStatus } from "../../integrations/payments/gpd/wire.ts";

/** One option as it is kept; instants are ISO 8601 UTC. */
export interface StoredOption extends OptionBody {
  readonly nav: string;
  readonly notificationFee: number;
  readonly status: "PO_UNPAID" | "PO_PAID" | "PO_REPORTED";
  readonly paymentDate: string | null;
}

/** One position as it is kept: what was sent and what became of it. */
export interface StoredPosition extends Omit<PositionBody, "paymentOption"> {
  readonly organizationFiscalCode: string;
  readonly status: GpdStatus;
  readonly insertedDate: string;
  readonly publishDate: string | null;
  readonly paymentDate: string | null;
  readonly lastUpdatedDate: string;
  readonly paymentOption: readonly StoredOption[];
}

export interface DraftFacts {
  readonly organization: string;
  readonly nowMs: number;
  /** The position that an update replaces. */
  readonly before?: StoredPosition;
}

/** A draft of a body. The fee that SEND has put on an option stays with its IUV: GPD adds it to the amount that is sent. */
export function buildDraft(body: PositionBody, facts: DraftFacts): StoredPosition {
  const { before } = facts;
  const now = toInstant(facts.nowMs);
  return {
    ...body,
    organizationFiscalCode: facts.organization,
    status: "DRAFT",
    insertedDate: before?.insertedDate ?? now,
    publishDate: null,
    paymentDate: null,
    lastUpdatedDate: now,
    paymentOption: body.paymentOption.map((option): StoredOption => {
      const old = before?.paymentOption.find(({ iuv }) => iuv === option.iuv);
      const notificationFee = old?.notificationFee ?? 0;
      return {
        ...option,
        nav: option.nav ?? `3${option.iuv}`,
        amount: option.amount + notificationFee,
        notificationFee,
        status: "PO_UNPAID",
        paymentDate: null,
      };
    }),
  };
}

/** Payable at once, or from its validity date on. */
export function publishPosition(position: StoredPosition, nowMs: number): StoredPosition {
  const waits = typeof position.validityDate === "string";
  return { ...position, status: waits ? "PUBLISHED" : "VALID", publishDate: toInstant(nowMs) };
}

/** Why a draft cannot be published now, or `null`. */
export function publishFault(position: StoredPosition, nowMs: number): string | null {
  const { validityDate } = position;
  if (typeof validityDate === "string" && parseGpdInstant(validityDate) < nowMs)
    return "Publish request occurred after the validity date began";
  for (const { dueDate } of position.paymentOption)
    if (parseGpdInstant(dueDate) < nowMs)
      return "Publish request occurred after the due date of a payment options has expired";
  return null;
}

/** The status that time has made; GPD finds it only when it looks. */
export function computeStatus(position: StoredPosition, nowMs: number): GpdStatus {
  const { validityDate } = position;
  let { status } = position;
  if (
    status === "PUBLISHED" &&
    typeof validityDate === "string" &&
    parseGpdInstant(validityDate) < nowMs
  )
    status = "VALID";
  if (status !== "VALID" || !position.switchToExpired) return status;
  for (const { dueDate } of position.paymentOption)
    if (parseGpdInstant(dueDate) >= nowMs) return status;
  return "EXPIRED";
}

/**
 * SEND's fee goes on an unpaid option with a transfer of the creditor itself. Source: GPD PaymentsService, NotificationFeeUpdateService.
 * What GPD answers for a draft or a cancelled position was not found: here it takes none, so that a notice nobody can pay is refused.
 */
export function takesFee(position: StoredPosition, nav: string): boolean {
  const { status, organizationFiscalCode: own } = position;
  const option = position.paymentOption.find((one) => one.nav === nav);
  return (
    ["VALID", "PUBLISHED", "PARTIALLY_PAID"].includes(status) &&
    option?.status === "PO_UNPAID" &&
    option.transfer.some(({ organizationFiscalCode }) => (organizationFiscalCode ?? own) === own)
  );
}

/** The position after a payment of one notice code. */
export function payPosition(position: StoredPosition, nav: string, nowMs: number): StoredPosition {
  const now = toInstant(nowMs);
  const paymentOption = position.paymentOption.map((option) =>
    option.nav === nav ? { ...option, status: "PO_PAID" as const, paymentDate: now } : option,
  );
  const isPart = paymentOption.some(
    (option) => option.isPartialPayment && option.status === "PO_UNPAID",
  );
  return {
    ...position,
    paymentOption,
    status: isPart ? "PARTIALLY_PAID" : "PAID",
    paymentDate: isPart ? null : now,
    lastUpdatedDate: now,
  };
}

/** A position that is there before the run. */
export interface SeededPosition {
  readonly organization: string;
  readonly iupd: string;
  /** Default VALID. */
  readonly status?: GpdStatus;
  readonly options: readonly {
    readonly iuv: string;
    /** Default: 3 and the IUV. */
    readonly nav?: string;
    readonly amountCents: number;
    /** Set by SEND once the notification is under way; on top of the amount. Default 0. */
    readonly notificationFeeCents?: number;
  }[];
  /** Default: a year from now. */
  readonly dueDate?: string;
  /** Default false. */
  readonly switchToExpired?: boolean;
}

/** The position of a seed, owed by a fictional company. */
export function buildSeededPosition(seed: SeededPosition, nowMs: number): StoredPosition {
  const now = toInstant(nowMs);
  const status = seed.status ?? "VALID";
  const isPaid = status === "PAID" || status === "REPORTED";
  const dueDate = seed.dueDate ?? toInstant(nowMs + 365 * 86_400_000);
  const draft = buildDraft(
    {
      iupd: seed.iupd,
      type: "G",
      fiscalCode: "00000000000",
      fullName: "Debitore fittizio",
      switchToExpired: seed.switchToExpired ?? false,
      companyName: "Ente fittizio",
      paymentOption: seed.options.map(({ iuv, nav, amountCents }) => ({
        iuv,
        nav: nav ?? `3${iuv}`,
        amount: amountCents,
        description: "Violazione Codice della Strada",
        isPartialPayment: status === "PARTIALLY_PAID",
        dueDate,
        transfer: [
          {
            idTransfer: "1",
            amount: amountCents,
            remittanceInformation: "Violazione Codice della Strada",
            category: "9/0101108TS/",
            iban: "IT60X0542811101000000123456",
          },
        ],
      })),
    },
    { organization: seed.organization, nowMs },
  );
  const paymentOption = draft.paymentOption.map((option, index): StoredOption => {
    const notificationFee = seed.options[index]?.notificationFeeCents ?? 0;
    const hasPaid = index === 0 && (isPaid || status === "PARTIALLY_PAID");
    return {
      ...option,
      notificationFee,
      amount: option.amount + notificationFee,
      status: hasPaid ? "PO_PAID" : "PO_UNPAID",
      paymentDate: hasPaid ? now : null,
    };
  });
  return {
    ...draft,
    status,
    publishDate: status === "DRAFT" ? null : now,
    paymentDate: isPaid ? now : null,
    paymentOption,
  };
}
