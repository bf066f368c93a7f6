/** The JSON document of one run, streamed; the same for the CLI's `--json`, `export` and the API. */
import type { ItemRow, JournalReader, Run } from "../../engine/journal/journal.ts";
import { collectItemCodes, pickFinalFiles, collectWarnings } from "./item-fields.ts";
import { parseSpecSteps, type RunStep } from "./run-spec.ts";
import type { RunState } from "../../engine/journal/states.ts";

export interface RunSummary {
  readonly id: string;
  readonly pipeline: string;
  readonly ente: string;
  readonly state: RunState;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** `null` = not ended. */
  readonly endedAt: string | null;
  readonly counts: {
    readonly total: number;
    readonly done: number;
    readonly rejected: number;
    readonly waiting: number;
    readonly inDoubt: number;
    readonly failed: number;
  };
}

export interface ItemDocument {
  readonly key: string;
  readonly state: string;
  /** Id of the step entry that comes next, or at which the item ended; `null` = it passed them all. */
  readonly step: string | null;
  readonly code: string | null;
  readonly note: string | null;
  readonly iuv: readonly string[];
  readonly noticeCodes: readonly string[];
  readonly token: string | null;
  readonly iun: string | null;
  readonly artifacts: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly path: string;
  }[];
}

/** An item as a table for persons shows it: the document's, and what the checks found worth a look. */
export interface ItemView extends ItemDocument {
  readonly warnings: readonly string[];
}

export interface RunDocument {
  readonly run: RunSummary;
  readonly items: readonly ItemDocument[];
}

export interface RunDocumentSource {
  readonly journal: JournalReader;
  /** Where the blob of a sha256 lies. */
  locateBlob(sha256: string): string;
}

const PAGE = 500;

/** All items of a run in memory, as a table shows them. For the document, and for large runs, see `streamRunJson`. */
export async function readRunItems(
  source: RunDocumentSource,
  runId: string,
): Promise<readonly ItemView[]> {
  const steps = parseSpecSteps(await source.journal.readSpec(runId));
  const items: ItemView[] = [];
  for await (const item of readAllItems(source.journal, runId))
    items.push({
      ...buildItemDocument(item, steps, source.locateBlob),
      warnings: collectWarnings(item.data),
    });
  return items;
}

/** The document of a run as JSON text in pieces: memory does not grow with the run. One line per item. */
export async function* streamRunJson(
  source: RunDocumentSource,
  run: Run,
): AsyncGenerator<string, void, undefined> {
  yield `{"run":${JSON.stringify(buildRunSummary(run))},"items":[`;
  let piece = "";
  let separator = "\n";
  for await (const item of readItemDocuments(source, run.id)) {
    piece += separator + JSON.stringify(item);
    separator = ",\n";
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n]}\n`;
}

/** The `run` part of the document. */
export function buildRunSummary(run: Run): RunSummary {
  const { total, done, rejected, waiting, inDoubt, failed } = run.counts;
  return {
    id: run.id,
    pipeline: run.pipeline,
    ente: run.ente,
    state: run.state,
    createdAt: run.createdAt,
    endedAt: run.endedAt,
    counts: { total, done, rejected, waiting, inDoubt, failed },
  };
}

/** One element of `items`; `steps` are those of the run's pipeline. */
function buildItemDocument(
  item: ItemRow,
  steps: readonly RunStep[],
  pathOf: (sha256: string) => string,
): ItemDocument {
  return {
    key: item.key,
    state: item.state,
    step: steps[item.step]?.id ?? null,
    code: item.code,
    note: item.note,
    ...collectItemCodes(item.data),
    artifacts: pickFinalFiles(item.data).map(({ name, sha256, bytes }) => ({
      name,
      sha256,
      bytes,
      path: pathOf(sha256),
    })),
  };
}

/** All items of a run in file order, a page at a time. */
export async function* readAllItems(
  journal: JournalReader,
  runId: string,
): AsyncGenerator<ItemRow, void, undefined> {
  let afterId = 0;
  for (;;) {
    const page = await journal.listItems(runId, { afterId, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    afterId = last.id;
  }
}

async function* readItemDocuments(
  source: RunDocumentSource,
  runId: string,
): AsyncGenerator<ItemDocument, void, undefined> {
  const steps = parseSpecSteps(await source.journal.readSpec(runId));
  for await (const item of readAllItems(source.journal, runId))
    yield buildItemDocument(item, steps, source.locateBlob);
}
