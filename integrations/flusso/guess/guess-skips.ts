/** Rules that leave out totals, closing lines and names that come again. */
import { foldText } from "../mapping/fold-text.ts";
import type { SkipRule } from "../mapping/column-rule.ts";
import type { ColumnGuess } from "./column-guess.ts";
import type { Sample } from "./sample.ts";

/** One rule for each kind of row that is no verbale. */
export function guessSkips(sample: Sample, columns: readonly ColumnGuess[]): readonly SkipRule[] {
  const rules = new Map<string, SkipRule>();
  const number = columns.find(
    ({ target }) => target === "numero" || (typeof target === "object" && target?.to === "numero"),
  );
  for (const { cells } of sample.others) {
    const rule = describeRow(cells, sample, number);
    if (rule !== null) rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}

function describeRow(
  cells: readonly string[],
  sample: Sample,
  number: ColumnGuess | undefined,
): SkipRule | null {
  const at = sample.headers.findIndex((header) => header !== "");
  const header = sample.headers[at] ?? "";
  if (header !== "" && foldText(cells[at] ?? "") === foldText(header))
    return { column: columns(sample, at), is: header };
  const first = cells.find((cell) => cell !== "") ?? "";
  const [words = ""] = /^[^\d:;=]+/.exec(first) ?? [];
  const beginning = words.trim();
  const isOfVerbale = sample.rows.some((row) => {
    const own = row.cells.find((cell) => cell !== "") ?? "";
    return foldText(own).startsWith(foldText(beginning));
  });
  if (beginning.length >= 3 && !isOfVerbale) return { begins: beginning };
  if (number === undefined || (cells[number.index] ?? "") !== "") return null;
  return { column: number.name, empty: true };
}

function columns(sample: Sample, at: number): string {
  return (sample.headers[at] ?? "").trim().replaceAll(/\s+/g, " ");
}
