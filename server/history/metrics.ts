/** The figures for Prometheus: runs and items by state, the last success of each pipeline and ente, broken files. */
import type { Clock } from "../../engine/host/clock.ts";
import { toEpochMs, toInstant } from "../../engine/host/clock.ts";
import type { Run, RunCounts, RunReader } from "../../engine/journal/runs.ts";
import { itemStates, runStates } from "../../engine/journal/states.ts";
import type { Catalog } from "./catalog.ts";

const DAY_MS = 86_400_000;
const WINDOW_DAYS = 30;
const PAGE = 500;
const MOST_RUNS = 10_000;
/** However often it is asked, the journal is read once in this time. */
const KEEP_MS = 10_000;

/** A function that gives the text of `/metrics`. It reads the runs of the last 30 days, at most 10,000, page by page. */
export function createMetrics(
  journal: RunReader,
  clock: Clock,
  loadCatalog?: () => Promise<Catalog>,
): () => Promise<string> {
  let at = Number.NEGATIVE_INFINITY;
  let kept: Promise<string> = Promise.resolve("");
  return () => {
    if (clock.now() - at < KEEP_MS) return kept;
    at = clock.now();
    kept = readMetrics(journal, clock.now(), loadCatalog);
    kept.catch(() => {
      at = Number.NEGATIVE_INFINITY;
    });
    return kept;
  };
}

async function readMetrics(
  journal: RunReader,
  now: number,
  loadCatalog?: () => Promise<Catalog>,
): Promise<string> {
  const runs = new Map<string, number>(runStates.map((state) => [state, 0]));
  const items = new Map<string, number>(itemMetricStates.map((state) => [state, 0]));
  const successes = new Map<string, number>();
  for await (const run of readRecentRuns(journal, now)) {
    add(runs, run.state, 1);
    for (const state of itemMetricStates) add(items, state, pickCount(run.counts, state));
    noteSuccess(successes, run);
  }
  return [
    ...formatGauge(
      "postino_runs",
      `Flussi degli ultimi ${WINDOW_DAYS} giorni (al massimo ${MOST_RUNS}) per stato`,
      labelByState(runs),
    ),
    ...formatGauge("postino_items", `Verbali degli stessi flussi per stato`, labelByState(items)),
    ...formatGauge(
      "postino_last_success_timestamp_seconds",
      "Ultimo flusso completato, per pipeline ed ente",
      [...successes].map(([labels, at]) => `{${labels}} ${at}`),
    ),
    ...formatGauge(
      "postino_broken_file",
      "File di pipeline o di ente con errori, per cui i flussi non partono",
      ((await loadCatalog?.())?.broken ?? []).map(
        ({ file, ente }) =>
          `{file="${escapeLabel(file)}"${ente === null ? "" : `,ente="${escapeLabel(ente)}"`}} 1`,
      ),
    ),
    "",
  ].join("\n");
}

/** `pending` counts the running ones too. */
const itemMetricStates = itemStates.filter((state) => state !== "running");

function pickCount(counts: RunCounts, state: (typeof itemStates)[number]): number {
  if (state === "in-doubt") return counts.inDoubt;
  return state === "running" ? 0 : counts[state];
}

async function* readRecentRuns(
  journal: RunReader,
  now: number,
): AsyncGenerator<Run, void, undefined> {
  const since = toInstant(now - WINDOW_DAYS * DAY_MS);
  let beforeSeq: number | undefined;
  for (let seen = 0; seen < MOST_RUNS; seen += PAGE) {
    const page = await journal.listRuns({
      since,
      limit: PAGE,
      ...(beforeSeq !== undefined && { beforeSeq }),
    });
    yield* page;
    beforeSeq = page.at(-1)?.seq;
    if (page.length < PAGE) return;
  }
}

function noteSuccess(successes: Map<string, number>, run: Run): void {
  if (run.endedAt === null) return;
  if (run.state !== "completed" && run.state !== "completed-with-rejections") return;
  const labels = `pipeline="${escapeLabel(run.pipeline)}",ente="${escapeLabel(run.ente)}"`;
  const at = Math.floor(toEpochMs(run.endedAt) / 1000);
  successes.set(labels, Math.max(successes.get(labels) ?? 0, at));
}

function add(sums: Map<string, number>, name: string, count: number): void {
  sums.set(name, (sums.get(name) ?? 0) + count);
}

function labelByState(sums: ReadonlyMap<string, number>): readonly string[] {
  return [...sums].map(([state, count]) => `{state="${state}"} ${count}`);
}

function formatGauge(name: string, help: string, samples: readonly string[]): readonly string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...samples.map((sample) => name + sample),
  ];
}

function escapeLabel(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
