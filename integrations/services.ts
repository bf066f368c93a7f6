/** What steps may use, by name, and the four makers of steps bound to it. */
import { createStepMakers } from "../engine/step/step.ts";
import type { AlertsPort } from "./alerts/port.ts";
import { layAct } from "./lay-act.ts";
import type { EnteSettings } from "./ente.ts";
import type { PreservationPort } from "./conservazione/port.ts";
import type { EsitiPort } from "./esiti/port.ts";
import type { FlussoPort } from "./flusso/port.ts";
import type { LookupPort } from "./lookups/port.ts";
import {
  getMostCallsPerSecond,
  getPaymentCosts,
  getPositionNames,
} from "./payments/create-payments.ts";
import type { NotificationCosts, PaymentsPort, PositionNames } from "./payments/port.ts";
import type { ProtocolPort } from "./protocollo/port.ts";
import type { Register } from "./register/port.ts";
import type { SendDesk } from "./send/desk-port.ts";
import type { SendPort, SendVerdicts } from "./send/port.ts";
import type { SigningPort } from "./signing/port.ts";

export interface Services {
  /** The ente's file, checked; secrets are names here, never values. */
  readonly ente: EnteSettings;
  readonly flusso: FlussoPort;
  readonly payments: PaymentsPort;
  readonly send: SendPort;
  readonly verdicts: SendVerdicts;
  /** What an office asks of SEND about a notification that has its IUN. */
  readonly desk: SendDesk;
  readonly signing: SigningPort;
  /** What is known of the ente's notifications across runs. */
  readonly register: Register;
  /** The office's own program, which is told what became of its verbali. */
  readonly esiti: EsitiPort;
  /** The preservation system, which keeps acts and proofs by law. */
  readonly preservation: PreservationPort;
  /** The office that gives protocol numbers. */
  readonly protocollo: ProtocolPort;
  /** Registers of the State that know where people live. */
  readonly lookups: LookupPort;
  /** Whoever is to be told by mail. */
  readonly alerts: AlertsPort;
}

/** Settings that the engine has held against the schema of an ente file, as what they are for the kind of act of their pipeline: the engine knows none of its fields. */
export function toEnteSettings(settings: Readonly<Record<string, unknown>>): EnteSettings {
  return layAct(settings as unknown as EnteSettings);
}

export type { ActCheck, ActKind, ActTerm } from "./act.ts";

/** By which names a flusso may call a position, as the ente's payment system knows them. */
export function readPositionNames({ payments }: Pick<EnteSettings, "payments">): PositionNames {
  return getPositionNames(payments);
}

/** What the ente's payment system lets through of a key in a second; `null`: all. */
export function readMostCallsPerSecond({
  payments,
}: Pick<EnteSettings, "payments">): number | null {
  return getMostCallsPerSecond(payments);
}

/** How the costs of a notification reach who pays a position on the ente's payment system. */
export function readPaymentCosts({ payments }: Pick<EnteSettings, "payments">): NotificationCosts {
  return getPaymentCosts(payments);
}

export { describeCosts, type FeeSettings, findCostFault, modePath } from "./costs.ts";

export const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<Services>();
