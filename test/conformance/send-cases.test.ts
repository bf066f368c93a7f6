/** The sample cases of SEND's own tests, played against the simulated SEND where they are at hand: agreed, disagreed (with the reason), not applicable. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { taxonomyCodes } from "../../integrations/send/taxonomy.ts";
import { readCases } from "./case-file.ts";
import { verdictOf } from "./send-case-verdict.ts";
import { casesFile, hasCases, postalFolder } from "./send-openapi.ts";
import { tally, type CaseVerdict } from "./tally.ts";

if (!hasCases) console.warn("send-cases: skipped, the sample cases of SEND are not at hand");

test.skipIf(!hasCases)("every sample case is agreed, explained or not applicable", async () => {
  const cases = readCases(casesFile);
  const capTable = join(postalFolder, "PagoPA-ListaCLP.csv");
  const rows = readFileSync(capTable, "utf8")
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const [cap = "", locality = "", province = ""] = line.split(";");
      return { cap, locality, province };
    });
  const countries = join(postalFolder, "PagoPA-Lista-Nazioni.csv");
  const verdicts: (CaseVerdict & { readonly id: string })[] = [];

  for (const one of cases)
    verdicts.push({
      id: one.id,
      ...(await verdictOf(one, { capTable, countries, taxonomyCodes, rows })),
    });

  for (const row of verdicts) tally({ suite: "simulator, SEND cases", ...row });
  expect(verdicts).toHaveLength(cases.length);
  expect(verdicts.filter(({ verdict }) => verdict === "unexplained")).toEqual([]);
  expect(verdicts.filter(({ verdict }) => verdict === "agreed").length).toBeGreaterThan(
    cases.length / 2,
  );
});
