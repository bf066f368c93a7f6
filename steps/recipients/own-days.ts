/** Until when each recipient may pay with the codes of his own position. */
import type { LegalTerms } from "../../integrations/register/terms.ts";
import type { Payment } from "../schemas/fields.ts";
import { listPositions } from "./addressees.ts";

/**
 * `null`: no day is known. A position that stands alone is that of all recipients and closes after the last of them; where each
 * has one of his own it closes by his own days.
 */
export function findOwnDays(
  { payable, recipients }: Pick<LegalTerms, "payable" | "recipients">,
  payment: Pick<Payment, "ref" | "options">,
  recipient: number,
): LegalTerms["payable"] {
  if (listPositions(payment).length < 2) return payable;
  const terms = recipients.find(({ index }) => index === recipient)?.terms ?? [];
  const find = (name: string): string | null =>
    terms.find((term) => term.name === name)?.day ?? null;
  return { discounted: find("discounted"), reduced: find("reduced") };
}
