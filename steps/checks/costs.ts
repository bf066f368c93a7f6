/** Whether the costs of a notification reach the payer: what the ente's fee policy, pagoPaIntMode and payment system say of each other. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import type { NotificationCosts } from "../../integrations/payments/port.ts";
import {
  type FeeSettings,
  findCostFault,
  modePath,
  readPaymentCosts,
  toEnteSettings,
} from "../../integrations/services.ts";
import {
  buildFinding,
  type CheckCode,
  type CheckSeverity,
  checks,
  type Finding,
} from "./catalogue.ts";

/** What concerns every verbale of the ente; what only its people can answer for is told by `check` alone. */
export function checkCosts(send: FeeSettings, costs: NotificationCosts): Finding[] {
  const fault = findCostFault(send, costs);
  const isOfTheMode = fault?.path === modePath;
  if (fault === null || (fault.code === "FEE_POLICY" && !isOfTheMode)) return [];
  return [buildFinding(fault.code, "Spese di notifica", `${fault.why}.`, `${fault.ask}.`)];
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
