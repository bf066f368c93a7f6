/** What the writing parts of an embedded journal share: the database, the clock, and who is told of changes. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../../host/clock.ts";
import { runTransaction } from "./file.ts";
import { createRunKeys, type RunKey } from "./rows.ts";

export interface Writer {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyOf: (runId: string) => RunKey;
  /** One transaction of its own about one run; told when it is durable. */
  readonly write: (runId: string, work: (run: RunKey) => void) => void;
  /** Tells the listeners that a run moved. */
  readonly announce: (runId: string) => void;
  /** Returns how to stop listening. */
  readonly onChange: (listener: (runId: string) => void) => () => void;
}

/** Over an open database. */
export function createWriter(db: Database, clock: Clock): Writer {
  const keyOf = createRunKeys(db);
  const listeners = new Set<(runId: string) => void>();
  function announce(runId: string): void {
    for (const listener of listeners) listener(runId);
  }
  return {
    db,
    clock,
    keyOf,
    write(runId, work) {
      runTransaction(db, () => work(keyOf(runId)));
      announce(runId);
    },
    announce,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
