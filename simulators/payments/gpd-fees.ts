/** SEND's fee on an option of the simulated GPD: put, kept and handed out; pure. Source: GPD PaymentsService, NotificationFeeUpdateService, CRUDService.updateAmounts. */
import { toInstant } from "../../engine/host/clock.ts";
import type { StoredOption, StoredPosition } from "./gpd-position.ts";

/**
 * Whether SEND may put its fee on a notice before it accepts the notification.
 * What GPD answers for a draft or a cancelled position was not found: here it takes none, so that a notice nobody can pay is refused.
 */
export function takesFee(position: StoredPosition, nav: string): boolean {
  const option = position.paymentOption.find((one) => one.nav === nav);
  return (
    ["VALID", "PUBLISHED", "PARTIALLY_PAID"].includes(position.status) &&
    option?.status === "PO_UNPAID" &&
    findOwnTransfer(option, position.organizationFiscalCode) >= 0
  );
}

/** The position with another fee on one option, or `null` where GPD answers 422: the option is paid, or no transfer of it is the creditor's. */
export function putFee(
  position: StoredPosition,
  nav: string,
  { feeCents, nowMs }: { readonly feeCents: number; readonly nowMs: number },
): StoredPosition | null {
  const { organizationFiscalCode: own, status } = position;
  const found = position.paymentOption.find((one) => one.nav === nav);
  if (found?.status !== "PO_UNPAID" || ["DRAFT", "INVALID"].includes(status)) return null;
  const changed = exchangeFee(found, own, feeCents);
  if (changed === null) return null;
  const now = toInstant(nowMs);
  const dated = { ...changed, lastUpdatedDateNotificationFee: now };
  return {
    ...position,
    lastUpdatedDate: now,
    paymentOption: position.paymentOption.map((one) => (one === found ? dated : one)),
  };
}

/** The old fee is taken off amount and transfer first; `null`: no transfer is the creditor's. */
export function exchangeFee(
  option: StoredOption,
  own: string,
  feeCents: number,
): StoredOption | null {
  const change = feeCents - option.notificationFee;
  const target = findOwnTransfer(option, own);
  if (target < 0) return null;
  return {
    ...option,
    notificationFee: feeCents,
    amount: option.amount + change,
    transfer: option.transfer.map((part, index) =>
      index === target ? { ...part, amount: part.amount + change } : part,
    ),
  };
}

/** The transfer of lowest number that is the creditor's own, or -1. */
function findOwnTransfer({ transfer }: Pick<StoredOption, "transfer">, own: string): number {
  let found = -1;
  for (const [index, { organizationFiscalCode, idTransfer }] of transfer.entries()) {
    if ((organizationFiscalCode ?? own) !== own) continue;
    if (found < 0 || idTransfer < (transfer[found]?.idTransfer ?? "")) found = index;
  }
  return found;
}

/** Metadata of an option as it is handed out and comes back in the receipt: the platform adds the fee on the fly. */
export function listMetadata({
  notificationFee,
  paymentOptionMetadata = [],
}: StoredOption): readonly { readonly key: string; readonly value: string }[] {
  if (notificationFee === 0) return paymentOptionMetadata;
  return [...paymentOptionMetadata, { key: "NOTIFICATION_FEE", value: String(notificationFee) }];
}
