/** Of a kind of act what stays with the act that is sent: its terms as they are told to the recipient. */
import type { SentKind, SentTerm } from "../../integrations/register/kinds.ts";
import type { ActKind, ActTerm } from "../../integrations/services.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { findNotification } from "./notification.ts";

export function toSentKind(kind: ActKind, verbale: Verbale): SentKind {
  const { name, title, payment, terms = {} } = kind;
  const notification = findNotification(kind, verbale);
  return {
    name,
    title,
    payment: {
      ...toSentTerm(payment),
      closesCode: payment.closesCode,
      ...(payment.discounted !== undefined && { discounted: toSentTerm(payment.discounted) }),
    },
    terms: Object.fromEntries(
      Object.entries(terms).map(([term, rule]) => [term, toSentTerm(rule)]),
    ),
    ...(notification !== null && {
      notification: { ...toSentTerm(notification.rule), start: notification.start },
    }),
  };
}

/** The rule alone. */
function toSentTerm(rule: ActTerm): SentTerm {
  const { title, days, daysAbroad, onHoliday, isSaturdayFree, isSuspendedInAugust } = rule;
  const { source, mark } = rule;
  return {
    title,
    days,
    ...(daysAbroad !== undefined && { daysAbroad }),
    onHoliday,
    isSaturdayFree,
    isSuspendedInAugust,
    source,
    mark,
  };
}
