/** What the writing parts of a journal share: the database, the clock, the fence of a drive before every change of its run, and who is told of changes. */
import type { Clock } from "../../engine/host/clock.ts";
import { runTakenError } from "../../engine/journal/fences.ts";
import { type Database, type Plan, readOne } from "./plan.ts";
import type { FindRunKey, RunKey } from "./rows.ts";

export interface Writer {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyOf: FindRunKey;
  /** Which drive of its run writes; `null`: none, the run rests. */
  readonly drive: number | null;
  /** One transaction of its own about one run; told when it is durable. */
  readonly write: (runId: string, work: (run: RunKey) => Plan<unknown>) => Promise<void>;
  /** Tells the listeners that a run moved. */
  readonly announce: (runId: string) => void;
  /** Returns how to stop listening. */
  readonly onChange: (listener: (runId: string) => void) => () => void;
}

/** Over an open database. */
export function createWriter(db: Database, clock: Clock, keyOf: FindRunKey): Writer {
  const listeners = new Set<(runId: string) => void>();
  return bindWriter(
    {
      db,
      clock,
      keyOf,
      announce(runId) {
        for (const listener of listeners) listener(runId);
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    null,
  );
}

/** The same, as one drive of a run writes. */
export function bindWriter(writer: Omit<Writer, "write" | "drive">, drive: number | null): Writer {
  return {
    ...writer,
    drive,
    async write(runId, work) {
      await writer.db.write(function* writeOfRun() {
        const run = yield* writer.keyOf(runId);
        yield* assertDriven(run, drive);
        yield* work(run);
      });
      writer.announce(runId);
    },
  };
}

/** Throws RunBlocked `RUN_TAKEN` when another drive of the run began since; `null`: nobody drives it. */
export function* assertDriven({ seq, id }: RunKey, drive: number | null): Plan<void> {
  if (drive === null) return;
  const row = yield* readOne<{ drive: number }>("SELECT drive FROM runs WHERE seq = ?", seq);
  if (row?.drive !== drive) throw runTakenError(id);
}
