/** What a payment system is to the rest of the program: one descriptor in the folder of each. */
import type { Static, TObject, TProperties } from "typebox";
import type { Clock } from "../../engine/host/clock.ts";
import type { Http } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import type { DoctorFinding } from "../diagnosis.ts";
import type { SecretRef } from "../secret-ref.ts";
import type { CostGap, Counters, NotificationCosts, PaymentsPort, PositionNames } from "./port.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** What a payment system is asked with. */
export interface AskOptions<Settings = SharedSettings> {
  readonly settings: Settings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  /** Codice of the ente: its folder in the outbox. */
  readonly ente: string;
  /** Values by name, read when first needed; throws RunBlocked when one is missing. */
  readonly secrets: { get(name: string): Promise<string> };
  readonly outboxFolder: string;
  /** Day of Rome on which a payment system last asked Postino for a price; absent: none has. */
  readonly priceAskedOn?: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
}

/** What it is made with. */
export interface CreateOptions<Settings = SharedSettings> extends AskOptions<Settings> {
  readonly counters: Counters;
}

/** One payment system. `Own`: the fields of `payments:` that it alone reads, all of them optional or with a default. */
export interface PaymentAdapter<Own extends TProperties = TProperties> {
  readonly settings: Own;
  /** The secrets that its calls need, as far as the settings name them. */
  secrets(settings: AdapterSettings<Own>): readonly SecretRef[];
  /** Every address that it may call: real ones are guarded. */
  addresses(settings: AdapterSettings<Own>): readonly string[];
  readonly positionNames: PositionNames;
  /** Calls of a key in a second that its gateway lets through over the time that it looks at; absent: it sets no limit. */
  readonly mostCallsPerSecond?: number;
  readonly costs: Omit<NotificationCosts, "gap" | "who"> & {
    findGap(this: void, settings: AdapterSettings<Own>): CostGap | null;
    /** `NotificationCosts.who`. */
    describe(this: void, settings: AdapterSettings<Own>): string;
    /** Whether they are really added, as far as asking shows it without changing anything; only of settings without a gap. What it throws becomes a finding. */
    prove(
      this: void,
      options: AskOptions<AdapterSettings<Own>>,
      signal?: AbortSignal,
    ): Promise<DoctorFinding>;
  };
  /** Throws RunBlocked `PAYMENTS_NOT_CONFIGURED` when the settings lack what it needs. */
  create(options: CreateOptions<AdapterSettings<Own>>): PaymentsPort;
  /** Tries address and credentials without changing anything; what it throws becomes a finding. */
  diagnose(options: AskOptions<AdapterSettings<Own>>, signal?: AbortSignal): Promise<DoctorFinding>;
}

export type AdapterSettings<Own extends TProperties> = SharedSettings & Static<TObject<Own>>;

/** A descriptor with the types of its own settings. */
export function describeAdapter<Own extends TProperties>(
  adapter: PaymentAdapter<Own>,
): PaymentAdapter<Own> {
  return adapter;
}
