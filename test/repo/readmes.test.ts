/** Tests that the documents name no file and no folder that is not there, and that a README is a screen. */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { rooms } from "../../scripts/house/rooms.ts";
import { readRepositoryFile, repositoryFiles } from "../support/repository.ts";

const files = repositoryFiles();
const pages = repositoryFiles(".md").filter((path) => path !== "CHANGELOG.md");
/** Written by a program, or by the size of what they list. */
const generated = ["steps/README.md", "engine/error-codes.md", "docs/house.md"];

/** Files, patterns and folders (these end in a slash) between backticks. */
function namesIn(page: string): readonly string[] {
  return [...readRepositoryFile(page).matchAll(/`([\w.*/-]+(?:\.tsx?|\/))`/g)].map(
    ([, name = ""]) => name,
  );
}

/** Whether `name`, as it stands in a page of `folder`, means a file of the repository, by its way from there or from the root. */
function isThere(name: string, folder: string): boolean {
  const pattern = name.endsWith("/") ? `${name}**` : name;
  return [folder, "."].some((place) => {
    const glob = new Bun.Glob(join(place, pattern));
    return files.some((path) => glob.match(path));
  });
}

/** Made at run time, or an example of what a reader writes; in the guides `enti/` is that of the pipelines. */
const outside = /^(data|archivio|artifacts|enti|dist)\/|mio-passo/;

test("a file or folder that a page names is there", () => {
  const wrong = pages.flatMap((page) =>
    namesIn(page)
      .filter((name) => !outside.test(name) && !isThere(name, dirname(page)))
      .map((name) => `${page}: ${name}`),
  );

  expect(pages).toContain("engine/ways-of-dying.md");
  expect(wrong).toEqual([]);
});

test("the names are seen, and what is gone is missed", () => {
  expect(namesIn("engine/README.md")).toContain("run/walk.ts");
  expect(isThere("run/walk.ts", "engine")).toBe(true);
  expect(isThere("engine/host/clock.ts", "documents")).toBe(true);
  expect(isThere("walk.ts", "engine")).toBe(false);
  expect(isThere("lint/", "engine")).toBe(false);
});

test("every room has a README in its folder or the one above", () => {
  const missing = rooms
    .map(({ folder }) => folder)
    .filter((folder) =>
      [folder, dirname(folder)].every((place) => !files.includes(join(place, "README.md"))),
    );

  expect(missing).toEqual([]);
});

test("a README is at most one screen; that of the engine one and a half, that of the repository two", () => {
  const limits = new Map([
    ["README.md", 140],
    // What technicians look up: all that a pipeline and a model may say.
    ["pipelines/README.md", 120],
    ["documents/models/README.md", 120],
    ["engine/README.md", 100],
  ]);
  const long = repositoryFiles("README.md")
    .filter((path) => !generated.includes(path))
    .map((path) => [path, readRepositoryFile(path).split("\n").length] as const)
    .filter(([path, lines]) => lines > (limits.get(path) ?? 60));

  expect(long).toEqual([]);
});
