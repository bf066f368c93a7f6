/** The version of the program. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(join(import.meta.dir, "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
