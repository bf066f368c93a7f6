/** A position as the simulated GPD keeps it. */
import type { OptionBody, PositionBody } from "./gpd-rules.ts";
import type { GpdStatus } from "../../integrations/payments/gpd/wire.ts";

/** One option as it is kept; instants are ISO 8601 UTC. */
export interface StoredOption extends OptionBody {
  readonly nav: string;
  readonly notificationFee: number;
  readonly lastUpdatedDateNotificationFee?: string;
  /** The Node has asked for it, and no receipt has come yet. */
  readonly isInProgress?: boolean;
  readonly status: "PO_UNPAID" | "PO_PAID" | "PO_REPORTED";
  readonly paymentDate: string | null;
  /** Of the receipt, once one came in. */
  readonly idReceipt?: string;
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
