/** Tests that comments name no file that is gone. */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { readRepositoryFile, repositoryFiles } from "../support/repository.ts";

const files = repositoryFiles();

/** The comments of code, one text each: blocks, and what follows `//`. */
function commentsIn(code: string): readonly string[] {
  return [...code.matchAll(/(?<=^|[\s({[,;>])(?:\/\*[\s\S]*?\*\/|\/\/ .*$)/gm)].map(
    ([comment]) => comment,
  );
}

/** Code and pages that a comment names: bare, by a way or as a pattern. */
function namesIn(comment: string): readonly string[] {
  return [...comment.matchAll(/(?<![\w./*-])[\w*][\w./*-]*\.(?:tsx?|mjs|js|md)\b(?![\w(])/g)].map(
    ([name]) => name,
  );
}

/** Whether `name` means a file of the repository, by its way from the folder of the comment or from the root. */
function isThere(name: string, folder: string): boolean {
  return [folder, "."].some((place) => {
    const glob = new Bun.Glob(join(place, name));
    return files.some((path) => glob.match(path));
  });
}

test("a file that a comment names is there", () => {
  const wrong = repositoryFiles(".ts", ".tsx", ".mjs").flatMap((path) =>
    commentsIn(readRepositoryFile(path))
      .flatMap(namesIn)
      .filter((name) => name !== "Node.js")
      .filter((name) => !isThere(name, dirname(path)))
      .map((name) => `${path}: ${name}`),
  );

  expect(wrong).toEqual([]);
});

test("names are found in comments alone, and only files that are there pass", () => {
  // A slash is written as ~, so that this file does not find itself.
  const code = [
    "~** Made in gone.ts, drawn by `a~b-c.tsx`. *~",
    'const path = "not-a-comment.ts"; ~~ as old*.ts says',
    'get("~api~*"); const glob = "x.ts"; ~* see notes.md *~',
    "item.ts(1); ~~ https:~~x.example~y.ts?z and settings.ts",
  ]
    .join("\n")
    .replaceAll("~", "/");

  expect(commentsIn(code).flatMap(namesIn)).toEqual([
    "gone.ts",
    "a/b-c.tsx",
    "old*.ts",
    "notes.md",
    "settings.ts",
  ]);
  expect(isThere("walk.ts", "engine/run")).toBe(true);
  expect(isThere("engine/run/walk.ts", "server")).toBe(true);
  expect(isThere("qr*.ts", "documents/symbols")).toBe(true);
  expect(isThere("walk.ts", "server")).toBe(false);
});
