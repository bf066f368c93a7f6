/** The JSON document of one run, streamed; the same for the CLI's `--json`, `export` and the API. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { buildRowDocument, itemColumns, runColumns } from "./columns.ts";
import { type ItemView, readItemViews } from "./item-view.ts";
import { parseSpecSteps } from "./run-spec.ts";

export interface RunDocumentSource {
  readonly journal: JournalReader;
  /** Where the blob of a sha256 lies. */
  locateBlob(sha256: string): string;
}

/** All items of a run in memory, as a table shows them. For the document, and for large runs, see `streamRunJson`. */
export async function readRunItems(
  journal: JournalReader,
  runId: string,
): Promise<readonly ItemView[]> {
  const steps = parseSpecSteps(await journal.readSpec(runId));
  return await Array.fromAsync(readItemViews(journal, runId, steps));
}

/** The document of a run as JSON text in pieces: memory does not grow with the run. One line per item. */
export async function* streamRunJson(
  source: RunDocumentSource,
  run: Run,
): AsyncGenerator<string, void, undefined> {
  yield `{"run":${JSON.stringify(buildRunSummary(run))},"items":[`;
  const steps = parseSpecSteps(await source.journal.readSpec(run.id));
  let piece = "";
  let separator = "\n";
  for await (const item of readItemViews(source.journal, run.id, steps)) {
    piece += separator + JSON.stringify(buildRowDocument(itemColumns, item, source));
    separator = ",\n";
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n]}\n`;
}

/** The `run` part of the document. */
export function buildRunSummary(run: Run): Readonly<Record<string, unknown>> {
  return buildRowDocument(runColumns, run);
}
