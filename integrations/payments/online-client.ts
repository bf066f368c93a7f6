/** What a client of a payment system over the network is made with, and its door. */
import type { Clock } from "../../engine/host/clock.ts";
import type { Http, HttpAnswer } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import { type CodeOptions, hasPayableAmounts } from "./payment-codes.ts";
import { createDoor, type Door } from "./payment-door.ts";
import { amountsRefusedError, clearDoubt } from "./payment-notes.ts";
import type { Counters, OpenPosition, PaymentsPort, ResetOrder } from "./port.ts";
import type { OnlinePayments } from "./settings.ts";

export interface OnlineClientOptions {
  readonly settings: OnlinePayments;
  readonly creditor: { readonly taxId: string; readonly name: string };
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly counters: Counters;
}

export interface DoorOfClient {
  /** As an operator knows it: `GPD`. */
  readonly service: string;
  /** Credentials; asked for at each call. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** A 5xx that is an answer for good; default none. */
  readonly isRefusal?: (answer: HttpAnswer) => boolean;
}

/** The client's door, with one token bucket per creditor and service. */
export function openDoor(options: OnlineClientOptions, door: DoorOfClient): Door {
  const { settings, creditor } = options;
  return createDoor({
    ...options,
    ...door,
    baseUrl: settings.baseUrl,
    bucket: `payments/${door.service.toLowerCase()}/${creditor.taxId}`,
    requestsPerSecond: settings.requestsPerSecond,
  });
}

/** Where the codes of the client's orders come from. */
export function pickCodeOptions({
  settings,
  creditor,
  counters,
}: OnlineClientOptions): CodeOptions {
  const { segregationCode, firstNumber } = settings;
  return { counters, creditorTaxId: creditor.taxId, segregationCode, firstNumber };
}

/** A port's `reset` of a client that repeats itself by name: amounts that can be told apart, and no wait that leaves a doubt. */
export function guardReset(
  reset: (order: ResetOrder, signal: AbortSignal | undefined) => Promise<OpenPosition>,
): PaymentsPort["reset"] {
  return async (order, signal) => {
    if (!hasPayableAmounts(order)) throw amountsRefusedError();
    try {
      return await reset(order, signal);
    } catch (error) {
      throw clearDoubt(error);
    }
  };
}
