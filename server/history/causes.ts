/** Why verbali of a flusso do not go on: one case for each cause, with how many it keeps and what to do. */
import type { Clock } from "../../engine/host/clock.ts";
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

interface CauseSources {
  readonly journal: JournalReader;
  readonly registry: StepRegistry;
  readonly clock: Clock;
  /** What the reader may see: what was read for one is not shown to another. */
  readonly sight: string;
}

interface Kept {
  readonly version: string;
  readonly at: number;
  readonly causes: Promise<readonly Cause[]>;
}

const kept = new WeakMap<JournalReader, Map<string, Kept>>();
/** Whatever the counts say: verbali may be rejected for another cause. */
const keepMs = 5_000;
const mostKept = 200;

/** None where all went well. */
export async function listCauses(sources: CauseSources, run: Run): Promise<readonly Cause[]> {
  if (run.counts.rejected + run.counts.failed === 0) return [];
  const { journal, clock, sight } = sources;
  const known = kept.get(journal) ?? new Map<string, Kept>();
  kept.set(journal, known);
  const key = `${sight} ${run.id}`;
  const version = JSON.stringify([run.state, run.counts, run.endedAt]);
  const last = known.get(key);
  if (last?.version === version && Math.abs(clock.now() - last.at) < keepMs)
    return await last.causes;
  const causes = readCauses(sources, run);
  causes.catch(() => known.delete(key));
  if (known.size >= mostKept) known.clear();
  known.set(key, { version, at: clock.now(), causes });
  return await causes;
}

async function readCauses(
  { journal, registry }: CauseSources,
  run: Run,
): Promise<readonly Cause[]> {
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
