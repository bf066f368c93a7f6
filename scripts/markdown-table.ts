/** A table of Markdown, padded as the formatter of the repository wants it. */

/** A text that may stand in a cell. */
export function escapeTableCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** A page with what stands between two marks replaced. Throws where a mark is missing. */
export function fillBetween(
  page: string,
  text: string,
  marks: { readonly begin: string; readonly end: string; readonly path: string },
): string {
  const { begin, end, path } = marks;
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`${path} has lost a mark of its table: ${begin} … ${end}`);
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}

/** Head, line and rows; cells as they stand in the file. */
export function formatMarkdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const joinCells = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const line = widths.map((width) => "-".repeat(width));
  return [head, line, ...rows].map(joinCells).join("\n");
}
