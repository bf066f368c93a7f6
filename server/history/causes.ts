/** Why verbali of a flusso do not go on: one case for each cause, with how many it keeps and what to do. */
import type { Hint } from "../../engine/host/hint.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { ItemState } from "../../engine/journal/states.ts";
import { parseSpecSteps, type RunStep } from "./run-spec.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";

export interface Cause {
  readonly state: ItemState;
  readonly code: string | null;
  readonly count: number;
  /** Of the first verbale that it keeps; others may name other values. */
  readonly note: string | null;
  readonly hint: Hint | null;
  readonly step: RunStep | null;
  /** Numbers of the first few. */
  readonly keys: readonly string[];
}

const shownKeys = 5;

/** None where all went well. */
export async function listCauses(
  { journal, registry }: { readonly journal: JournalReader; readonly registry: StepRegistry },
  run: Run,
): Promise<readonly Cause[]> {
  if (run.counts.rejected + run.counts.failed === 0) return [];
  const [found, spec] = await Promise.all([
    journal.listCauses(run.id, ["rejected", "failed"]),
    journal.readSpec(run.id),
  ]);
  const steps = parseSpecSteps(spec, registry);
  const causes: Cause[] = [];
  for (const { state, code, count, firstId } of found) {
    const items = await journal.listItems(run.id, {
      states: [state],
      ...(code !== null && { code }),
      afterId: firstId - 1,
      limit: shownKeys,
    });
    const [first] = items;
    causes.push({
      state,
      code,
      count,
      note: first?.note ?? null,
      hint: first?.hint ?? null,
      step: first === undefined ? null : (steps[first.step] ?? null),
      keys: items.map(({ key }) => key),
    });
  }
  return causes;
}
