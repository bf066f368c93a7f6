/** Buckets of the limiter in the database: one for all hosts, by its clock. */
import { type Bucket, type BucketKeeper, buildFullBucket } from "../engine/host/limiter.ts";
import {
  buildInsert,
  change,
  changeAll,
  type Database,
  insert,
  type Plan,
  readAll,
} from "../stores/sql/plan.ts";

/** `db`: with lanes of its own, for a caller waits for its turn within a transaction. */
export function createSharedBuckets(db: Database): BucketKeeper {
  /** By bucket: the changes of this process come about in their order. */
  const tails = new Map<string, Promise<unknown>>();
  return {
    change(name, work) {
      const changed = (tails.get(name) ?? Promise.resolve()).then(() =>
        db.write(() => changeBucket(name, work)),
      );
      tails.set(
        name,
        changed.catch(() => {}),
      );
      return changed;
    },
  };
}

function* changeBucket<Result>(
  name: string,
  work: (bucket: Bucket, now: number) => Result,
): Plan<Result> {
  const read = yield* lockBucket(name);
  const bucket = read.bucket ?? buildFullBucket(read.now);
  const result = work(bucket, read.now);
  yield* change("UPDATE limits SET state = ? WHERE bucket = ?", JSON.stringify(bucket), name);
  return result;
}

/** `bucket` is `null` where nobody has taken from it yet. */
function* lockBucket(name: string): Plan<{ readonly bucket: Bucket | null; readonly now: number }> {
  for (;;) {
    // The clock is read once the row is ours: who waited for it must not live in the past.
    const [locked, clock] = yield [
      {
        sql: "SELECT state FROM limits WHERE bucket = ? FOR UPDATE",
        values: [name],
        wants: "rows",
      },
      {
        sql: "SELECT CAST(1000 * extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION) AS now",
        values: [],
        wants: "rows",
      },
    ];
    const [row] = (locked?.rows ?? []) as readonly { readonly state: string }[];
    const [{ now } = { now: 0 }] = (clock?.rows ?? []) as readonly { readonly now: number }[];
    if (row !== undefined) return { bucket: parseBucket(row.state), now };
    yield* insert("limits", { bucket: name, state: "null" }, "(bucket) DO NOTHING");
  }
}

/** JSON has no infinity: a bucket that nobody has taken from is full. */
function parseBucket(text: string): Bucket | null {
  const stored = JSON.parse(text) as (Omit<Bucket, "tokens"> & { tokens: number | null }) | null;
  if (stored === null) return null;
  return { ...stored, tokens: stored.tokens ?? Number.POSITIVE_INFINITY };
}

interface LimitRow {
  readonly bucket: string;
  readonly state: string;
}

/** What hosts share of every key's limit: a pause that the other side asked for, and what was taken a moment ago. */
export function* readLimits(): Plan<readonly LimitRow[]> {
  return yield* readAll<LimitRow>("SELECT bucket, state FROM limits ORDER BY bucket");
}

/** Into a journal whose hosts go on with them. */
export function* addLimits(rows: readonly LimitRow[]): Plan<void> {
  yield* changeAll(rows.map((row) => buildInsert("limits", { ...row }, "DO NOTHING")));
}
