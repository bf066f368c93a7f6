/** How much code there is. */
import {
  readRepositoryFile,
  repositoryFiles,
  withoutComments,
} from "../../test/support/repository.ts";

/** Lines under a folder that are neither blank nor comment. */
export function countCodeLines(folder: string): number {
  return repositoryFiles(".ts", ".tsx")
    .filter((path) => path.startsWith(`${folder}/`) && !path.endsWith(".d.ts"))
    .map((path) => withoutComments(readRepositoryFile(path)))
    .flatMap((code) => code.split("\n").filter((line) => line.trim() !== "")).length;
}
