/** Who owns an embedded journal, told by the journal itself: a process that was suspended while another took it over learns it there. */
import type { Database } from "bun:sqlite";
import { requireRow } from "../../engine/host/errors.ts";
import { journalTakenError } from "../../engine/journal/fences.ts";

export interface Fence {
  /** Throws RunBlocked `JOURNAL_TAKEN`, from then on always. */
  assertHeld(): void;
  /** Aborted, with that error as its reason, once the journal was found with another owner. */
  readonly taken: AbortSignal;
}

interface Owner {
  readonly term: number;
  readonly name: string;
}

/** Makes this process the owner: whoever was before writes nothing any more. `name`: as it is told to the one before. */
export function raiseFence(db: Database, name: string): Fence {
  const raise = db.query<Owner, [string]>(
    `INSERT INTO owner (id, term, name) VALUES (1, 1, ?)
     ON CONFLICT (id) DO UPDATE SET term = term + 1, name = excluded.name RETURNING term, name`,
  );
  const own = requireRow(db.transaction(() => raise.get(name)).immediate(), "owner");
  const read = db.query<Owner, []>("SELECT term, name FROM owner");
  const taken = new AbortController();
  return {
    taken: taken.signal,
    assertHeld() {
      const now = read.get();
      if (now?.term === own.term) return;
      if (!taken.signal.aborted) taken.abort(journalTakenError(now?.name ?? null));
      throw taken.signal.reason;
    },
  };
}
