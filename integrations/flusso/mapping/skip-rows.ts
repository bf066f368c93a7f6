/** Rows that an ente's file says are no verbali. */
import { unwrapCell } from "../rows/cell-text.ts";
import { foldText } from "./fold-text.ts";
import type { SkipRule } from "./column-rule.ts";

/** Says of a row whether it is to be left out. */
export type SkipTest = (cells: readonly string[]) => boolean;

/** The test of all rules; `findColumn` tells the place of a column by its name, -1 where the file has none. */
export function buildSkipTest(
  rules: readonly SkipRule[],
  findColumn: (name: string) => number,
): SkipTest | null {
  if (rules.length === 0) return null;
  const tests = rules.map((rule): SkipTest => {
    const at = rule.column === undefined ? null : findColumn(rule.column);
    const wanted = foldText(rule.is ?? rule.begins ?? "");
    return (cells) => {
      const cell =
        at === null
          ? cells.map(unwrapCell).find((text) => text !== "")
          : unwrapCell(cells[at] ?? "");
      const text = foldText(cell ?? "");
      if (rule.empty === true) return at !== -1 && text === "";
      return rule.is === undefined ? text.startsWith(wanted) : text === wanted;
    };
  });
  return (cells) => tests.some((test) => test(cells));
}
