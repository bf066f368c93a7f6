/** SEND's own cases about what a verbale or an ente file decides, put to `validate` and to the checks of the ente file where they are at hand. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PostalTable } from "../../integrations/flusso/port.ts";
import { buildPostalTable } from "../../integrations/flusso/postal/postal-table.ts";
import { readCases } from "./case-file.ts";
import { casesFile, hasCases, postalFolder } from "./send-openapi.ts";
import { tally, type CaseVerdict } from "./tally.ts";
import { verdictOf } from "./validate-case-verdict.ts";

if (!hasCases) console.warn("validate-cases: skipped, the sample cases of SEND are not at hand");

function fullTable(): PostalTable {
  const lines = readFileSync(join(postalFolder, "PagoPA-ListaCLP.csv"), "utf8").split(/\r?\n/);
  const rows = lines.slice(1).flatMap((line) => {
    const [cap, town, province] = line.split(";");
    return cap === undefined || town === undefined || province === undefined
      ? []
      : [{ cap, town, province }];
  });
  return buildPostalTable(rows, "2026-11-23");
}

test.skipIf(!hasCases)(
  "every case about a recipient is agreed, explained or not applicable",
  async () => {
    const cases = readCases(casesFile);
    const postal = fullTable();
    const verdicts: (CaseVerdict & { readonly id: string })[] = [];

    for (const one of cases) verdicts.push({ id: one.id, ...(await verdictOf(one, postal)) });

    for (const row of verdicts) tally({ suite: "validate, SEND cases", ...row });
    expect(postal.extent).toBe("all");
    expect(verdicts).toHaveLength(cases.length);
    expect(verdicts.filter(({ verdict }) => verdict === "unexplained")).toEqual([]);
    expect(verdicts.filter(({ verdict }) => verdict === "agreed").length).toBeGreaterThan(
      cases.length / 4,
    );
  },
);
