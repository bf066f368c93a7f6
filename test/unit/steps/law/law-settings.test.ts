/** What an ente's file may say of the law: the example of the page for technicians, and values that are no law. */
import { expect, test } from "bun:test";
import { Value } from "typebox/value";
import { parse } from "yaml";
import { LawSettings } from "../../../../integrations/law.ts";
import { computeTerms } from "../../../../steps/law/compute-terms.ts";
import { nationalHolidays } from "../../../../steps/law/holidays.ts";
import { downtimeRule, readLaw } from "../../../../steps/law/law.ts";
import { termRules } from "../../../../steps/law/terms.ts";
import { readRepositoryFile } from "../../../support/repository.ts";

const [, example = ""] =
  /```yaml\n([\s\S]*?)```/.exec(readRepositoryFile("docs/it/termini.md")) ?? [];

test("the example of the page is taken as it stands, and counts", () => {
  const { law } = parse(example) as { readonly law: LawSettings };

  expect(Value.Check(LawSettings, law)).toBe(true);
  const notify = (accertamento: string) =>
    computeTerms({ accertamento }, readLaw(law)).map(({ day, source }) => `${day} ${source}`);
  expect(notify("2026-12-31")).toEqual([
    "2027-03-31 art. 201 c. 1 CdS; che un giorno festivo lo sposti è discusso",
  ]);
  expect(notify("2027-01-01")).toEqual(["2027-04-11 legge nuova"]);
});

test.each([
  ["a day that no calendar has", { localHolidays: ["13-01"] }],
  ["a day in the Italian order", { localHolidays: ["29-06"] }],
  ["a term that nobody knows", { terms: { tar: [{ days: 60 }] } }],
  ["a term of no days", { terms: { prefetto: [{ days: 0 }] } }],
  ["one rule where a list is meant", { terms: { prefetto: { days: 30 } } }],
  ["a first day that is none", { terms: { prefetto: [{ days: 30, from: "1/1/2027" }] } }],
])("%s is refused", (_title, law) => {
  expect(Value.Check(LawSettings, law)).toBe(false);
});

test("every row of the tables says where it comes from, and every term can be changed", () => {
  const rows = [...Object.values(termRules), ...nationalHolidays, downtimeRule];

  expect(rows.filter(({ source }) => source.trim() === "")).toEqual([]);
  expect(Object.keys(LawSettings.properties.terms.properties).toSorted()).toEqual(
    Object.keys(termRules).toSorted(),
  );
});
