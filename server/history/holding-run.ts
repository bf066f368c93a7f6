/** Which run holds the next hour of its schedule back: one that has work of its own left, not one that waits for the answer to what it has handed over. */
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { parseSpecSteps } from "./run-spec.ts";

interface Means {
  readonly journal: Pick<Journal, "listRuns" | "readSpec" | "findEarliestDue">;
  readonly registry: StepRegistry;
}

/** More runs than this of one pipeline wait for nothing at once: the newest decide. */
const mostLooked = 200;

/** Id of the newest run that holds it back; `null`: none does. SEND's verdict may take days, and the verbali that wait for it are safe from a second run by their claims and the ledger. */
export async function findHoldingRun(
  { journal, registry }: Means,
  { pipeline, ente }: { readonly pipeline: string; readonly ente: string },
): Promise<string | null> {
  const runs = await journal.listRuns({
    pipeline,
    ente,
    states: ["queued", "running", "waiting", "waiting-for-person"],
    limit: mostLooked,
  });
  for (const run of runs)
    if (run.state !== "waiting" || (await hasOwnWork({ journal, registry }, run))) return run.id;
  return null;
}

/** Something of it waits before it has been handed over; a run without a step that hands over is at work until it ends. */
async function hasOwnWork({ journal, registry }: Means, run: Run): Promise<boolean> {
  const steps = parseSpecSteps(await journal.readSpec(run.id));
  const last = steps.findLastIndex(({ uses }) => registry.get(uses)?.step.seals === true);
  if (last < 0 || run.counts.pending > 0) return true;
  const before = Array.from({ length: last + 1 }, (_, index) => index);
  return (await journal.findEarliestDue(run.id, before)) !== null;
}
