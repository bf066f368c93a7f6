/** What differs between two texts, line by line, with a few equal lines around each difference. */

export interface DiffLine {
  /** `gap`: equal lines that are left out. */
  readonly kind: "same" | "added" | "removed" | "gap";
  readonly text: string;
}

const around = 2;
/** Beyond this a pipeline is no longer read by eye; the texts then differ as a whole. */
const mostLines = 2_000;

/**
 * The way from `before` to `after`; none where they say the same. `toComparable` says what of a line counts: default all of it.
 */
export function diffLines(
  before: string,
  after: string,
  toComparable: (line: string) => string = (line) => line,
): readonly DiffLine[] {
  const [old, fresh] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")];
  const all =
    Math.max(old.length, fresh.length) > mostLines
      ? [...mark(old, "removed"), ...mark(fresh, "added")]
      : walk(old, fresh, toComparable);
  return all.some(({ kind }) => kind !== "same") ? cutEqual(all) : [];
}

function mark(lines: readonly string[], kind: DiffLine["kind"]): readonly DiffLine[] {
  return lines.map((text) => ({ kind, text }));
}

/** By the longest common subsequence; what goes stands before what comes. */
function walk(
  old: readonly string[],
  fresh: readonly string[],
  toComparable: (line: string) => string,
): readonly DiffLine[] {
  const left = old.map(toComparable);
  const right = fresh.map(toComparable);
  const width = right.length + 1;
  const common = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1)
    for (let column = right.length - 1; column >= 0; column -= 1)
      common[row * width + column] =
        left[row] === right[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < left.length || column < right.length) {
    const isSame = row < left.length && column < right.length && left[row] === right[column];
    const isRemoved =
      !isSame &&
      row < left.length &&
      (column >= right.length || at(row + 1, column) >= at(row, column + 1));
    if (isSame) lines.push({ kind: "same", text: fresh[column] ?? "" });
    else if (isRemoved) lines.push({ kind: "removed", text: old[row] ?? "" });
    else lines.push({ kind: "added", text: fresh[column] ?? "" });
    if (isSame || isRemoved) row += 1;
    if (isSame || !isRemoved) column += 1;
  }
  return lines;
}

/** Equal lines far from a difference become one gap. */
function cutEqual(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - around), index + around + 1)
      .some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap((line, index) => {
    if (isNear[index] === true) return [line];
    return index === 0 || isNear[index - 1] === true ? [{ kind: "gap", text: "" } as const] : [];
  });
}
