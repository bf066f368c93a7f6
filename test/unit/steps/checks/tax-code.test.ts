/** Codice fiscale and partita IVA: known codes, every omocodia form, and agreement with stdnum. */
import { describe, expect, test } from "bun:test";
import { stdnum } from "stdnum";
import {
  computeCheckLetter,
  computeNameLetters,
  matchesName,
  normaliseTaxCode,
  classifyHolder,
  numericTaxCodeFault,
  personTaxCodeFault,
} from "../../../../integrations/flusso/tax-code.ts";

const digits = "0123456789".split("");

describe("codice fiscale of a person", () => {
  test.each([
    "MRSMSR81D60Z611H",
    "RSSMRAQRCMNFNLRG",
    "BNZVCN32S10E57PV",
    "BNZVCNPNSMLERTPX",
    "CCCFBA85D03L21VE",
    "CCCFBA85D0PLNMVA",
    "CCCFBAURDLPLNMVU",
    "TKKYKU87B68L219F",
  ])("%s is valid", (code) => {
    expect(personTaxCodeFault(code)).toBeNull();
  });

  test.each([
    ["FOXDRA26C24H872A", "check"],
    ["RSSMRA80A01H501", "form"],
    ["RSSMRA80A01H501UX", "form"],
    ["RSSMRA80F01H501U", "form"],
    ["rssmra80a01h501u", "form"],
    ["", "form"],
    ["12345678901", "form"],
  ] as const)("%s is wrong in its %s", (code, fault) => {
    expect(personTaxCodeFault(code)).toBe(fault);
  });

  test.each([
    ["day 32", "CNTCHR83T32D969"],
    ["day 0", "CNTCHR83T00D969"],
    ["day 40", "CNTCHR83T40D969"],
    ["day 72 (female 32)", "CNTCHR83T72D969"],
    ["31 November", "CNTCHR83S31D969"],
    ["30 February", "CNTCHR83B30D969"],
    ["day 99", "CCCFBA85D99L219"],
  ])("%s is no birth date, even with the right check letter", (_, first15) => {
    expect(personTaxCodeFault(first15 + computeCheckLetter(first15))).toBe("date");
  });

  test.each([
    ["RCDLSN84S16D969", "Z"],
    ["FOXDRA26C24H872", "Y"],
    ["MRNLCU00A01H501", "J"],
  ])("the check letter of %s is %s", (first15, letter) => {
    expect(computeCheckLetter(first15)).toBe(letter);
  });

  test("all 128 omocodia forms of a code are valid, and stdnum agrees", () => {
    const places = [6, 7, 9, 10, 12, 13, 14];
    for (let mask = 0; mask < 128; mask += 1) {
      const form = "CCCFBA85D03L219".split("");
      for (const [bit, place] of places.entries())
        if ((mask >> bit) & 1) form[place] = "LMNPQRSTUV"[Number(form[place])] ?? "";
      const code = form.join("") + computeCheckLetter(form.join(""));

      expect(personTaxCodeFault(code)).toBeNull();
      expect(stdnum["IT"]?.["codicefiscale"]?.validate(code).isValid).toBe(true);
    }
  });

  test("any single wrong check letter is found", () => {
    const right = "MRSMSR81D60Z611H";
    for (const letter of "ABCDEFGIJKLMNOPQRSTUVWXYZ")
      expect(personTaxCodeFault(right.slice(0, 15) + letter)).toBe("check");
  });

  test("blanks and lower case are mended", () => {
    expect(normaliseTaxCode(" mrs msr 81d60 z611h ")).toBe("MRSMSR81D60Z611H");
  });
});

describe("eleven digits", () => {
  test.each(["00743110157", "00000010215", "00140390501", "10001708881"])("%s is valid", (code) => {
    expect(numericTaxCodeFault(code)).toBeNull();
  });

  test.each([
    ["00743110158", "check"],
    ["00000000000", "check"],
    ["77777777777", "check"],
    ["0074311015", "form"],
    ["0074311015A", "form"],
  ] as const)("%s is wrong in its %s", (code, fault) => {
    expect(numericTaxCodeFault(code)).toBe(fault);
  });

  test("of the ten last digits exactly one is right, the one that stdnum accepts", () => {
    for (const first10 of ["0074311015", "0276170015", "0313901012"]) {
      const right = digits.filter((digit) => numericTaxCodeFault(first10 + digit) === null);
      const theirs = digits.filter(
        (digit) => stdnum["IT"]?.["iva"]?.validate(first10 + digit).isValid,
      );

      expect(right).toHaveLength(1);
      expect(right).toEqual(theirs);
    }
  });

  test.each([
    ["00743110157", "body"],
    ["00000008881", "body"],
    ["12345671511", "person-provisional"],
    ["12345673011", "person-provisional"],
    ["12345679501", "person-provisional"],
    ["12345672501", "unknown"],
  ] as const)("the office in %s says %s", (code, holder) => {
    expect(classifyHolder(code)).toBe(holder);
  });
});

