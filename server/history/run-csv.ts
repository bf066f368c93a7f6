/** The CSV of one run for a spreadsheet, streamed. */
import type { ItemRow, JournalReader, Run } from "../../engine/journal/journal.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { formatCsvLine } from "../../integrations/csv.ts";
import { formatSeconds } from "../words/format.ts";
import { collectItemCodes, collectWarnings } from "./item-fields.ts";
import { readAllItems } from "./run-document.ts";
import { parseSpecSteps, type RunStep } from "./run-spec.ts";
import { itemStateWords } from "../words/words.ts";

const header = [
  "Verbale",
  "Stato",
  "Passo",
  "Codice",
  "Nota",
  "Rimedio",
  "IUV",
  "Codici avviso",
  "Token",
  "IUN",
  "Aggiornato",
  "Avvertenze",
];

/**
 * The run's items, one line each: `;`, CRLF, a BOM so that Excel reads UTF-8. Several codes in a cell are separated by a space.
 * A cell that a spreadsheet would take for a formula gets an apostrophe before it; one that it would take for a number
 * and round (12 digits or more) gets a tab.
 */
export async function* streamRunCsv(
  { journal, registry }: { readonly journal: JournalReader; readonly registry: StepRegistry },
  run: Run,
): AsyncGenerator<string, void, undefined> {
  const steps = parseSpecSteps(await journal.readSpec(run.id), registry);
  let piece = `\uFEFF${formatCsvLine(header)}`;
  for await (const item of readAllItems(journal, run.id)) {
    piece += formatCsvLine(buildCells(item, steps));
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

function buildCells(item: ItemRow, steps: readonly RunStep[]): readonly string[] {
  const codes = collectItemCodes(item.data);
  return [
    item.key,
    itemStateWords[item.state],
    steps[item.step]?.title ?? "",
    item.code ?? "",
    item.note ?? "",
    item.hint ?? "",
    codes.iuv.join(" "),
    codes.noticeCodes.join(" "),
    codes.token ?? "",
    codes.iun ?? "",
    formatSeconds(item.updatedAt),
    collectWarnings(item.data).join(" "),
  ];
}
