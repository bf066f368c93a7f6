/** Whether the costs of a notification reach the payer: what the ente's fee policy, pagoPaIntMode and payment system say of each other. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import type { NotificationCosts } from "../../integrations/payments/port.ts";
import { readPaymentCosts, type Services, toEnteSettings } from "../../integrations/services.ts";
import {
  buildFinding,
  type CheckCode,
  type CheckSeverity,
  checks,
  type Finding,
} from "./catalogue.ts";

type FeeSettings = Pick<Services["ente"]["send"], "feePolicy" | "pagoPaIntMode">;

/** What is wrong, in Italian; `path`: where the ente's file says it. */
export interface CostFault {
  readonly code: "FEE_LOST" | "FEE_POLICY";
  readonly path: readonly string[];
  readonly why: string;
  readonly remedy: string;
}

const modePath = ["send", "pagoPaIntMode"];

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
      why: `con FLAT_RATE il destinatario non le paga: pagoPaIntMode ${mode} non ha nulla da aggiungere`,
      remedy: "togliere send.pagoPaIntMode dal file dell'ente",
    };
  }
  const right = `togliere send.pagoPaIntMode dal file dell'ente: per questo sistema dei pagamenti vale ${costs.mode}`;
  if (mode === "NONE")
    return {
      code: "FEE_LOST",
      path: modePath,
      why: "con DELIVERY_MODE le paga il destinatario, ma con pagoPaIntMode NONE nessuno le aggiunge all'importo dell'avviso",
      remedy: right,
    };
  if (mode !== undefined && mode !== costs.mode)
    return { code: "FEE_LOST", path: modePath, why: costs.otherwise, remedy: right };
  const { gap } = costs;
  return gap === null
    ? null
    : {
        code: gap.isLoss ? "FEE_LOST" : "FEE_POLICY",
        path: gap.path,
        why: gap.why,
        remedy: gap.remedy,
      };
}

/** What concerns every verbale of the ente; what only its people can answer for is told by `check` alone. */
export function checkCosts(send: FeeSettings, costs: NotificationCosts): Finding[] {
  const fault = findCostFault(send, costs);
  const isOfTheMode = fault?.path === modePath;
  if (fault === null || (fault.code === "FEE_POLICY" && !isOfTheMode)) return [];
  return [buildFinding(fault.code, "Spese di notifica", `${fault.why}.`, `${fault.remedy}.`)];
}

/** What `check` says at the place in the ente's file, as grave as the step's `severity` has it. */
export function inspectCosts(
  config: Readonly<Record<string, unknown>>,
  { settings }: InspectContext,
): readonly SettingFault[] {
  if (settings === null) return [];
  const ente = toEnteSettings(settings);
  const fault = findCostFault(ente.send, readPaymentCosts(ente));
  if (fault === null) return [];
  const chosen = (config["severity"] ?? {}) as Partial<Record<CheckCode, CheckSeverity>>;
  const severity = chosen[fault.code] ?? checks[fault.code].severity;
  if (severity === "off") return [];
  return [
    {
      within: "ente",
      path: fault.path,
      severity,
      message: `spese di notifica: ${fault.why}`,
      remedy: fault.remedy,
    },
  ];
}
