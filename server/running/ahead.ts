/** The first verbali of a flusso ahead of the others: what `run --first N` starts, and what of the file is left after it. */
import { join } from "node:path";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { Installation } from "../installation.ts";

/** What `transmit` takes for `canary`: more are not held back for SEND's word. */
const mostAhead = 50;

/**
 * The pipeline that takes the first `first` verbali of its file: they are the ones of which SEND is asked whether the settings
 * are right, so none of them waits for another (`canary`). `null`: its source reads no flusso.
 */
export function limitToFirst(
  pipeline: ResolvedPipeline,
  registry: StepRegistry,
  first: number,
): ResolvedPipeline | null {
  const hasField = (uses: string, field: string): boolean =>
    registry.get(uses)?.step.config.properties[field] !== undefined;
  const [source, ...others] = pipeline.steps;
  if (source === undefined || !hasField(source.uses, "first")) return null;
  const origins: Record<string, string> = { ...pipeline.origins };
  origins[`steps.${source.id}.with.first`] = "--first";
  const steps = others.map((entry) => {
    if (!hasField(entry.uses, "canary") || entry.with["canary"] === 0) return entry;
    origins[`steps.${entry.id}.with.canary`] = "--first";
    return { ...entry, with: { ...entry.with, canary: Math.min(first, mostAhead) } };
  });
  const limited = { ...source, with: { ...source.with, first } };
  return { ...pipeline, steps: [limited, ...steps], origins };
}

/** How many of the run's verbali went ahead; `null`: it took the whole file. */
export function readFirst(spec: string): number | null {
  const { steps } = JSON.parse(spec) as Pick<ResolvedPipeline, "steps">;
  const first = steps[0]?.with["first"];
  return typeof first === "number" ? first : null;
}

export interface LeftSource {
  readonly journal: Pick<JournalReader, "readSpec" | "listRuns">;
  readonly artifacts: Pick<ArtifactStore, "stream">;
}

/** How many verbali of the run's file no run has taken yet; 0 also where a later run took the same file. */
export async function countLeft(
  { config, clock }: Pick<Installation, "config" | "clock">,
  { journal, artifacts }: LeftSource,
  run: Run,
): Promise<number> {
  const { input } = run;
  const spec = await journal.readSpec(run.id);
  const first = readFirst(spec);
  if (first === null || input === null || !run.isLoaded || run.counts.total < first) return 0;
  const { ente, pipeline } = run;
  const runs = await journal.listRuns({ ente, pipeline, since: run.createdAt, limit: 200 });
  const isTaken = runs.some(
    (other) =>
      other.id !== run.id &&
      other.input?.sha256 === input.sha256 &&
      other.createdAt >= run.createdAt,
  );
  if (isTaken) return 0;
  const { settings } = JSON.parse(spec) as ResolvedPipeline;
  // Most runs took their whole file: who looks at them does not wait for what reads flussi.
  const { createFlusso, readFlussoSettings } = await import("../../integrations/flusso/flusso.ts");
  const { toEnteSettings } = await import("../../integrations/services.ts");
  const inboxRoot = join(config.dataFolder, "inbox");
  const flusso = createFlusso({
    settings: readFlussoSettings(toEnteSettings(settings)),
    inboxRoot,
    clock,
  });
  const open = () => artifacts.stream(input.sha256);
  const { rows } = await flusso.inspect({ name: input.name, open }, 1);
  return Math.max(0, rows - first);
}
