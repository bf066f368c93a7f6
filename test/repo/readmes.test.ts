/** Tests that the READMEs name every file of their folders, and none that is not there. */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { readRepositoryFile, repositoryFiles } from "../support/repository.ts";

const code = repositoryFiles(".ts", ".tsx").filter((path) => !path.endsWith(".d.ts"));

/** Files (`walk.ts`), patterns (`qr*.ts`) and folders (`lint/`) between backticks. */
function namesIn(readme: string): readonly string[] {
  return [...readRepositoryFile(readme).matchAll(/`([\w./*-]+(?:\.tsx?|\/))`/g)].map(
    ([, name = ""]) => name,
  );
}

/** Whether `name`, as it stands in a README of `folder`, means the file. */
function means(name: string, folder: string, path: string): boolean {
  const pattern = name.endsWith("/") ? `${name}**` : name;
  return new Bun.Glob(join(folder, pattern)).match(path);
}

test.each(["engine", "documents", "server", "integrations/send"])(
  "%s/README.md has a place for each of its files",
  (folder) => {
    const names = namesIn(`${folder}/README.md`);
    const own = code.filter((path) => path.startsWith(`${folder}/`));

    expect(own.length).toBeGreaterThan(30);
    expect(own.filter((path) => !names.some((name) => means(name, folder, path)))).toEqual([]);
  },
);

test("integrations/README.md has a place for each file that has no table of its own", () => {
  const names = namesIn("integrations/README.md").filter((name) => !name.endsWith("/"));
  const own = code.filter((path) => /^integrations\/(?!send\/)/.test(path));

  const missing = own.filter((path) => !names.some((name) => means(name, "integrations", path)));

  // Said once for every folder.
  expect(missing.filter((path) => !/\/(port|settings)\.ts$/.test(path))).toEqual([]);
});

test("a file that a README names is there", () => {
  const readmes = repositoryFiles("README.md");
  // Where a README goes on with the files of a folder that it has just named.
  const others = [".", "integrations", "integrations/*", "test/conformance"];

  const wrong = readmes.flatMap((readme) =>
    namesIn(readme)
      .filter((name) => name.endsWith(".ts") || name.endsWith(".tsx"))
      .filter((name) => {
        const places = [dirname(readme), ...others];
        return !places.some((place) => code.some((path) => means(name, place, path)));
      })
      .map((name) => `${readme}: ${name}`),
  );

  expect(readmes.length).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});
