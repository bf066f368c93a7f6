/** Gathers what the page of one flusso shows. */
import type { Clock } from "../../engine/host/clock.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Approval, AskRow, Run } from "../../engine/journal/runs.ts";
import type { Catalog } from "./catalog.ts";
import { parseSpecSteps, parseSpecTitle, type RunStep } from "./run-spec.ts";
import { computeProgress, type StepProgress } from "./step-counts.ts";
import { buildItemView, type ItemView } from "./item-view.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { GridQuery } from "./grid-query.ts";

/** What the view of a run is gathered from. */
export interface RunSources {
  readonly journal: JournalReader;
  readonly clock: Clock;
  /** Says what the steps are called. */
  readonly registry: StepRegistry;
  /** Absent: codes are shown as they are. */
  loadCatalog?(): Promise<Catalog>;
}

export interface RunView {
  readonly run: Run;
  /** As the pipeline file names itself. */
  readonly pipelineTitle: string;
  readonly steps: readonly RunStep[];
  /** Of the same steps, in the same order. */
  readonly progress: readonly StepProgress[];
  readonly asks: readonly AskRow[];
  readonly approvals: readonly Approval[];
  readonly files: readonly StoredArtifact[];
  readonly items: readonly ItemView[];
  /** Whether the grid has a next page. */
  readonly hasMore: boolean;
  readonly query: GridQuery;
  readonly catalog: Catalog | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const GRID_PAGE = 50;

export async function loadRunView(deps: RunSources, run: Run, query: GridQuery): Promise<RunView> {
  const { journal } = deps;
  const [spec, counts, asks, approvals, files, found, catalog] = await Promise.all([
    journal.readSpec(run.id),
    journal.listStepCounts(run.id),
    journal.listAsks(run.id),
    journal.listApprovals(run.id),
    journal.listFiles(run.id),
    journal.listItems(run.id, {
      limit: GRID_PAGE + 1,
      ...(query.states !== undefined && { states: query.states }),
      ...(query.key !== undefined && { key: query.key }),
      ...(query.after !== undefined && { afterId: query.after }),
    }),
    deps.loadCatalog?.() ?? null,
  ]);
  const steps = parseSpecSteps(spec, deps.registry);
  return {
    run,
    pipelineTitle: parseSpecTitle(spec) ?? run.pipeline,
    steps,
    progress: computeProgress(
      steps.map(({ id }) => id),
      counts,
      run.counts,
    ),
    // An answer that is being worked on leaves its question standing until the step has ended: no one is asked now.
    asks: run.state === "waiting-for-person" ? asks : [],
    approvals,
    files,
    items: found.slice(0, GRID_PAGE).map((item) => buildItemView(item, steps)),
    hasMore: found.length > GRID_PAGE,
    query,
    catalog,
    now: deps.clock.now(),
  };
}
