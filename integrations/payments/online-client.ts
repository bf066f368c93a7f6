/** What a client of a payment system over the network is made with, and its door. */
import { askTechnician } from "../../engine/host/hint.ts";
import type { Clock } from "../../engine/host/clock.ts";
import type { Http, HttpAnswer } from "../../engine/host/http.ts";
import type { Limiter, Rate, SlidingWindow } from "../../engine/host/limiter.ts";
import { type CodeOptions, hasPayableAmounts } from "./payment-codes.ts";
import { createDoor, type Door } from "./payment-door.ts";
import { amountsRefusedError, clearDoubt, paymentsNotConfiguredError } from "./payment-notes.ts";
import type { DoctorFinding } from "../diagnosis.ts";
import type {
  Counters,
  OpenPosition,
  PaymentsPort,
  ResetOrder,
  ScheduleEnd,
  ScheduleOrder,
} from "./port.ts";
import type { OnlineSettings, SharedSettings } from "./shared-settings.ts";

export interface OnlineDoorOptions {
  readonly settings: OnlineSettings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  /** How long a 429 is waited out; default that of the door. */
  readonly patienceMs?: number;
}

/** Settings with address and account. Throws RunBlocked `PAYMENTS_NOT_CONFIGURED` when one is missing. */
export function requireOnlineSettings<Settings extends SharedSettings>(
  settings: Settings,
): Settings & OnlineSettings {
  const { baseUrl, iban } = settings;
  if (baseUrl === undefined) throw paymentsNotConfiguredError("payments.baseUrl");
  if (iban === undefined) throw paymentsNotConfiguredError("payments.iban");
  return { ...settings, baseUrl, iban };
}

export interface DoorOfClient {
  /** As an operator knows it: `GPD`. */
  readonly service: string;
  /** Credentials; asked for at each call. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** A 5xx that is an answer for good; default none. */
  readonly isRefusal?: (answer: HttpAnswer) => boolean;
  /** What the service lets through. */
  readonly rate: Rate | SlidingWindow;
}

/** The client's door. */
export function openDoor(options: OnlineDoorOptions, door: DoorOfClient): Door {
  return createDoor({ ...options, ...door, baseUrl: options.settings.baseUrl });
}

/** Where the codes of the client's orders come from. */
export function pickCodeOptions({
  settings,
  creditor,
  counters,
}: OnlineDoorOptions & { readonly counters: Counters }): CodeOptions {
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

/** A port's `schedule` of a client that repeats itself by name: no wait leaves a doubt. */
export function guardSchedule(
  schedule: (order: ScheduleOrder, signal: AbortSignal | undefined) => Promise<ScheduleEnd>,
): PaymentsPort["schedule"] {
  return async (order, signal) => {
    try {
      return await schedule(order, signal);
    } catch (error) {
      throw clearDoubt(error);
    }
  };
}

/** What `doctor` tells of an answer: whether it is one that the service itself gives. `below`: what stands after the base URL. */
export function judgeAnswer(
  service: string,
  { status }: HttpAnswer,
  { isItsOwn, below }: { readonly isItsOwn: boolean; readonly below: string },
): DoctorFinding {
  if (isItsOwn) return { state: "good", note: `${service} risponde e accetta le credenziali.` };
  return {
    state: "bad",
    note: `L'indirizzo dei pagamenti risponde, ma non come ${service} (HTTP ${status}).`,
    hint: askTechnician(
      "controllare l'indirizzo dei pagamenti nel file dell'ente",
      `Controllare «payments: baseUrl:» nel file dell'ente: per ${service} senza ${below}.`,
    ),
  };
}

export function hasField({ body }: HttpAnswer, name: string): boolean {
  return typeof body === "object" && body !== null && name in body;
}
