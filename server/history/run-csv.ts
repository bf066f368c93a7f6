/** The CSV of one run for a spreadsheet, streamed. */
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { formatCsvLine } from "../../integrations/csv.ts";
import { formatCell, itemColumns, pickColumns } from "./columns.ts";
import { buildItemView } from "./item-view.ts";
import { parseSpecSteps } from "./run-spec.ts";

export interface RunCsvSource {
  readonly journal: JournalReader;
  /** Says what the steps are called; default: their names. */
  readonly registry?: StepRegistry;
}

/**
 * The run's items, one line each: `;`, CRLF, a BOM so that Excel reads UTF-8. Several codes in a cell are separated by a space.
 * A cell that a spreadsheet would take for a formula gets an apostrophe before it; one that it would take for a number
 * and round (12 digits or more) gets a tab.
 */
export async function* streamRunCsv(
  source: RunCsvSource,
  run: Run,
  grid = itemColumns,
): AsyncGenerator<string, void, undefined> {
  yield* streamItemsCsv(source, run, readItems(source.journal, run.id), grid);
}

/** The same of some of its items. */
export async function* streamItemsCsv(
  { journal, registry }: RunCsvSource,
  run: Run,
  items: AsyncIterable<ItemRow>,
  grid = itemColumns,
): AsyncGenerator<string, void, undefined> {
  const columns = pickColumns(grid, "csv");
  const steps = parseSpecSteps(await journal.readSpec(run.id), registry);
  let piece = `\uFEFF${formatCsvLine(columns.map(({ label }) => label))}`;
  for await (const item of items) {
    const view = buildItemView(item, steps);
    piece += formatCsvLine(columns.map((column) => formatCell(column, view)));
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

async function* readItems(journal: JournalReader, runId: string): AsyncGenerator<ItemRow> {
  for await (const page of readItemPages(journal, runId)) yield* page;
}
