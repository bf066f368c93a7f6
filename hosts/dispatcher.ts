/** Has the chunks of a run walked by whoever takes them: one job each, and what came of it read back from the database. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../engine/host/clock.ts";
import { runTakenError } from "../engine/journal/fences.ts";
import {
  type Chunk,
  type ChunkHere,
  type ChunkOutcome,
  type Dispatcher,
  nothingFound,
} from "../engine/run/stage.ts";
import type { Database } from "../stores/sql/plan.ts";
import {
  dropChunks,
  type HandedChunk,
  insertChunk,
  readChunks,
  readOutcomes,
  stopChunks,
} from "./chunks.ts";
import type { Queue } from "./queue.ts";
import { settleTallies } from "./tallies.ts";

/** The run whose chunks are handed out. */
export interface Handing {
  readonly runId: string;
  readonly ente: string;
  /** Digest of its steps. */
  readonly steps: string;
  readonly queue: Pick<Queue, "sendChunks">;
  readonly clock: Clock;
  /** Items per chunk; default 200. */
  readonly chunkSize?: number;
  /** Fenced for the drive of the run. */
  readonly openDatabase: () => Database;
  /** This process leaves: chunks that are out go on without it, and whoever drives the run next waits for them. */
  readonly isLeaving: () => boolean;
}

/** Chunks of one run on their way at once: more than all hosts work on, so that none waits for the next. */
const width = 32;
const chunkSize = 200;
const lookMs = 100;

interface Open {
  readonly here: Pick<ChunkHere, "mayGoOn">;
  readonly resolve: (outcome: ChunkOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/** For one drive of a run. */
export function createHandingDispatcher(handing: Handing): Dispatcher {
  const open = new Map<number, Open>();
  let looking: Promise<void> | null = null;
  let onTheWay = 0;

  async function keepLooking(): Promise<void> {
    let isStopped = false;
    while (open.size > 0) {
      if (handing.isLeaving()) return leaveAll(open);
      const db = handing.openDatabase();
      if (!isStopped && [...open.values()].some(({ here }) => !here.mayGoOn())) {
        isStopped = true;
        await db.write(() => stopChunks(handing.runId));
      }
      const asked = [...open];
      const found = await settleEnded(db, handing.runId, [...open.keys()]);
      for (const [id, one] of asked) {
        const outcome = found.get(id);
        if (outcome === null) continue;
        open.delete(id);
        if (outcome === undefined) one.reject(runTakenError(handing.runId));
        else one.resolve(outcome);
      }
      if (open.size > 0) await handing.clock.sleep(lookMs);
    }
  }

  function look(): void {
    looking ??= keepLooking()
      .catch((error: unknown) => {
        for (const one of open.values()) one.reject(error);
        open.clear();
      })
      .finally(() => {
        looking = null;
        if (open.size > 0) look();
      });
  }

  return {
    width,
    chunkSize: handing.chunkSize ?? chunkSize,
    async dispatch(chunk, here) {
      const ahead = open.size + onTheWay;
      onTheWay += 1;
      const handed = await hand(handing, chunk).finally(() => {
        onTheWay -= 1;
      });
      await sendChunks(handing, [handed], ahead);
      return await new Promise((resolve, reject) => {
        open.set(handed.id, { here, resolve, reject });
        look();
      });
    },
  };
}

/** The drive has been told to stop: it begins nothing with what it did not hear the end of. */
function leaveAll(open: Map<number, Open>): void {
  for (const one of open.values()) one.resolve(nothingFound);
  open.clear();
}

async function hand({ openDatabase }: Handing, chunk: Chunk): Promise<HandedChunk> {
  const job = randomUUID();
  return await openDatabase().write(() => insertChunk(chunk, job));
}

/** What ended is counted, and no longer kept. */
async function settleEnded(
  db: Database,
  runId: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ChunkOutcome | null>> {
  const found = await db.read(() => readOutcomes(ids));
  const ended = ids.filter((id) => found.get(id) instanceof Object);
  if (ended.length > 0)
    await db.write(function* settle() {
      yield* settleTallies(runId);
      yield* dropChunks(ended);
    });
  return found;
}

/**
 * Chunks that a drive before this one handed out go on: whoever has them need not be dead. Resolves when none is left, and all
 * is counted; with false, when this process leaves before. `mayGoOn` false: they are told to end early.
 */
export async function awaitEarlierChunks(
  handing: Handing,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const db = handing.openDatabase();
  const earlier = await db.read(() => readChunks(handing.runId));
  // Who handed them out may have died before it sent the job.
  await sendChunks(handing, earlier);
  let left = earlier.map(({ id }) => id);
  let isStopped = false;
  while (left.length > 0) {
    if (handing.isLeaving()) return false;
    if (!isStopped && !mayGoOn()) {
      isStopped = true;
      await db.write(() => stopChunks(handing.runId));
    }
    const found = await settleEnded(db, handing.runId, left);
    left = left.filter((id) => found.get(id) === null);
    if (left.length > 0) await handing.clock.sleep(lookMs);
  }
  await db.write(() => settleTallies(handing.runId));
  return true;
}

/** `ahead`: chunks of the run that are out. Each lets more of others go before it: who has few does not wait for who has many. */
async function sendChunks(
  { queue, ente, steps }: Handing,
  handed: readonly HandedChunk[],
  ahead = 0,
): Promise<void> {
  await queue.sendChunks(
    handed.map(({ id, job, chunk }, index) => {
      const { runId: run, stage, from, to }: Chunk = chunk;
      const data = { run, stage, from, to, chunk: id, steps };
      return { id: job, ente, data, priority: -(ahead + index) };
    }),
  );
}
