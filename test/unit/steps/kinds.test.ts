/** Kinds of acts by data: what a declared check lets through, and the terms of an act after its notification. */
import { expect, test } from "bun:test";
import { buildFieldTable } from "../../../integrations/flusso/own-fields.ts";
import { readLine } from "../../../integrations/flusso/rows/json-rows.ts";
import type { SentKind } from "../../../integrations/register/kinds.ts";
import type { ActCheck, ActKind } from "../../../integrations/services.ts";
import { judgeOwnChecks } from "../../../steps/kinds/judge.ts";
import { computeOwnTerms } from "../../../steps/kinds/terms.ts";
import { readLaw } from "../../../steps/law/law.ts";
import type { Verbale } from "../../../steps/schemas/verbale.ts";

const field = { required: false, maxLength: 200 } as const;
const fields: ActKind["fields"] = {
  emesso: { ...field, title: "Emesso", kind: "day" },
  scade: { ...field, title: "Scade", kind: "day" },
  anno: { ...field, title: "Anno", kind: "whole" },
  tipo: { ...field, title: "Tipo", kind: "text" },
  voce: { ...field, title: "Voce", kind: "text" },
  tassaCents: { ...field, title: "Tassa", kind: "cents" },
  extraCents: { ...field, title: "Altro", kind: "cents" },
  sospeso: { ...field, title: "Sospeso", kind: "flag" },
};

function readAct(row: Readonly<Record<string, unknown>>): Verbale {
  const table = buildFieldTable("prova", fields);
  const whole = {
    numero: "P1",
    importoCents: 1_000,
    destinatario: {
      tipo: "PF",
      cognome: "Inventati",
      codiceFiscale: "NVNTMS66B24X001Q",
      indirizzo: { via: "Via", cap: "24047", comune: "Treviglio", provincia: "BG" },
    },
    ...row,
  };
  const read = readLine(1, JSON.stringify(whole), table);
  if ("faults" in read) throw new Error(JSON.stringify(read.faults));
  return read.verbale as unknown as Verbale;
}

function passes(check: Partial<ActCheck>, row: Readonly<Record<string, unknown>>): boolean {
  const whole: ActCheck = {
    field: "scade",
    message: "no.",
    remedy: "sì.",
    severity: "error",
    ...check,
  };
  const kind = { fields, checks: { PROVA: whole } } as unknown as ActKind;
  return judgeOwnChecks({ verbale: readAct(row), kind, today: "2026-11-23" }).length === 0;
}

test.each<[string, Partial<ActCheck>, Record<string, unknown>, boolean]>([
  ["required: there", { required: true }, { scade: "2026-01-01" }, true],
  ["required: blank is none", { field: "tipo", required: true }, { tipo: " " }, false],
  ["a missing value passes the others", { after: "emesso" }, {}, true],
  ["after another day", { after: "emesso" }, { emesso: "2026-01-01", scade: "2026-01-02" }, true],
  [
    "after: the same day",
    { after: "emesso" },
    { emesso: "2026-01-01", scade: "2026-01-01" },
    false,
  ],
  [
    "notBefore: the same day",
    { notBefore: "emesso" },
    { emesso: "2026-01-01", scade: "2026-01-01" },
    true,
  ],
  [
    "shifted: 30 days later",
    { notBefore: "emesso", shiftDays: 30 },
    { emesso: "2026-01-31", scade: "2026-03-02" },
    true,
  ],
  [
    "shifted: a day too early",
    { notBefore: "emesso", shiftDays: 30 },
    { emesso: "2026-01-31", scade: "2026-03-01" },
    false,
  ],
  ["before today", { before: "today" }, { scade: "2026-11-23" }, false],
  ["notAfter a fixed day", { notAfter: "2026-12-31" }, { scade: "2026-12-31" }, true],
  ["the other day is missing", { after: "emesso" }, { scade: "2026-01-01" }, true],
  ["a year in range", { field: "anno", min: 2014, max: 2026 }, { anno: 2026 }, true],
  ["a year below", { field: "anno", min: 2014 }, { anno: 2013 }, false],
  [
    "a sum",
    { field: "importoCents", sumOf: ["tassaCents", "extraCents"] },
    { tassaCents: 900, extraCents: 100 },
    true,
  ],
  [
    "a sum with a part missing",
    { field: "importoCents", sumOf: ["tassaCents", "extraCents"] },
    { tassaCents: 1_000 },
    true,
  ],
  [
    "a sum that is a cent off",
    { field: "importoCents", sumOf: ["tassaCents"] },
    { tassaCents: 999 },
    false,
  ],
  [
    "the whole text fits the pattern",
    { field: "tipo", pattern: "[A-Z]{2}" },
    { tipo: "ABC" },
    false,
  ],
  [
    "alternatives are of the whole text too",
    { field: "tipo", pattern: "A|B" },
    { tipo: "AX" },
    false,
  ],
  ["one of a list", { field: "tipo", oneOf: ["a", "b"] }, { tipo: "b" }, true],
  [
    "a table by another field",
    { field: "voce", table: { by: "tipo", values: { a: ["1"], b: ["2"] } } },
    { tipo: "b", voce: "1" },
    false,
  ],
  [
    "a table without a row for it",
    { field: "voce", table: { by: "tipo", values: { a: ["1"] } } },
    { tipo: "c", voce: "9" },
    true,
  ],
  [
    "when it does not apply",
    { required: true, when: { field: "sospeso", is: ["sì"] } },
    { sospeso: false },
    true,
  ],
  [
    "when it applies",
    { required: true, when: { field: "sospeso", is: ["sì"] } },
    { sospeso: true },
    false,
  ],
  ["when another is there", { required: true, when: { field: "emesso", present: true } }, {}, true],
])("a check: %s", (_, check, row, expected) => {
  expect(passes(check, row)).toBe(expected);
});

const rule = {
  onHoliday: "moved",
  isSaturdayFree: false,
  isSuspendedInAugust: false,
  source: "prova",
  mark: "read",
} as const;
const sent: SentKind = {
  name: "prova",
  title: "Prova",
  payment: { ...rule, title: "Pagamento", days: 30, daysAbroad: 60, closesCode: false },
  terms: { opposizione: { ...rule, title: "Opposizione", days: 30, isSuspendedInAugust: true } },
};

test("the terms of an act are its own, counted from the perfezionamento", () => {
  const count = (isAbroad: boolean) =>
    computeOwnTerms(
      sent,
      { perfezionamento: "2026-07-10", isAbroad },
      { law: readLaw(), hasDiscount: false },
    ).map(({ name, title, day }) => [name, title, day]);

  // 30 days end on Sunday 9 August; August does not count before the judge; SEND keeps the documents 120 days.
  expect(count(false)).toEqual([
    ["reduced", "Pagamento", "2026-08-10"],
    ["opposizione", "Opposizione", "2026-09-09"],
    ["documents", expect.any(String), "2026-11-07"],
  ]);
  expect(count(true)[0]).toEqual(["reduced", "Pagamento", "2026-09-08"]);
});
