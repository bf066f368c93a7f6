/** Tests that the READMEs name no file that is not there. */
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
