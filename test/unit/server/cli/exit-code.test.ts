/** The exit code of a run at rest, by its state and not by how its code is spelt. */
import { expect, test } from "bun:test";
import type { Run } from "../../../../engine/journal/runs.ts";
import { toExitCode } from "../../../../server/cli/command.ts";

const counts = {
  total: 2,
  pending: 0,
  running: 0,
  waiting: 0,
  done: 0,
  rejected: 0,
  inDoubt: 0,
  failed: 0,
  cancelled: 0,
};

function runWith(state: Run["state"], code: string | null, isLoaded: boolean, inDoubt = 0): Run {
  return { state, code, isLoaded, counts: { ...counts, inDoubt } } as unknown as Run;
}

test.each([
  ["a file that was refused", "failed", "FLUSSO_REFUSED", false, 0, 2],
  ["a file that the own source refused", "failed", "UFFICIO_FILE", false, 0, 2],
  ["items that failed", "failed", "UNEXPECTED", true, 0, 1],
  ["items that failed after a refused row", "failed", "FLUSSO_ROW", true, 0, 1],
  ["a source that found a bug", "blocked", "UNEXPECTED", false, 0, 5],
  ["items in doubt beside failed ones", "failed", "FLUSSO_ROW", true, 1, 6],
  ["rejections", "completed-with-rejections", "FLUSSO_ROW", true, 0, 3],
] as const)("%s", (_, state, code, isLoaded, inDoubt, expected) => {
  expect(toExitCode(runWith(state, code, isLoaded, inDoubt))).toBe(expected);
});
