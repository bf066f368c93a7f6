/** Tests over the tests: a title says one thing once, a skip is conditional, nobody waits by the clock. */
import { describe, expect, test } from "bun:test";
import { readRepositoryFile, repositoryFiles, withoutComments } from "../support/repository.ts";

const suites = repositoryFiles(".test.ts", ".test.tsx").map((path) => ({
  path,
  code: withoutComments(readRepositoryFile(path)),
}));

/** Titles as they stand in the code, with the group that they are in. */
function titlesOf(code: string): readonly string[] {
  const titles: string[] = [];
  let group = "";
  const calls =
    /\b(describe|test|testInOrder|it)(?:\.(?:each|skipIf|todoIf|if)\((?:[^()]|\([^()]*\))*\)|\.\w+)*\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)/g;
  for (const [, kind, title = ""] of code.matchAll(calls)) {
    if (kind === "describe") group = title;
    // A title that is put together has its value at run time.
    else if (!title.includes("${")) titles.push(`${group} ${title}`);
  }
  return titles;
}

describe("titles", () => {
  test("every suite has titles that can be read", () => {
    const without = suites.filter(
      ({ code }) => titlesOf(code).length === 0 && !/\btest\(`/.test(code),
    );

    expect(suites.length).toBeGreaterThan(5);
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  test("no title comes twice in a group", () => {
    const twice = suites.flatMap(({ path, code }) => {
      const titles = titlesOf(code);
      return titles
        .filter((title, index) => titles.indexOf(title) !== index)
        .map((title) => `${path}: ${title}`);
    });

    expect(twice).toEqual([]);
  });
});

describe("habits", () => {
  // One letter in brackets each, so that this file does not find itself.
  test.each([
    ["a skip without a condition", /\b(?:test|describe|it)\.[s]kip\(/],
    ["a test that is still to be written", /\b(?:test|describe|it)\.[t]odo\(/],
    ["a fixed sleep", /\bBun\.[s]leep(?:Sync)?\(\s*[\d_]{3,}/],
  ] as const)("%s is nowhere", (_what, pattern) => {
    expect(suites.filter(({ code }) => pattern.test(code)).map(({ path }) => path)).toEqual([]);
  });
});
