/** The source of a run: its rows become items; a load that died half way starts again. */
import { passCrashpoint } from "../host/crashpoint.ts";
import { requireRow, RunBlocked } from "../host/errors.ts";
import { limitAttempt, stepTimeoutError } from "./call-step.ts";
import { iterateWithTimeout } from "./deadline.ts";
import { computeDigest } from "../journal/digest.ts";
import type { NewItem } from "../journal/items.ts";
import { type BoundStep, type RunScope, buildSourceContext } from "./run-scope.ts";

const rowsPerCommit = 500;

/** Writes all items of the source; durable, and marked as loaded, when it resolves. Throws what the source throws. */
export async function loadItems(bound: BoundStep): Promise<void> {
  const { scope } = bound;
  const { journal, run } = scope;
  const source = bound.step.source;
  if (source === undefined) throw new Error(`step ${bound.entry.uses} is no source`);
  await journal.dropItems(run.id);
  // What a try before this one took from an inbox is the input of this one.
  const { input } = requireRow(await journal.readRun(run.id), `run ${run.id}`);
  const state = scope.steps.length === 1 ? "done" : "pending";
  let batch: NewItem[] = [];
  let count = 0;
  const rows = iterateWithTimeout(
    { ...limitAttempt(bound), makeError: () => sourceTimeoutError(bound) },
    (signal) => source(buildSourceContext(bound, input, signal)),
  );
  for await (const row of rows) {
    count += 1;
    if ("rejected" in row) {
      const { code, message, hint } = row.rejected;
      batch.push({
        key: row.key,
        data: {},
        sourceDigest: "",
        rejected: { code, note: message, hint: hint ?? null },
      });
    } else {
      const faults = scope.findFaults(bound.step.adds, row.fields);
      if (faults.length > 0)
        throw new Error(
          `source ${bound.entry.uses} made a wrong item ${row.key}: ${faults.join("; ")}`,
        );
      batch.push({
        key: row.key,
        data: row.fields,
        sourceDigest: computeDigest(row.identity ?? row.fields),
        state,
      });
    }
    if (batch.length < rowsPerCommit) continue;
    await journal.addItems(run.id, batch);
    batch = [];
    // A stop while loading leaves the run unloaded: the next start begins the load again.
    if (scope.stop.aborted) return;
  }
  await journal.addItems(run.id, batch);
  await prepareSteps(scope, count);
  await journal.patchRun(run.id, { isLoaded: true });
  passCrashpoint("after-items-loaded");
}

/** What the items will need, tried while nothing has happened: a run that stops here loads again. */
async function prepareSteps({ steps, assertRoom }: RunScope, count: number): Promise<void> {
  let bytes = 0;
  for (const { step, context } of steps) {
    await step.prepare?.(context);
    const { leavesBytes } = step;
    const each = typeof leavesBytes === "number" ? leavesBytes : leavesBytes(context);
    bytes += each * count;
  }
  await assertRoom(bytes, count);
}

/** No item is there yet that could be tried again: the run waits for a person. */
function sourceTimeoutError({ entry }: BoundStep): RunBlocked {
  const cause = stepTimeoutError(entry);
  const hint = "Quando ciò che legge risponde di nuovo, riprendere il flusso.";
  return new RunBlocked(cause.code, cause.message, { hint, cause });
}
