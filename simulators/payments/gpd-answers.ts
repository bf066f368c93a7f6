/** Bodies that the simulated GPD answers with: positions, payments and its report. Source: gpd openapi_external_v1. */
import { listMetadata } from "./gpd-fees.ts";
import type { StoredOption, StoredPosition } from "./gpd-position.ts";
import type { GpdStatus } from "../../integrations/payments/gpd/wire.ts";

type Json = Record<string, unknown>;

/** PaymentPositionModel: what create, update, publish and invalidate answer. */
export function buildPositionAnswer(position: StoredPosition): Json {
  const {
    organizationFiscalCode: _organization,
    insertedDate: _inserted,
    publishDate: _publish,
    lastUpdatedDate: _updated,
    ...model
  } = position;
  return dropAbsent({
    ...model,
    paymentOption: position.paymentOption.map((option) => {
      const { status: _status, paymentDate: _paid, isInProgress: _asked, ...sent } = option;
      const { lastUpdatedDateNotificationFee: _changed, idReceipt: _receipt, ...model } = sent;
      return dropAbsent({ ...model, fee: 0 });
    }),
  });
}

/** PaymentPositionModelBaseResponse: what a GET answers; it names no debtor. */
export function buildBaseAnswer(position: StoredPosition): Json {
  const { organizationFiscalCode, insertedDate } = position;
  return dropAbsent({
    iupd: position.iupd,
    organizationFiscalCode,
    type: position.type,
    companyName: position.companyName,
    officeName: position.officeName,
    insertedDate,
    publishDate: position.publishDate,
    validityDate: position.validityDate,
    paymentDate: position.paymentDate,
    status: position.status,
    lastUpdatedDate: position.lastUpdatedDate,
    paymentOption: position.paymentOption.map((option) => buildOptionAnswer(position, option)),
  });
}

/** PaymentsModelResponse: one option after it was marked as paid, or SEND changed its fee. */
export function buildPaymentAnswer(position: StoredPosition, nav: string): Json {
  const option = position.paymentOption.find((candidate) => candidate.nav === nav);
  if (option === undefined) throw new Error("the position has no such notice code");
  const { lastUpdatedDateNotificationFee } = option;
  return dropAbsent({
    ...buildOptionAnswer(position, option),
    lastUpdatedDateNotificationFee,
    serviceType: "GPD",
  });
}

/** PaymentsWithDebtorInfoModelResponse: what SEND and the Node are told of one option. */
export function buildDebtorAnswer(position: StoredPosition, nav: string): Json {
  const { type, fiscalCode, fullName, companyName, officeName, iupd, status } = position;
  const option = position.paymentOption.find((candidate) => candidate.nav === nav);
  if (option === undefined) throw new Error("the position has no such notice code");
  return dropAbsent({
    ...buildOptionAnswer(position, option),
    paymentOptionMetadata: listMetadata(option),
    iupd,
    type,
    fiscalCode,
    fullName,
    companyName,
    officeName,
    debtPositionStatus: status,
    serviceType: "GPD",
  });
}

function buildOptionAnswer(
  position: StoredPosition,
  { isInProgress: _asked, lastUpdatedDateNotificationFee: _changed, ...option }: StoredOption,
): Json {
  const { organizationFiscalCode, insertedDate, lastUpdatedDate } = position;
  const isReported = position.status === "REPORTED" && option.status === "PO_PAID";
  return dropAbsent({
    ...option,
    organizationFiscalCode,
    insertedDate,
    lastUpdatedDate,
    fee: 0,
    status: isReported ? "PO_REPORTED" : option.status,
    transfer: option.transfer.map((transfer) =>
      dropAbsent({
        organizationFiscalCode,
        ...transfer,
        insertedDate,
        lastUpdatedDate,
        status: isReported ? "T_REPORTED" : "T_UNREPORTED",
      }),
    ),
  });
}

function dropAbsent(fields: Json): Json {
  const kept: Json = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== undefined) kept[name] = value;
  return kept;
}

export interface GpdReport {
  readonly positions: readonly {
    readonly organization: string;
    readonly iupd: string;
    readonly status: GpdStatus;
    readonly options: readonly {
      readonly iuv: string;
      readonly nav: string;
      readonly amount: number;
    }[];
  }[];
  /** Creates that succeeded. */
  readonly created: number;
  /** Positions deleted so far. */
  readonly deleted: number;
  /** Positions that are INVALID now. */
  readonly cancelled: number;
  /** Positions that can be paid now: VALID or PUBLISHED. */
  readonly open: number;
  /** PAID, REPORTED or PARTIALLY_PAID. */
  readonly paid: number;
  /** Open positions by IUPD without its generation (`-g2`): more than one is a double. */
  readonly openByVerbale: Readonly<Record<string, number>>;
}

/** Counts what is there. */
export function buildGpdReport(
  positions: readonly StoredPosition[],
  tallies: { readonly created: number; readonly deleted: number },
): GpdReport {
  const openByVerbale: Record<string, number> = {};
  const count = { cancelled: 0, open: 0, paid: 0 };
  for (const { iupd, status } of positions) {
    if (status === "INVALID") count.cancelled += 1;
    if (["PAID", "REPORTED", "PARTIALLY_PAID"].includes(status)) count.paid += 1;
    if (status !== "VALID" && status !== "PUBLISHED") continue;
    count.open += 1;
    const verbale = iupd.replace(/-g[0-9]+$/, "");
    openByVerbale[verbale] = (openByVerbale[verbale] ?? 0) + 1;
  }
  return {
    positions: positions.map(({ organizationFiscalCode, iupd, status, paymentOption }) => ({
      organization: organizationFiscalCode,
      iupd,
      status,
      options: paymentOption.map(({ iuv, nav, amount }) => ({ iuv, nav, amount })),
    })),
    ...tallies,
    ...count,
    openByVerbale,
  };
}
