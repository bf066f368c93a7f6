/** The JSON document of one run, streamed; the same for the CLI's `--json`, `export` and the API. */
import { RunBlocked } from "../../engine/host/errors.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { buildRowDocument, itemColumns, runColumns } from "./columns.ts";
import { type ItemView, pickFinalFiles, readItemViews } from "./item-view.ts";
import { parseSpecSteps } from "./run-spec.ts";

export interface RunDocumentSource {
  readonly journal: JournalReader;
  /** A file with the bytes of the blob, made when there is none. Absent: no path is told. */
  layOut?(sha256: string): Promise<string | null>;
}

/** Paths are told of runs of so many verbali: each is a file that is laid out for who reads. `files --to` copies those of any run. */
export const mostLaidOut = 200;

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
  const { layOut } = run.counts.total > mostLaidOut ? {} : source;
  for await (const item of readItemViews(source.journal, run.id, steps)) {
    const paths = layOut === undefined ? new Map() : await layOutFiles(item, layOut);
    const locateBlob = (sha256: string): string | null => paths.get(sha256) ?? null;
    piece += separator + JSON.stringify(buildRowDocument(itemColumns, item, { locateBlob }));
    separator = ",\n";
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n]}\n`;
}

async function layOutFiles(
  item: ItemView,
  layOut: (sha256: string) => Promise<string | null>,
): Promise<ReadonlyMap<string, string | null>> {
  const paths = new Map<string, string | null>();
  for (const { sha256 } of pickFinalFiles(item)) paths.set(sha256, await layOutOrLeave(sha256));
  return paths;

  async function layOutOrLeave(sha256: string): Promise<string | null> {
    try {
      return await layOut(sha256);
    } catch (error) {
      // Who may only read the data is told all but the path.
      if (error instanceof RunBlocked) return null;
      throw error;
    }
  }
}

/** The `run` part of the document. */
export function buildRunSummary(run: Run): Readonly<Record<string, unknown>> {
  return buildRowDocument(runColumns, run);
}
