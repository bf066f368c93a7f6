/** Gathers what the page of one flusso shows. */
import type { Clock } from "../../engine/host/clock.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Approval, AskRow, Run, StepCount } from "../../engine/journal/runs.ts";
import type { Catalog } from "./catalog.ts";
import { type Cause, listCauses } from "./causes.ts";
import { toFields, toList } from "./fields.ts";
import { listGates, parseSpecSteps, parseSpecTitle, type RunStep } from "./run-spec.ts";
import { arrangeSheet, type Sheets } from "./sheet.ts";
import { computeProgress, type StepProgress } from "./step-counts.ts";
import { buildItemView, type ItemView, pickFinalFiles } from "./item-view.ts";
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
  readonly sheets: Sheets;
  /** What the reader may see: what was read for one is not shown to another. */
  readonly sight: string;
}

export interface RunView {
  readonly run: Run;
  /** As the pipeline file names itself. */
  readonly pipelineTitle: string;
  readonly steps: readonly RunStep[];
  /** Ids of the steps before which a person agrees. */
  readonly gates: readonly string[];
  readonly counts: readonly StepCount[];
  /** Of the same steps, in the same order. */
  readonly progress: readonly StepProgress[];
  readonly asks: readonly AskRow[];
  readonly approvals: readonly Approval[];
  readonly files: readonly StoredArtifact[];
  readonly items: readonly ItemView[];
  /** Whether the grid has a next page. */
  readonly hasMore: boolean;
  /** Rows that fit the filters; `null`: nobody counted. */
  readonly total: number | null;
  /** What keeps verbali from going on. */
  readonly causes: readonly Cause[];
  /** What a go-ahead is about; `null`: none is asked for. */
  readonly approval: ApprovalSum | null;
  readonly query: GridQuery;
  readonly catalog: Catalog | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a person agrees to. */
export interface ApprovalSum {
  readonly count: number;
  readonly cents: number;
  /** One of its documents, to look at; `null`: there is none yet. */
  readonly sample: { readonly key: string; readonly file: StoredArtifact } | null;
}

/** Rows of a page of the grid. */
export const gridPage = 50;

export async function loadRunView(deps: RunSources, run: Run, query: GridQuery): Promise<RunView> {
  const { journal } = deps;
  const isAsking = run.state === "waiting-for-person";
  const [spec, counts, asks, approvals, files, grid, catalog, causes] = await Promise.all([
    journal.readSpec(run.id),
    journal.listStepCounts(run.id),
    // An answer that is being worked on leaves its question standing until the step has ended: no one is asked now.
    isAsking ? journal.listAsks(run.id) : [],
    journal.listApprovals(run.id),
    journal.listFiles(run.id),
    readGrid(deps, run, query),
    deps.loadCatalog?.() ?? null,
    listCauses(deps, run),
  ]);
  const steps = parseSpecSteps(spec, deps.registry);
  const items = await addNotifiedDays(
    journal,
    run.ente,
    grid.items.map((item) => buildItemView(item, steps)),
  );
  return {
    run,
    pipelineTitle: parseSpecTitle(spec) ?? run.pipeline,
    steps,
    gates: listGates(spec),
    counts,
    progress: computeProgress(
      steps.map(({ id }) => id),
      counts,
      run.counts,
    ),
    asks,
    approvals,
    files,
    items,
    hasMore: grid.hasMore,
    total: grid.total,
    causes,
    approval: asks.some(({ kind }) => kind === "approval") ? await sumApproval(deps, run) : null,
    query,
    catalog,
    now: deps.clock.now(),
  };
}

/** A page of the grid as its columns read it. */
export async function readGridPage(
  deps: Pick<RunSources, "journal" | "sheets" | "sight" | "registry">,
  run: Run,
  query: GridQuery,
  limit: number,
): Promise<{
  readonly items: readonly ItemView[];
  readonly hasMore: boolean;
  readonly total: number | null;
}> {
  const steps = parseSpecSteps(await deps.journal.readSpec(run.id), deps.registry);
  const { items, hasMore, total } = await readGrid(deps, run, query, limit);
  const views = items.map((item) => buildItemView(item, steps));
  return { items: await addNotifiedDays(deps.journal, run.ente, views), hasMore, total };
}

interface GridRows {
  readonly items: readonly ItemRow[];
  readonly hasMore: boolean;
  readonly total: number | null;
}

/** In file order page after page; sorted, or from a row on, by the sheet. */
async function readGrid(
  deps: Pick<RunSources, "journal" | "sheets" | "sight">,
  run: Run,
  query: GridQuery,
  most = gridPage,
): Promise<GridRows> {
  const { states, key, code, after, sort, from } = query;
  if (sort === undefined && from === undefined) {
    const found = await deps.journal.listItems(run.id, {
      limit: most + 1,
      ...(states !== undefined && { states }),
      ...(key !== undefined && { key }),
      ...(code !== undefined && { code }),
      ...(after !== undefined && { afterId: after }),
    });
    const total = key === undefined && code === undefined ? countStates(run, states) : null;
    return { items: found.slice(0, most), hasMore: found.length > most, total };
  }
  const rows = await arrangeSheet(await deps.sheets.read(run, deps.sight), query);
  const start = Math.min(from ?? 0, Math.max(0, rows.length - 1));
  const ids = rows.slice(start, start + most).map(({ id }) => id);
  const found = await deps.journal.listItems(run.id, { ids, limit: most });
  const byId = new Map(found.map((item) => [item.id, item]));
  return {
    items: ids.flatMap((id) => byId.get(id) ?? []),
    hasMore: start + most < rows.length,
    total: rows.length,
  };
}

function countStates({ counts }: Run, states: GridQuery["states"]): number {
  if (states === undefined) return counts.total;
  let sum = 0;
  for (const state of states) {
    // `pending` counts the running ones too.
    if (state === "running") continue;
    sum += state === "in-doubt" ? counts.inDoubt : counts[state];
  }
  return sum;
}

/** When each was notified to the first of its recipients, as the register knows it. */
async function addNotifiedDays(
  journal: JournalReader,
  ente: string,
  items: readonly ItemView[],
): Promise<readonly ItemView[]> {
  const iuns = items.flatMap(({ iun }) => iun ?? []);
  if (iuns.length === 0) return items;
  const records = await journal.readRecords(ente, "followed", iuns);
  if (records.size === 0) return items;
  return items.map((item) => ({
    ...item,
    notifiedOn: findNotifiedDay(records.get(item.iun ?? "")?.data ?? {}),
  }));
}

function findNotifiedDay({ recipients }: Readonly<Record<string, unknown>>): string | null {
  const days = toList(recipients).flatMap((recipient) => {
    const { day, isFinal } = toFields(toFields(recipient)["perfezionamento"]);
    return typeof day === "string" && isFinal !== false ? [day] : [];
  });
  return days.toSorted()[0] ?? null;
}

async function sumApproval(deps: RunSources, run: Run): Promise<ApprovalSum> {
  const rows = await deps.sheets.read(run, deps.sight);
  const going = rows.filter(({ state }) => state === "pending" || state === "waiting");
  let cents = 0;
  for (const { amountCents } of going) cents += amountCents ?? 0;
  const [first] = await deps.journal.listItems(run.id, {
    states: ["pending", "waiting"],
    limit: 1,
  });
  const file =
    first === undefined ? undefined : pickFinalFiles(buildItemView(first, [])).find(isPdf);
  return {
    count: going.length,
    cents,
    sample: first === undefined || file === undefined ? null : { key: first.key, file },
  };
}

function isPdf({ name }: StoredArtifact): boolean {
  return name.toLowerCase().endsWith(".pdf");
}
