/** Files that users sent in, for tests that use them where they are at hand. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { referenceFolder } from "../conformance/tally.ts";

/** Path of such a file; `null`, and a line in the output of the tests, where it is not at hand. */
export function findTrial(name: string): string | null {
  const path = join(referenceFolder, "trials", name);
  if (existsSync(path)) return path;
  console.warn(`trials: skipped, ${name} is not at hand`);
  return null;
}
