/** The conformance cases about codice fiscale and partita IVA, where the reference folder is at hand. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkLetter,
  normaliseTaxCode,
  numericTaxCodeFault,
  personTaxCodeFault,
} from "../../steps/checks/tax-code.ts";
import { referenceFolder, tally, tallyCase } from "./tally.ts";

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly input: string | Record<string, string>;
  readonly expect: Record<string, unknown>;
  readonly note: string;
}

const path = join(referenceFolder, "cases/pagopa.jsonl");
const isHere = existsSync(path);
const cases: readonly Case[] = isHere
  ? readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Case)
  : [];
const persons = cases.filter((each) => each.kind === "cf" && typeof each.input === "string");
const letters = cases.filter((each) => typeof each.input === "object" && "checkChar" in each.input);
const omocodes = cases.filter(
  (each) => typeof each.input === "object" && "isOmocode" in each.input,
);
const decoded = ["birthDate", "gender", "decode", "birthCountry"];
const biographies = cases.filter(
  ({ kind, input }) =>
    kind === "cf" && typeof input === "object" && decoded.some((name) => name in input),
);
const bodies = cases.filter((each) => each.kind === "piva");

/** Why a code is judged otherwise than by the library that the case comes from; `null`: it should not be. */
function whyOtherwise(
  fault: "form" | "date" | "check" | null,
  wanted: Case["expect"],
): string | null {
  if (fault === null && wanted["valid"] === false && wanted["error"] === "InvalidComponent")
    return "birth places and tax offices come and go: a code of one that ceased stays right (pagopa.md section 7)";
  if (fault === "date" && wanted["valid"] === true)
    return "the library takes birth dates that do not exist (pagopa.md section 7)";
  return null;
}

/** Told in the report, then held to the expectation unless the difference is explained. */
function expectCode(
  suite: string,
  { id, expect: wanted }: Case,
  fault: "form" | "date" | "check" | null,
): void {
  const why = whyOtherwise(fault, wanted);
  if (why === null) expectAnswer(suite, id, fault === null, wanted["valid"] as boolean);
  else tally({ suite, id, verdict: "disagreed", why });
}

/** Told in the report, then held to the expectation. */
function expectAnswer<Value>(suite: string, id: string, answer: Value, wanted: Value): void {
  tallyCase(suite, id, answer === wanted);
  expect([id, answer]).toEqual([id, wanted]);
}

test.skipIf(!isHere)("codici fiscali of the cases (skipped: reference folder absent)", () => {
  expect(persons.length).toBeGreaterThan(0);
  for (const each of persons) {
    const code = normaliseTaxCode(each.input as string);
    // Bodies, and persons for a while, have eleven digits.
    const isNumeric = /^[0-9]{11}$/.test(code);
    const fault = isNumeric ? numericTaxCodeFault(code) : personTaxCodeFault(code);
    expectCode("codice fiscale", each, fault);
  }
});

test.skipIf(!isHere)("check letters of the cases (skipped: reference folder absent)", () => {
  expect(letters.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of letters) {
    const letter = checkLetter((input as Record<string, string>)["checkChar"] ?? "");
    expectAnswer("codice fiscale", id, letter, wanted["char"] as string);
  }
});

test.skipIf(!isHere)("omocodia forms of the cases (skipped: reference folder absent)", () => {
  expect(omocodes.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of omocodes) {
    const code = (input as Record<string, string>)["isOmocode"] ?? "";
    const isValid = personTaxCodeFault(code) === null;
    expectAnswer("codice fiscale", id, isValid, wanted["valid"] as boolean);
  }
});

test.skipIf(!isHere)("partite IVA of the cases (skipped: reference folder absent)", () => {
  expect(bodies.length).toBeGreaterThan(0);
  for (const each of bodies) {
    const code = normaliseTaxCode(each.input as string).replace(/^IT/, "");
    expectCode("partita IVA", each, numericTaxCodeFault(code));
  }
});

test.skipIf(!isHere)(
  "codes whose birth, gender and place are asked are right codes (skipped: reference folder absent)",
  () => {
    expect(biographies.length).toBeGreaterThan(0);
    for (const { id, input } of biographies) {
      tally({
        suite: "codice fiscale",
        id,
        verdict: "not applicable",
        why: "nothing is read out of a code here but its form, date and check letter, and those are right",
      });
      const code = Object.values(input)[0] ?? "";
      expect([id, personTaxCodeFault(code)]).toEqual([id, null]);
    }
  },
);
