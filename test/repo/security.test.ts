/** The table of docs/security.md: every test that it names is there, and says what it is named for. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { readRepositoryFile, repositoryFolder } from "../support/repository.ts";

const rows = readRepositoryFile("docs/security.md")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("there are rows for every chapter, and each says whether it is met and why", () => {
  const chapters = new Set(rows.map(([, requirement = ""]) => Number(requirement.split(".")[0])));

  expect(rows.length).toBeGreaterThan(120);
  expect([...chapters].toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 16 }, (_, index) => index + 1),
  );
  expect(rows.filter(([, , met = ""]) => !/^(?:yes|part|no|n\/a)$/.test(met))).toEqual([]);
  expect(rows.filter(([, , , how = ""]) => how === "")).toEqual([]);
});

test("every test that a row names is there, with the words that it names", () => {
  const wrong: string[] = [];
  for (const [, requirement = "", , , tests = ""] of rows)
    for (const [, path = "", title] of tests.matchAll(/`(test\/[^`]+)`(?: \(_([^_]+)_\))?/g)) {
      const isThere = existsSync(join(repositoryFolder, path));
      const says = title === undefined || readRepositoryFile(path).includes(title);
      if (!isThere || !says) wrong.push(`${requirement}: ${path} ${title ?? ""}`);
    }

  expect(wrong).toEqual([]);
});
