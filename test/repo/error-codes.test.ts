/** Tests that every code which an error may carry is explained in engine/README.md, and none that is gone. */
import { describe, expect, test } from "bun:test";
import { usedErrorCodes } from "../support/error-codes.ts";
import { readRepositoryFile } from "../support/repository.ts";

const used = usedErrorCodes();
const page = readRepositoryFile("engine/README.md");
const listed = [...page.matchAll(/^- `([A-Z][A-Z0-9_]+)`: .+\.$/gm)].map((match) => match[1] ?? "");

/** Composed where they are used: `ASK_${kind}`. Default of a class: RETRY_LATER. In the place of SEND's: UNKNOWN_CODE. */
const composed = ["ASK_APPROVAL", "ASK_FILES", "ASK_OTP", "RETRY_LATER", "UNKNOWN_CODE"];

describe("error codes", () => {
  test("they are found in the code", () => {
    const codes = used.map(({ code }) => code);

    expect(codes.length).toBeGreaterThan(80);
    expect(codes).toContain("MISSING_SECRET");
    expect(codes).toContain("JOURNAL_IN_USE");
    expect(codes).toContain("NO_ANSWER");
    expect(codes).toContain("FLUSSO_NUMBER_TWICE");
  });

  test("each is explained in engine/README.md", () => {
    const unexplained = used.filter(({ code }) => !listed.includes(code));

    expect(unexplained).toEqual([]);
  });

  test("none is explained that no code uses, or twice", () => {
    const codes = [...used.map(({ code }) => code), ...composed];

    expect(listed.filter((code) => !codes.includes(code))).toEqual([]);
    expect(listed.filter((code, index) => listed.indexOf(code) !== index)).toEqual([]);
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