test.each([
  ["ROSSI", "MARIO", "RSSMRA"],
  ["FO", "ADA", "FOXDAA"],
  ["D'Amico", "Gianfranco", "DMCGFR"],
  ["De Lucà", "Aìda", "DLCDAI"],
])("%s %s gives the letters %s", (surname, name, letters) => {
  expect(computeNameLetters(surname, name)).toBe(letters);
});

test.each([
  ["DGRSAE80A41Z115D", "Ødegård", "Æsa"],
  ["MLLJGN80A01Z112R", "Müller", "Jürgen"],
  ["PRSJRG80A01Z112C", "Preuß", "Jörg"],
  ["LKSDRD80A01Z127N", "Łukasik", "Đorđe"],
  ["BTNNNA72D42H501X", "Betaña", "Anna"],
  ["FOXNFB80A01H501P", "Fo'", "Noe' Fabio"],
  ["DNNLNG80A41Z210D", "De Ñandú", "Aï-Ling"],
  ["BRNSNE80A01Z116K", "O’Brien", "Seán"],
  ["THRTHR80A01Z117A", "Þór", "Þór"],
  ["SBOSGN80A01Z102A", "Søbø", "Sigøn"],
  ["SBOSGN80A01Z102A", "SØBØ", "SIGØN"],
  ["RNZFEA75C22H501I", "RENEŽ", "FæO"],
  ["RNZFAE75C22H501Z", "RENEŽ", "FÆO"],
  ["LKSRDD80A01Z127N", "Łukasik", "Đorđe"],
  ["LKSRDD80A01Z127N", "ŁUKASIK", "ĐORĐE"],
  ["LKSDJR80A01Z127N", "Łukasik", "Đorđe"],
  ["DGRSAE80A41Z115D", "ØDEGA\u030ARD", "Æsa"],
  ["DGRSEA80A41Z115D", "o\u0338dega\u030Ard", "ǼSA"],
  ["MLLJGN80A01Z112R", "Mu\u0308ller", "JU\u0308RGEN"],
  ["PRSJRG80A01Z112C", "PREUẞ", "Jo\u0308rg"],
  ["BJRSRN80A01Z103X", "Björk", "Sören"],
  ["BRKSRN80A01Z103X", "Bjørk", "Søren"],
  ["NSSLAA80A01Z103X", "Næss", "Åla"],
  ["NSSLAA80A01Z103X", "Naess", "Ala"],
  ["YLDZGE80A01Z243X", "Yıldız", "Ezgi"],
  ["THRDDA80A01Z117A", "Þór", "Ðaða"],
  ["UEXOEX80A01Z112A", "Ü", "Œ"],
  ["KMRXXX80A01Z222U", "Kumar", ""],
])("%s may be of %s %s", (code, surname, name) => {
  expect(matchesName(code, surname, name)).toBe(true);
});

test.each([
  ["DGRSAE80A41Z115D", "Ødegård", "Ida"],
  ["KMRXXX80A01Z222U", "Kumar", "Raj"],
  ["KMRRJA80A01Z222U", "Kumar", ""],
  ["RSSMRA80A01H501U", "Maria", "Rossi"],
  ["LKSRDR80A01Z127N", "Łukasik", "Đorđe"],
  ["LKSPTR80A01Z127N", "Łukasik", "Đorđe"],
  ["RNZFOX75C22H501I", "RENEŽ", "FæO"],
  ["RNZFII75C22H501I", "RENEŽ", "FæO"],
  ["RNZAAE75C22H501I", "RENEŽ", "FæO"],
  ["SRSMRA80A01H501U", "Rossi", "Maria"],
])("%s is not of %s %s", (code, surname, name) => {
  expect(matchesName(code, surname, name)).toBe(false);
});
