/** The CSV of one run for a spreadsheet, streamed. */
import type { ItemRow, JournalReader, Run } from "../../engine/journal/journal.ts";
import { csvLine } from "../../integrations/csv.ts";
import { formatSeconds } from "../words/format.ts";
import { codesOf, warningsOf } from "./item-fields.ts";
import { allItems } from "./run-document.ts";
import { stepsOfSpec, type SpecStep } from "./run-spec.ts";
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
export async function* runCsv(
  { journal }: { readonly journal: JournalReader },
  run: Run,
): AsyncGenerator<string, void, undefined> {
  const steps = stepsOfSpec(await journal.spec(run.id));
  let piece = `\uFEFF${csvLine(header)}`;
  for await (const item of allItems(journal, run.id)) {
    piece += csvLine(cellsOf(item, steps));
    if (piece.length < 32_768) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

function cellsOf(item: ItemRow, steps: readonly SpecStep[]): readonly string[] {
  const codes = codesOf(item.data);
  return [
    item.key,
    itemStateWords[item.state],
    steps[item.step]?.id ?? "",
    item.code ?? "",
    item.note ?? "",
    item.hint ?? "",
    codes.iuv.join(" "),
    codes.noticeCodes.join(" "),
    codes.token ?? "",
    codes.iun ?? "",
    formatSeconds(item.updatedAt),
    warningsOf(item.data).join(" "),
  ];
}
