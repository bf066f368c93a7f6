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

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly input: string | Record<string, string>;
  readonly expect: Record<string, unknown>;
  readonly note: string;
}

const folder = process.env["POSTINO_REFERENCE"] ?? join(import.meta.dir, "../../../shared");
const path = join(folder, "cases/pagopa.jsonl");
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
const bodies = cases.filter((each) => each.kind === "piva");

test.skipIf(!isHere)("codici fiscali of the cases (skipped: reference folder absent)", () => {
  expect(persons.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of persons)
    expect([id, personTaxCodeFault(normaliseTaxCode(input as string)) === null]).toEqual([
      id,
      wanted["valid"] as boolean,
    ]);
});

test.skipIf(!isHere)("check letters of the cases (skipped: reference folder absent)", () => {
  expect(letters.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of letters)
    expect([id, checkLetter((input as Record<string, string>)["checkChar"] ?? "")]).toEqual([
      id,
      wanted["char"] as string,
    ]);
});

test.skipIf(!isHere)("omocodia forms of the cases (skipped: reference folder absent)", () => {
  expect(omocodes.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of omocodes)
    expect([
      id,
      personTaxCodeFault((input as Record<string, string>)["isOmocode"] ?? "") === null,
    ]).toEqual([id, wanted["valid"] as boolean]);
});

test.skipIf(!isHere)("partite IVA of the cases (skipped: reference folder absent)", () => {
  expect(bodies.length).toBeGreaterThan(0);
  for (const { id, input, expect: wanted } of bodies) {
    const code = normaliseTaxCode(input as string).replace(/^IT/, "");
    expect([id, numericTaxCodeFault(code) === null]).toEqual([id, wanted["valid"] as boolean]);
  }
});
