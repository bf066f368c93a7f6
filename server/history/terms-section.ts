/** The terms of law of a notification on the page of its verbale: when each ends, and how its day comes about. */
import { Value } from "typebox/value";
import { type CountedTerm, LegalTerms } from "../../integrations/register/terms.ts";
import { formatDay } from "../words/format.ts";

/** Title and rows of label and value; `null`: these are no terms. */
export function buildTermsSection(
  value: unknown,
): { readonly title: string; readonly fields: readonly (readonly [string, string])[] } | null {
  if (!Value.Check(LegalTerms, value)) return null;
  const { notification, recipients } = value;
  const isOne = recipients.length === 1;
  const rows = recipients.flatMap(({ index, isFinal = true, terms }) =>
    terms.map((term) =>
      describeTerm(term, {
        whose: isOne ? "" : ` (destinatario ${index + 1})`,
        hint: isFinal ? "" : " Il giorno da cui decorre è solo in programma.",
      }),
    ),
  );
  const own =
    notification === undefined ? [] : [describeTerm(notification, { whose: "", hint: "" })];
  return { title: "Termini di legge", fields: [...own, ...rows] };
}

const markWords: Readonly<Record<string, string>> = {
  memory: ", da verificare",
  inferred: ", dedotta",
};

function describeTerm(
  { title, day, trace, source, mark }: CountedTerm,
  { whose, hint }: { readonly whose: string; readonly hint: string },
): readonly [string, string] {
  const words = `${formatDay(day)}. ${trace.join(" ")}${hint} Fonte: ${source}${markWords[mark] ?? ""}.`;
  return [`${title}${whose}`, words];
}
