/** Makers of faults, for the readers of this folder. */
import type { FlussoCode } from "./error-codes.ts";
import type { RowFault } from "./port.ts";

/** A fault of the whole file. */
export function wholeFileFault(code: FlussoCode, message: string, remedy: string): RowFault {
  return { line: 0, column: 0, header: null, code, message, remedy };
}

/** A fault of a row. */
export function rowFault(
  line: number,
  code: FlussoCode,
  message: string,
  remedy: string,
): RowFault {
  return { line, column: 0, header: null, code, message, remedy };
}

/** The name nearest to `name`, or `null` when none is near: at most a third of its letters differ. */
export function findNearestName(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  // A short name resembles anything: something of it must be left.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)) + 1, name.length);
  for (const candidate of known) {
    const distance = countEdits(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** How many letters must be put, taken or changed to make one of the other. */
export function countEdits(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const swap = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
