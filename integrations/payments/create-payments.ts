/** Who answers for an ente's payments: the adapter that its file names. */
import { join } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import { createFilePayments } from "./file/file-adapter.ts";
import { createGovPayPayments } from "./govpay/client.ts";
import { createGpdPayments } from "./gpd/client.ts";
import type { Counters, PaymentsPort } from "./port.ts";
import type { OnlinePayments, PaymentsSettings } from "./settings.ts";

export interface CreatePaymentsOptions {
  readonly settings: PaymentsSettings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  /** Codice of the ente: its folder in the outbox. */
  readonly ente: string;
  /** Values by name, read when first needed; throws RunBlocked when one is missing. */
  readonly secrets: { get(name: string): Promise<string> };
  readonly outboxFolder: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly counters: Counters;
}

/** The ente's payment system. Throws RunBlocked `PAYMENTS_NOT_CONFIGURED` when its file lacks what the adapter needs. */
export function createPayments(options: CreatePaymentsOptions): PaymentsPort {
  const { settings, secrets } = options;
  const { govpay, subscriptionKey } = settings;
  if (settings.adapter === "govpay") {
    if (govpay === undefined) throw paymentsNotConfiguredError("payments.govpay");
    const readPassword = (): Promise<string> => secrets.get(govpay.password.secret);
    return createGovPayPayments({
      ...options,
      settings: requireOnlineSettings(settings),
      govpay,
      password: readPassword,
    });
  }
  if (settings.adapter === "file") {
    const folder = join(options.outboxFolder, options.ente, "pagamenti");
    return createFilePayments({ ...options, folder });
  }
  if (subscriptionKey === undefined) throw paymentsNotConfiguredError("payments.subscriptionKey");
  return createGpdPayments({
    ...options,
    settings: requireOnlineSettings(settings),
    subscriptionKey: () => secrets.get(subscriptionKey.secret),
  });
}

/** The settings of an adapter that answers over the network. Throws RunBlocked `PAYMENTS_NOT_CONFIGURED` when address or account is missing. */
export function requireOnlineSettings(settings: PaymentsSettings): OnlinePayments {
  const { baseUrl, iban } = settings;
  if (baseUrl === undefined) throw paymentsNotConfiguredError("payments.baseUrl");
  if (iban === undefined) throw paymentsNotConfiguredError("payments.iban");
  return { ...settings, baseUrl, iban };
}

/** The ente file lacks what its adapter needs. */
export function paymentsNotConfiguredError(what: string): RunBlocked {
  return new RunBlocked(
    "PAYMENTS_NOT_CONFIGURED",
    `Nel file dell'ente manca ${what}: le posizioni debitorie non si possono gestire.`,
    { hint: `Completare la parte «payments» del file dell'ente: ${what}.` },
  );
}
