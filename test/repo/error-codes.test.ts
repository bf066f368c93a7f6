/** Tests that every code which an error may carry stands in one table, and none that is gone. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { codeSections, formatErrorCodes } from "../../scripts/house/error-codes.ts";
import { usedErrorCodes } from "../support/error-codes.ts";
import { readRepositoryFile, repositoryFiles, repositoryFolder } from "../support/repository.ts";

const used = usedErrorCodes();
const tables = codeSections.filter(({ title }) => title !== "Checks of a verbale");
const listed = tables.flatMap(({ codes }) => Object.keys(codes));
const known = new Set(codeSections.flatMap(({ codes }) => Object.keys(codes)));

/** Composed where they are used: `ASK_${kind}`. Default of a class: RETRY_LATER. In the place of SEND's: UNKNOWN_CODE. Of an item that is done: ALREADY_SENT. */
const composed = [
  "ALREADY_SENT",
  "ASK_APPROVAL",
  "ASK_FILES",
  "ASK_OTP",
  "RETRY_LATER",
  "UNKNOWN_CODE",
];

describe("error codes", () => {
  test("they are found in the code", () => {
    const codes = used.map(({ code }) => code);

    expect(codes.length).toBeGreaterThan(80);
    expect(codes).toContain("MISSING_SECRET");
    expect(codes).toContain("JOURNAL_IN_USE");
    expect(codes).toContain("NO_ANSWER");
    expect(codes).toContain("FLUSSO_NUMBER_TWICE");
    expect(codes).toContain("POSTAL_EMPTY");
    expect(codes).toContain("NO_RUN");
  });

  test("each stands in a table", () => {
    expect(used.filter(({ code }) => !known.has(code))).toEqual([]);
  });

  test("none stands in a table that no code uses, or in two places", () => {
    const codes = [...used.map(({ code }) => code), ...composed];
    const all = codeSections.flatMap((section) => Object.keys(section.codes));

    expect(listed.filter((code) => !codes.includes(code))).toEqual([]);
    expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
  });

  test("every table of the tree is gathered, from the file that its section names", () => {
    const files = repositoryFiles("error-codes.ts").filter(
      (path) => !/^(test|scripts)\//.test(path),
    );

    expect(tables.map(({ file }) => file).toSorted()).toEqual([...files].toSorted());
    expect(codeSections.filter(({ file }) => !existsSync(join(repositoryFolder, file)))).toEqual(
      [],
    );
  });

  test("each has an explanation that is a sentence, in engine/error-codes.md", () => {
    const page = readRepositoryFile("engine/error-codes.md");
    const wrong = tables.flatMap(({ codes }) =>
      Object.entries(codes).filter(([, text]) => !/^[a-zA-Z0-9`].{3,}\.$/.test(text)),
    );

    expect(wrong).toEqual([]);
    expect(page).toBe(formatErrorCodes());
    expect(page).toContain("\n- `JOURNAL_IN_USE`: another process writes the journal.\n");
  });

  test("a word of others is passed on, a code of ours never", () => {
    const product = repositoryFiles(".ts", ".tsx").filter(
      (path) => !/^(test|bench|scripts)\//.test(path),
    );
    const passed = product.flatMap((path) =>
      [...readRepositoryFile(path).matchAll(/passOnCode\(\s*"(\w+)"/g)].map(
        ([, code = ""]) => code,
      ),
    );

    expect(passed).toContain("PN_DELIVERY_ADECHECKCF");
    expect(passed.filter((code) => known.has(code) || !/^(PN|VER)_/.test(code))).toEqual([]);
  });

  test("every check of a verbale is in the page on checks", () => {
    const checks = [
      ...readRepositoryFile("steps/checks/catalogue.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm),
    ].map((match) => match[1] ?? "");
    const table = readRepositoryFile("docs/it/controlli.md");

    expect(checks.length).toBeGreaterThan(20);
    expect(checks.filter((code) => !table.includes(`| [\`${code}\`]`))).toEqual([]);
  });
});
