/** Who pays for a notification and who adds it to the notice: what fee policy, pagoPaIntMode and payment system of an ente say together. */
import type { EnteSettings } from "./ente.ts";
import { getPaymentCosts } from "./payments/create-payments.ts";
import type { NotificationCosts } from "./payments/port.ts";

/** What an ente file says of the costs to SEND. */
export type FeeSettings = Pick<EnteSettings["send"], "feePolicy" | "pagoPaIntMode">;

/** What is wrong, in Italian; `path`: where the ente's file says it. */
export interface CostFault {
  readonly code: "FEE_LOST" | "FEE_POLICY";
  readonly path: readonly string[];
  readonly why: string;
  readonly remedy: string;
  /** The remedy for who reads no names of settings. */
  readonly ask: string;
}

const askMode =
  "chiedere al tecnico di togliere dal file dell'ente il modo di aggiornare il costo: vale quello del sistema dei pagamenti";
const askGap = "chiedere al tecnico di completare le impostazioni dei pagamenti";

/** Where the mode stands. */
export const modePath = ["send", "pagoPaIntMode"];

/** At most one fault: what loses money is `FEE_LOST`, what does nothing `FEE_POLICY`. Source: SEND knowledge base, pagamenti pagoPA. */
export function findCostFault(
  { feePolicy, pagoPaIntMode: mode }: FeeSettings,
  costs: NotificationCosts,
): CostFault | null {
  if (feePolicy === "FLAT_RATE") {
    if (mode === undefined || mode === "NONE") return null;
    return {
      code: "FEE_POLICY",
      path: modePath,
      why: `con FLAT_RATE il destinatario non le paga: ${mode} non ha nulla da aggiungere`,
      remedy: "togliere send.pagoPaIntMode dal file dell'ente",
      ask: askMode,
    };
  }
  const right = `togliere send.pagoPaIntMode dal file dell'ente: per questo sistema dei pagamenti vale ${costs.mode}`;
  if (mode === "NONE")
    return {
      code: "FEE_LOST",
      path: modePath,
      why: "con DELIVERY_MODE le paga il destinatario, ma con NONE nessuno le aggiunge all'importo dell'avviso",
      remedy: right,
      ask: askMode,
    };
  if (mode !== undefined && mode !== costs.mode)
    return { code: "FEE_LOST", path: modePath, why: costs.otherwise, remedy: right, ask: askMode };
  const { gap } = costs;
  return gap === null
    ? null
    : {
        code: gap.isLoss ? "FEE_LOST" : "FEE_POLICY",
        path: gap.path,
        why: gap.why,
        remedy: gap.remedy,
        ask: askGap,
      };
}

/** How the costs of the ente's notifications are borne. */
export interface CostArrangement {
  /** Italian, what follows «le spese di notifica:», without a stop. */
  readonly sentence: string;
  /** The recipient pays them with the notice, because somebody adds them there. */
  readonly isAdded: boolean;
}

/** In one sentence, as far as the settings say; what `doctor` asks proves it. */
export function describeCosts({
  send,
  payments,
}: Pick<EnteSettings, "send" | "payments">): CostArrangement {
  if (send.feePolicy === "FLAT_RATE")
    return { sentence: "le paga l'ente, agli avvisi non si aggiunge nulla", isAdded: false };
  const costs = getPaymentCosts(payments);
  const fault = findCostFault(send, costs);
  return fault === null
    ? { sentence: costs.who, isAdded: true }
    : { sentence: fault.why, isAdded: false };
}
