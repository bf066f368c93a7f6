/** Within which term an act of a kind is to be notified, and from which of its days. */
import type { ActKind, ActTerm } from "../../integrations/services.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { readActValue } from "./values.ts";

/** `null`: the kind has no such term, or the act not the day from which it runs, which a check tells. */
export function findNotification(
  kind: ActKind,
  verbale: Verbale,
): { readonly rule: ActTerm; readonly start: string } | null {
  if (kind.notification === undefined) return null;
  const start = readActValue(verbale, kind.notification.from, kind);
  return typeof start === "string" && /^\d{4}-\d{2}-\d{2}$/.test(start)
    ? { rule: kind.notification, start }
    : null;
}
