/** The line in which what a journal writes stands: what comes within a few milliseconds becomes durable in one commit. */
import { toInstant } from "../../engine/host/clock.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import type { Plan } from "./plan.ts";
import { type Batch, type Counting, writeBatches } from "./write.ts";
import { assertDriven, type Writer } from "./writer.ts";

/** Moves of a run, as one drive of it writes them; or any other plan. */
type Entry =
  | (Batch & { readonly drive: number | null; readonly plan?: undefined })
  | { readonly plan: () => Plan<void> };

export type WriteQueue = GroupCommit<Entry>;

/** A group is committed when it has this many rows, or this many milliseconds after its first row. */
const groupRows = 100;
const groupMs = 20;

/** An empty queue. */
export function createWriteQueue({ db, clock, announce }: Writer, counting?: Counting): WriteQueue {
  return createGroupCommit<Entry>({
    maxRows: groupRows,
    maxMs: groupMs,
    write: (group) => {
      const at = toInstant(clock.now());
      return db.write(function* writeGroup() {
        const batches = group.filter((entry) => entry.plan === undefined);
        for (const { run, drive } of batches) yield* assertDriven(run, drive);
        for (const { plan } of group) if (plan !== undefined) yield* plan();
        yield* writeBatches(batches, at, counting);
      });
    },
    announce: (group) => {
      const runs = group.flatMap((entry) => (entry.plan === undefined ? [entry.run.id] : []));
      for (const runId of new Set(runs)) announce(runId);
    },
  });
}

/** Resolves when the plan is durable, with what it came to; one that throws takes nobody with it. */
export async function writeQueued<Result>(
  queue: WriteQueue,
  plan: () => Plan<Result>,
): Promise<Result> {
  const results: Result[] = [];
  await queue.add(
    {
      plan: function* keepResult() {
        results.push(yield* plan());
      },
    },
    1,
  );
  // The last one: a plan is begun anew where a connection broke.
  const result = results.at(-1);
  if (result === undefined) throw new Error("a plan without a result");
  return result;
}
