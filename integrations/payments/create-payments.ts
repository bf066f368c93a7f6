/** Who answers for an ente's payments: the descriptor that its file names, asked by whoever puts the ente's services together. */
import type { SecretRef } from "../secret-ref.ts";
import type { CreateOptions, PaymentAdapter } from "./adapter.ts";
import * as table from "./adapters.ts";
import { locateExchange } from "./file/payment-folder.ts";
import { addToldReceipts } from "./file/told-receipts.ts";
import type { NotificationCosts, PaymentsPort, PositionNames } from "./port.ts";
import type { PaymentsSettings } from "./settings.ts";

type CreatePaymentsOptions = CreateOptions<PaymentsSettings>;

const adapters: Readonly<Record<PaymentsSettings["adapter"], PaymentAdapter>> = { ...table };

/** The descriptor of the ente's payment system. */
export function findPaymentAdapter({ adapter }: Pick<PaymentsSettings, "adapter">): PaymentAdapter {
  return adapters[adapter];
}

/** Every name that an ente file may give. */
export function listAdapterNames(): readonly string[] {
  return Object.keys(adapters);
}

/** The ente's payment system, with what an office tells of payments besides. Throws RunBlocked `PAYMENTS_NOT_CONFIGURED` when its file lacks what the adapter needs. */
export function createPayments(options: CreatePaymentsOptions): PaymentsPort {
  const { settings, outboxFolder, ente } = options;
  const payments = findPaymentAdapter(settings).create(options);
  // With files alone there is nothing to add to.
  return settings.adapter === "file"
    ? payments
    : addToldReceipts(payments, locateExchange({ outboxFolder, ente }));
}

/** The secrets that the ente's payment system needs. */
export function listPaymentSecrets(settings: PaymentsSettings): readonly SecretRef[] {
  return findPaymentAdapter(settings).secrets(settings);
}

/** The addresses that the ente's payment system calls. */
export function listPaymentAddresses(settings: PaymentsSettings): readonly string[] {
  return findPaymentAdapter(settings).addresses(settings);
}

/** By which names a flusso may call a position to cancel. */
export function getPositionNames(settings: Pick<PaymentsSettings, "adapter">): PositionNames {
  return findPaymentAdapter(settings).positionNames;
}

/** What the gateway of an ente's payment system lets through of a key in a second; `null`: all. */
export function getMostCallsPerSecond(settings: Pick<PaymentsSettings, "adapter">): number | null {
  return findPaymentAdapter(settings).mostCallsPerSecond ?? null;
}

/** How the costs of a notification reach who pays a position there. */
export function getPaymentCosts(settings: PaymentsSettings): NotificationCosts {
  const { mode, otherwise, findGap, describe } = findPaymentAdapter(settings).costs;
  return { mode, otherwise, who: describe(settings), gap: findGap(settings) };
}
