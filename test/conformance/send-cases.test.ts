/** The sample cases of SEND's own tests, played against the simulated SEND where they are at hand: agreed, disagreed (with the reason), not applicable. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { taxonomyCodes } from "../../integrations/send/taxonomy.ts";
import { playCase, type Played, type SendCase } from "./send-case.ts";
import { casesFile, hasCases, postalFolder } from "./send-openapi.ts";
import { tally, type Verdict } from "./tally.ts";

setDefaultTimeout(120_000);
if (!hasCases) console.warn("send-cases: skipped, the sample cases of SEND are not at hand");

/** Why a case cannot be played, or why we differ; the first that fits counts. */
const notApplicable: readonly (readonly [(one: SendCase) => boolean, string])[] = [
  [
    ({ note }) => note.includes("only the numeric check runs here"),
    "one validator alone is tested there; a whole request would fail its other checks",
  ],
  [
    ({ input }) =>
      (input.recipients ?? []).some((fields) =>
        /ERR|NO_VALID|INVALID/.test(JSON.stringify(fields["payments[].f24"] ?? "")),
      ),
    "content of a metadata file that the case only names: the simulator checks its form and who carries the cost",
  ],
  [
    ({ input }) =>
      "denominationValidationType" in input &&
      input["denominationValidationType"] !== "ISO_LATIN_1",
    "a charset mode that SEND does not run in its environments",
  ],
];

const explained: readonly (readonly [(one: SendCase, played: Played) => boolean, string])[] = [
  [
    ({ note, input }) => note.includes("is mocked") && input.recipients !== undefined,
    "the tax code check itself is replaced by a mock in that test",
  ],
  [
    (one, { errors }) =>
      one.kind === "address" &&
      one.expect === "accepted" &&
      errors.some(({ detail = "" }) => /Cap, city and Province/i.test(detail)),
    "SEND's normaliser mends missing CAPs, abbreviated towns and foreign spellings; the simulator, like validate, wants the exact triple (send.md section 7)",
  ],
  [
    (one, { errors }) =>
      one.kind === "address" &&
      one.expect === "accepted" &&
      errors.some(({ detail = "" }) => detail.includes("^(\\w|\\ |\\-)*$")),
    "the case's CAP has a character that the OpenAPI's own pattern of `zip` refuses",
  ],
];

interface Row {
  readonly id: string;
  readonly verdict: Verdict;
  readonly why: string;
}

function rowOf(one: SendCase, played: Played): Row {
  const wantsCode = /^(FILE_|PN_GENERIC|F24_)/.test(one.code ?? "") ? one.code : null;
  const isSame =
    played.outcome === one.expect &&
    (wantsCode === null || played.errors.some(({ code }) => code === wantsCode)) &&
    (!/^\d{3}$/.test(one.code ?? "") || played.status === one.code) &&
    (one.code !== "REFUSED" || played.status === "REFUSED");
  if (isSame) return { id: one.id, verdict: "agreed", why: "" };
  const told = `expected ${one.expect} ${one.code ?? ""}, got ${played.status} ${played.errors.map(({ code, detail }) => `${code} ${detail ?? ""}`).join("; ")}`;
  for (const [fits, why] of explained)
    if (fits(one, played)) return { id: one.id, verdict: "disagreed", why };
  return { id: one.id, verdict: "unexplained", why: told };
}

test.skipIf(!hasCases)("every sample case is agreed, explained or not applicable", async () => {
  const cases = readFileSync(casesFile, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SendCase);
  const tables = {
    capTable: join(postalFolder, "PagoPA-ListaCLP.csv"),
    countries: join(postalFolder, "PagoPA-Lista-Nazioni.csv"),
    taxonomyCodes,
  };
  const rows: Row[] = [];

  for (const one of cases) {
    const reason = notApplicable.find(([fits]) => fits(one))?.[1];
    if (reason === undefined) rows.push(rowOf(one, await playCase(one, tables)));
    else rows.push({ id: one.id, verdict: "not applicable", why: reason });
  }

  const count = (verdict: Row["verdict"]): number =>
    rows.filter((row) => row.verdict === verdict).length;
  for (const row of rows) tally({ suite: "simulator, SEND cases", ...row });
  expect(rows.filter(({ verdict }) => verdict === "unexplained")).toEqual([]);
  expect(count("agreed")).toBeGreaterThan(cases.length / 2);
});
