/** What happens to a position of the simulated GPD: made, published, aged, paid; pure. */
import { toInstant } from "../../engine/host/clock.ts";
import { exchangeFee } from "./gpd-fees.ts";
import type { StoredOption, StoredPosition } from "./gpd-position.ts";
import { parseGpdInstant } from "./gpd-rules.ts";
import type { OptionBody, PositionBody } from "./gpd-rules.ts";
import type { PaymentFault } from "./payer.ts";
import type { GpdStatus } from "../../integrations/payments/gpd/wire.ts";

export interface DraftFacts {
  readonly organization: string;
  readonly nowMs: number;
  /** The position that an update replaces. */
  readonly before?: StoredPosition;
}

/**
 * A draft of a body. The fee that SEND has put on an option stays with its IUV: GPD adds it to the amount that is sent, and to the
 * creditor's first transfer. `null`: there is no such transfer.
 */
export function buildDraft(body: PositionBody, facts: DraftFacts): StoredPosition | null {
  const options: StoredOption[] = [];
  for (const sent of body.paymentOption) {
    const old = facts.before?.paymentOption.find(({ iuv }) => iuv === sent.iuv);
    const option = buildOption(sent, old);
    const fee = old?.notificationFee ?? 0;
    const charged = fee === 0 ? option : exchangeFee(option, facts.organization, fee);
    if (charged === null) return null;
    options.push(charged);
  }
  return buildDraftOf(body, options, facts);
}

/** Source: GPD ConvertPPModelToPPEntity, mapAndUpdateOptionMetadata: in v1 a metadata key that is there keeps its old value. */
function buildOption(sent: OptionBody, old: StoredOption | undefined): StoredOption {
  const { paymentOptionMetadata: metadata } = sent;
  const keepOld = ({ key, value }: { readonly key: string; readonly value: string }) =>
    old?.paymentOptionMetadata?.find((one) => one.key === key) ?? { key, value };
  return {
    ...sent,
    ...(metadata === undefined ? {} : { paymentOptionMetadata: metadata.map(keepOld) }),
    nav: sent.nav ?? `3${sent.iuv}`,
    notificationFee: 0,
    ...(old?.lastUpdatedDateNotificationFee === undefined
      ? {}
      : { lastUpdatedDateNotificationFee: old.lastUpdatedDateNotificationFee }),
    // The Node knows of a payment that was begun, and a change of the position does not end it.
    ...(old?.isInProgress === true && { isInProgress: true }),
    status: "PO_UNPAID",
    paymentDate: null,
  };
}

function buildDraftOf(
  body: PositionBody,
  paymentOption: readonly StoredOption[],
  facts: DraftFacts,
): StoredPosition {
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
    paymentOption,
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

/** Why the payer of one notice is turned away, or `null`. An option expires by itself where the position says so, while its sibling goes on. Source: GPD ExpirationHandler, PaymentConflictValidator. */
export function paymentFault(
  position: StoredPosition,
  nav: string,
  nowMs: number,
): PaymentFault | null {
  const option = position.paymentOption.find((one) => one.nav === nav);
  switch (position.status) {
    case "INVALID":
      return "PAA_PAGAMENTO_ANNULLATO";
    case "PAID":
    case "REPORTED":
      return "PAA_PAGAMENTO_DUPLICATO";
    case "EXPIRED":
      return "PAA_PAGAMENTO_SCADUTO";
    case "VALID":
    case "PARTIALLY_PAID":
      break;
    case "DRAFT":
    case "PUBLISHED":
      return "PAA_PAGAMENTO_SCONOSCIUTO";
  }
  if (option === undefined) return "PAA_PAGAMENTO_SCONOSCIUTO";
  if (option.status !== "PO_UNPAID") return "PAA_PAGAMENTO_DUPLICATO";
  return position.switchToExpired && parseGpdInstant(option.dueDate) < nowMs
    ? "PAA_PAGAMENTO_SCADUTO"
    : null;
}

/** The position after a payment of one notice code. */
export function payPosition(
  position: StoredPosition,
  nav: string,
  { nowMs, receiptId }: { readonly nowMs: number; readonly receiptId?: string },
): StoredPosition {
  const now = toInstant(nowMs);
  const paymentOption = position.paymentOption.map((option) =>
    option.nav === nav
      ? {
          ...buildPaidOption(option, now),
          ...(receiptId !== undefined && { idReceipt: receiptId }),
        }
      : option,
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

function buildPaidOption(
  { isInProgress: _over, ...option }: StoredOption,
  now: string,
): StoredOption {
  return { ...option, status: "PO_PAID", paymentDate: now };
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
  if (draft === null) throw new Error("a new position has no fee");
  const paymentOption = draft.paymentOption.map((option, index): StoredOption => {
    const notificationFee = seed.options[index]?.notificationFeeCents ?? 0;
    const hasPaid = index === 0 && (isPaid || status === "PARTIALLY_PAID");
    return {
      ...(exchangeFee(option, seed.organization, notificationFee) ?? option),
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
