/** Until when a verbale has to be notified, as the law of its ente counts. */
import { countTerm, type LegalTerm } from "../law/count-term.ts";
import type { Law } from "../law/law.ts";
import { pickNotificationTerm } from "../law/notification-start.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { isForeign } from "./address.ts";

/** `days`: in the place of those of the law. */
export function countNotificationTerm(law: Law, verbale: Verbale, days?: number): LegalTerm {
  const isAbroad = isForeign(verbale.destinatario.indirizzo);
  const { name, start } = pickNotificationTerm(verbale, law.renotification);
  return countTerm(law, name, { start, isAbroad, ...(days !== undefined && { days }) });
}
