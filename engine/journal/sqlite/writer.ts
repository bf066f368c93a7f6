/** What the writing parts of an embedded journal share: the database, the clock, the fences before every write, and who is told of changes. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../../host/clock.ts";
import { runTakenError } from "../fences.ts";
import type { Fence } from "./fence.ts";
import { runTransaction } from "./file.ts";
import { createRunKeys, type RunKey } from "./rows.ts";

export interface Writer {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyOf: (runId: string) => RunKey;
  /** Which drive of its run writes; `null`: none, the run rests. */
  readonly drive: number | null;
  /** One transaction: all of it is durable when this returns, nothing of it when this throws, `JOURNAL_TAKEN` among others. */
  readonly transact: <Result>(work: () => Result) => Result;
  /** Throws RunBlocked `RUN_TAKEN` when another drive of the run began since. */
  readonly assertDriven: (run: RunKey, drive: number | null) => void;
  /** One transaction of its own about one run; told when it is durable. */
  readonly write: (runId: string, work: (run: RunKey) => void) => void;
  /** Tells the listeners that a run moved. */
  readonly announce: (runId: string) => void;
  /** Returns how to stop listening. */
  readonly onChange: (listener: (runId: string) => void) => () => void;
}

/** Over an open database. */
export function createWriter(db: Database, clock: Clock, fence: Fence): Writer {
  const keyOf = createRunKeys(db);
  const listeners = new Set<(runId: string) => void>();
  const newest = db.query<{ drive: number }, [number]>("SELECT drive FROM runs WHERE seq = ?");
  function announce(runId: string): void {
    for (const listener of listeners) listener(runId);
  }
  const writer: Omit<Writer, "write"> = {
    db,
    clock,
    keyOf,
    drive: null,
    transact: (work) =>
      runTransaction(db, () => {
        fence.assertHeld();
        return work();
      }),
    assertDriven({ seq, id }, drive) {
      if (drive !== null && newest.get(seq)?.drive !== drive) throw runTakenError(id);
    },
    announce,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return bindWriter(writer, null);
}

/** The same, as one drive of a run writes. */
export function bindWriter(writer: Omit<Writer, "write">, drive: number | null): Writer {
  return {
    ...writer,
    drive,
    write(runId, work) {
      writer.transact(() => {
        const run = writer.keyOf(runId);
        writer.assertDriven(run, drive);
        work(run);
      });
      writer.announce(runId);
    },
  };
}
