/** The terms of law on the page of a verbale: one row each, with its day, its count and its source. */
import { expect, test } from "bun:test";
import type { CountedTerm, LegalTerms } from "../../../../integrations/register/terms.ts";
import { buildSections } from "../../../../server/history/item-sections.ts";

const discounted: CountedTerm = {
  name: "discounted",
  title: "Pagamento scontato del 30%",
  start: "2026-12-03",
  days: 5,
  day: "2026-12-09",
  trace: ["5° giorno: martedì 8 dicembre 2026.", "8 dicembre 2026, festivo: vale il 9."],
  source: "art. 202 c. 1 CdS",
  mark: "read",
};
const prefetto: CountedTerm = {
  ...discounted,
  name: "prefetto",
  title: "Ricorso al Prefetto",
  trace: ["60° giorno: lunedì 1° febbraio 2027."],
  day: "2027-02-01",
  source: "art. 203 CdS",
  mark: "memory",
};
const payable = { discounted: "2026-12-09", reduced: "2027-02-01" };

test("one recipient: each term with its day, its count and whether the rule was looked up", () => {
  const terms: LegalTerms = {
    recipients: [{ index: 0, isFinal: true, terms: [discounted, prefetto] }],
    payable,
  };

  expect(buildSections({ terms }, {})).toEqual([
    {
      title: "Termini di legge",
      fields: [
        [
          "Pagamento scontato del 30%",
          "09/12/2026. 5° giorno: martedì 8 dicembre 2026. 8 dicembre 2026, festivo: vale il 9. Fonte: art. 202 c. 1 CdS.",
        ],
        [
          "Ricorso al Prefetto",
          "01/02/2027. 60° giorno: lunedì 1° febbraio 2027. Fonte: art. 203 CdS, da verificare.",
        ],
      ],
    },
  ]);
});

test("two recipients are told apart, and a day that is only scheduled is said", () => {
  const terms: LegalTerms = {
    recipients: [
      { index: 0, isFinal: true, terms: [prefetto] },
      { index: 1, isFinal: false, terms: [prefetto] },
    ],
    payable,
  };
  const [section] = buildSections({ terms }, {});

  expect(section?.fields.map(([label]) => label)).toEqual([
    "Ricorso al Prefetto (destinatario 1)",
    "Ricorso al Prefetto (destinatario 2)",
  ]);
  expect(section?.fields[1]?.[1]).toContain("Il giorno da cui decorre è solo in programma.");
});

test("a field of that name that another step adds is shown like any other", () => {
  expect(buildSections({ terms: { giorni: 5 } }, {})).toEqual([
    { title: "terms", fields: [["giorni", "5"]] },
  ]);
});
