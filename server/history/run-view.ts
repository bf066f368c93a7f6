/** Gathers what the page of one flusso shows. */
import type { Clock } from "../../engine/host/clock.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type {
  Approval,
  AskRow,
  ItemRow,
  JournalReader,
  Run,
  StepCount,
} from "../../engine/journal/journal.ts";
import type { Catalog } from "./catalog.ts";
import { parseSpecSteps, parseSpecTitle, type SpecStep } from "./run-spec.ts";
import { computeLatestCounts } from "./step-counts.ts";
import { formatBuiltInStep } from "../words/words.ts";
import type { ItemState } from "../../engine/journal/states.ts";

/** What the grid shows. */
export interface GridQuery {
  readonly states?: readonly ItemState[];
  readonly key?: string;
  readonly after?: number;
}

/** What the view of a run is gathered from. */
export interface RunSources {
  readonly journal: JournalReader;
  readonly clock: Clock;
  /** Absent: codes are shown as they are. */
  loadCatalog?(): Promise<Catalog>;
  /** Italian title of a step by the name in `uses`; absent or `undefined`: the built-in titles, then the name. */
  findStepTitle?(uses: string): string | undefined;
}

/** A step entry as it is shown. */
export interface StepView extends SpecStep {
  readonly title: string;
}

/** How far the items are at one step. */
export interface StepProgress extends StepView {
  readonly done: number;
  readonly rejected: number;
  readonly failed: number;
  /** Items that can still pass it: all but those that left before. */
  readonly expected: number;
}

export interface RunView {
  readonly run: Run;
  /** As the pipeline file names itself. */
  readonly pipelineTitle: string;
  readonly steps: readonly StepView[];
  readonly progress: readonly StepProgress[];
  readonly asks: readonly AskRow[];
  readonly approvals: readonly Approval[];
  readonly files: readonly StoredArtifact[];
  readonly items: readonly ItemRow[];
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
  const steps = buildStepViews(deps, spec);
  return {
    run,
    pipelineTitle: parseSpecTitle(spec) ?? run.pipeline,
    steps,
    progress: computeProgress(run, steps, counts),
    // An answer that is being worked on leaves its question standing until the step has ended: no one is asked now.
    asks: run.state === "waiting-for-person" ? asks : [],
    approvals,
    files,
    items: found.slice(0, GRID_PAGE),
    hasMore: found.length > GRID_PAGE,
    query,
    catalog,
    now: deps.clock.now(),
  };
}

/** The steps of a stored pipeline with their titles. */
export function buildStepViews(deps: RunSources, spec: string): readonly StepView[] {
  return parseSpecSteps(spec).map((step) => ({ ...step, title: formatStepTitle(deps, step.uses) }));
}

export function formatStepTitle(deps: RunSources, uses: string): string {
  return deps.findStepTitle?.(uses) ?? formatBuiltInStep(uses);
}

/** The title of the step at which an item stands; `null` when it has passed them all. */
export function findCurrentTitle(steps: readonly StepView[], item: ItemRow): string | null {
  return steps[item.step]?.title ?? null;
}

/** What the source made is not counted as moves: every item has passed it. */
function computeProgress(
  run: Run,
  steps: readonly StepView[],
  counts: readonly StepCount[],
): readonly StepProgress[] {
  const names = steps.map(({ id }) => id);
  const latest = computeLatestCounts(names, counts, run.counts);
  const isSourceCounted = counts.some(({ step }) => step === names[0]);
  let expected = run.counts.total;
  return steps.map((step, index) => {
    const { done = 0, rejected = 0, failed = 0 } = latest[index] ?? {};
    if (index === 0 && !isSourceCounted)
      return { ...step, done: expected, rejected, failed, expected };
    const progress = { ...step, done: Math.min(done, expected), rejected, failed, expected };
    expected -= rejected + failed;
    return progress;
  });
}
