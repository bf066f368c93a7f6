/** Carries plans out on PostgreSQL: reads on a few connections, writes one after the other on the one that has the lock, through breaks of the connection. */
import { systemClock } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { Hint } from "../../engine/host/hint.ts";
import { askFresh, freshMs, journalTakenError } from "../../engine/journal/fences.ts";
import { buildChange, change, type Database, type Plan } from "../sql/plan.ts";
import {
  beginTerm,
  claimWrite,
  endHolder,
  heldError,
  type JournalHolder,
  readCommits,
  readHolder,
  staleMs,
  tryLock,
  unlock,
} from "./ownership.ts";
import { migratePostgresSchema } from "./schema.ts";
import { carryOut, ConnectionLost, openReaders, openSession, type Session } from "./session.ts";

/** A database that is away is waited for as long as a restart or a failover takes. */
const awayMs = 300_000;
const retryMs = 250;
const beatMs = 2_000;

export interface OwnedDatabase extends Database {
  readonly taken: AbortSignal;
  /** Throws `JOURNAL_TAKEN` when another term has begun. */
  assertOwned(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes the tables and takes the lock. Throws RunBlocked `JOURNAL_IN_USE` when another process has it that wrote, or beat, within
 * `passOverMs`; one that did not is passed over: its connection is ended, and it learns so at its next write.
 */
export async function openOwnedDatabase(
  url: string,
  passOverMs: number = staleMs,
): Promise<OwnedDatabase> {
  const session = await openAtOnce(() => openSession(url));
  try {
    await migratePostgresSchema(session);
    const isPassedOver = !(await carryOut(session, tryLock()));
    if (isPassedOver) await passOver(session, passOverMs);
    const term = await carryOut(session, beginTerm());
    // What it was told before it stood still is stale by then.
    if (isPassedOver) await systemClock.sleep(freshMs);
    return createOwnedDatabase(url, session, term);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Takes the lock from a holder that stands still. */
async function passOver(session: Session, passOverMs: number): Promise<void> {
  const holder = await carryOut(session, readHolder());
  if (holder === null || holder.idleMs < passOverMs) throw heldError(holder);
  await carryOut(session, endHolder());
  for (let tries = 0; tries < 20; tries += 1) {
    if (await carryOut(session, tryLock())) return;
    await systemClock.sleep(retryMs);
  }
  throw heldError(holder);
}

/** What may be read beside a writer. */
export function createReadDatabase(readers: Session): Database {
  return {
    read: (plan) => persist(() => carryOut(readers, plan())),
    write: () => Promise.reject(new Error("a reader does not write")),
  };
}

function createOwnedDatabase(url: string, first: Session, term: number): OwnedDatabase {
  const readers = openReaders(url);
  const owner = createOwner(url, first, term);
  const { write, drain } = createWriteLine(owner);
  const closing = new AbortController();
  const beating = keepBeating(write, AbortSignal.any([closing.signal, owner.taken]));
  return {
    read: (plan) => persist(() => carryOut(readers, plan())),
    write,
    taken: owner.taken,
    async assertOwned() {
      owner.taken.throwIfAborted();
      await askFresh(async () => {
        const holder = await persist(() => carryOut(readers, readHolder()));
        if (holder?.term !== term) owner.giveUp(holder);
      });
    },
    async close() {
      closing.abort();
      await beating;
      await drain();
      await owner.release();
      await readers.close();
    },
  };
}

/** This process as the owner: its term, and the connection that has the lock. */
interface Owner {
  readonly term: number;
  readonly taken: AbortSignal;
  /** The connection; after a break another one, if the term is still ours. */
  reopen(): Promise<Session>;
  /** The connection broke. */
  drop(): Promise<void>;
  /** Another term has begun: throws `JOURNAL_TAKEN`, and `taken` tells. */
  giveUp(holder: Pick<JournalHolder, "name"> | null): never;
  /** Nobody need wait for us any more. */
  release(): Promise<void>;
}

function createOwner(url: string, first: Session, term: number): Owner {
  const taken = new AbortController();
  let session: Session | null = first;

  function giveUp(holder: Pick<JournalHolder, "name"> | null): never {
    if (!taken.signal.aborted) taken.abort(journalTakenError(holder?.name ?? null));
    throw taken.signal.reason;
  }

  async function takeBack(next: Session): Promise<Session> {
    const holder = await carryOut(next, readHolder());
    if (holder?.term !== term) giveUp(holder);
    if (await carryOut(next, tryLock())) return next;
    // Ours, of which the server does not know yet that it broke.
    await carryOut(next, endHolder());
    throw new ConnectionLost(new Error("the lock is still held"));
  }

  async function drop(): Promise<void> {
    const broken = session;
    session = null;
    await broken?.close().catch(() => {});
  }

  return {
    term,
    taken: taken.signal,
    giveUp,
    drop,
    async reopen() {
      if (session !== null) return session;
      const next = await openSession(url);
      try {
        session = await takeBack(next);
        return session;
      } catch (error) {
        await next.close().catch(() => {});
        throw error;
      }
    },
    async release() {
      const release = "UPDATE owner SET beat_at = 'epoch', url = NULL WHERE term = ?";
      if (session !== null && !taken.signal.aborted)
        await carryOut(session, change(release, term)).catch(() => {});
      // The server notices a connection that ended when it comes to it: who asks at once would still see the lock.
      if (session !== null) await carryOut(session, unlock()).catch(() => {});
      await drop();
    },
  };
}

/** Transactions one after the other, each behind the fence. */
function createWriteLine(owner: Owner): {
  readonly write: <Result>(plan: () => Plan<Result>) => Promise<Result>;
  /** Resolves when nothing is left in the line. */
  readonly drain: () => Promise<void>;
} {
  let writes = 0;
  let line: Promise<unknown> = Promise.resolve();

  async function writeNow<Result>(plan: () => Plan<Result>): Promise<Result> {
    owner.taken.throwIfAborted();
    writes += 1;
    const number = writes;
    let ended: { readonly value: Result } | null = null;
    return await persist(async () => {
      const own = await owner.reopen();
      try {
        // Where the connection broke after COMMIT had left, the database says whether it came through.
        if (ended !== null && (await carryOut(own, readCommits())) === number) return ended.value;
        ended = null;
        await own.run([buildChange("BEGIN")]);
        if (!(await carryOut(own, claimWrite(owner.term, number))))
          owner.giveUp(await carryOut(own, readHolder()));
        const value = await carryOut(own, plan());
        ended = { value };
        await own.run([buildChange("COMMIT")]);
        return value;
      } catch (error) {
        if (error instanceof ConnectionLost) await owner.drop();
        else await own.run([buildChange("ROLLBACK")]).catch(owner.drop);
        throw error;
      }
    });
  }

  return {
    write(plan) {
      const written = line.then(() => writeNow(plan));
      line = written.catch(() => {});
      return written;
    },
    async drain() {
      await line;
    },
  };
}

/** Writes nothing every two seconds, which moves the beat; what stops it is told by `taken`, a database that is away by whoever writes next. */
async function keepBeating(
  write: <Result>(plan: () => Plan<Result>) => Promise<Result>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await systemClock.sleep(beatMs, stop);
    if (!stop.aborted) await write(function* beatOnce() {}).catch(() => {});
  }
}

/** The first connection is not waited for: what is wrong is most likely the address. Throws RunBlocked `DATABASE_AWAY`. */
export async function openAtOnce<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConnectionLost
      ? databaseAwayError(error, `${check}, poi ripetere.`)
      : error;
  }
}

/** `work` until the database answers. Throws RunBlocked `DATABASE_AWAY` when it stays away. */
export async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + awayMs;
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      if (performance.now() > until) throw databaseAwayError(error);
      await systemClock.sleep(retryMs);
    }
}

const check =
  "Controllare che il server PostgreSQL sia acceso e raggiungibile all'indirizzo di POSTINO_STORE";

function databaseAwayError(
  cause: unknown,
  hint: Hint = {
    action: "resume",
    first: `${check}.`,
    after: "Nulla di ciò che è registrato è andato perso.",
  },
): RunBlocked {
  const message = "Il database PostgreSQL non risponde.";
  return new RunBlocked("DATABASE_AWAY", message, { hint, cause });
}
