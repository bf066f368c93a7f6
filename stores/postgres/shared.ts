/** A database that several processes write at once: transactions side by side on a few connections, through breaks of them, and begun anew where two met. */
import { RunBlocked } from "../../engine/host/errors.ts";
import { askFresh } from "../../engine/journal/fences.ts";
import { buildChange, type Database, type Plan, readOne } from "../sql/plan.ts";
import type { Seals } from "../seals/seals.ts";
import { sealDatabase } from "../sql/sealed.ts";
import { openAtOnce, persist } from "./database.ts";
import { migratePostgresSchema } from "./schema.ts";
import {
  carryOut,
  ConnectionLost,
  openReaders,
  openSession,
  readState,
  type Session,
} from "./session.ts";

export interface SharedDatabase extends Database {
  /** What is under way ends first. */
  close(): Promise<void>;
}

/** Two that met: one is begun anew. Unique keys are among them, where both took the same next place. */
const meeting = /^(40001|40P01|23505)$/;
const mostMeetings = 8;

/** Makes the tables. `lanes`: transactions side by side. Throws RunBlocked `DATABASE_AWAY`, `DATABASE_REFUSED`, `JOURNAL_TOO_NEW`. */
export async function openSharedDatabase(
  url: string,
  lanes = 1,
  seals: Seals | null = null,
): Promise<SharedDatabase> {
  const first = await openAtOnce(() => openLaneSession(url));
  try {
    await migratePostgresSchema(first);
  } catch (error) {
    await first.close();
    throw error;
  }
  const readers = openReaders(url, 2);
  const all = Array.from({ length: lanes }, (_, index) =>
    createLane(url, index === 0 ? first : null),
  );
  const shared: SharedDatabase = {
    read: (plan) => persist(() => carryOut(readers, plan())),
    write(plan) {
      let shortest = all[0];
      for (const lane of all) if (lane.waiting < (shortest?.waiting ?? 0)) shortest = lane;
      if (shortest === undefined) throw new RangeError("a database without lanes");
      return shortest.write(plan);
    },
    async close() {
      for (const lane of all) await lane.close();
      await readers.close();
    },
  };
  return sealDatabase(shared, seals);
}

/** A process that stands still in the middle of a transaction keeps nobody waiting for its rows: the database ends its connection. */
async function openLaneSession(url: string): Promise<Session> {
  const session = await openSession(url);
  try {
    await session.run([buildChange("SET idle_in_transaction_session_timeout = '4s'")]);
    return session;
  } catch (error) {
    await session.close().catch(() => {});
    throw error;
  }
}

interface Lane {
  readonly waiting: number;
  write<Result>(plan: () => Plan<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Transactions one after the other on a connection of its own. */
function createLane(url: string, first: Session | null): Lane {
  let session = first;
  let waiting = 0;
  let line: Promise<unknown> = Promise.resolve();

  async function drop(): Promise<void> {
    const broken = session;
    session = null;
    await broken?.close().catch(() => {});
  }

  async function writeNow<Result>(plan: () => Plan<Result>): Promise<Result> {
    let ended: Ended<Result> | null = null;
    let meetings = 0;
    return await persist(async () => {
      for (;;) {
        session ??= await openLaneSession(url);
        const own = session;
        try {
          if (ended !== null && (await carryOut(own, readIsCommitted(ended.transaction))))
            return ended.value;
          ended = null;
          const wrote = await carryOutWrite(own, plan, (whole) => {
            ended = whole;
          });
          return wrote;
        } catch (error) {
          if (error instanceof ConnectionLost) await drop();
          else await own.run([buildChange("ROLLBACK")]).catch(drop);
          meetings += 1;
          const isMeeting = meeting.test(readState(error) ?? "") && meetings < mostMeetings;
          if (!isMeeting) throw error;
        }
      }
    });
  }

  return {
    get waiting() {
      return waiting;
    },
    write(plan) {
      waiting += 1;
      const written = line
        .then(() => writeNow(plan))
        .finally(() => {
          waiting -= 1;
        });
      line = written.catch(() => {});
      return written;
    },
    async close() {
      await line;
      await drop();
    },
  };
}

interface Ended<Result> {
  readonly value: Result;
  /** By which the database says, after a break, whether it came through. */
  readonly transaction: string;
}

/** `whole`: told before COMMIT leaves. */
async function carryOutWrite<Result>(
  own: Session,
  plan: () => Plan<Result>,
  whole: (ended: Ended<Result>) => void,
): Promise<Result> {
  await own.run([buildChange("BEGIN")]);
  const value = await carryOut(own, plan());
  const asked = "SELECT CAST(pg_current_xact_id() AS TEXT) AS transaction";
  const row = await carryOut(own, readOne<{ transaction: string }>(asked));
  if (row === null) throw new Error("a transaction without a number");
  whole({ value, transaction: row.transaction });
  await own.run([buildChange("COMMIT")]);
  return value;
}

function* readIsCommitted(transaction: string): Plan<boolean> {
  const asked = "SELECT pg_xact_status(CAST(CAST(? AS TEXT) AS xid8)) AS status";
  return (yield* readOne<{ status: string | null }>(asked, transaction))?.status === "committed";
}

/** The database as one task writes it: `assert` is asked within each of its transactions, and throws RunBlocked once another has its place. */
export function fenceDatabase(
  db: Database,
  assert: () => Plan<void>,
): Database & { readonly taken: AbortSignal; assertOwned(): Promise<void> } {
  const taken = new AbortController();
  async function guard<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    taken.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof RunBlocked && error.code === "RUN_TAKEN" && !taken.signal.aborted)
        taken.abort(error);
      throw error;
    }
  }
  return {
    read: db.read,
    write: (plan) =>
      guard(() =>
        db.write(function* fenced() {
          yield* assert();
          return yield* plan();
        }),
      ),
    taken: taken.signal,
    assertOwned: () => guard(() => askFresh(async () => await db.read(assert))),
  };
}
