/** The repository's own files, for the tests that hold them to its conventions. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of package.json. */
export const repositoryFolder = join(import.meta.dir, "..", "..");

/** What is committed; anything else at the root is made at run time. */
const places = [
  "*",
  ".ci/**",
  ".oxlintrc.json",
  ".oxfmtrc.json",
  ".env.example",
  ".gitignore",
  "bench/**",
  "data/{demo,reference}/**",
  "docs/**",
  "documents/**",
  "editors/**",
  "engine/**",
  "loader/**",
  "simulators/**",
  "integrations/**",
  "pipelines/**",
  "scripts/**",
  "server/**",
  "steps/**",
  "stores/**",
  "hosts/**",
  "test/**",
];

/** `bun run build` writes it beside the server's files, and takes it away when it has done. */
function isOfBuild(path: string): boolean {
  return /^server\/entry\.\d+\.generated\.ts$/.test(path);
}

/** Paths of the files that end in one of `endings` (all of them without), sorted, relative to the repository. */
export function repositoryFiles(...endings: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const place of places) {
    const glob = new Bun.Glob(place);
    for (const path of glob.scanSync({ cwd: repositoryFolder, dot: place.startsWith(".") }))
      if (!isOfBuild(path) && (endings.length === 0 || endings.some((one) => path.endsWith(one))))
        found.add(path);
  }
  return [...found].toSorted();
}

/** The text of a file of the repository. */
export function readRepositoryFile(path: string): string {
  return readFileSync(join(repositoryFolder, path), "utf8");
}

/** Whether the file is text: no zero byte at its beginning. */
export function isText(path: string): boolean {
  return !readFileSync(join(repositoryFolder, path)).subarray(0, 4096).includes(0);
}

/** Comments taken out, strings left in (`"/api/*"` begins no comment): enough to look for words in code. */
export function withoutComments(code: string): string {
  return code
    .replaceAll(/(?<=^|[\s({[,;>])\/\*[\s\S]*?\*\//g, (comment) =>
      comment.replaceAll(/[^\n]/g, " "),
    )
    .replaceAll(/^\s*\/\/.*$/gm, "");
}
