/** The terms of an act by what its kind said when it was sent, under the names by which pages and codes know those of payment. */
import type { SentKind } from "../../integrations/register/kinds.ts";
import type { TermFacts } from "../law/compute-terms.ts";
import { countByRule, type CountedRule, countTerm, type LegalTerm } from "../law/count-term.ts";
import type { Law } from "../law/law.ts";

type PaymentName = "discounted" | "reduced";

/** Until when each of the codes is paid; without a discount of its own both by the same rule. */
export function listPaymentRules({
  payment,
}: Pick<SentKind, "payment">): Readonly<Record<PaymentName, CountedRule<PaymentName>>> {
  const { closesCode: _, discounted = payment, ...rule } = payment;
  return {
    discounted: { ...discounted, name: "discounted" },
    reduced: { ...rule, name: "reduced" },
  };
}

/** Those of one recipient: of payment, the kind's others, and until when SEND keeps the documents. */
export function computeOwnTerms(
  kind: SentKind,
  { perfezionamento, firstPerfezionamento = perfezionamento, isAbroad = false }: TermFacts,
  { law, hasDiscount }: { readonly law: Law; readonly hasDiscount: boolean },
): readonly LegalTerm<string>[] {
  if (perfezionamento === undefined || firstPerfezionamento === undefined) return [];
  const { discounted, reduced } = listPaymentRules(kind);
  const rules: CountedRule<string>[] = [
    ...(hasDiscount ? [discounted] : []),
    reduced,
    ...Object.entries(kind.terms).map(([name, rule]) => ({ ...rule, name })),
  ];
  return [
    ...rules.map((rule) => countByRule(law, rule, { start: perfezionamento, isAbroad })),
    countTerm(law, "documents", { start: firstPerfezionamento, isAbroad }),
  ];
}
