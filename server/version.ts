/** The version of the program. */
import manifest from "../package.json" with { type: "json" };

/** The version in package.json. */
export function readVersion(): string {
  return manifest.version;
}
