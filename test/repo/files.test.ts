/** Tests over the repository's files: headers, words that do not belong there, sizes of what is kept. */
import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  isText,
  readRepositoryFile,
  repositoryFiles,
  repositoryFolder,
} from "../support/repository.ts";

const code = repositoryFiles(".ts", ".tsx", ".mjs");
const texts = repositoryFiles().filter(isText);

test("there are files to look at", () => {
  expect(code).toContain("engine/host/errors.ts");
  expect(code).toContain("steps/validate.ts");
  expect(texts).toContain(".ci/run");
  expect(texts).toContain(".oxlintrc.json");
  expect(texts).toContain("package.json");
  expect(texts.filter((path) => path.startsWith("node_modules"))).toEqual([]);
});

describe("source files", () => {
  test("the first line says in one sentence what the file is", () => {
    const wrong = code.filter((path) => {
      const [first = ""] = readRepositoryFile(path).split("\n");
      return !/^\/\*\* [A-Za-z`«].{15,}[.:;]? ?\*\/$/u.test(first);
    });

    expect(wrong).toEqual([]);
  });

  test("file names are kebab-case and say more than utils", () => {
    const wrong = code.filter((path) => {
      const name = path.split("/").at(-1) ?? "";
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.(ts|tsx|mjs)$/.test(name) ||
        /^(utils?|helpers?|common|misc|index)\./.test(name)
      );
    });

    expect(wrong).toEqual([]);
  });
});

describe("words that do not belong in the repository", () => {
  // Each pattern has one letter in brackets, so that this file does not find itself.
  const forbidden: readonly (readonly [string, RegExp])[] = [
    ["a path of one machine", /(?<![\w.~-])\/(?:[w]ork|[r]oot)\//],
    ["a home folder", /\/(?:[h]ome|[U]sers)\/[a-z]/],
    ["a temporary file by its path", /["'`( ]\/[t]mp\//],
    ["the host of a package registry", /registry\.npm[j]s|npm[j]s\.com|[p]ypi\.org|[u]npkg\.com/],
    ["a note of work to do without the number of an issue", /\bT[O]DO\b(?!\(#\d+\)| #\d+)/],
    ["a mark of unfinished work", /\b(?:F[I]XME|X[X]X:|H[A]CK)\b/],
    ["a focused test", /\b(?:test|describe|it)\.[o]nly\(/],
    ["the mark of an unresolved merge", /^(?:<{7}|>{7}) /m],
  ];

  test.each(forbidden)("%s is nowhere", (_what, pattern) => {
    const found = texts.flatMap((path) =>
      readRepositoryFile(path)
        .split("\n")
        .flatMap((line, index) =>
          pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    );

    expect(found).toEqual([]);
  });

  test("the patterns find what they look for", () => {
    const samples = ["cd /w_ork/x", "/h_ome/a", "see /t_mp/x", "npm_js.com", "T_ODO later"].map(
      (sample) => sample.replace("_", ""),
    );

    for (const [index, sample] of samples.entries())
      expect(forbidden[index]?.[1].test(sample)).toBe(true);
    expect(forbidden[4]?.[1].test("T_ODO(#12) later".replace("_", ""))).toBe(false);
  });
});

describe("what is kept", () => {
  test("no file is larger than 3 MB", () => {
    const large = repositoryFiles().filter(
      (path) => statSync(join(repositoryFolder, path)).size > 3_000_000,
    );

    expect(large).toEqual([]);
  });

  test("every font lies beside its licence", () => {
    const fonts = repositoryFiles(".ttf", ".otf", ".woff2");
    const alone = fonts.filter((path) => {
      const family = (path.split("/").at(-1) ?? "").split(/[-.]/)[0] ?? "";
      return !existsSync(join(repositoryFolder, dirname(path), `OFL-${family}.txt`));
    });

    expect(fonts.length).toBeGreaterThan(0);
    expect(alone).toEqual([]);
  });

  test("the licence is the EUPL 1.2, whole, and the manifest says so", () => {
    const licence = readRepositoryFile("LICENSE");

    expect(licence).toStartWith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n");
    expect(licence).toContain("\n15.Applicable Law\n");
    expect(licence).toContain("‘Compatible Licences’ according to Article 5 EUPL are:");
    expect(JSON.parse(readRepositoryFile("package.json"))).toMatchObject({ license: "EUPL-1.2" });
  });
});
