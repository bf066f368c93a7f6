/** Keys of runs, and how rows whose columns are JSON are read back; queries name their columns as the fields are called. */
import { requireRow } from "../../engine/host/errors.ts";
import { type Plan, readOne } from "./plan.ts";

/** A row as a query gives it: these fields are still the text of their columns, JSON or a hint; yes and no are 1 and 0. */
export type Stored<Row, Texts extends keyof Row> = {
  readonly [Name in keyof Row]: Name extends Texts
    ? string | Extract<Row[Name], null>
    : Row[Name] extends boolean
      ? number
      : Row[Name];
};

/** The fields that a column holds as JSON. */
export function parseFields(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Record<string, unknown>;
}

/** The run as the tables know it: nothing of it ever changes. */
export interface RunKey {
  readonly seq: number;
  readonly id: string;
  readonly ente: string;
}

export interface FindRunKey {
  /** Looks keys of runs up by id; throws when there is no such run. */
  (runId: string): Plan<RunKey>;
  /** Those that were looked up last. */
  readonly known: ReadonlyMap<string, RunKey>;
}

/** Runs that are asked about again and again are those under way: the ones looked up first are let go. */
const mostKeys = 2_000;

/** Nothing looked up yet. */
export function createRunKeys(): FindRunKey {
  const keys = new Map<string, RunKey>();
  function* findRunKey(runId: string): Plan<RunKey> {
    const known = keys.get(runId);
    if (known !== undefined) return known;
    const row = yield* readOne<RunKey>("SELECT seq, id, ente FROM runs WHERE id = ?", runId);
    const key = requireRow(row, `run ${runId}`);
    keys.set(runId, key);
    const [oldest] = keys.keys();
    if (keys.size > mostKeys && oldest !== undefined) keys.delete(oldest);
    return key;
  }
  return Object.assign(findRunKey, { known: keys });
}
