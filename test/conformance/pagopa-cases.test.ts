/** The published cases about codici fiscali, partite IVA, notice codes, QR texts and payment positions, where the file of cases is at hand. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { readCases } from "./case-file.ts";
import { pagoPaRowOf } from "./pagopa-verdict.ts";
import { type CaseLine, referenceFolder, tally } from "./tally.ts";

const cases = readCases(join(referenceFolder, "cases", "pagopa.jsonl"));
if (cases.length === 0) console.warn("pagopa-cases: skipped, the file of cases is not at hand");

test.skipIf(cases.length === 0)("every case is agreed, explained or not applicable", async () => {
  const rows: CaseLine[] = [];

  for (const one of cases) rows.push({ id: one.id, ...(await pagoPaRowOf(one)) });

  for (const row of rows) tally(row);
  expect(rows).toHaveLength(cases.length);
  expect(rows.filter(({ verdict }) => verdict === "unexplained")).toEqual([]);
  expect(rows.filter(({ verdict }) => verdict === "agreed").length).toBeGreaterThan(
    cases.length / 3,
  );
});
