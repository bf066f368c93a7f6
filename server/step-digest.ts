/** Digests of the steps that a run uses: by them a host knows whether it has what another host meant. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { StepRegistry } from "../loader/pipeline/registry.ts";
import { parseSpecSteps } from "./history/run-spec.ts";
import { readVersion } from "./version.ts";

/** By the JSON of a resolved pipeline; `null` where this host lacks one of its steps. Computed once for each. */
export function createStepDigests(registry: StepRegistry): (spec: string) => string | null {
  const known = new Map<string, string>();
  return (spec) => {
    const names = [...new Set(parseSpecSteps(spec).map(({ uses }) => uses))].toSorted();
    const hash = createHash("sha256").update(readVersion());
    for (const name of names) {
      const step = registry.get(name);
      if (step === undefined) return null;
      const digest = known.get(name) ?? hashFile(step.file);
      known.set(name, digest);
      hash.update(`\n${name} ${digest}`);
    }
    return hash.digest("hex");
  };
}

/** A step that the program of one file carries is as old as the program. */
function hashFile(path: string): string {
  if (!existsSync(path)) return "";
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
