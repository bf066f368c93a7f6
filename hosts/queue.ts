/** pg-boss, as this program uses it: who takes what and when, and what becomes of the work of a process that died. Its tables lie beside the journal's, in a schema of their own. */
import { SQL } from "bun";
import { fromBunSql, PgBoss } from "pg-boss";
import type { Logger } from "../engine/host/logger.ts";
import type { Chunk } from "../engine/run/stage.ts";

/** What a host must have for a step: `sign`: the key, or the service, that signs. */
export type Skill = "sign";

/** One for each run that can go on: it decides what comes next. */
export interface RunJob {
  readonly run: string;
  /** Digest of the steps that the run uses: whoever has others leaves it. */
  readonly steps: string;
}

/** One for each chunk. */
export interface ChunkJob extends Pick<Chunk, "stage" | "from" | "to"> {
  readonly run: string;
  readonly chunk: number;
  readonly steps: string;
}

/** A job that another attempt has by now, or nobody any more, is left alone: `signal` tells. */
export interface TakenJob<Data> {
  readonly data: Data;
  /** Whoever had it before died, or does not answer. */
  readonly isTakenOver: boolean;
  readonly signal: AbortSignal;
}

/** Back into the queue: whoever fits takes it, not before `afterSeconds`. */
export class PutBack extends Error {
  readonly afterSeconds: number;

  constructor(afterSeconds: number) {
    super("put back");
    this.name = "PutBack";
    this.afterSeconds = afterSeconds;
  }
}

export interface NewJob<Data> {
  /** A job of the same id is there once, however often it is sent. */
  readonly id: string;
  readonly ente: string;
  readonly data: Data;
  /** The highest is taken first; default 0. */
  readonly priority?: number;
}

export interface Queue {
  /** `skill`: only hosts that have it take the run. */
  sendRun(job: NewJob<RunJob>, skill: Skill | null): Promise<void>;
  sendChunks(jobs: readonly NewJob<ChunkJob>[]): Promise<void>;
  workOnRuns(
    options: WorkOptions & { readonly skills: readonly Skill[] },
    work: (job: TakenJob<RunJob>) => Promise<void>,
  ): Promise<void>;
  workOnChunks(
    options: WorkOptions,
    work: (job: TakenJob<ChunkJob>) => Promise<void>,
  ): Promise<void>;
  /** Takes nothing more. */
  stopTaking(): Promise<void>;
  close(): Promise<void>;
}

export interface WorkOptions {
  /** Jobs side by side in this process. */
  readonly width: number;
}

const schema = "postino_coda";
const runQueue = "runs";
const chunkQueue = "chunks";
const queues: readonly string[] = [runQueue, `${runQueue}.sign`, chunkQueue];
/** The least that pg-boss takes: with the supervision behind it a dead worker's job is taken over within 15 seconds. */
const heartbeatSeconds = 10;
const superviseSeconds = 1;
/** A retry says that a worker died, or left: there is no number of them that is too many. */
const manyRetries = 10_000;
const daySeconds = 86_400;
/** Chunks of one ente side by side on all hosts; soft: it keeps a large ente from taking everything. */
const chunksOfEnte = 8;

/** Opens the queues, and makes them. This process also looks after the jobs of those that died. */
export async function openQueue(url: string, log: Pick<Logger, "warn">): Promise<Queue> {
  const sql = new SQL(url, { max: 3, idleTimeout: 0, connectionTimeout: 5 });
  const boss = await startBoss(sql, log);
  return {
    async sendRun({ id, ente, data }, skill) {
      const name = skill === null ? runQueue : `${runQueue}.${skill}`;
      await boss.insert(name, [{ id, data, group: { id: ente } }]);
    },
    async sendChunks(jobs) {
      if (jobs.length === 0) return;
      await boss.insert(
        chunkQueue,
        jobs.map(({ id, ente, data, priority = 0 }) => ({
          id,
          data,
          priority,
          group: { id: ente },
        })),
      );
    },
    async workOnRuns({ skills, width }, handle) {
      await workOn(boss, runQueue, width, handle);
      for (const skill of skills) await workOn(boss, `${runQueue}.${skill}`, width, handle);
    },
    workOnChunks: ({ width }, handle) => workOn(boss, chunkQueue, width, handle),
    async stopTaking() {
      for (const name of queues) await boss.offWork(name, { wait: false });
    },
    async close() {
      await boss.stop({ graceful: true, timeout: 30_000, close: false });
      await sql.close({ timeout: 0 });
    },
  };
}

async function startBoss(sql: SQL, log: Pick<Logger, "warn">): Promise<PgBoss> {
  const boss = new PgBoss({
    db: fromBunSql(sql),
    schema,
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  });
  // The database is away for a moment: pg-boss asks again.
  boss.on("error", (error: Error) => log.warn("queue failed", { error: error.name }));
  await boss.start();
  for (const name of queues)
    await boss.createQueue(name, {
      policy: "standard",
      notify: true,
      retryLimit: manyRetries,
      retryDelay: 0,
      heartbeatSeconds,
      expireInSeconds: daySeconds - 1,
      retentionSeconds: 14 * daySeconds,
      deleteAfterSeconds: 600,
    });
  return boss;
}

async function workOn<Data extends object>(
  boss: PgBoss,
  name: string,
  width: number,
  handle: (job: TakenJob<Data>) => Promise<void>,
): Promise<void> {
  const isChunk = name === chunkQueue;
  const options = {
    localConcurrency: width,
    pollingIntervalSeconds: 0.5,
    notifyPollingIntervalSeconds: isChunk ? 0.5 : 2,
    heartbeatRefreshSeconds: 3,
    ...(isChunk ? { groupConcurrency: chunksOfEnte } : {}),
    includeMetadata: true as const,
  };
  await boss.work<Data>(name, options, async ([job]) => {
    if (job === undefined) return;
    try {
      const isTakenOver = job.retryCount > 0;
      await handle({ data: job.data, signal: job.signal, isTakenOver });
    } catch (error) {
      if (!(error instanceof PutBack)) throw error;
      // Under another id: pg-boss' own retry says that a worker died.
      const { data, groupId } = job;
      const group = typeof groupId === "string" ? { group: { id: groupId } } : {};
      await boss.insert(name, [{ data, startAfter: error.afterSeconds, ...group }]);
    }
  });
}
