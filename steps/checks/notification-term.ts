/** Until when a verbale has to be notified, as the law of its ente counts. */
import type { ActKind } from "../../integrations/services.ts";
import { findNotification } from "../kinds/notification.ts";
import { countByRule, countTerm, type LegalTerm } from "../law/count-term.ts";
import type { Law } from "../law/law.ts";
import { pickNotificationTerm } from "../law/notification-start.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { livesAbroad } from "./address.ts";

/** `days`: in the place of those of the law. */
export function countNotificationTerm(law: Law, verbale: Verbale, days?: number): LegalTerm;
/** The same of an act of a kind; `null`: it has no such term. */
export function countNotificationTerm(
  law: Law,
  verbale: Verbale,
  days: number | undefined,
  kind: ActKind | undefined,
): LegalTerm | null;
export function countNotificationTerm(
  law: Law,
  verbale: Verbale,
  days?: number,
  kind?: ActKind,
): LegalTerm | null {
  // The term is of each recipient: one who lives in Italy has to be reached by the shorter one.
  const isAbroad = [verbale.destinatario, ...(verbale.destinatari ?? [])].every(livesAbroad);
  if (kind !== undefined) {
    const found = findNotification(kind, verbale);
    if (found === null) return null;
    const rule = { ...found.rule, name: "notification" } as const;
    return countByRule(law, rule, { start: found.start, isAbroad });
  }
  const { name, start } = pickNotificationTerm(verbale, law.renotification);
  return countTerm(law, name, { start, isAbroad, ...(days !== undefined && { days }) });
}
